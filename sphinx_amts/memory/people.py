"""Finding a segment's translation among people's units, whole or by sentence.

A unit is looked for by its exact text, then by its `normal_form`. A unit of several
sentences is also known by each of them, where that is safe.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sphinx_amts.errors import TagError
from sphinx_amts.files import read_json
from sphinx_amts.memory.normal import fit, normal_form, without_emphasis
from sphinx_amts.memory.unit import Origin, TranslationUnit
from sphinx_amts.text.check import check
from sphinx_amts.text.segment import Segment, text_key
from sphinx_amts.text.sentences import split_sentences
from sphinx_amts.text.tagged import renumber, tag_ids

_ORIGINS = {origin.value: origin for origin in Origin}

MAX_DEVIATION = 3.0
"""Standard deviations by which a sentence's length may miss what its paragraph's
lengths make one expect; a correct pair in a thousand is beyond."""
VARIANCE = 3.0  # of the target's length per character, as Gale and Church have it
MAX_SENTENCES = 12
"""Of a unit that may be part of a longer text. Most paragraphs have fewer; a unit of
more is known as a whole, and by each of its sentences."""
TEXT_KEY = 12
"""Digits of `text_keys`: a document that shares one by chance is read once more."""


@dataclass(frozen=True)
class Match:
    """What is known of a segment: a target, or why there is none."""

    target: str = ""  # tagged text
    origin: Origin = Origin.MACHINE
    refusal: str = ""
    is_part: bool = False  # one sentence, taken from a unit of several

    @classmethod
    def from_json(cls, text: str) -> Match:
        """Read what matters of `TranslationUnit.to_json`, fast; raises `ValueError`."""
        values = read_json(text)
        if not isinstance(values, dict):
            raise ValueError("not a translation unit")
        target, refusal = values.get("target", ""), values.get("refusal", "")
        origin = values.get("origin", "human")
        if not all(isinstance(each, str) for each in (target, refusal, origin)):
            raise ValueError("not a translation unit")
        if not target and not refusal:
            raise ValueError("a translation unit of nothing")
        return cls(target, _ORIGINS.get(origin, Origin.HUMAN), refusal)

    @property
    def digest(self) -> str:
        """Short identity of what the match does to a page; never empty."""
        return "!" if self.refusal else text_key(self.target)[:8]


class Row(NamedTuple):
    """One unit of the index."""

    exact: str  # key of the source
    normal: str  # key of the source's normal form
    source: str
    target: str
    origin: str
    is_part: bool  # one sentence, taken from a unit of several
    sentences: int  # in the source
    start: str  # key of the normal form of the first of several sentences
    kinds: str  # of the source's tags, comma separated


_TYPES = (str, str, str, str, str, bool, int, str, str)


class People:
    """Units of memory files, found by their texts.

    People's units win over a machine's, whole units over sentences taken from units,
    then later units over earlier ones, as in the files of Amazon Translate. ``digest``
    is the identity of all of it. Not ``by_sentence``, a text is known as a whole or not
    at all.
    """

    def __init__(
        self, rows: Iterable[Row] = (), digest: str = "", *, by_sentence: bool = True
    ) -> None:
        self.rows = [row for row in rows if by_sentence or not row.is_part]
        self.digest = digest
        self.by_sentence = by_sentence
        self._texts: set[str] | None = None
        self._exact: dict[str, Row] = {}
        self._normal: dict[str, Row] = {}
        for row in self.rows:
            _put(self._exact, row.exact, row)
            _put(self._normal, row.normal, row)
        self._lengths: dict[str, set[int]] = {}  # units' sentences, by `start`
        for row in self.rows:
            if row.start and _ORIGINS[row.origin].is_human:
                self._lengths.setdefault(row.start, set()).add(row.sentences)
        self.has_human = any(_ORIGINS[row.origin].is_human for row in self.rows)

    @classmethod
    def of(cls, units: Iterable[TranslationUnit]) -> People:
        """Index units, with the sentences of those of people's that have several."""
        return cls(row for unit in units for row in rows_of(unit))

    def __len__(self) -> int:
        return len(self._exact)

    def find_exactly(self, key: str) -> Match | None:
        """Return the match for a segment's key, whatever its tags stand for."""
        row = self._exact.get(key.partition(":")[0])
        return None if row is None else _match(row, row.target)

    def source(self, key: str) -> str:
        """Return the source of the unit that a segment's key finds; empty if none."""
        row = self._exact.get(key.partition(":")[0])
        return row.source if row else ""

    def find(self, segment: Segment) -> Match | None:
        """Return the match for a segment, exact if there is one."""
        match = self.find_exactly(segment.key)
        if match is not None or not self._normal:
            return match
        row = self._normal.get(_normal_key(segment.source))
        if row is None:
            return None
        try:
            target = fit(row.source, row.target, segment)
        except TagError:
            return None
        return _match(row, target)

    def human_rows(self) -> list[Row]:
        """Return the units of people's."""
        return [row for row in self.rows if _ORIGINS[row.origin].is_human]

    def knows_any(self, texts: Iterable[str]) -> bool:
        """Tell whether one of `text_keys` is a unit's, or its beginning."""
        if self._texts is None:
            known = (
                {*self._normal, *self._lengths} if self.by_sentence else self._normal
            )
            self._texts = {key[:TEXT_KEY] for key in known}
        return not self._texts.isdisjoint(texts)

    def lengths_from(self, sentence: str) -> list[int]:
        """Return how many sentences units of people's have that start with this.

        The most first, and none of more than `MAX_SENTENCES`.
        """
        found = self._lengths.get(_normal_key(sentence), ())
        return sorted((each for each in found if each <= MAX_SENTENCES), reverse=True)


