"""What differs between two texts, word by word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

SAME, GONE, NEW = "=", "-", "+"


def changes(
    old: Sequence[str], new: Sequence[str], key: Callable[[str], str] = str
) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield runs of words, each with what became of it.

    ``key`` is what two words share if they are the same. Words that are `SAME` are
    given as the new text has them.

    >>> list(changes("abc", "acd"))
    [('=', 'a'), ('-', 'b'), ('=', 'c'), ('+', 'd')]
    """
    before, after = [key(word) for word in old], [key(word) for word in new]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for what, i1, i2, j1, j2 in matcher.get_opcodes():
        if what == "equal":
            yield SAME, new[j1:j2]
            continue
        if i1 < i2:
            yield GONE, old[i1:i2]
        if j1 < j2:
            yield NEW, new[j1:j2]
