"""A document of Sphinx on its way: the page, with what only Sphinx knows of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.nodes import extract_messages

from sphinx_amts.book.page import Page, State, Translated
from sphinx_amts.book.unit import Place
from sphinx_amts.hosts.sphinx import garbage
from sphinx_amts.hosts.sphinx.anchors import HeldTitles, is_section_title
from sphinx_amts.hosts.sphinx.catalog_markup import disarm
from sphinx_amts.hosts.sphinx.insert import insert_target, placed
from sphinx_amts.hosts.sphinx.kept import KeptUnit, Survey
from sphinx_amts.hosts.sphinx.localized import Localized
from sphinx_amts.hosts.sphinx.marks import Mark, set_key, set_mark, shown_pieces
from sphinx_amts.hosts.sphinx.messages import EXTRACTED, messages_in, path_and_domain
from sphinx_amts.hosts.sphinx.raw_places import full_width
from sphinx_amts.hosts.sphinx.snapshot import Snapshot
from sphinx_amts.hosts.sphinx.units import DoctreeUnit, TextUnit, is_interface
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import escape, parse, plain
from sphinx_amts.warnings_ import Subtype

logger = logging.getLogger(__name__)

NOTEBOOK_PARSER = "myst-nb"
DISARMED = (
    "a catalog has HTML, an address or signs here that its source has not; they are"
    " shown as text"
)
# In what the environment keeps of the document that is read, until that is done:
_SNAPSHOT = "amts_snapshot"
_PAGES = "amts_pages"  # by the `id` of docutils' document: one may be read in another


class SphinxPage(Page[DoctreeUnit]):
    """A document that Sphinx reads, between the transforms at 21 and 745."""

    def __init__(
        self,
        build: Localized,
        env: BuildEnvironment,
        document: nodes.document,
        stale: dict[str, int],
    ) -> None:
        super().__init__(build.book, env.docname, stale)
        self.seen: dict[int, nodes.Element] = {}  # nodes of units that were found
        self._interface = build.interface
        self._titles = HeldTitles()
        self._env = env
        self._document = document
        self._snapshot = env.temp_data.pop(_SNAPSHOT, None)
        is_kept = build.book.purpose.records
        self._is_notebook = is_kept and _may_be_notebook(env)
        self._messages: dict[int, str] = {}
        if self._is_notebook or build.book.purpose.wants_places:
            found = env.temp_data.pop(EXTRACTED, None)
            if found is None or self._snapshot is not None:  # catalogs were applied
                found = extract_messages(document)
            self._messages = {id(node): message for node, message in found}

    @property
    def wants_texts(self) -> bool:
        """Texts are put into notebooks."""
        return self._is_notebook

    def see(self, unit: DoctreeUnit) -> None:
        """Remember that a unit was found."""
        self.seen[id(unit.node)] = unit.node

    def catalog(self, unit: DoctreeUnit) -> Translated | None:
        """Return what people's catalog has for a unit; asked in order."""
        snapshot = self._snapshot
        if snapshot is None:
            return None
        source = snapshot.source(unit)
        target = None
        if snapshot.is_human(unit):
            if not isinstance(unit, TextUnit):
                self._disarm_attribute(unit, source)
            self._titles.hold(unit.node, snapshot.titles.get(id(unit.node)))
        else:
            target = snapshot.find(unit)
            if target is None:
                return None
        text = self._catalog_text(unit, source)
        return Translated(source, text, target, is_new=snapshot.is_new(unit))

    def disarm(self) -> None:
        """Make text of what catalogs have put into the document, where it does harm."""
        for node, before in self._snapshot.changed() if self._snapshot else ():
            if disarm(node, before, self.name):
                self._warn(node, DISARMED)

    def _disarm_attribute(self, unit: DoctreeUnit, source: Segment) -> None:
        before, text = (plain(parse(each.source)) for each in (source, unit.segment))
        table = full_width(unit.node, before, text)
        if table:
            unit.insert(escape(text.translate(table)))
            self._warn(unit.node, DISARMED)

    def _catalog_text(self, unit: DoctreeUnit, source: Segment) -> str:
        if self._snapshot is None or not self._messages:
            return ""
        return str(self._snapshot.messages.get(self._message(unit, source), ""))

    def place(self, unit: DoctreeUnit, source: Segment) -> Place:
        """Return where a unit stands."""
        return Place(
            self.name,
            getattr(placed(unit.node), "line", None) or 0,
            self._message(unit, source),
            *self._path_and_domain,
            is_plain=not isinstance(unit, TextUnit),
        )

    @cached_property
    def _path_and_domain(self) -> tuple[str, str]:
        return path_and_domain(self._env, self.name)

    def _message(self, unit: DoctreeUnit, source: Segment) -> str:
        message = self._messages.get(id(unit.node), "")
        if not isinstance(unit, TextUnit) or not (message or source.tags):
            return plain(parse(source.source))
        return str(message)

    def put(self, unit: DoctreeUnit, target: str) -> None:
        """Put a checked target in; raises `TagError` where that cannot be done."""
        title = unit.node.astext() if is_section_title(unit.node) else None
        insert_target(self._document, unit, target)
        self._titles.hold(unit.node, title)

    def release_titles(self) -> None:
        """Have titles say what they say now; all that makes anchors of them is done."""
        self._titles.release(self._env)

    def end(self) -> None:
        """Take leave of the document: nothing of it will change any more."""

    def refuse(self, unit: DoctreeUnit, reason: str) -> None:
        """Warn that a translation was not taken."""
        reason = f"a translation was refused ({reason}); the source text is kept"
        self._warn(unit.node, reason)

    def _warn(self, node: nodes.Element, message: str) -> None:
        logger.warning(
            message,
            type="amts",
            subtype=Subtype.TAGS.value,
            location=placed(node) or (self.name, 1),
        )

    def mark(self, unit: DoctreeUnit, state: State) -> None:
        """Note on a unit's node whose text it has, and what it says now."""
        is_shown = state.number and self.book.settings.html_notice
        shown = shown_pieces(unit) if is_shown else ()
        set_mark(unit, Mark(state.name, state.number, shown))

    def note_key(self, unit: DoctreeUnit) -> None:
        """Note on a unit's node which segment it has."""
        set_key(unit)

    def making(self) -> AbstractContextManager[None]:
        """Nothing of what is made is garbage in cycles."""
        return garbage.no_search()

    def is_interface(self, unit: DoctreeUnit) -> bool:
        """Tell whether a unit's text is Sphinx's own, translated by Sphinx."""
        return is_interface(unit.segment, self._interface)

    def locate(self, unit: DoctreeUnit) -> str:
        """Return file and line of a unit."""
        node = placed(unit.node)
        return (logging.get_node_location(node) if node else None) or self.name


