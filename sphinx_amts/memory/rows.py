"""What is looked for of a unit: its keys, and those of its sentences.

A unit is looked for by its exact text, then by its `normal_form`. A unit of several
sentences is also known by each of them, where that is safe.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from sphinx_amts.errors import TagError
from sphinx_amts.memory.normal import normal_form, without_emphasis
from sphinx_amts.memory.unit import Origin, TranslationUnit
from sphinx_amts.text.check import check
from sphinx_amts.text.segment import text_key
from sphinx_amts.text.sentences import split_sentences
from sphinx_amts.text.tagged import renumber, tag_ids

MAX_DEVIATION = 3.0
"""Standard deviations by which a sentence's length may miss what its paragraph's
lengths make one expect; a correct pair in a thousand is beyond."""
VARIANCE = 3.0  # of the target's length per character, as Gale and Church have it
TEXT_KEY = 12
"""Digits of `text_keys`: a document that shares one by chance is read once more."""
HUMAN, WHOLE = 2, 1
"""What a row's rank is the sum of: people's win over a machine's, then a whole over a
part."""

_DIGITS = 16  # of a key, that are a number of 64 bits
_LOWEST = -(1 << 63)  # the numbers of SQLite have a sign


class Row(NamedTuple):
    """A unit, or one sentence of it, with the numbers of its keys."""

    source: str
    target: str
    origin: str
    kinds: str  # of the source's tags, comma separated
    rank: int  # what it wins over: see `HUMAN`
    keys: tuple[int, int, int, int | None]
    """Of the source and of its normal form; the number of its sentences; the key of the
    normal form of the first of several."""


class Raw(NamedTuple):
    """A unit as a file has it."""

    line: int
    source: str
    target: str
    kinds: Mapping[int, str]  # of tags, by id
    origin: Origin


Made = Sequence[Row] | str
"""The rows of a unit, or why it cannot be used."""


def number_of(key: str) -> int:
    """Return the number of a `text_key`; raises `ValueError` where it is none.

    Numbers are in the order of the keys.
    """
    return int(key[:_DIGITS], 16) + _LOWEST


def numbers_from(beginning: str) -> tuple[int, int]:
    """Return the numbers of the first and the last key that begins so.

    Raises `ValueError` where none does.
    """
    rest = _DIGITS - len(beginning)
    return number_of(beginning + "0" * rest), number_of(beginning + "f" * rest)


def unit_of(
    source: str, target: str, kinds: Mapping[int, str], origin: Origin
) -> TranslationUnit:
    """Return a unit of texts from elsewhere; raises `TagError` for what is none.

    ``kinds`` are those of their tags, by id.
    """
    own = [kinds.get(number, "") for number in tag_ids(source)]
    source, target = renumber(source, target)
    target = check(source, target, without_emphasis(own))
    return TranslationUnit(source, target, origin, kinds=",".join(own))


def rows_of(unit: TranslationUnit) -> Iterator[Row]:
    """Yield a unit's row, then those of its sentences."""
    sources = split_sentences(unit.source)
    start = normal_number(renumber(sources[0])[0]) if len(sources) > 1 else None
    rank = HUMAN if unit.origin.is_human else 0
    origin, whole = unit.origin.value, rank + WHOLE
    keys = (*_keys(unit.source), len(sources), start)
    yield Row(unit.source, unit.target, origin, unit.kinds, whole, keys)
    if start is not None and rank:
        for source, target, kinds in _sentence_pairs(unit, sources):
            keys = (*_keys(source), 1, None)
            yield Row(source, target, origin, kinds, rank, keys)


def make_rows(batch: Sequence[Raw]) -> list[Made]:
    """Return the rows of units, each by its number."""
    return [_made(raw) for raw in batch]


def _made(raw: Raw) -> Made:
    try:
        unit = unit_of(raw.source, raw.target, raw.kinds, raw.origin)
        return list(rows_of(unit))
    except TagError as error:
        return str(error)


def text_keys(source: str) -> list[str]:
    """Return short keys of the normal forms of a text and of its sentences."""
    sentences = split_sentences(source)
    texts = [source, *(sentences if len(sentences) > 1 else [])]
    return [text_key(normal_form(text))[:TEXT_KEY] for text in texts]


def _keys(source: str) -> tuple[int, int]:
    """Return the numbers of a text and of its normal form, which are often the same."""
    normal, exact = normal_form(source), _number(source)
    return exact, exact if normal == source else _number(normal)


def normal_number(source: str) -> int:
    """Return the number of the key of a text's normal form; raises `TagError`."""
    return _number(normal_form(source))


def _number(text: str) -> int:
    """Return the number of a text's `text_key`."""
    digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[: _DIGITS // 2], "big") + _LOWEST


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
