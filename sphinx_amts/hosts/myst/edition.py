"""One book of mystmd in one language: pages come in batches, edits go back.

::

    document   units of all pages -> asked for together -> edits, titles
    project    labels, terms, titles in references -> edits
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, NamedTuple

from sphinx_amts.book.book import Book
from sphinx_amts.book.purpose import Gather
from sphinx_amts.hosts.myst.catalogs import Catalogs
from sphinx_amts.hosts.myst.config import NAME, has_toc, sphinx_signs, texts_of
from sphinx_amts.hosts.myst.inline import Flat, Spelling
from sphinx_amts.hosts.myst.nodes import Edit, Node, walk
from sphinx_amts.hosts.myst.notebooks import write_notebook
from sphinx_amts.hosts.myst.page import MystPage, Say, name_of
from sphinx_amts.hosts.myst.titles import (
    Source,
    Title,
    fields_of,
    flat_title,
    plainly,
    title_of,
    title_of_name,
)
from sphinx_amts.hosts.myst.units import (
    MystUnit,
    PlainUnit,
    find_labels,
    find_made,
    find_units,
)
from sphinx_amts.text.tagged import equivalents_of, has_words, parse, readable

Value = Mapping[str, Any]
"""A page as the plugin sends it: ``path``, ``tree``, ``abbreviations``, ``title``."""


class Read(NamedTuple):
    """A page that was read: its path below the book, its units, its file's text."""

    path: PurePosixPath
    units: Sequence[MystUnit]
    source: str = ""
    value: Value | None = None  # where it is to be read again, at the project stage


class TitleUnit(MystUnit):
    """A page's title, which the plugin puts in wherever mystmd writes it."""

    is_heading = True

    def __init__(self, title: Title, flat: Flat, titles: dict[str, str]) -> None:
        self.written = title.written
        self.segment = flat.segment
        self._flat, self._titles = flat, titles
        self._text = title.text

    def readable_segment(self) -> Any:
        """Return the segment with what readers see in its placeholders' places."""
        return self._flat.readable_segment()

    def edit(self, target: str) -> Edit | None:
        """Note the title's target, without any markup."""
        source = self.readable_segment().source
        equivalents = equivalents_of(source)
        self._titles[self._text] = readable(parse(target), equivalents)
        return None


