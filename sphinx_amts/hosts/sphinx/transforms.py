"""The transforms of localized builds.

========  ================  ========================================================
priority  transform         why there
========  ================  ========================================================
19        `TakeSnapshot`    just before Sphinx's ``Locale`` (20) applies catalogs
21        `Translate`       just after it, before substitutions (210), sorting of
                            glossaries (500) and references (619), which all see the
                            target text
745       `Sweep`           nodes that other extensions made in between, before
                            SmartQuotes (750) and the domains (850)
========  ================  ========================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docutils import nodes
from sphinx.transforms import SphinxTransform

from sphinx_amts.hosts.sphinx import catalogs, garbage, prescan
from sphinx_amts.hosts.sphinx.document import (
    SphinxPage,
    begin_page,
    keep_snapshot,
    page_of,
)
from sphinx_amts.hosts.sphinx.localized import Localized, builds
from sphinx_amts.hosts.sphinx.snapshot import Snapshot
from sphinx_amts.hosts.sphinx.units import DoctreeUnit
from sphinx_amts.hosts.sphinx.workarounds import rename_slugs, renew_copies
from sphinx_amts.text.languages import matches
from sphinx_amts.text.tagged import parse, plain


class _Transform(SphinxTransform):
    """A transform that runs in localized builds only."""

    def apply(self, **kwargs: Any) -> None:
        build = builds.get(self.config)
        if build is None or not build.book.covers(self.env.docname):
            return
        if str(self.document.get("source", "")).endswith("<translated>"):
            return  # a text of people's catalog, parsed by Sphinx on its own
        self.walk(build)

    def walk(self, build: Localized) -> None:
        raise NotImplementedError


class TakeSnapshot(_Transform):
    """Remember the source before people's catalogs are applied."""

    default_priority = 19

    def walk(self, build: Localized) -> None:
        """Take a snapshot where there is a catalog for the document."""
        catalog = catalogs.load(self.env, self.config)
        with garbage.no_search():
            taken = None
            if catalog is not None:
                units = build.units(self.document)
                taken = Snapshot.take(self.document, catalog, units)
        keep_snapshot(self.env, taken)


class Translate(_Transform):
    """Put what is known, or what the engine gives, in the place of each unit."""

    default_priority = 21

    def walk(self, build: Localized) -> None:
        """Translate all units that no catalog has translated."""
        stale = prescan.remembered_stale(build.book.translator, self.env.docname)
        page = begin_page(build, self.env, self.document, stale)
        page.disarm()
        with garbage.no_search():
            units = build.units(self.document)
        self.translate(page, units)

    def translate(self, page: SphinxPage, units: Sequence[DoctreeUnit]) -> None:
        """Translate these units of the document."""
        for unit in units:
            page.see(unit)
        changed = page.translate(units)
        rename_slugs(self.document, [unit.node for unit in changed])
        if changed:
            self.rename_language(page, [unit.node for unit in changed])

    def rename_language(self, page: SphinxPage, changed: list[nodes.Element]) -> None:
        """Have what says the page's language to machines say the new one."""
        pair = page.book.translator.pair
        for node in changed:
            if isinstance(node, nodes.meta) and "lang" in node:
                node["lang"] = pair.target
        for child in self.document.children:
            if isinstance(child, nodes.meta) and child.get("property") == "og:locale":
                code = str(child.get("content")).replace("_", "-")
                if matches(code, pair.source):
                    child["content"] = pair.target.replace("-", "_")


class Sweep(Translate):
    """Translate what other extensions made after `Translate`."""

    default_priority = 745

    def walk(self, build: Localized) -> None:
        """Translate units that are new, and no copies of text already translated."""
        page = page_of(self.env, self.document)
        assert page is not None, "`Translate` has begun it"
        units = build.units(self.document, page.seen)
        if units:
            copies = {_words(target) for target in page.inserted}
            new = [unit for unit in units if _words(unit.segment.source) not in copies]
            self.translate(page, new)
        renew_copies(self.env, self.document)
        page.end()
        if not build.book.purpose.records:
            raise prescan.DocumentScanned


def _words(tagged: str) -> str:
    return " ".join(plain(parse(tagged)).split())
