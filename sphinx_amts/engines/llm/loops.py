"""Models that repeat themselves: the same phrase, again and again."""

from __future__ import annotations

import re

TAIL = 2000  # characters at the end of an answer that are looked at while it comes
ENDLESS = 600
"""Characters of one phrase repeated, after which an answer is not waited for. People
write no such thing, and a model does not get out of it."""
LONG = 24  # the same in a text that has come whole

_LOOP = re.compile(r"(.{1,200}?)\1{5,}", re.DOTALL)
_LOOP_OF_WORDS = re.compile(r"(\w.{0,60}?)\1{5,}", re.DOTALL)


def is_endless(text: str, asked: str) -> bool:
    """Tell whether an answer, as far as it came, ends in a loop that ``asked`` has not.

    >>> is_endless('{"1": "' + "the old " * 80, "The old lamp.")
    True
    """
    found = _LOOP.match(text[: -TAIL - 1 : -1])
    if found is None or len(found[0]) < ENDLESS:
        return False
    return all(len(each[0]) < ENDLESS / 4 for each in _LOOP.finditer(asked))


def repeats(text: str, source: str) -> bool:
    """Tell whether a text has a phrase six times in a row, and its source none.

    >>> repeats("好的，" * 9, "All right."), repeats("Ha, ha, ha.", "Ho, ho, ho.")
    (True, False)
    """
    return _is_long(text) and not _is_long(source)


def _is_long(text: str) -> bool:
    return any(len(each[0]) >= LONG for each in _LOOP_OF_WORDS.finditer(text))