class Edition:
    """A book that is being translated; ``titles`` are those that were since `take`."""

    def __init__(
        self, book: Book, folder: Path, config: Mapping[str, Any], say: Say
    ) -> None:
        self.book = book
        self._folder = folder.resolve()
        self._places = (folder.absolute(), self._folder)
        """On Windows, node does not write the short name of a folder in full."""
        self._config = config
        self._say = say
        self._catalogs = Catalogs(self._folder, book.translator.pair.target)
        self._titles: dict[str, str] = {}
        self._signs = sphinx_signs(self._folder)
        self._spellings: dict[str, Spelling] = {}
        self._is_begun = False
        self._notebooks: dict[str, str] = {}

    # Reading

    def path_of(self, value: Value) -> PurePosixPath:
        """Return a page's path below the book."""
        path = PurePath(value["path"])
        for folder in self._places:
            if path.is_relative_to(folder):
                return PurePosixPath(path.relative_to(folder).as_posix())
        return PurePosixPath(path.name)  # of another project

    def read(self, value: Value) -> Read:
        """Read a page at the document stage."""
        path = self.path_of(value)
        file, _sign, part = str(value["path"]).partition("#")
        source = Source.of(Path(file))
        text = "\n\n".join([source.text, *_included(Path(file), value["tree"])])
        abbreviations = list(value.get("abbreviations") or ())
        spelling = Spelling.of(text, abbreviations, self._signs)
        self._spellings[value["path"]] = spelling
        head = [] if part else list(self._head(source, value))
        if not self.covers(path):
            return Read(path, ())
        units = head + find_units(value["tree"], spelling)
        self._look(units)
        return Read(path, units, text)

    def read_made(self, value: Value) -> Read:
        """Read a page at the project stage."""
        path = self.path_of(value)
        labels = list(find_labels(value["tree"])) if self.covers(path) else []
        return Read(path, labels, value=value)

    def knows(self, read: Read) -> bool:
        """Tell whether nothing has to be asked for, for a page."""
        if self.book.purpose.forbids:
            return True
        known = self.book.translator.known
        reads = [read] if self._is_begun else [read, self._site]
        units = (unit for each in reads for unit in each.units)
        return not any(known.look(unit.segment).lacks for unit in units)

    @cached_property
    def _site(self) -> Read:
        """The configuration."""
        texts = dict.fromkeys(texts_of(self._config))
        return Read(PurePosixPath(NAME), list(self._plain(texts)))

    def _look(self, units: Iterable[MystUnit]) -> None:
        """Look for the segments of a page now, while mystmd works on others."""
        segments = {unit.segment.key: unit.segment for unit in units}
        known = self.book.translator.known
        known.read_ahead(segments)
        for segment in segments.values():
            known.look(segment)

    def name_of(self, value: Value) -> str:
        """Return the name of a page."""
        return name_of(self.path_of(value))

    def covers(self, path: PurePosixPath) -> bool:
        """Tell whether a page is to be translated."""
        return self.book.covers(name_of(path).partition("#")[0])

    def _head(self, source: Source, value: Value) -> Iterator[MystUnit]:
        title = title_of(source, value["tree"], str(value.get("title", "")))
        flat = flat_title(title) if title else None
        if title:
            self._titles.setdefault(title.text, title.text)
        yield from self._plain(self._names(value, has_title=bool(title)))
        if title and flat:
            yield TitleUnit(title, flat, self._titles)
        yield from self._plain(fields_of(source))

    def _names(self, value: Value, *, has_title: bool) -> Iterator[str]:
        """Yield the titles that mystmd makes of names."""
        path = self.path_of(value)
        if not has_title:
            yield title_of_name(path.stem)
        if not has_toc(self._config):
            yield from map(title_of_name, path.parent.parts)

    def _plain(self, texts: Iterable[str]) -> Iterator[MystUnit]:
        for text in texts:
            self._titles.setdefault(plainly(text), text)
            if has_words(text):
                yield PlainUnit(text, self._tell)

    def _tell(self, source: str, target: str) -> None:
        self._titles[plainly(source)] = target

    # Translating

    def document(self, reads: Sequence[Read]) -> list[list[Edit]]:
        """Return the edits of pages at the document stage."""
        if self._is_begun:
            return self._translate(self.book, reads)
        self._is_begun = True
        return self._translate(self.book, [*reads, self._site])[: len(reads)]

    def project(self, reads: Sequence[Read]) -> list[list[Edit]]:
        """Return the edits of pages at the project stage."""
        # Labels are no words of a page: its record is that of the document stage.
        apart = self.book.read_for(self.book.purpose)
        edits = self._translate(apart, reads)
        for read, found in zip(reads, edits, strict=True):
            if read.value and self.covers(read.path):
                found += self._made(read.value)
        return edits

    def _made(self, value: Value) -> Iterator[Edit]:
        known = self.book.translator.known
        spelling = self._spellings.get(value["path"], Spelling())
        for unit in find_made(value["tree"], spelling):
            match = known.find(unit.segment)
            if match is None or not match.target:
                continue
            if match.target != unit.segment.source and (
                edit := unit.edit(match.target)
            ):
                yield edit

    def _translate(self, book: Book, reads: Sequence[Read]) -> list[list[Edit]]:
        """Ask for what pages lack, all at once, then put all in."""
        if not book.purpose.forbids:
            self._ask(book, reads)
        pages = [(self._page(book, read), read.units) for read in reads]
        for page, units in pages:
            page.translate(units)
            if page.wants_texts and (
                draft := write_notebook(page, self._folder / page.path)
            ):
                self._notebooks[page.name] = str(draft)
        return [page.edits for page, _units in pages]

    def _ask(self, book: Book, reads: Sequence[Read]) -> None:
        segments = [unit.segment for read in reads for unit in read.units]
        looks = book.translator.known.look_all(segments)
        if not any(look.lacks for look in looks.values()):
            return
        found = Gather()
        looking = book.read_for(found)
        for read in reads:
            self._page(looking, read, silent).translate(read.units)
        if missing := book.missing(list(found.segments.values())):
            book.announce(missing, found.lengths)
            book.ask(missing, is_all=True)

    def _page(self, book: Book, read: Read, say: Say | None = None) -> MystPage:
        name = name_of(read.path).partition("#")[0]
        catalog = self._catalogs.of(name, read.source)
        return MystPage(book, read.path, catalog, say or self._say)

    def notebook_of(self, value: Value) -> str:
        """Return where a page's notebook in this language is; empty if it has none."""
        return self._notebooks.get(self.name_of(value), "")

    def take(self) -> dict[str, str]:
        """Return the titles that are new, for the plugin."""
        found = dict(self._titles)
        self._titles.clear()
        return found


def _included(page: Path, tree: Node) -> Iterator[str]:
    """Yield what a page includes."""
    for node in walk(tree):
        if node["type"] == "include" and isinstance(node.get("file"), str):
            yield Source.of(page.parent / node["file"]).text


def silent(text: str) -> None:
    """Say nothing."""
