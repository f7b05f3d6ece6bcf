"""What a page holds, apart from what is known of it: kept from one look to the next.

Commands that only look need the units of a page, not its nodes. A page is kept as one
line of text: digests of the files that it was made from, then its units. As JSON, since
a cache may come from elsewhere: what is in it can be wrong, and runs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sphinx.util import logging

from sphinx_amts.book.book import Book
from sphinx_amts.book.page import Page, Translated
from sphinx_amts.book.purpose import Looks, Open, Purpose
from sphinx_amts.book.unit import Place, Unit
from sphinx_amts.errors import TagError
from sphinx_amts.files import read_json, replace_file, without_links
from sphinx_amts.memory.database import keep_out_of_git
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import InlineTag, Placeholder, Segment
from sphinx_amts.text.tagged import TaggedText, parse
from sphinx_amts.warnings_ import Subtype

logger = logging.getLogger(__name__)

FOLDER = "pages"  # in the cache folder
FORM = 1  # raised when lines change their meaning


@dataclass(frozen=True)
class KeptUnit(Unit):
    """A unit without its node."""

    segment: Segment
    readable: Segment  # with what readers see
    is_interface: bool  # Sphinx's own text
    is_plain: bool  # its message is characters: no markup is read in it
    line: int
    message: str  # of gettext
    catalog: Translated | None  # what people's catalog has for it
    is_heading: bool = False

    def insert(self, target: str) -> None:
        """Put nothing in: there is no place."""

    def readable_segment(self) -> Segment:
        """Return the segment with what readers see in its placeholders' places."""
        return self.readable


class KeptPage(Page[KeptUnit]):
    """A page whose units are known without its document."""

    def __init__(
        self, book: Book, name: str, stale: dict[str, int], path: str, domain: str
    ) -> None:
        super().__init__(book, name, stale)
        self._path, self._domain = path, domain

    def catalog(self, unit: KeptUnit) -> Translated | None:
        """Return what people's catalog has for a unit."""
        return unit.catalog

    def place(self, unit: KeptUnit, source: Segment) -> Place:
        """Return where a unit stands."""
        return Place(
            self.name, unit.line, unit.message, self._path, self._domain, unit.is_plain
        )

    def put(self, unit: KeptUnit, target: str) -> None:
        """Put nothing in: nobody reads this page."""

    def is_interface(self, unit: KeptUnit) -> bool:
        """Tell whether a unit's text is Sphinx's own, translated by Sphinx."""
        return unit.is_interface

    def refuse(self, unit: KeptUnit, reason: str) -> None:
        """Warn that a translation was not taken."""
        logger.warning(
            f"a translation was refused ({reason}); the source text is kept",
            type="amts",
            subtype=Subtype.TAGS.value,
            location=(self.name, unit.line or 1),
        )


@dataclass
class Survey(Purpose):
    """Notes the units of one document, and asks nobody."""

    rounds: list[list[KeptUnit]] = field(default_factory=list)
    """The units of the document, then those that extensions made of it."""
    messages: list[tuple[str, int]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)  # from the working folder
    lists_documents: bool = False  # in a toctree
    forbids = "this only looks for what there is"
    records = False
    wants_places = True

    def meet(self, page: Open, looks: Looks) -> Looks:
        """Leave all as it is."""
        return looks

    def add_messages(self, messages: Iterable[tuple[str, int]]) -> None:
        """Note what gettext has, with lines."""
        self.messages.extend(messages)

    def end(self, files: Iterable[str], *, lists_documents: bool) -> None:
        """Note what else a document is made from."""
        self.files.extend(files)
        self.lists_documents = lists_documents


class Basis(NamedTuple):
    """What a page that is kept depends on, beside what all pages do."""

    files: Mapping[str, str]  # digests, by path from the book's folder
    catalogs: Sequence[str]  # paths of people's, which are among the files
    tree: str = ""  # digest of the names of all documents, where the page lists some
    is_read: bool = False  # each time, as what is on it depends on more than this

    @classmethod
    def load(cls, line: str) -> Basis:
        """Read a line as far as needed, whoever wrote it; raises `ValueError`."""
        try:
            files, catalogs, tree, is_read = read_json(line.partition("\t")[0])
            files = {_text(path): _text(digest) for path, digest in files.items()}
            return cls(files, list(map(_text, catalogs)), _text(tree), bool(is_read))
        except (TypeError, AttributeError) as error:
            raise ValueError(f"no page of ours: {error}") from error


