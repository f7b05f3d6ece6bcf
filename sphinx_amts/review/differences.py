"""What differs between two texts, word by word, for a page that shows it."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

SAME, GONE, NEW = "=", "-", "+"
Difference = list[list[str]]
"""Pairs of `SAME`, `GONE` or `NEW` and a text; texts of the same and new join to what
there is now."""

_WORD = re.compile(  # signs of languages without spaces are words
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff]+|\s+|."
)


def word_difference(then: str, now: str) -> Difference:
    """Return what changed from one text to another.

    >>> word_difference("a b c.", "a c d.")
    [['=', 'a '], ['-', 'b '], ['=', 'c'], ['+', ' d'], ['=', '.']]
    """
    old, new = _WORD.findall(then), _WORD.findall(now)
    found: Difference = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for what, i1, i2, j1, j2 in matcher.get_opcodes():
        if what == "equal":
            found.append([SAME, "".join(old[i1:i2])])
            continue
        if i1 < i2:
            found.append([GONE, "".join(old[i1:i2])])
        if j1 < j2:
            found.append([NEW, "".join(new[j1:j2])])
    return found
