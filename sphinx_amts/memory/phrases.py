"""Phrases by which texts are found that share some: words, two and three in a row.

A phrase is a number. Which units have it stands in *places*, cut into a few thousand
buckets by the number's last digits, of many units at a time (a block): a text is looked
up by reading the buckets of its phrases, and adding a unit rewrites one block at most.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

from sphinx_amts.errors import TagError
from sphinx_amts.text.tagged import parse, plain

PHRASE = 3  # words, at the most
STEM = 6
"""Characters of a word that count, so that most of its forms are one."""
MAX_SHARING = 500
"""Units that may share a phrase; one that more of them have tells nothing."""
_DIGIT = 7  # bits of a number by which places are sorted at a time
BUCKET_BITS = 2 * _DIGIT
_NUMBER = (1 << 42) - 1  # with a place, it is a number that Python adds up fast
_ENTRY, _PLACE = 8, 3  # bytes: of an entry, and of the place in it; the phrase follows
EVERYWHERE = (1 << 8 * _PLACE) - 1  # the place of a phrase that too many units have
_MASK = (1 << _DIGIT) - 1
_SECOND, _THIRD = 0x0D31E5C0B4A7, 0x1A4B8F2C6D13  # tell two words from three
MAX_WORDS = 100_000  # whose numbers are remembered

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_words: dict[str, int] = {}

Block = tuple[int, Sequence[tuple[int, str]]]
"""The first id that units of a block may have, then ids and sources of its units."""


def phrase_numbers(tagged: str, fewest: int = 1) -> list[int]:
    """Return the phrases of a tagged text, in its order; raises `TagError`.

    Those of one word are left out where ``fewest`` is 2.
    """
    found: list[int] = []
    one = two = -1  # the word before, and the one before that with it
    for word in _WORD.findall(plain(parse(tagged)).lower()):
        number = _words.get(word)
        if number is None:
            number = _number_of(word)
        if fewest == 1:
            found.append(number)
        if two >= 0:
            found.append((two << 1 ^ number ^ _THIRD) & _NUMBER)
        if one >= 0:
            two = (one << 1 ^ number ^ _SECOND) & _NUMBER
            found.append(two)
        one = number
    return found


def _number_of(word: str) -> int:
    if len(_words) >= MAX_WORDS:
        _words.clear()
    stem = word[:STEM].encode("utf-8", "surrogatepass")
    digest = blake2b(stem, digest_size=8).digest()
    number = _words[word] = int.from_bytes(digest, "big") & _NUMBER
    return number


def make_places(block: Block) -> list[tuple[int, bytes]]:
    """Return the places of a block's phrases, by bucket.

    They are sorted by one digit after the other: to write into all buckets at once
    takes twice the time, because the processor's own memory does not hold them.
    """
    first, units = block
    by_last = _arrays()
    for unit, source in units:
        place = unit - first
        for number in _numbers(source):
            entry = number >> _DIGIT << 8 * _PLACE | place
            by_last[number & _MASK].append(entry)
    made: list[tuple[int, bytes]] = []
    while by_last:
        entries = by_last.pop()  # and so out of memory
        for bucket, each in enumerate(_sorted(entries)):
            if each:
                made.append((bucket << _DIGIT | len(by_last), _packed(each)))
    return made


def _numbers(source: str) -> list[int]:
    try:
        return phrase_numbers(source)
    except TagError:
        return []  # a database that is not ours


def _arrays() -> list[array[int]]:
    return [array("Q") for _ in range(1 << _DIGIT)]


def _sorted(entries: array[int]) -> list[array[int]]:
    """Return entries by the next digit of their phrases."""
    made = _arrays()
    for entry in entries:
        made[entry >> 8 * _PLACE & _MASK].append(entry)
    return made


def _packed(entries: array[int]) -> bytes:
    """Write the entries of a bucket, those that too many units share as one."""
    if len(entries) > MAX_SHARING:
        sizes = Counter(entry >> 8 * _PLACE for entry in entries)
        common = {each for each, size in sizes.items() if size > MAX_SHARING}
        kept = [each for each in entries if each >> 8 * _PLACE not in common]
        entries = array("Q", [each << 8 * _PLACE | EVERYWHERE for each in common])
        entries.extend(kept)
    if sys.byteorder == "big":
        entries.byteswap()
    return entries.tobytes()


def find_places(packed: bytes, number: int) -> list[int] | None:
    """Return the places of a phrase in its bucket; none where it is everywhere.

    A unit that has it twice is there twice.
    """
    wanted = (number >> _DIGIT).to_bytes(_ENTRY - _PLACE, "little")
    places = []
    found = packed.find(wanted)
    while found >= 0:
        if found % _ENTRY == _PLACE:
            place = int.from_bytes(packed[found - _PLACE : found], "little")
            if place == EVERYWHERE:
                return None
            places.append(place)
        found = packed.find(wanted, found + 1)
    return places


def bucket_of(number: int) -> int:
    """Return the bucket of a phrase."""
    return number & (1 << BUCKET_BITS) - 1