class Content(NamedTuple):
    """What is on a page that is kept."""

    units: Sequence[KeptUnit]
    messages: Sequence[tuple[str, int]]  # all that gettext has, with lines

    def dump(self, basis: Basis) -> str:
        """Return it as one line."""
        numbers = {message: n for n, (message, _line) in enumerate(self.messages)}
        units = [_dumped(unit, numbers) for unit in self.units]
        parts = (basis, [units, self.messages])
        return "\t".join(json.dumps(part, ensure_ascii=False) for part in parts)

    @classmethod
    def load(cls, line: str) -> Content:
        """Read a line, whoever wrote it; raises `ValueError`."""
        try:
            units, messages = read_json(line.partition("\t")[2])
            messages = [(_text(message), int(line)) for message, line in messages]
            return cls([_loaded(unit, messages) for unit in units], messages)
        except (TypeError, AttributeError, IndexError, TagError) as error:
            raise ValueError(f"no page of ours: {error}") from error


def _dumped(unit: KeptUnit, numbers: Mapping[str, int]) -> list[Any]:
    equivalents = {}
    if isinstance(unit.readable.source, TaggedText):
        equivalents = dict(unit.readable.source.equivalents)
    found = unit.catalog
    catalog = None
    if found is not None:
        rest = [found.text, found.target, found.is_new]
        catalog = [*_dumped_segment(found.source), *rest]
    flags = [unit.is_heading, unit.is_interface, unit.is_plain]
    return [
        *_dumped_segment(unit.segment),
        equivalents,
        sum(flag << n for n, flag in enumerate(flags)),
        unit.line,
        numbers.get(unit.message, unit.message),
        catalog,
    ]


def _loaded(values: Sequence[Any], messages: Sequence[tuple[str, int]]) -> KeptUnit:
    source, tags, equivalents, flags, line, message, catalog = values
    segment = readable = _loaded_segment(source, tags)
    if equivalents:
        seen = {int(number): _text(text) for number, text in equivalents.items()}
        readable = Segment(TaggedText(segment.source, seen), segment.tags)
    found = None
    if catalog is not None:
        source, tags, text, target, is_new = catalog
        target = None if target is None else _text(target)
        original = _loaded_segment(source, tags)
        found = Translated(original, _text(text), target, bool(is_new))
    return KeptUnit(
        segment,
        readable,
        bool(flags & 2),
        bool(flags & 4),
        int(line),
        messages[message][0] if isinstance(message, int) else _text(message),
        found,
        bool(flags & 1),
    )


def _dumped_segment(segment: Segment) -> list[Any]:
    tags = [[each.id, each.kind, isinstance(each, InlineTag)] for each in segment.tags]
    return [str(segment.source), tags]


def _loaded_segment(source: object, tags: Iterable[Sequence[Any]]) -> Segment:
    text = _text(source)
    if "<" in text or "&" in text:
        parse(text)
    made = (
        (InlineTag if is_inline else Placeholder)(int(number), _text(kind))
        for number, kind, is_inline in tags
    )
    return Segment(text, tuple(made))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("there is no text where one should be")
    return value


@dataclass
class KeptPages:
    """The pages of a book in one language, in a file; nothing is lost with it.

    ``state`` is the digest of what all pages depend on.
    """

    folder: Path  # the cache's
    pair: LanguagePair
    state: str
    lines: dict[str, str] = field(default_factory=dict)  # by page

    @property
    def name(self) -> str:
        """The file's, in the cache folder."""
        return f"{FOLDER}/{self.pair.source}-{self.pair.target}.jsonl"

    def load(self) -> None:
        """Read what an earlier look has kept of the book as it is."""
        try:
            with (self.folder / self.name).open(encoding="utf-8") as file:
                if read_json(next(file, "null")) == [FORM, self.state]:
                    self.lines.update(_names_of(file))
        except (OSError, ValueError):
            self.lines.clear()  # damaged: all is read again

    def save(self, lines: Mapping[str, str]) -> None:
        """Keep pages, and no others, for later looks."""
        if lines == self.lines:
            return
        head = json.dumps([FORM, self.state]) + "\n"
        rows = (f"{json.dumps(name)}\t{line}\n" for name, line in lines.items())
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            keep_out_of_git(self.folder)
            path = without_links(self.folder, self.name)
            path.parent.mkdir(exist_ok=True)
            replace_file(path, (part for parts in ([head], rows) for part in parts))
        except (OSError, ValueError):
            return  # later looks read the book again


def _names_of(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, tab, row = line.rstrip("\n").partition("\t")
        if not tab:
            raise ValueError("a line of something else")
        yield _text(read_json(name)), row
