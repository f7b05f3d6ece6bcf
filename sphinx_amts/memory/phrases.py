"""Phrases by which texts are found that share some: words, two and three in a row.

A phrase is a number. Which units have it stands in *places*, cut into a few thousand
buckets by the number's last digits, of many units at a time (a block): a text is looked
up by reading the buckets of its phrases, and adding a unit rewrites one block at most.
"""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import blake2b

from sphinx_amts.errors import TagError
from sphinx_amts.text.tagged import parse, plain

PHRASE = 3  # words, at the most
STEM = 6
"""Characters of a word that count, so that most of its forms are one."""
MAX_SHARING = 500
"""Units that may share a phrase; one that more of them have tells nothing."""
BUCKET_BITS = 14
PLACE_BITS = 22
"""Of the 64 of an entry; the others are the phrase's, beside its bucket."""
_NUMBER = (1 << (64 - PLACE_BITS + BUCKET_BITS)) - 1
_LAST_BITS = (1 << BUCKET_BITS) - 1
EVERYWHERE = (1 << PLACE_BITS) - 1  # the place of a phrase that too many units have
_SECOND, _THIRD = 0x2D31E5C0B4A7, 0x9A4B8F2C6D13  # tell two words from three
MAX_WORDS = 100_000  # whose numbers are remembered

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_words: dict[str, int] = {}


def phrase_numbers(tagged: str) -> set[int]:
    """Return the phrases of a tagged text; raises `TagError`."""
    found: set[int] = set()
    one = two = -1  # the word before, and the one before that with it
    for word in _WORD.findall(plain(parse(tagged)).lower()):
        stem = word[:STEM]
        number = _words.get(stem)
        if number is None:
            number = _number_of(stem)
        found.add(number)
        if two >= 0:
            found.add((two << 1 & _NUMBER) ^ number ^ _THIRD)
        if one >= 0:
            two = (one << 1 & _NUMBER) ^ number ^ _SECOND
            found.add(two)
        one = number
    return found


def _number_of(word: str) -> int:
    if len(_words) >= MAX_WORDS:
        _words.clear()
    digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    number = _words[word] = int.from_bytes(digest, "big") & _NUMBER
    return number


def make_places(
    block: tuple[int, Sequence[tuple[int, str]]],
) -> list[tuple[int, bytes]]:
    """Return the places of a block's phrases, by bucket.

    The block is the first id that it may have, then ids and sources of its units.
    """
    first, units = block
    buckets: dict[int, array[int]] = defaultdict(lambda: array("Q"))
    for unit, source in units:
        place = unit - first
        try:
            numbers = phrase_numbers(source)
        except TagError:
            continue  # a database that is not ours
        for number in numbers:
            entry = number >> BUCKET_BITS << PLACE_BITS | place
            buckets[number & _LAST_BITS].append(entry)
    return [(bucket, _packed(sorted(buckets[bucket]))) for bucket in sorted(buckets)]


def _packed(entries: Sequence[int]) -> bytes:
    """Write the entries of a bucket, those that too many units share as one."""
    if len(entries) > MAX_SHARING:
        entries = list(_without_common(entries))
    places = array("Q", entries)
    if sys.byteorder == "big":
        places.byteswap()
    return places.tobytes()


def _without_common(entries: Sequence[int]) -> Iterator[int]:
    start = 0
    while start < len(entries):
        last = entries[start] | EVERYWHERE
        end = bisect_left(entries, last, start)
        if end - start > MAX_SHARING:
            yield last
        else:
            yield from entries[start:end]
        start = end


def find_places(packed: bytes, number: int) -> list[int] | None:
    """Return the places of a phrase in its bucket; none where it is everywhere.

    Raises `ValueError` for bytes that are no places.
    """
    places = array("Q")
    places.frombytes(packed)
    if sys.byteorder == "big":
        places.byteswap()
    first = number >> BUCKET_BITS << PLACE_BITS
    start = bisect_left(places, first)
    end = bisect_left(places, first | EVERYWHERE, start)
    if end < len(places) and places[end] == first | EVERYWHERE:
        return None
    return [entry & EVERYWHERE for entry in places[start:end]]


def bucket_of(number: int) -> int:
    """Return the bucket of a phrase."""
    return number & _LAST_BITS
