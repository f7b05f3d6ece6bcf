"""A host for tests: a book of JSON pages, each a list of texts.

``book.json`` has the settings and the names of the pages; ``<name>.json`` the texts, in
which words between backquotes are code. What is built is the same, translated.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from sphinx_amts.book import jobs
from sphinx_amts.book.book import Book
from sphinx_amts.book.opening import open_book
from sphinx_amts.book.page import Page, Translated
from sphinx_amts.book.purpose import Collect, Publish, Purpose
from sphinx_amts.book.record import Records
from sphinx_amts.book.unit import Place, Unit
from sphinx_amts.config import PREFIX, Settings, read_settings
from sphinx_amts.hosts.host import Blocks, Host
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Placeholder, Segment
from sphinx_amts.text.tagged import TaggedText, escape, parse
from sphinx_amts.warnings_ import Subtype

_CODE = re.compile(r"`([^`]*)`")


class JsonUnit(Unit):
    """One text of a page, of which the first is its title."""

    def __init__(self, texts: list[str], number: int) -> None:
        self.texts, self.number = texts, number
        self.is_heading = number == 0
        self.codes = _CODE.findall(texts[number])
        words = _CODE.split(texts[number])
        source = "".join(
            f'<x id="{place // 2 + 1}"/>' if place % 2 else escape(part)
            for place, part in enumerate(words)
        )
        tags = tuple(Placeholder(n, "code") for n in range(1, len(self.codes) + 1))
        self.segment = Segment(TaggedText(source, dict(enumerate(self.codes, 1))), tags)

    def insert(self, target: str) -> None:
        """Put a target in."""
        self.texts[self.number] = "".join(
            piece if isinstance(piece, str) else f"`{self.codes[piece - 1]}`"
            for piece in parse(target)
        )


class JsonPage(Page[JsonUnit]):
    """A page; there are no catalogs."""

    def catalog(self, unit: JsonUnit) -> Translated | None:
        """Return that there is none."""
        return None

    def place(self, unit: JsonUnit, source: Segment) -> Place:
        """Return the number of a text as its line."""
        return Place(self.name, unit.number + 1, unit.texts[unit.number])

    def put(self, unit: JsonUnit, target: str) -> None:
        """Put a target in."""
        unit.insert(target)

    def refuse(self, unit: JsonUnit, reason: str) -> None:
        """Tell of a refusal."""
        print(f"{self.name}: {reason}", file=sys.stderr)


class JsonHost(Host):
    """Builds what has a ``book.json``."""

    name = "JSON"

    def __init__(self) -> None:
        self.built: dict[str, list[str]] = {}

    def settings(self, folder: Path) -> Settings:
        """Read the settings."""
        values = json.loads((folder / "book.json").read_text(encoding="utf-8"))
        return read_settings({PREFIX + k: v for k, v in values["settings"].items()})

    @contextmanager
    def opened(
        self,
        folder: Path,
        language: str,
        purpose: Purpose,
        warnings: TextIO,
        **settings: Any,
    ) -> Iterator[Book]:
        """Open a book."""
        read = self.settings(folder)
        pair = LanguagePair.of(read.source_language, language)

        def warn(subtype: Subtype, text: str) -> None:
            warnings.write(f"{subtype.value}: {text}\n")

        yield open_book(read, folder, pair, purpose, Records(), warn=warn)

    def pages(self, folder: Path) -> Iterator[tuple[str, list[str]]]:
        """Yield the texts of each page."""
        values = json.loads((folder / "book.json").read_text(encoding="utf-8"))
        for name in values["pages"]:
            yield name, json.loads((folder / f"{name}.json").read_text("utf-8"))

    def read(self, folder: Path, book: Book) -> None:
        """Read all pages for the book's purpose."""
        for name, texts in self.pages(folder):
            if book.covers(name):
                page = JsonPage(book, name, {})
                page.translate([JsonUnit(texts, n) for n in range(len(texts))])
            self.built[name] = texts

    def collect(
        self, folder: Path, language: str, warnings: TextIO, **settings: Any
    ) -> tuple[Book, Collect]:
        """Read a book; nobody is asked."""
        found = Collect()
        with self.opened(folder, language, found, warnings) as book:
            self.read(folder, book)
            return book, found

    def blocks(self, folder: Path) -> Blocks:
        """Return the texts as blocks."""
        return {
            name: [
                Block.of_text(JsonUnit([text], 0).segment.source, {}) for text in each
            ]
            for name, each in self.pages(folder)
        }

    def command(
        self,
        folder: Path,
        out: Path,
        builder: str,
        language: str | None,
        options: Sequence[str],
    ) -> list[str]:
        """Return that nothing builds it from the outside."""
        raise NotImplementedError

    def state(self, out: Path) -> Path:
        """Return the folder of the output."""
        return out


def build(folder: Path, language: str) -> None:
    """Build a book, for nobody to see."""
    host = JsonHost()
    with host.opened(folder, language, Publish(), sys.stderr) as book:
        host.read(folder, book)


def submit(folder: Path, language: str) -> None:
    """Start a job for what a book lacks."""
    book, found = JsonHost().collect(folder, language, sys.stderr)
    missing = jobs.language_of(book, found, {}, lambda *_: None)
    for alike in jobs.group([missing]):
        jobs.submit_group(alike)


if __name__ == "__main__":
    {"build": build, "submit": submit}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
