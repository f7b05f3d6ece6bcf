"""What differs between two texts, word by word, for a page that shows it."""

from __future__ import annotations

import re

from sphinx_amts.text.differences import changes

Difference = list[list[str]]
"""Pairs of "=", "-" or "+", as in `text.differences`, and a text; the texts of the
first and the last join to what there is now."""

_WORD = re.compile(  # with the blanks behind it; a sign of Chinese or Japanese is one
    r"(?:[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    r"|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+|[^\w\s])\s*|\s+"
)


def word_difference(then: str, now: str) -> Difference:
    """Return what changed from one text to another.

    >>> word_difference("a b c.", "a c d.")
    [['=', 'a '], ['-', 'b '], ['=', 'c '], ['+', 'd'], ['=', '.']]
    """
    runs = changes(_WORD.findall(then), _WORD.findall(now), str.rstrip)
    return [[sign, "".join(words)] for sign, words in runs]
