"""What one localized build works with, and where it is found."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from docutils import nodes
from sphinx.config import Config
from sphinx.util import logging

from sphinx_amts.book.record import Words
from sphinx_amts.config import Settings
from sphinx_amts.hosts.sphinx.prescan import Scan
from sphinx_amts.hosts.sphinx.snapshot import Snapshot
from sphinx_amts.text.segment import Segment
from sphinx_amts.translation.cost import (
    MILLION,
    Receipts,
    cost_of,
    count,
    dollars,
    rate_of,
)
from sphinx_amts.translation.translator import Hall

if TYPE_CHECKING:
    from sphinx_amts.engines.amazon.terminology import Watch

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a segment stands that a book collects."""

    docname: str
    line: int  # 1-based, of the document or of what it includes; 0: not known
    segment: Segment  # of the source
    message: str = ""  # as gettext has it, in markup; empty where gettext has none
    text: str = ""  # of people's catalog, in markup
    path: str = ""  # of the document, relative to the book
    domain: str = ""  # of gettext
    is_catalog: bool = False  # people's catalog has translated it

    @property
    def is_rst(self) -> bool:
        """Whether the message is reStructuredText; else it is MyST."""
        return Path(self.path).suffix not in (".md", ".ipynb", ".myst")


@dataclass
class Build:
    """What one localized build works with."""

    settings: Settings
    hall: Hall
    receipts: Receipts
    interface: frozenset[str]  # Sphinx's own strings in the target language
    files_digest: str = ""  # of the memory files
    watch: Watch | None = None  # for terms, where there is a file of them
    scanned: Scan | None = None  # set in the child of a pre-scan only
    inserted: list[str] = field(default_factory=list)  # targets in this document
    seen: dict[int, nodes.Element] = field(default_factory=dict)  # units done
    snapshot: Snapshot | None = None
    collected: dict[str, Segment] | None = None  # all segments, for who asks for them
    texts: dict[str, tuple[Segment | None, str]] | None = None
    """By gettext's messages of what may be a notebook, segment and target; of people's
    catalog the target only, in markup."""

    messages: dict[int, str] = field(default_factory=dict)
    """gettext's messages in this document by the ``id()`` of their node."""
    places: list[Place] = field(default_factory=list)  # of all that is collected
    words: dict[str, Words] = field(default_factory=dict)  # by document, the same

    @property
    def base(self) -> str:
        """Identity of all that decides on a text: the memory files and the engine."""
        return f"{self.files_digest} {self.hall.signature} {self.hall.edition}".strip()

    @property
    def is_paid(self) -> bool:
        """Whether the engine has a price."""
        return self.receipts.price_per_million is not None

    def announce(self, segments: Sequence[Segment], known: Mapping[str, int]) -> None:
        """Say what is going to be asked for, and what that costs."""
        hall, segments = self.hall.offer(segments)
        if not segments:
            return
        engine = f"to translate with engine {hall.engine.name!r} ({hall.pair})"
        rate = rate_of(hall, self.settings.prices)
        if rate is None:
            logger.info("sphinx_amts: %s %s", count(len(segments)), engine)
            return
        text = f"{engine}: {cost_of(hall, segments, self.settings.prices)}."
        if known:
            saved = sum(known.values())
            text += (
                f" Of these documents the memory has {count(len(known))}, which saves"
                f" {saved:,} characters, {dollars(saved * rate / MILLION)}."
            )
        logger.info("sphinx_amts: %s", text)

    def fill(
        self,
        segments: Sequence[Segment],
        report: Callable[[int], object] = lambda done: None,
        *,
        is_all: bool = False,
    ) -> None:
        """Have segments translated, and keep what that cost.

        ``is_all``: these are what all documents lack.
        """
        fill = self.hall.fill_all if is_all else self.hall.fill

        def keep(done: int) -> None:
            report(done)
            self.receipts.save(is_last=False)

        try:
            fill(segments, keep)
        finally:
            self.receipts.save()

    def covers(self, docname: str) -> bool:
        """Tell whether a document is to be translated."""
        return not any(
            fnmatch.fnmatchcase(docname, pattern) for pattern in self.settings.exclude
        )


builds: WeakKeyDictionary[Config, Build] = WeakKeyDictionary()
"""The build of each application, by its configuration; none in the source language."""
