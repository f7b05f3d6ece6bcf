"""Whether doubt tells which segments people changed most, and where terms differ.

What `Doubt` knows of words, it learns from what people wrote elsewhere: pairs that are
given, and the other articles of the test set, never the article itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sphinx_amts.evaluation.testset import TestSet
from sphinx_amts.parallel_data.consistency import (
    Difference,
    Passage,
    find_differences,
)
from sphinx_amts.parallel_data.doubt import Doubt
from sphinx_amts.text.tagged import count_words
from sphinx_amts.text.terms import NO_TERMS, RequiredTerms

SHARES = (0.2, 0.3, 0.5)
"""Of the words, the most doubtful first: as much as somebody may have time to read."""
FOLDS = 5
"""Parts that a test set is divided into, each doubted by the others: learning takes a
second for some thousand segments."""

Pairs = Sequence[tuple[str, str]]


def held(
    test_set: TestSet,
    system: int,
    edits: Sequence[float],
    known: Pairs = (),
    terms: RequiredTerms | None = None,
) -> dict[float, float]:
    """Return which share of all edits the most doubtful words hold, by `SHARES`.

    ``edits`` are those of each segment, in characters; ``known`` are people's pairs of
    other texts.
    Without an edit, or without sources, nothing is returned.
    """
    total = sum(edits)
    if not total or not test_set.has_sources:
        return {}
    doubts = list(_doubts(test_set, system, known, terms or NO_TERMS))
    words = [
        count_words(text.prose)
        for article in test_set.articles
        for text in article.sources
    ]
    order = sorted(range(len(doubts)), key=lambda place: -doubts[place])
    return {
        share: sum(_until(share * sum(words), order, words, edits)) / total
        for share in SHARES
    }


def _until(
    left: float, order: Sequence[int], words: Sequence[int], edits: Sequence[float]
) -> Iterator[float]:
    """Yield edits in an order, for as many words as there is time for."""
    for place in order:
        part = min(1.0, left / (words[place] or 1))
        yield part * edits[place]
        left -= part * words[place]
        if left <= 0:
            return


def _doubts(
    test_set: TestSet, system: int, known: Pairs, terms: RequiredTerms
) -> Iterator[float]:
    articles = test_set.articles
    folds = min(FOLDS, len(articles))
    learnt = [
        Doubt([*known, *_people(test_set, fold, folds)], terms) for fold in range(folds)
    ]
    for number, article in enumerate(articles):
        doubt = learnt[number % folds]
        both = zip(article.sources, article.hypotheses[system], strict=True)
        for source, target in both:
            yield doubt.of(source.prose, target.prose)


def _people(test_set: TestSet, fold: int, folds: int) -> Iterator[tuple[str, str]]:
    """Yield what people wrote in the articles that are not of a fold."""
    for number, article in enumerate(test_set.articles):
        if number % folds != fold:
            for pair in zip(article.sources, article.references, strict=True):
                yield pair[0].prose, pair[1].prose


def differences(
    test_set: TestSet, system: int, terms: RequiredTerms | None = None
) -> tuple[Difference, ...]:
    """Return the terms that a system translates in several ways."""
    passages = [
        Passage(source.prose, target.prose, f"{article.name} {number}")
        for article in test_set.articles
        for number, (source, target) in enumerate(
            zip(article.sources, article.hypotheses[system], strict=False), 1
        )
    ]
    return tuple(find_differences(passages, terms or NO_TERMS))
