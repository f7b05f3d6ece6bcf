"""Terms of a book that its translation does not translate in one way.

The walk:

1. **Terms** are what the book itself sets apart, short titles and labels, words with
   emphasis, links, and runs of words inside titles, wherever they come again.
2. The **renderings** of a term are the runs of target words that stand where the term
   stands and hardly elsewhere; another one is looked for where the first is not.
3. What an ending tells apart is one rendering. Those with the same source in the same
   form are compared, so that number makes no difference.

It finds less than there is, and little that is not: a pronoun in a term's place, or a
rendering that occurs once, is no difference. Nothing depends on the languages.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sphinx_amts.text.tagged import parse, plain, spans
from sphinx_amts.text.terms import NO_TERMS, RequiredTerms

MAX_WORDS = 4  # of a term
MAX_TITLE = 8  # words of a text in whose runs of words terms are looked for
LEAST_LETTERS = 3  # of the first and the last word of a term
LEAST_TEXTS = 4  # different ones that have a term
LEAST_OF_ONE = 2  # different texts with one rendering: one alone may be chance
MAX_SHARE = 0.1  # of the texts that have a word: beyond, it is no word of a term
FEW = 8  # texts: too few to say that a word is in many of them
MAX_RUN = 8  # words, or signs of a script without blanks, of a rendering
LEAST_FIRST = 0.4  # share of a term's texts that its commonest rendering has
LEAST_OTHER = 0.5  # share of the other texts that another rendering has
MAX_ELSEWHERE = 0.34
"""Share of a rendering's texts that have nothing of the term. Above, it is a word that
stands in many texts."""
MAX_TOGETHER = 0.2
"""Share of the texts with the first rendering that have another one, too."""
MAX_ENDING = 2  # letters in which two forms of one word differ
UNLIKE = 0.7  # of the certainty is left where two renderings have nothing in common
SURE = 0.5
"""Certainty from which a difference is told. Of 11 in people's and a machine's Chinese
of one book, 3,255 sentences, 10 are real; of the 10 below, 4."""
SHOWN = 10  # differences that a terminal is told, the surest first

_TOKEN = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"
    r"|[^\W_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf"
    r"\u4e00-\u9fff]+(?:['\u2019-][^\W_]+)*|[^\w\s]|_"
)
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]")
_PLACEHOLDER = re.compile(r'<x id="\d+"/>')
_BREAK = "|"  # what no run of words goes across
_ENDS = (".", "!", "?", ":", "\u3002", "\uff01", "\uff1f", "\uff1a")

Run = tuple[str, ...]


@dataclass(frozen=True)
class Passage:
    """A text and its translation, tagged, at a place for people."""

    source: str
    target: str
    place: str = ""


@dataclass(frozen=True)
class Rendering:
    """One way in which a term is translated."""

    target: str  # in small letters
    places: tuple[str, ...]  # in the order of the book


@dataclass(frozen=True)
class Difference:
    """A term that is translated in several ways, the commonest first."""

    source: str  # in small letters
    renderings: tuple[Rendering, ...]
    certainty: float  # 0 to 1, to sort by

    def to_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "source": self.source,
            "certainty": round(self.certainty, 3),
            "renderings": [
                {"target": each.target, "places": list(each.places)}
                for each in self.renderings
            ],
        }

    def __str__(self) -> str:
        """Say what differs, and where the rarer renderings stand."""
        first, *others = self.renderings
        told = [f"{first.target!r} {len(first.places)} times"]
        for each in others:
            places = ", ".join(each.places[:3])
            more = " ..." if len(each.places) > 3 else ""
            told.append(f"{each.target!r} {len(each.places)} times ({places}{more})")
        return f"{self.source!r}: {', '.join(told)}"


def find_differences(
    passages: Iterable[Passage], terms: RequiredTerms = NO_TERMS
) -> list[Difference]:
    """Return the terms that are translated in several ways, the surest first.

    What has a required translation among ``terms`` is left out.
    """
    texts = _Texts(passages)
    fixed = {_joined(_tokens(term)) for term in terms.words}
    found = [
        difference
        for term, having in texts.terms.items()
        if _joined(term) not in fixed
        and (difference := _difference(texts, term, having))
        and difference.certainty >= SURE
    ]
    found.sort(key=lambda each: (-each.certainty, each.source))
    return list(_distinct(found))


class _Texts:
    """Texts as runs of words; those that are the same on both sides are one."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        places: dict[tuple[str, str], list[str]] = {}
        for each in passages:
            if each.target and each.target != each.source:
                places.setdefault((each.source, each.target), []).append(each.place)
        self.places = list(places.values())
        self._pairs = list(places)
        self.sources = [_tokens(source) for source, _ in self._pairs]
        self.targets = [_tokens(target) for _, target in self._pairs]
        self._lines = [f" {' '.join(each)} " for each in self.targets]
        self._having: dict[str, set[int]] = defaultdict(set)
        for number, words in enumerate(self.targets):
            for word in words:
                self._having[word].add(number)

    def having(self, run: Run) -> set[int]:
        """Return which texts have a run of target words."""
        line = f" {' '.join(run)} "
        common = set.intersection(*(self._having[word] for word in run))
        return {number for number in common if line in self._lines[number]}

    @cached_property
    def terms(self) -> dict[Run, set[int]]:
        """Those that come again, with the texts that have them."""
        wanted = set(self._set_apart())
        found: dict[Run, set[int]] = defaultdict(set)
        for number, words in enumerate(self.sources):
            for run in _runs(words, MAX_WORDS):
                if run in wanted:
                    found[run].add(number)
        return {
            run: having for run, having in found.items() if len(having) >= LEAST_TEXTS
        }

    def _set_apart(self) -> Iterator[Run]:
        """Yield what the book sets apart and may be a term."""
        common = _common(self.sources)
        alone: Counter[Run] = Counter()
        for (source, _), words in zip(self._pairs, self.sources, strict=True):
            phrases = [_tokens(each) for each in _spans(source)]
            if len(words) <= MAX_TITLE and not source.rstrip().endswith(_ENDS):
                phrases.append(words)
            for phrase in phrases:
                for run in _runs(phrase, MAX_WORDS):
                    if not _is_content(run, common):
                        continue
                    if len(run) > 1:
                        yield run
                    elif len(phrase) == 1:
                        alone[run] += 1
        # A word that may be a verb elsewhere: set apart once, it is no term yet.
        yield from (run for run, count in alone.items() if count > 1)

    @cached_property
    def common(self) -> set[str]:
        """Words of many targets, which begin and end no rendering."""
        return _common(self.targets)