class SurveyedPage(SphinxPage):
    """A document whose units are noted, and nothing more."""

    def translate(self, units: Iterable[DoctreeUnit]) -> list[DoctreeUnit]:
        """Note units, with what people's catalog has for them."""
        survey = self._survey
        survey.rounds.append([self._kept(unit) for unit in units])
        return []

    def _kept(self, unit: DoctreeUnit) -> KeptUnit:
        found = self.catalog(unit)
        place = self.place(unit, unit.segment if found is None else found.source)
        return KeptUnit(
            unit.segment,
            unit.readable_segment(),
            found is None and self.is_interface(unit),
            place.is_plain,
            place.line,
            place.message,
            found,
            unit.is_heading,
        )

    def end(self) -> None:
        """Note what Sphinx would learn of the document after the last transform."""
        survey, document = self._survey, self._document
        found = document.settings.record_dependencies
        files = map(os.fsdecode, found.list if found else ())
        survey.end(files, lists_documents=any(document.findall(addnodes.toctree)))
        survey.add_messages(messages_in(document, extract_messages(document)))

    @property
    def _survey(self) -> Survey:
        survey = self.book.purpose
        assert isinstance(survey, Survey)
        return survey


def _may_be_notebook(env: BuildEnvironment) -> bool:
    """Tell whether MyST-NB reads the document, which may then be a notebook."""
    suffix = Path(env.doc2path(env.docname)).suffix
    return bool(env.config.source_suffix.get(suffix) == NOTEBOOK_PARSER)


def keep_snapshot(env: BuildEnvironment, snapshot: Snapshot | None) -> None:
    """Keep what the document said before people's catalogs, for its page."""
    env.temp_data[_SNAPSHOT] = snapshot


def begin_page(
    build: Localized,
    env: BuildEnvironment,
    document: nodes.document,
    stale: dict[str, int],
) -> SphinxPage:
    """Begin the page of a document; it is gone when the document has been read."""
    is_surveyed = isinstance(build.book.purpose, Survey)
    made = SurveyedPage if is_surveyed else SphinxPage
    page = made(build, env, document, stale)
    pages: dict[int, SphinxPage] = env.temp_data.get(_PAGES) or {}
    env.temp_data[_PAGES] = {**pages, id(document): page}
    return page


def page_of(env: BuildEnvironment, document: nodes.document) -> SphinxPage | None:
    """Return the page of a document that is being read; None where it has none."""
    pages: dict[int, SphinxPage] = env.temp_data.get(_PAGES) or {}
    return pages.get(id(document))
