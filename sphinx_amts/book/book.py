"""A book in one language: what translates it, what became of it, and what for."""

from __future__ import annotations

import fnmatch
import logging
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx_amts.book.purpose import Purpose
from sphinx_amts.book.record import Records
from sphinx_amts.config import Settings
from sphinx_amts.memory.people import Match
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.terms import NO_TERMS, RequiredTerms
from sphinx_amts.translation.asking import Problems
from sphinx_amts.translation.cost import (
    MILLION,
    Receipts,
    cost_of,
    count,
    dollars,
    rate_of,
)
from sphinx_amts.translation.translator import Report, Translating, silent

if TYPE_CHECKING:
    from sphinx_amts.parallel_data.doubt import Doubt

logger = logging.getLogger(__name__)


class Book:
    """One book, one language, one build.

    ``files`` is the identity of its memory files; ``terms`` are those that have a
    required translation, where there is a file of them.
    """

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        translator: Translating,
        purpose: Purpose,
        records: Records,
        files: str = "",
        terms: RequiredTerms = NO_TERMS,
        receipts: Receipts | None = None,
    ) -> None:
        self.settings = settings
        self.folder = folder
        self.translator = translator
        self.purpose = purpose
        self.records = records
        self.terms = terms
        self._files = files
        cache = folder / settings.cache_dir
        self.receipts = receipts or Receipts(
            translator.pair,
            translator.bills,
            cache,
            settings.prices,
            translator.problems,
        )

    def read_for(self, purpose: Purpose) -> Book:
        """Return the same book for another purpose, with records of its own.

        What either pays for is on the one receipt.
        """
        return Book(
            self.settings,
            self.folder,
            self.translator,
            purpose,
            Records(),
            self._files,
            self.terms,
            self.receipts,
        )

    @property
    def problems(self) -> Problems:
        """What a user must be told."""
        return self.translator.problems

    @property
    def identity(self) -> str:
        """Identity of all that decides on a text: memory files, engine, terms."""
        terms = self.terms.digest
        return f"{self._files} {self.translator.identity} {terms}".strip()

    @cached_property
    def doubt(self) -> Doubt:
        """What tells how doubtful a machine's translation is, by what people wrote."""
        from sphinx_amts.parallel_data.doubt import Doubt  # no build needs it

        rows = self.translator.known.people.human_rows()
        pairs = [(row.source, row.target) for row in rows]
        return Doubt(pairs, self.terms)

    @property
    def is_paid(self) -> bool:
        """Whether anything that translates it has a price."""
        pair, prices = self.translator.pair, self.settings.prices
        bills = self.translator.bills()
        return any(rate_of(bill.tariff, pair, prices) is not None for bill in bills)

    def covers(self, name: str) -> bool:
        """Tell whether a document is to be translated."""
        return not any(
            fnmatch.fnmatchcase(name, pattern) for pattern in self.settings.exclude
        )

    def missing(self, segments: Sequence[Segment]) -> list[Segment]:
        """Return what of segments is to be asked for; others may share the rest."""
        translator = self.translator
        missing = translator.to_send(translator.known.look_all(segments).values())
        if translator.sharing.fetch_all(translator.known, missing):
            looks = translator.known.look_all(segments)
            missing = translator.to_send(looks.values())
        return missing

    def announce(self, segments: Sequence[Segment], known: Mapping[str, int]) -> None:
        """Say what is going to be asked for, and what that costs.

        ``known`` has the characters of what the memory has, by segment.
        """
        pair, prices = self.translator.pair, self.settings.prices
        quote = self.translator.quote(segments)
        if not quote.segments:
            return
        engine = f"to translate with engine {quote.engine!r} ({pair})"
        rate = rate_of(quote.tariff, pair, prices)
        if rate is None:
            logger.info("sphinx_amts: %s %s", count(len(quote.segments)), engine)
            return
        text = f"{engine}: {cost_of(quote, pair, prices)}."
        if known:
            saved = sum(known.values())
            text += (
                f" Of these documents the memory has {count(len(known))}, which saves"
                f" {saved:,} characters, {dollars(saved * rate / MILLION)}."
            )
        logger.info("sphinx_amts: %s", text)

    def ask(
        self,
        segments: Sequence[Segment],
        report: Report = silent,
        *,
        is_all: bool = False,
    ) -> dict[str, Match]:
        """Have segments translated, and keep what that cost; return what is known.

        ``is_all``: these are what all documents lack.
        """
        translator = self.translator
        ask = translator.ask_for_all if is_all else translator.ask

        def keep(done: int) -> None:
            report(done)
            self.receipts.save(is_last=False)

        try:
            return ask(segments, keep)
        finally:
            self.receipts.save()

    def outdated(self) -> list[str]:
        """Return the documents whose text would be another one now."""
        identity = self.identity
        return [
            name
            for name, record in self.records.items()
            if record.is_outdated(self.translator, identity)
        ]