def _difference(texts: _Texts, term: Run, having: set[int]) -> Difference | None:
    """Return in which ways a term is translated, if there are several."""
    first = _best(texts, having, having, least=LEAST_FIRST)
    if first is None:
        return None
    first = _whole(texts, first, having, len(term))
    alike = texts.having(first) & having
    rest = {
        number
        for number in having - alike
        if not _has_form_of(texts.targets[number], first)
    }
    other = _best(texts, rest, having, least=LEAST_OTHER, without=alike)
    if other is None or _are_forms(first, other):
        return None
    others = texts.having(other) & rest
    ways = [(first, having - rest), (other, others)]
    sure = len(others) / (len(others) + 1) * len(others) / len(rest)
    sure *= 1 if _have_in_common(first, other) else UNLIKE
    return Difference(
        _joined(term),
        tuple(
            Rendering(
                _joined(run),
                tuple(place for n in sorted(numbers) for place in texts.places[n]),
            )
            for run, numbers in ways
        ),
        sure * len(alike) / len(having - others),
    )


def _best(
    texts: _Texts,
    wanted: set[int],
    of_term: set[int],
    *,
    least: float,
    without: Collection[int] = frozenset(),
) -> Run | None:
    """Return the run of target words that stands in wanted texts and hardly elsewhere.

    ``without`` are the texts that have another rendering.
    """
    counts = Counter(
        run for number in wanted for run in set(_runs(texts.targets[number], MAX_RUN))
    )
    enough = max(LEAST_OF_ONE, least * len(wanted))
    best, best_rank = None, (0.0, 0)
    for run, count in counts.items():
        if count < enough or not _is_rendering(run, texts.common):
            continue
        having = texts.having(run)
        if len(having - of_term) > MAX_ELSEWHERE * len(having):
            continue
        if len(having.intersection(without)) > MAX_TOGETHER * len(without):
            continue
        rank = 2 * count / (len(wanted) + len(having - (of_term - wanted))), len(run)
        if rank > best_rank:
            best, best_rank = run, rank
    return best


