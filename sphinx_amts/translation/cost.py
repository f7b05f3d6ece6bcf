"""What translations cost: known before they are asked for, kept afterwards.

Characters are counted as they are sent, so that what is said before is what the service
is asked for. Prices are settings.
"""

from __future__ import annotations

import datetime
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sphinx_amts.files import replace_file
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.translation.asking import Problems
from sphinx_amts.translation.translator import Bill, Quote
from sphinx_amts.warnings_ import Subtype

MILLION = 1_000_000  # characters that a price is for
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


def rate_of(
    tariff: str, pair: LanguagePair, prices: Mapping[str, float]
) -> float | None:
    """Return what a million characters cost; None where no price is known."""
    return prices.get(f"{tariff}:{pair.target}", prices.get(tariff))


def cost_of(quote: Quote, pair: LanguagePair, prices: Mapping[str, float]) -> Cost:
    """Return what is sent for segments, with its price."""
    rate = rate_of(quote.tariff, pair, prices)
    price = None if rate is None else quote.characters * rate / MILLION
    return Cost(len(quote.segments), quote.requests, quote.characters, price)


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
    """Writes what a build pays, again and again while it pays: a file for each engine.

    ``bills`` tells what was asked for so far. Where none can be written, ``problems``
    says so, and the build goes on.
    """

    def __init__(
        self,
        pair: LanguagePair,
        bills: Callable[[], Sequence[Bill]],
        folder: Path,
        prices: Mapping[str, float],
        problems: Problems,
    ) -> None:
        self._problems = problems
        self._pair = pair
        self._bills = bills
        self._folder = folder / RECEIPTS
        self._prices = prices
        self._began = datetime.datetime.now(datetime.timezone.utc)
        self._made_in = os.getpid()
        self._saved: set[str] = set()  # engines with a receipt
        self._saved_at = 0.0

    def save(self, memory_hits: int | None = None, *, is_last: bool = True) -> None:
        """Write the receipts of engines that were paid for anything."""
        now = time.monotonic()
        if not is_last and now - self._saved_at < SAVE_S:
            return
        for bill in self._bills():
            rate = rate_of(bill.tariff, self._pair, self._prices)
            if rate is None or not (bill.meter.requests or bill.engine in self._saved):
                continue
            self._saved_at = now
            self._saved.add(bill.engine)
            receipt = asdict(self._receipt(bill, rate, memory_hits))
            try:
                self._write(self._path(bill), json.dumps(receipt, indent=2))
            except OSError as error:
                self._problems.add(
                    Subtype.STORE,
                    f"receipts cannot be written to {self._folder} ({error.strerror})."
                    " Make it a folder that can be written",
                )

    def _write(self, path: Path, text: str) -> None:
        if self._folder.is_symlink() or path.is_symlink():
            raise OSError(0, "it is a link")
        self._folder.mkdir(parents=True, exist_ok=True)
        replace_file(path, [text, "\n"])

    def _path(self, bill: Bill) -> Path:
        """Return the file of this process."""
        pid = os.getpid()
        name = f"{self._began:%Y%m%dT%H%M%S}-{self._pair.target}-{self._made_in}"
        name += "" if pid == self._made_in else f"-{pid}"
        return self._folder / f"{name}-{bill.engine}.json"

    def _receipt(self, bill: Bill, rate: float, memory_hits: int | None) -> Receipt:
        characters = bill.meter.characters
        return Receipt(
            date=self._began.isoformat(timespec="seconds"),
            engine=bill.engine,
            signature=bill.signature,
            source_language=self._pair.source,
            target_language=self._pair.target,
            segments=len(bill.made),
            requests=bill.meter.requests,
            characters=characters,
            price=round(characters * rate / MILLION, 6),
            price_per_million=rate,
            memory_hits=memory_hits,
        )
