"""gettext catalogs of a book's Sphinx edition, used and written for mystmd too.

Where the book also builds with Jupyter Book 1, what people translated there is in
``locale/<language>/LC_MESSAGES``, as `FOLDERS` has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from sphinx_amts.book import po
from sphinx_amts.book.markup import Markup
from sphinx_amts.book.page import Translated
from sphinx_amts.errors import FileError, TagError
from sphinx_amts.formats.catalogs import load
from sphinx_amts.hosts.myst.markup import Written
from sphinx_amts.hosts.myst.units import MystUnit, TextUnit
from sphinx_amts.text.check import check
from sphinx_amts.text.languages import Language
from sphinx_amts.text.tagged import escape, parse, plain

FOLDERS = ("locale", "locales")
"""Where Sphinx looks by its default, and where its tutorial has it."""


class Catalogs:
    """People's catalogs in one language; each is read once."""

    def __init__(self, book: Path, language: str) -> None:
        self._folders = [
            folder / po.FOLDER
            for name in FOLDERS
            for folder in _sorted(book / name)
            if _is_of(folder.name, language)
        ]
        self._read: dict[Path, dict[str, str]] = {}

    def of(self, name: str, source: str) -> Catalog:
        """Return what there is for a page whose file says ``source``."""
        first = PurePosixPath(name).parts[0] if name else name
        for domain in (name, first):
            for folder in self._folders:
                path = folder / f"{domain}.po"
                if path.is_file():
                    return Catalog(domain, source, self._messages(path))
        return Catalog(first, source, {})

    def _messages(self, path: Path) -> dict[str, str]:
        if path not in self._read:
            try:
                self._read[path] = dict(_reviewed(path))
            except FileError:
                self._read[path] = {}  # Sphinx says what is wrong with it
        return self._read[path]


def _sorted(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _is_of(name: str, language: str) -> bool:
    try:
        return Language.parse(name) == Language.parse(language)
    except ValueError:
        return False


def _reviewed(path: Path) -> Iterator[tuple[str, str]]:
    for entry in load(path).reviewed():
        if entry.is_plain:
            yield entry.id, entry.string


class Catalog:
    """What people's catalog has for a page; ``domain`` is its name."""

    def __init__(self, domain: str, source: str, messages: dict[str, str]) -> None:
        self.domain = domain
        self._source = source
        self._messages = messages

    @cached_property
    def _written(self) -> Written:
        return Written(self._source)

    def find(self, unit: MystUnit) -> Translated | None:
        """Return people's translation of a unit."""
        if not self._messages or not (message := self.message(unit)):
            return None
        text = self._messages.get(message)
        if not text:
            return None
        segment = unit.segment
        is_plain = not isinstance(unit, TextUnit) and not unit.written
        try:
            if is_plain:
                target = check(segment.source, escape(text))
            else:
                target = Markup.of(message, segment, is_rst=False).read(text)
        except TagError:
            return None
        return Translated(segment, text, target)

    def message(self, unit: MystUnit) -> str:
        """Return a unit as gettext has it; empty where that is not known."""
        if unit.written:
            return unit.written
        if isinstance(unit, TextUnit):
            return self._written.find(unit.nodes())
        is_plain = not unit.segment.tags
        return plain(parse(unit.segment.source)) if is_plain else ""