def _whole(texts: _Texts, run: Run, having: set[int], size: int) -> Run:
    """Return a rendering that is as long as its term, where it is only a part.

    All renderings of one term may share a word, which then is the surest of all.
    """
    if _size(run) >= size:
        return run
    counts = Counter(
        longer
        for number in having
        for longer in set(_runs(texts.targets[number], MAX_RUN))
        if len(longer) > len(run)
        and _size(longer) <= size
        and _is_rendering(longer, texts.common)
        and f" {' '.join(run)} " in f" {' '.join(longer)} "
    )
    enough = max(LEAST_OF_ONE, LEAST_FIRST * len(having))
    found = [(count, len(each), each) for each, count in counts.items()]
    return max([(enough, 0, run), *found])[2]


def _size(run: Run) -> int:
    """Return how many words a rendering has; two signs are one, particles none."""
    signs = sum(bool(_UNSPACED.match(word)) for word in run)
    return -(-signs // 2) + sum(len(word) >= LEAST_LETTERS for word in run)


def _spans(tagged: str) -> Iterator[str]:
    for span in spans(parse(tagged)):
        yield plain(span.children)


def _tokens(tagged: str) -> Run:
    text = plain(parse(_PLACEHOLDER.sub(_BREAK, tagged)))
    return tuple(
        token if token.isalnum() or len(token) > 1 else _BREAK
        for token in _TOKEN.findall(text.casefold())
    )


def _runs(words: Sequence[str], most: int) -> Iterator[Run]:
    for start in range(len(words)):
        for end in range(start + 1, min(start + most, len(words)) + 1):
            if words[end - 1] == _BREAK:
                break
            yield tuple(words[start:end])


def _common(texts: Sequence[Run]) -> set[str]:
    counts = Counter(word for words in texts for word in set(words))
    most = max(FEW, MAX_SHARE * len(texts))
    return {word for word, count in counts.items() if count > most}


def _is_content(run: Run, common: set[str]) -> bool:
    """Tell whether a run of source words may be a term."""
    return all(
        word not in common and len(word) >= LEAST_LETTERS and not word.isdigit()
        for word in (run[0], run[-1])
    )


def _is_rendering(run: Run, common: set[str]) -> bool:
    if _UNSPACED.match(run[0]):
        return len(run) > 1
    ends = run[0], run[-1]
    return all(len(word) >= LEAST_LETTERS and word not in common for word in ends)


def _has_form_of(words: Run, run: Run) -> bool:
    """Tell whether a text has a run of words, in any form of theirs."""
    size = len(run)
    return any(
        _are_forms(words[start : start + size], run)
        for start in range(len(words) - size + 1)
    )


def _are_forms(one: Run, other: Run) -> bool:
    return len(one) == len(other) and all(map(_is_form, one, other))


def _is_form(one: str, other: str) -> bool:
    """Tell whether two words differ in an ending only.

    >>> _is_form("taxa", "taxas"), _is_form("aprendizado", "aprendizagem")
    (True, False)
    """
    if one == other:
        return True
    same = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        same += 1
    return same >= LEAST_LETTERS and max(len(one), len(other)) - same <= MAX_ENDING


def _have_in_common(one: Run, other: Run) -> bool:
    """Tell whether two renderings share a word, or the beginning of one."""
    return not {word[:LEAST_LETTERS] for word in one}.isdisjoint(
        word[:LEAST_LETTERS] for word in other
    )


def _joined(run: Run) -> str:
    """Write a run of words.

    >>> _joined(("taxa", "de", "aprendizado")), _joined(tuple("学习率"))
    ('taxa de aprendizado', '学习率')
    """
    out = ""
    for word in run:
        is_close = out and _UNSPACED.match(out[-1]) and _UNSPACED.match(word)
        out += word if is_close or not out else f" {word}"
    return out


def _distinct(found: Iterable[Difference]) -> Iterator[Difference]:
    """Leave out a difference that is a part of one that is told, or the other way."""
    told: set[tuple[str, ...]] = set()
    for each in found:
        targets = tuple(rendering.places for rendering in each.renderings[1:])
        key = tuple(place for places in targets for place in places)
        if key not in told:
            told.add(key)
            yield each
