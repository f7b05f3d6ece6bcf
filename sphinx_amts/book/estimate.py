"""What translating a book would cost, before anything is sent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sphinx_amts.book.book import Book
from sphinx_amts.book.purpose import Collect
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Segment
from sphinx_amts.translation.asking import MEMORY
from sphinx_amts.translation.cost import Cost, cost_of


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


def estimate(book: Book, found: Collect) -> Estimate:
    """Count what a build of a collected book would send; asks nobody.

    Raises `UnsupportedPair`.
    """
    translator, prices = book.translator, book.settings.prices
    pair = translator.pair
    translator.check_pair()
    missing: dict[str, Segment] = {}
    if translator.engine_name != MEMORY:
        for look in found.looks.values():
            missing.update((each.key, each) for each in translator.pieces(look))
    known = [
        look.segment
        for look in found.looks.values()
        if look.match is not None and look.match.target
    ]
    quote = translator.quote(list(missing.values()))
    return Estimate(
        quote.engine,
        pair,
        cost_of(quote, pair, prices),
        cost_of(translator.worth(known), pair, prices),
        book.settings.max_characters,
    )
