"""BLEU, chrF and TER, and whether a difference is chance: the one door to sacrebleu.

Every number is sacrebleu's own. What a segment adds to a score (its *statistics*) is
extracted once; the scores of the whole, of each article and of each segment, the
intervals and the paired tests are all computed from it by sacrebleu's functions, as its
command line would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sphinx_amts.errors import AmtsError, SettingError
from sphinx_amts.workers.contract import Here, Workers, whole

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric

METRICS = ("bleu", "chrf", "ter")
"""By the names of sacrebleu's command line. More is better, but for TER."""
TITLES = {"bleu": "BLEU", "chrf": "chrF", "ter": "TER"}
TOKENIZERS = {"zh": "zh", "ja": "ja-mecab", "ko": "ko-mecab"}
"""How BLEU cuts a language into words, where it is not with ``13a``."""
INSTALL = "python -m pip install 'sphinx_amts[evaluation]'"
SAMPLES = {"bootstrap": 1000, "randomization": 10_000}
"""How often each test draws, as sacrebleu does where nothing is said."""
TESTS = {"bootstrap": "bs", "randomization": "ar"}
MAX_DRAWN = 10_000
"""How many parts a test draws from at the most: 1000 samples of as many take about
1 GB. Of more segments, some neighbours are one part."""
SLICE = 50
"""Segments whose references are held in memory cut into n-grams, and that a worker gets
at once: with TER, a second of work where they are long."""

Statistics = list[float]
"""What one segment adds to a score."""


@dataclass(frozen=True)
class Score:
    """A score, 0 to 100 as sacrebleu has it (TER may be over 100)."""

    value: float
    mean: float | None = None  # of resampled test sets
    margin: float | None = None  # 95 % of them are in `mean` plus or minus this
    p_value: float | None = None
    """How likely a difference from the first system as large as this is by chance."""


@dataclass
class Counts:
    """The statistics of one metric: those of each segment, by system."""

    metric: Metric
    title: str
    rows: list[list[Statistics]] = field(default_factory=list)

    @property
    def signature(self) -> str:
        """All that may change the score, as sacrebleu writes it."""
        return str(self.metric.get_signature().format())

    def score(self, system: int, start: int = 0, end: int | None = None) -> float:
        """Return the score of a run of segments as one corpus."""
        rows = self.rows[system][start:end]
        return float(self.metric._aggregate_and_compute(rows).score)

    def interval(
        self, system: int, samples: int, start: int = 0, end: int | None = None
    ) -> Score:
        """Return the score of a run of segments with its interval."""
        from sacrebleu.metrics.base import Score as BaseScore
        from sacrebleu.significance import _bootstrap_resample

        rows = _parts(self.rows[system][start:end])
        seed, drawn = _bootstrap_resample(rows, self.metric, samples)
        self.metric.n_bootstrap, self.metric.seed = samples, seed
        if len({type(each.score) for each in drawn}) > 1:
            for each in drawn:  # sacrebleu cannot take the mean of several types
                each.score = float(each.score)
        found = BaseScore("", 0.0)
        found.estimate_ci(drawn)
        value = self.score(system, start, end)
        return Score(value, float(found._mean), float(found._ci))

    def segments(self, system: int) -> list[float]:
        """Return the score of each segment alone.

        BLEU then leaves out the lengths of words' runs that a short text cannot have,
        as ``sacrebleu --sentence-level`` does.
        """
        metric = self.metric
        if self.title == TITLES["bleu"]:
            metric = _copy(metric, effective_order=True)
        return [
            float(metric._aggregate_and_compute([row]).score)
            for row in self.rows[system]
        ]


def tokenizer(language: str) -> str:
    """Return how BLEU cuts a BCP 47 language into words.

    >>> [tokenizer(tag) for tag in ("zh-TW", "ja", "es")]
    ['zh', 'ja-mecab', '13a']
    """
    return TOKENIZERS.get(language.partition("-")[0], "13a")


def count(
    references: Sequence[str],
    systems: Sequence[Sequence[str]],
    metric: str,
    language: str,
    workers: Workers | None = None,
) -> Counts:
    """Extract the statistics of a metric for all segments of all systems."""
    made = Counts(_metric(metric, language), TITLES[metric], [[] for _ in systems])
    made.metric._cache_references([references[:1]])  # for the signature
    parts = (
        _Part(references[place], [each[place] for each in systems])
        for place in map(_slice, range(0, len(references), SLICE))
    )
    named = (metric, language)
    for rows in whole((workers or Here()).map(_extract, parts, named)):
        for known, new in zip(made.rows, rows, strict=True):
            known += new
    return made


