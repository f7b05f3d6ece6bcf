"""What translations cost: known before they are asked for, kept afterwards.

Characters are counted as they are sent, so that what is said before is what the service
is asked for. Prices are settings.
"""

from __future__ import annotations

import datetime
import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx_amts.files import replace_file
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Segment
from sphinx_amts.translation.translator import Hall

if TYPE_CHECKING:
    from sphinx_amts.book.exchange import SegmentsOfBook
    from sphinx_amts.hosts.sphinx.localized import Build

MILLION = 1_000_000
CURRENCY = "USD"
RECEIPTS = "receipts"
"""The folder of receipts in that of the store."""
SAVE_S = 1.0  # between two versions of a receipt while an engine answers


@dataclass(frozen=True)
class Cost:
    """What it costs to have segments translated."""

    segments: int
    requests: int
    characters: int  # as they are paid for
    price: float | None  # US dollars; None where no price is known

    def __str__(self) -> str:
        """Say it in a sentence.

        >>> str(Cost(12, 1, 4200, 0.063))
        '12 segments, 4,200 characters in 1 request, $0.07'
        """
        requests = f"{self.requests:,} request{'' if self.requests == 1 else 's'}"
        text = f"{count(self.segments)}, {self.characters:,} characters in {requests}"
        return text if self.price is None else f"{text}, {dollars(self.price)}"


def count(segments: int) -> str:
    """Write a number of segments."""
    return f"{segments:,} segment{'' if segments == 1 else 's'}"


def dollars(price: float) -> str:
    """Write a price; what is over a cent counts as the next.

    >>> dollars(0.0), dollars(0.001), dollars(1234.5)
    ('$0.00', '$0.01', '$1,234.50')
    """
    cents = -(-round(price * 10_000) // 100)
    return f"${cents / 100:,.2f}"


def rate_of(hall: Hall, prices: Mapping[str, float]) -> float | None:
    """Return what a million characters cost; None where no price is known."""
    name = getattr(hall.engine, "tariff", hall.engine.name)
    return prices.get(f"{name}:{hall.pair.target}", prices.get(name))


def cost_of(
    hall: Hall, segments: Iterable[Segment], prices: Mapping[str, float]
) -> Cost:
    """Return what the engine would get, and its price, for these segments."""
    listed = list(segments)
    requests = hall.plan(listed)
    characters = hall.characters(requests)
    rate = rate_of(hall, prices)
    price = None if rate is None else characters * rate / MILLION
    return Cost(len(listed), len(requests), characters, price)


@dataclass(frozen=True)
class Estimate:
    """What one language of a book would cost now, and what its memory saves."""

    engine: str
    pair: LanguagePair
    missing: Cost  # what the engine would be asked for
    known: Cost  # what the memory saves
    max_characters: int | None

    @property
    def is_over(self) -> bool:
        """Whether a build would end at its cap."""
        cap = self.max_characters
        return cap is not None and self.missing.characters > cap

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "engine": self.engine,
            "source_language": self.pair.source,
            "target_language": self.pair.target,
            **asdict(self.missing),
            "memory": asdict(self.known),
            "max_characters": self.max_characters,
        }


def estimate(build: Build, book: SegmentsOfBook) -> Estimate:
    """Count what a build of ``book`` would send; asks nobody.

    Raises `UnsupportedPair`.
    """
    hall, prices = build.hall, build.settings.prices
    getattr(hall.engine, "check_pair", lambda pair: None)(hall.pair)
    if hall.engine.name == "memory":
        missing: Sequence[Segment] = []
    else:
        segments = (segment for segment, _match in book.values())
        missing = hall.cut(filter(hall.lacks, segments))
    known = [
        segment
        for segment, match in book.values()
        if match is not None and match.target
    ]
    asked, missing = hall.offer(missing)
    return Estimate(
        asked.engine.name,
        hall.pair,
        cost_of(asked, missing, prices),
        cost_of(hall, known, prices),
        hall.meter.max_characters,
    )


@dataclass(frozen=True)
class Receipt:
    """What one build paid for."""

    date: str  # UTC, ISO 8601, to the second
    engine: str
    signature: str
    source_language: str
    target_language: str
    segments: int  # translated by the engine
    requests: int
    characters: int
    price: float
    price_per_million: float
    currency: str = CURRENCY
    memory_hits: int | None = None  # segments of the memory; None if it did not end


class Receipts:
    """Writes one build's receipt, again and again while it pays."""

    def __init__(self, hall: Hall, folder: Path, prices: Mapping[str, float]) -> None:
        self._hall = hall
        self._folder = folder / RECEIPTS
        self._helpers = [Receipts(each, folder, prices) for each in hall.helpers]
        self.price_per_million = rate_of(hall, prices)
        self._began = datetime.datetime.now(datetime.timezone.utc)
        self._made_in = os.getpid()
        self._saved_at = 0.0

    @property
    def path(self) -> Path:
        """The file of this process."""
        pid = os.getpid()
        hall = self._hall
        name = f"{self._began:%Y%m%dT%H%M%S}-{hall.pair.target}-{self._made_in}"
        name += "" if pid == self._made_in else f"-{pid}"
        return self._folder / f"{name}-{hall.engine.name}.json"

    def save(self, memory_hits: int | None = None, *, is_last: bool = True) -> None:
        """Write the receipt, if anything was paid for."""
        for helper in self._helpers:
            helper.save(memory_hits, is_last=is_last)
        now = time.monotonic()
        rate = self.price_per_million
        if rate is None or not (self._hall.meter.requests or self._saved_at):
            return
        if not is_last and now - self._saved_at < SAVE_S:
            return
        self._saved_at = now
        self._folder.mkdir(parents=True, exist_ok=True)
        receipt = asdict(self._receipt(rate, memory_hits))
        replace_file(self.path, [json.dumps(receipt, indent=2), "\n"])

    def _receipt(self, rate: float, memory_hits: int | None) -> Receipt:
        hall = self._hall
        return Receipt(
            date=self._began.isoformat(timespec="seconds"),
            engine=hall.engine.name,
            signature=hall.signature,
            source_language=hall.pair.source,
            target_language=hall.pair.target,
            segments=len(hall.made),
            requests=hall.meter.requests,
            characters=hall.meter.characters,
            price=round(hall.meter.characters * rate / MILLION, 6),
            price_per_million=rate,
            memory_hits=memory_hits,
        )
