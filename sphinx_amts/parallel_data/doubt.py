"""How doubtful a machine's translation is, from what needs no model and no person.

`Doubt.of` is a number between 0 and 1: the share of the text that a translator is
expected to change. It is a weighted sum of `SIGNALS`, each of which counts by how far
it is from the mean of machine-translated sentences. The means and weights were fitted
on four sections of a book whose machine translation and people's revision of it are
both known, with ``benchmarks/doubt.py``; three other sections were set aside, and the
figures of the documentation are theirs.

Without people's pairs there is no lexicon, and only some signals speak.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from sphinx_amts.errors import TagError
from sphinx_amts.parallel_data.lexicon import Lexicon, Words
from sphinx_amts.parallel_data.words import words_of
from sphinx_amts.text.tagged import count_words, parse, plain
from sphinx_amts.text.terms import NO_TERMS, RequiredTerms


@dataclass(frozen=True)
class Signal:
    """How one signal counts: its mean and deviation, and what a deviation adds."""

    mean: float
    deviation: float
    weight: float
    needs_pairs: bool = False

    def part(self, value: float) -> float:
        """Return what a value adds to the doubt."""
        away = (value - self.mean) / self.deviation
        return self.weight * max(-MOST, min(MOST, away))


MOST = 3.0  # deviations that count: what is further away is no worse
BASE = 0.417  # the doubt of a sentence that is the mean in everything
LEAST_PROBABILITY = 1e-3  # of a word that nothing in the source accounts for

SIGNALS = {
    # target words that people's pairs do not have: a share
    "unknown": Signal(0.435, 0.190, 0.032, needs_pairs=True),
    # how little the source's words account for the target's: nats
    "unexplained": Signal(5.83, 1.06, 0.139, needs_pairs=True),
    # source words that people's pairs do not have: names, code; a share
    "foreign": Signal(0.120, 0.110, -0.049, needs_pairs=True),
    # length for the length of the source, by people's proportion: a logarithm
    "length": Signal(0.173, 0.187, 0.054, needs_pairs=True),
    # words of the source: long sentences get more of their share right; a logarithm
    "words": Signal(2.66, 0.736, -0.046),
    # required terms that are missing: a share
    "terms": Signal(0.243, 0.380, 0.009),
    # words left in the source language: a share
    "left": Signal(0.0375, 0.158, 0.080),
    # numbers lost and invented
    "numbers": Signal(0.0446, 0.383, 0.023),
    # brackets lost and invented
    "brackets": Signal(0.026, 0.235, 0.068),
}

_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]{2,}")


class Doubt:
    """Doubts machine translations of one book into one language.

    ``pairs`` are people's sources and targets, as tagged texts; ``terms`` have a
    required translation.
    """

    def __init__(
        self,
        pairs: Iterable[tuple[str, str]] = (),
        terms: RequiredTerms = NO_TERMS,
    ) -> None:
        self._pairs = tuple(pairs)
        self._terms = terms

    def of(self, source: str, target: str) -> float:
        """Return the doubt of a tagged target, 0 to 1; 1 for what is no tagged text."""
        try:
            found = self.signals(source, target)
        except TagError:
            return 1.0
        total = BASE + sum(SIGNALS[name].part(value) for name, value in found.items())
        return max(0.0, min(1.0, total))

    def signals(self, source: str, target: str) -> Mapping[str, float]:
        """Return the signals of a target by their names."""
        text, made = plain(parse(source)).strip(), plain(parse(target)).strip()
        words = count_words(source)
        wanted = self._terms.wanted(source)
        found = {
            "words": math.log(words + 1),
            "left": len(_left(text, made)) / (words or 1),
            "numbers": float(_difference(_NUMBER.findall(text), _NUMBER.findall(made))),
            "brackets": float(abs(_brackets(text) - _brackets(made))),
        }
        if wanted:
            missed = self._terms.missed(source, target)
            found["terms"] = len(missed) / len(wanted)
        if self._pairs:
            found |= self._of_pairs(source, target, len(text), len(made))
        return found

    def _of_pairs(
        self, source: str, target: str, length: int, made: int
    ) -> Mapping[str, float]:
        sources, targets = words_of(source)[0], words_of(target)[0]
        known_sources, known_targets = self._lexicon.known
        return {
            "unknown": len(targets - known_targets) / (len(targets) or 1),
            "foreign": len(sources - known_sources) / (len(sources) or 1),
            "unexplained": self._unexplained(sources, targets),
            "length": abs(math.log((made + 2) / (self._growth * length + 2))),
        }

    def _unexplained(self, sources: Words, targets: Words) -> float:
        table = self._lexicon.forward
        total = 0.0
        for word in targets:
            share = sum(table.get(each, {}).get(word, 0.0) for each in sources)
            total -= math.log(share / (len(sources) or 1) + LEAST_PROBABILITY)
        return total / (len(targets) or 1)

    @cached_property
    def _lexicon(self) -> Lexicon:
        words = [(words_of(a)[0], words_of(b)[0]) for a, b in self._pairs]
        sources, targets = [a for a, _ in words], [b for _, b in words]
        return Lexicon.empty(sources, targets).learn(words)

    @cached_property
    def _growth(self) -> float:
        """How many characters of the target stand for one of the source."""
        sources = sum(len(plain(parse(source))) for source, _ in self._pairs)
        targets = sum(len(plain(parse(target))) for _, target in self._pairs)
        return targets / (sources or 1)


def _left(source: str, target: str) -> list[str]:
    known = {word.lower() for word in _WORD.findall(source)}
    return [word for word in _WORD.findall(target) if word.lower() in known]


def _difference(one: list[str], other: list[str]) -> int:
    wanted, found = Counter(one), Counter(other)
    return ((wanted - found) + (found - wanted)).total()


def _brackets(text: str) -> int:
    return text.count("(") + text.count("\uff08")