def _slice(start: int) -> slice:
    return slice(start, start + SLICE)


class _Part(NamedTuple):
    """Some segments, on their way to a worker."""

    references: Sequence[str]
    systems: Sequence[Sequence[str]]


def _extract(part: _Part, named: tuple[str, str]) -> list[list[Statistics]]:
    """Return what each segment adds to a metric in a language, by system."""
    metric = _of_process(*named)
    metric._ref_cache = metric._cache_references([part.references])
    return [metric._extract_corpus_statistics(each, None) for each in part.systems]


def compare(counts: Counts, test: str, samples: int) -> tuple[str, list[Score]]:
    """Test every system against the first.

    Returns the signature, which has the test in it, and the systems' scores. A system
    with the first's very score has no p-value: there is no difference to explain.
    """
    from sacrebleu.significance import PairedTest

    parts = [_parts(rows) for rows in counts.rows]
    known: Any = _Known(counts.metric, parts)
    # The metric looks its statistics up by the place that stands for the texts.
    named: Any = [(str(n), _Slice(n, len(rows))) for n, rows in enumerate(parts)]
    paired = PairedTest(
        named,
        {counts.title: known},
        None,
        test_type=TESTS[test],
        n_samples=samples,
        n_ar_confidence=SAMPLES["bootstrap"] if test == "randomization" else -1,
    )
    signatures, scores = paired()
    (name,) = signatures
    found: list[Any] = scores[name]
    values = [counts.score(n) for n in range(len(found))]
    return str(signatures[name].format()), [
        Score(
            value,
            float(each.mean),
            float(each.ci),
            None if value == values[0] else each.p_value,
        )
        for value, each in zip(values, found, strict=True)
    ]


class _Slice(Sequence[str]):
    """Stands for the texts of a system, whose statistics are known."""

    def __init__(self, number: int, length: int) -> None:
        self.number, self._length = number, length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: Any) -> Any:
        raise IndexError(place)


class _Known:
    """A metric that need not extract its statistics again."""

    def __init__(self, metric: Metric, rows: Sequence[list[Statistics]]) -> None:
        self._metric, self._rows = metric, rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._metric, name)

    def _extract_corpus_statistics(
        self, place: _Slice, _none: None
    ) -> list[Statistics]:
        return self._rows[place.number]


def _parts(rows: list[Statistics]) -> list[Statistics]:
    """Return what a test draws from: segments, or some neighbours as one."""
    size = -(-len(rows) // MAX_DRAWN)
    if size <= 1:
        return rows
    return [
        [sum(column) for column in zip(*rows[start : start + size], strict=True)]
        for start in range(0, len(rows), size)
    ]


def _metric(name: str, language: str) -> Metric:
    try:
        from sacrebleu.metrics.bleu import BLEU
        from sacrebleu.metrics.chrf import CHRF
        from sacrebleu.metrics.ter import TER
    except ImportError as error:
        raise SettingError(f"sacrebleu is missing. Install it: {INSTALL}") from error
    if name == "chrf":
        return CHRF()
    code = language.partition("-")[0]
    if name == "ter":
        # Without it, a sentence in a script without blanks is one word.
        is_asian = code in TOKENIZERS
        return TER(normalized=is_asian, asian_support=is_asian)
    try:
        return BLEU(tokenize=tokenizer(language), force=True)
    except (ImportError, RuntimeError) as error:
        raise AmtsError(
            f"BLEU needs more to cut {language} into words."
            f" Install it: python -m pip install 'sacrebleu[{code}]'"
        ) from error


_of_process = lru_cache(_metric)
"""What extracts statistics in this process; some take long to be made."""


def _copy(metric: Any, **changes: Any) -> Any:
    made = object.__new__(type(metric))
    made.__dict__.update(vars(metric), **changes)
    return made


def runs(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield start and end of each article among all segments.

    >>> list(runs([2, 3]))
    [(0, 2), (2, 5)]
    """
    start = 0
    for length in lengths:
        yield start, start + length
        start += length