def from_lists(lists: Iterable[Sequence[object]]) -> list[Row]:
    """Read rows that were written as lists; raises `ValueError` for anything else."""
    try:
        return [_row(values) for values in lists]
    except TypeError as error:
        raise ValueError(f"not an index of units: {error}") from error


def _match(row: Row, target: str) -> Match:
    return Match(target, _ORIGINS[row.origin], is_part=row.is_part)


def _put(index: dict[str, Row], key: str, row: Row) -> None:
    if key not in index or _rank(row) >= _rank(index[key]):
        index[key] = row


def _rank(row: Row) -> tuple[bool, bool]:
    """Return what wins over what: people over a machine, then a whole over a part."""
    return _ORIGINS[row.origin].is_human, not row.is_part


def _row(values: Sequence[object]) -> Row:
    row = Row(*values)  # type: ignore[arg-type]
    if tuple(map(type, row)) != _TYPES or row.origin not in _ORIGINS:
        raise TypeError("a value of another kind")
    return row


def rows_of(unit: TranslationUnit) -> Iterator[Row]:
    """Yield a unit's row, then those of its sentences."""
    sources = split_sentences(unit.source)
    start = _normal_key(renumber(sources[0])[0]) if len(sources) > 1 else ""
    yield Row(
        text_key(unit.source),
        _normal_key(unit.source),
        unit.source,
        unit.target,
        unit.origin.value,
        False,
        len(sources),
        start,
        unit.kinds,
    )
    if start and unit.origin.is_human:
        for source, target, kinds in _sentence_pairs(unit, sources):
            keys = text_key(source), _normal_key(source)
            yield Row(*keys, source, target, unit.origin.value, True, 1, "", kinds)


def text_keys(source: str) -> list[str]:
    """Return short keys of the normal forms of a text and of its sentences."""
    sentences = split_sentences(source)
    texts = [source, *(sentences if len(sentences) > 1 else [])]
    return [_normal_key(text)[:TEXT_KEY] for text in texts]


def _normal_key(source: str) -> str:
    return text_key(normal_form(source))


def _sentence_pairs(
    unit: TranslationUnit, sources: Sequence[str]
) -> list[tuple[str, str, str]]:
    """Return a unit's sentences and kinds, if there is no doubt which go together.

    As many on both sides, with the same tags in each pair, and no pair of a length that
    is far off: a translator may have joined two sentences and cut a third in two.
    """
    targets = split_sentences(unit.target)
    if len(targets) != len(sources):
        return []
    kinds = unit.kinds.split(",")
    optional = without_emphasis(kinds)
    ratio = len(unit.target) / len(unit.source)
    pairs = []
    for source, target in zip(sources, targets, strict=True):
        deviation = abs(len(target) - ratio * len(source))
        if deviation > MAX_DEVIATION * math.sqrt(VARIANCE * max(len(target), 10)):
            return []
        try:
            own = [kinds[n - 1] if n <= len(kinds) else "" for n in tag_ids(source)]
            source, target = renumber(source, check(source, target, optional))
        except TagError:
            return []
        pairs.append((source.strip(), target, ",".join(own)))
    return pairs
