"""Everything that is measured of a test set, in numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sphinx_amts.evaluation import doubts, metrics
from sphinx_amts.evaluation.gate import Bound, Failure, measure
from sphinx_amts.evaluation.metrics import TITLES, Counts, Score
from sphinx_amts.evaluation.testset import TestSet
from sphinx_amts.parallel_data.consistency import Difference
from sphinx_amts.text.terms import RequiredTerms
from sphinx_amts.workers.contract import Workers

FEWEST_SEGMENTS = 2
"""An interval needs segments to draw from."""


@dataclass(frozen=True)
class Plan:
    """What to measure."""

    language: str  # of the targets, BCP 47
    metrics: tuple[str, ...] = metrics.METRICS
    test: str = "bootstrap"  # of `metrics.TESTS`
    samples: int = 1000  # 0 for no intervals and no tests
    terms: RequiredTerms | None = None
    known: doubts.Pairs = ()  # people's pairs of other texts, for doubt


@dataclass(frozen=True)
class SystemResult:
    """What was measured of one system; scores by the metric's name."""

    name: str
    total: dict[str, Score]  # all segments as one text
    average: dict[str, float]  # mean of the articles' scores
    articles: tuple[dict[str, Score], ...]  # in the order of the test set's
    segments: tuple[float, ...]  # scores of `Results.segment_metric`
    measures: dict[str, float]
    held: dict[float, float]  # share of the edits in the most doubtful words, by share
    differences: tuple[Difference, ...]  # terms in several ways


@dataclass(frozen=True)
class Results:
    """What was measured of a test set."""

    test_set: TestSet
    language: str
    metrics: tuple[str, ...]
    signatures: dict[str, str]  # with the intervals' or the test's part, by metric
    test: str  # empty where nothing was compared
    systems: tuple[SystemResult, ...]

    @property
    def segment_metric(self) -> str:
        """The metric of single segments."""
        return segment_metric(self.metrics)

    def to_json(self) -> str:
        """Write all numbers; scores from 0 to 100, as sacrebleu has them."""
        articles = [
            {
                "name": each.name,
                "segments": len(each.references),
                "left_out": each.left_out,
            }
            for each in self.test_set.articles
        ]
        values: dict[str, Any] = {
            "target_language": self.language,
            "signatures": {TITLES[name]: s for name, s in self.signatures.items()},
            "test": self.test or None,
            "articles": articles,
            "systems": [_plain(each) for each in self.systems],
        }
        return json.dumps(values, ensure_ascii=False, indent=1)


def _plain(system: SystemResult) -> dict[str, Any]:
    return {
        "name": system.name,
        "total": {name: asdict(score) for name, score in system.total.items()},
        "average": system.average,
        "articles": [
            {name: asdict(score) for name, score in each.items()}
            for each in system.articles
        ],
        "measures": system.measures,
        "doubt": {f"{share:g}": value for share, value in system.held.items()},
        "terms": [each.to_json() for each in system.differences],
    }


def segment_metric(names: Sequence[str]) -> str:
    """Return which of some metrics is used for single segments: chrF if it may be.

    BLEU is nothing for most short texts.
    """
    return "chrf" if "chrf" in names else names[0]


def evaluate(test_set: TestSet, plan: Plan, workers: Workers | None = None) -> Results:
    """Measure all systems of a test set; ``workers`` share what takes long."""
    systems = range(len(test_set.systems))
    references = test_set.references()
    hypotheses = [test_set.hypotheses(system) for system in systems]
    lengths = test_set.lengths
    totals: list[dict[str, Score]] = [{} for _ in systems]
    articles: list[list[dict[str, Score]]] = [[{} for _ in lengths] for _ in systems]
    segments: list[tuple[float, ...]] = []
    edits: list[list[float]] = [[] for _ in systems]
    signatures = {}
    for name in plan.metrics:
        counts = metrics.count(references, hypotheses, name, plan.language, workers)
        if name == segment_metric(plan.metrics):
            segments = [tuple(counts.segments(system)) for system in systems]
        if name == "ter":
            edits = [
                [
                    share / 100 * len(each)
                    for share, each in zip(counts.segments(n), references, strict=True)
                ]
                for n in systems
            ]
        signatures[name], found = _totals(counts, plan)
        has_intervals = name == plan.metrics[0]
        for system, total in enumerate(found):
            totals[system][name] = total
            for place, run in enumerate(metrics.runs(lengths)):
                samples = plan.samples if has_intervals else 0
                articles[system][place][name] = _score(counts, system, samples, run)
    return Results(
        test_set,
        plan.language,
        plan.metrics,
        signatures,
        plan.test if plan.samples and len(systems) > 1 else "",
        tuple(
            SystemResult(
                test_set.systems[system],
                totals[system],
                _average(articles[system], plan.metrics),
                tuple(articles[system]),
                segments[system],
                measure(test_set, system, plan.terms),
                doubts.held(test_set, system, edits[system], plan.known, plan.terms),
                doubts.differences(test_set, system, plan.terms),
            )
            for system in systems
        ),
    )


def _totals(counts: Counts, plan: Plan) -> tuple[str, list[Score]]:
    systems = len(counts.rows)
    can_draw = len(counts.rows[0]) >= FEWEST_SEGMENTS
    if systems > 1 and plan.samples and can_draw:
        return metrics.compare(counts, plan.test, plan.samples)
    whole = (0, len(counts.rows[0]))
    found = [_score(counts, system, plan.samples, whole) for system in range(systems)]
    return counts.signature, found


def _score(counts: Counts, system: int, samples: int, run: tuple[int, int]) -> Score:
    if samples and run[1] - run[0] >= FEWEST_SEGMENTS:
        return counts.interval(system, samples, *run)
    return Score(counts.score(system, *run))


def _average(
    articles: Sequence[dict[str, Score]], names: Sequence[str]
) -> dict[str, float]:
    return {
        name: sum(each[name].value for each in articles) / len(articles)
        for name in names
    }


def failures(results: Results, bounds: Sequence[Bound]) -> Iterator[Failure]:
    """Yield every number that is not as a gate wants it."""
    for system in results.systems:
        for bound in bounds:
            for article, number in _numbers(results, system, bound):
                if number is None or not bound.holds(number):
                    yield Failure(system.name, article, bound, number)


def _numbers(
    results: Results, system: SystemResult, bound: Bound
) -> Iterator[tuple[str, float | None]]:
    """Yield what a bound is about, from 0 to 1, with the article's name."""
    if bound.name not in results.metrics:
        yield "", system.measures.get(bound.name)
    elif not bound.is_of_article:
        yield "", system.total[bound.name].value / 100
    else:
        for article, scores in zip(
            results.test_set.articles, system.articles, strict=True
        ):
            yield article.name, scores[bound.name].value / 100
