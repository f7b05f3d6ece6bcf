"""What differs between two texts, word by word, for a page that shows it."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

SAME, GONE, NEW = "=", "-", "+"
Difference = list[list[str]]
"""Pairs of `SAME`, `GONE` or `NEW` and a text; texts of the same and new join to what
there is now."""

_WORD = re.compile(  # with the blanks behind it; a sign of Chinese or Japanese is one
    r"(?:[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    r"|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+|[^\w\s])\s*|\s+"
)


def word_difference(then: str, now: str) -> Difference:
    """Return what changed from one text to another.

    >>> word_difference("a b c.", "a c d.")
    [['=', 'a '], ['-', 'b '], ['=', 'c '], ['+', 'd'], ['=', '.']]
    """
    old, new = _WORD.findall(then), _WORD.findall(now)
    found: Difference = []
    bare_old, bare_new = ([word.rstrip() for word in text] for text in (old, new))
    matcher = SequenceMatcher(None, bare_old, bare_new, autojunk=False)
    for what, i1, i2, j1, j2 in matcher.get_opcodes():
        if what == "equal":
            found.append([SAME, "".join(new[j1:j2])])
            continue
        if i1 < i2:
            found.append([GONE, "".join(old[i1:i2])])
        if j1 < j2:
            found.append([NEW, "".join(new[j1:j2])])
    return found
