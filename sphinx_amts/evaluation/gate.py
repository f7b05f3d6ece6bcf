"""What a maintainer wants of every translation beside a score, and the gate.

==================  ====================================================================
``terms``           share of terms whose required target is used
``markup``          share of segments with tags that have all of them, and no other
``numbers``         share of segments with numbers that have all of them
``length``          characters, for one of the reference
``untranslated``    share of segments that people changed and that are empty or their
                    source again
==================  ====================================================================

A gate is a TOML file with the least and the most of these and of the metrics, all of
them between 0 and 1 (lengths and TER may be more)::

    bleu = { min = 0.3, article_min = 0.2 }
    markup = { min = 1.0 }
    length = { min = 0.8, max = 1.3 }
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sphinx_amts.errors import FileError
from sphinx_amts.evaluation.metrics import METRICS
from sphinx_amts.evaluation.testset import TestSet, Text
from sphinx_amts.evaluation.toml import load_toml
from sphinx_amts.text.tagged import escape, has_words
from sphinx_amts.text.terms import RequiredTerms

MEASURES = ("terms", "markup", "numbers", "length", "untranslated")
BOUNDS = ("min", "max", "article_min", "article_max")

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def measure(
    test_set: TestSet, system: int, terms: RequiredTerms | None = None
) -> dict[str, float]:
    """Return the measures of a system; those that nothing can be said of are left out.

    All but the length need sources.
    """
    triples = list(_segments(test_set, system))
    reference = sum(len(each.seen) for _, each, _ in triples)
    found = {}
    if reference:
        found["length"] = sum(len(each.seen) for _, _, each in triples) / reference
    if not test_set.has_sources:
        return found
    pairs = [(source, target) for source, _, target in triples]
    shares = {
        "terms": _terms(pairs, terms) if terms else (0, 0),
        "markup": _kept([(s.marks, t.marks) for s, t in pairs if s.marks or t.marks]),
        "numbers": _share([_has_numbers(s, t) for s, t in pairs if _numbers(s)]),
        "untranslated": _share(
            [_is_left(*each) for each in triples if _has_to_change(*each)]
        ),
    }
    for name, (kept, count) in shares.items():
        if count:
            found[name] = kept / count
    return {name: found[name] for name in MEASURES if name in found}


def _segments(test_set: TestSet, system: int) -> Iterator[tuple[Text, Text, Text]]:
    """Yield source, reference and hypothesis."""
    for article in test_set.articles:
        sources = article.sources or (Text(""),) * len(article.references)
        yield from zip(
            sources, article.references, article.hypotheses[system], strict=True
        )


def _share(are_so: Sequence[bool]) -> tuple[int, int]:
    return sum(are_so), len(are_so)


def _kept(pairs: Sequence[tuple[tuple[str, ...], tuple[str, ...]]]) -> tuple[int, int]:
    return _share([one == other for one, other in pairs])


def _terms(pairs: Sequence[tuple[Text, Text]], terms: RequiredTerms) -> tuple[int, int]:
    wanted = missed = 0
    for source, target in pairs:
        words = escape(source.seen)
        wanted += len(terms.wanted(words))
        missed += len(terms.missed(words, escape(target.seen)))
    return wanted - missed, wanted


def _numbers(text: Text) -> Counter[str]:
    """Return the numbers of a text, however thousands and fractions are set apart."""
    return Counter(re.sub("[.,]", "", each) for each in _NUMBER.findall(text.seen))


def _has_numbers(source: Text, target: Text) -> bool:
    return not _numbers(source) - _numbers(target)


def _has_to_change(source: Text, reference: Text, _target: Text) -> bool:
    return has_words(source.seen) and source.seen != reference.seen


def _is_left(source: Text, _reference: Text, target: Text) -> bool:
    return not target.seen or target.seen == source.seen


@dataclass(frozen=True)
class Bound:
    """What one number must be."""

    name: str  # of a metric or a measure
    limit: str  # of `BOUNDS`
    value: float

    @property
    def is_of_article(self) -> bool:
        """Whether it holds for each article."""
        return self.limit.startswith("article_")

    def holds(self, number: float) -> bool:
        """Tell whether a number is as wanted."""
        is_least = self.limit.endswith("min")
        return number >= self.value if is_least else number <= self.value


@dataclass(frozen=True)
class Failure:
    """One number that is not as wanted."""

    system: str
    article: str  # empty for all segments
    bound: Bound
    number: float | None  # None where it could not be measured

    def __str__(self) -> str:
        """Say what is wrong."""
        place = f"{self.system}, {self.article}" if self.article else self.system
        name, limit = self.bound.name, self.bound.limit.removeprefix("article_")
        if self.number is None:
            return f"{place}: {name} cannot be measured: there is nothing to count"
        return f"{place}: {name} is {self.number:.3f}; {limit} is {self.bound.value:g}"


def load_gate(path: Path) -> list[Bound]:
    """Read a gate; raises `FileError`."""
    bounds = []
    for name, limits in load_toml(path).items():
        known = (*METRICS, *MEASURES)
        if name not in known:
            raise FileError(path, f"{name!r} is none of {', '.join(known)}")
        if not isinstance(limits, Mapping) or not limits:
            raise FileError(path, f"{name} should be like {{ min = 0.3 }}")
        bounds += [_bound(path, name, *each) for each in limits.items()]
    return bounds


def _bound(path: Path, name: str, limit: str, value: Any) -> Bound:
    known = BOUNDS if name in METRICS else BOUNDS[:2]
    if limit not in known:
        raise FileError(path, f"{name}.{limit}: only {', '.join(known)}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FileError(path, f"{name}.{limit} should be a number")
    if name != "length" and not 0 <= value <= (10 if name == "ter" else 1):
        raise FileError(path, f"{name}.{limit} is {value}; it should be from 0 to 1")
    return Bound(name, limit, float(value))
