"""Titles in capitals: "The Base Layout" is translated as "The base layout".

The models learnt from sentences. In a title where Every Word Has a Capital they take
words for names, which stay in English or lose their grammar. A word goes without its
capital where the model's own vocabulary has it so about as often: so "Flask" and
"Celery" keep theirs, and with them the capitals in a row with theirs, as of "Debian
Project Leader". Nor does anything change in brackets and quotes, where names stand.
``benchmarks/titles.py`` counts the titles in which English words are left that the text
beside translates; ``benchmarks/default_engine.py`` compares with people's.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from sphinx_amts.text.tagged import Piece, Span, parse, plain, serialize

MAX_WORDS = 10  # of a title
LEAST_LETTERS = 4  # of a word that has a capital in such a title: "of", "the" have none
MARGIN = 0.3
"""How much rarer, as a logarithm, a word may be in small letters: of "Server", "Client"
and "Loading" a vocabulary has more with a capital, by .1 to .3; of "Spring" by .3, of
"Java" and "Windows" by 1.6 and 2.8."""
_WORD = re.compile(r"[^\W\d_][\w'\u2019-]*")
_ROW = re.compile(
    r"""\([^()]*\)|\[[^][]*\]|"[^"]*"|\u201c[^\u201d]*\u201d"""
    rf"|({_WORD.pattern}(?: {_WORD.pattern})*)"
)
"""What is in brackets or quotes, or words in a row."""
_ENDS = (".", "!", ";", ",")
_SPACE = "\u2581"  # what begins a word in a vocabulary

# A vocabulary of SentencePiece is a message of protocol buffers. Each piece: a tag
# (10), a length, its text (tag 10, length), the logarithm of its share (tag 21, float).
_PIECE = re.compile(rb"\n.\n(.)", re.DOTALL)
_SCORE = b"\x15"

IsWord = Callable[[str], bool]


def lowered(source: str, is_word: IsWord) -> str:
    """Return a tagged title without the capitals that titles give to words.

    >>> lowered("The Base Layout of Flask", lambda word: word != "Flask")
    'The base layout of Flask'
    >>> lowered("Flask Applications need Care", lambda word: word != "Flask")
    'Flask Applications need Care'
    >>> lowered("The Debian Project Leader", lambda word: word != "Debian")
    'The Debian Project Leader'
    >>> lowered("The Pocket Guide (Second Edition)", lambda word: True)
    'The pocket guide (Second Edition)'
    """
    pieces = parse(source)
    text = plain(pieces).strip()
    words = _WORD.findall(text)
    if not 1 < len(words) <= MAX_WORDS or text.endswith(_ENDS):
        return source
    if not all(word[0].isupper() for word in words if len(word) >= LEAST_LETTERS):
        return source
    is_first = True

    def lower(match: re.Match[str]) -> str:
        nonlocal is_first
        if match[1] is None:
            return match[0]
        made: list[str] = []
        for _, row in groupby(match[1].split(" "), lambda word: word[0].isupper()):
            made += _lowered_row(list(row), int(is_first), is_word)
            is_first = False
        return " ".join(made)

    def each(piece: Piece) -> Piece:
        if isinstance(piece, str):
            return _ROW.sub(lower, piece)
        if isinstance(piece, Span):
            return Span(piece.id, tuple(map(each, piece.children)))
        return piece

    return serialize(tuple(map(each, pieces)))


def _lowered_row(words: list[str], kept: int, is_word: IsWord) -> list[str]:
    """Return words in a row without their capitals, unless one of them is a name.

    Of the first that are ``kept``, a capital says nothing.
    """
    for word in words[kept:]:
        if len(word) > 1 and not (word[1:].islower() and is_word(word)):
            return words
    small = [word.lower() if len(word) > 1 else word for word in words[kept:]]
    return words[:kept] + small


@lru_cache(maxsize=4)  # as many models as one build has
def vocabulary(path: Path) -> dict[str, float]:
    """Return the pieces of a vocabulary with the logarithms of their shares.

    What cannot be read is left out. Raises `OSError`.
    """
    data = path.read_bytes()
    found = {}
    for match in _PIECE.finditer(data):
        end = match.end() + match[1][0]
        if data[end : end + 1] == _SCORE and len(data) >= end + 5:
            text = data[match.end() : end].decode(errors="ignore")
            (found[text],) = struct.unpack("<f", data[end + 1 : end + 5])
    return found


def word_of(pieces: dict[str, float]) -> IsWord:
    """Return what tells a word, with a capital, that is more usual without it."""

    def is_word(word: str) -> bool:
        plain_form = pieces.get(f"{_SPACE}{word.lower()}")
        name = pieces.get(f"{_SPACE}{word}")
        return plain_form is not None and (name is None or plain_form > name - MARGIN)

    return is_word
