"""A page of mystmd on its way: its units, and the edits that come of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath

from sphinx_amts.book.book import Book
from sphinx_amts.book.page import Page, State, Translated
from sphinx_amts.book.unit import Place
from sphinx_amts.hosts.myst.catalogs import Catalog
from sphinx_amts.hosts.myst.nodes import Edit
from sphinx_amts.hosts.myst.units import MystUnit, TextUnit
from sphinx_amts.text.segment import Segment

Say = Callable[[str], object]


class MystPage(Page[MystUnit]):
    """A page, a part of one, or the configuration; ``path`` is below the book."""

    def __init__(
        self, book: Book, path: PurePosixPath, catalog: Catalog, say: Say
    ) -> None:
        super().__init__(book, name_of(path), {})
        self.path = path
        self.edits: list[Edit] = []
        self._catalog = catalog
        self._say = say
        self._of_machine: MystUnit | None = None

    @property
    def wants_texts(self) -> bool:
        """Texts are put into notebooks."""
        is_notebook = self.path.suffix == ".ipynb"
        return is_notebook and self.book.purpose.records

    def catalog(self, unit: MystUnit) -> Translated | None:
        """Return what people's catalog of a Sphinx edition has for a unit."""
        return self._catalog.find(unit)

    def place(self, unit: MystUnit, source: Segment) -> Place:
        """Return where a unit stands, and its message in Sphinx's catalogs."""
        return Place(
            self.name,
            unit.line,
            self._catalog.message(unit),
            path=str(self.path).partition("#")[0],
            domain=self._catalog.domain,
            is_plain=not isinstance(unit, TextUnit) and not unit.written,
        )

    def put(self, unit: MystUnit, target: str) -> None:
        """Note what puts a target in; raises `TagError`."""
        if not self.book.purpose.records:
            return  # it only looks for what is missing
        edit = unit.edit(target)
        if edit is not None and unit is self._of_machine and "start" in edit:
            edit["original"] = True
        if edit is not None and not unit.is_made_later:
            self.edits.append(edit)

    def refuse(self, unit: MystUnit, reason: str) -> None:
        """Warn that a translation was not taken."""
        self._say(
            f"{self.locate(unit)}: a translation was refused ({reason}); the source"
            " text is kept [amts.tags]"
        )

    def locate(self, unit: MystUnit) -> str:
        """Return the file of a unit, and its line where that is known."""
        file = str(self.path).partition("#")[0]
        return f"{file}:{unit.line}" if unit.line else file

    def mark(self, unit: MystUnit, state: State) -> None:
        """Remember whose text is a machine's: the plugin shows its source on demand.

        The desk of translators shows it itself, and finds blocks by their words.
        """
        has_arrows = self.book.settings.html_notice and not self.book.purpose.lists
        if state.name != "source" and has_arrows:
            self._of_machine = unit


def name_of(path: PurePosixPath) -> str:
    """Return the name of a page: its path without suffix, as Sphinx has it.

    >>> name_of(PurePosixPath("guide/lamps.md#parts.abstract"))
    'guide/lamps#parts.abstract'
    """
    file, sign, part = str(path).partition("#")
    return f"{PurePosixPath(file).with_suffix('')}{sign}{part}"


Units = Mapping[MystPage, Sequence[MystUnit]]
