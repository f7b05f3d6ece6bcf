"""Characters that nobody sees: which of them a translation may have.

What readers do not see can hide text from them that machines read, or show text in
another order than it has. Some such characters belong to writing all the same: joiners
in Persian, in Indic scripts and in emoji, marks of direction in Hebrew and Arabic,
places where Thai and Khmer words may be parted, soft hyphens, variants of signs.
"""

from __future__ import annotations

import re
import unicodedata

MAX_RUN = 3
"""Unseen characters in a row. Writing needs one, an emoji or a mark of direction beside
a joiner two."""

_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""What Unicode calls default ignorable, and the marks of annotations."""
_RUN = re.compile(f"[{_IGNORABLE}]{{{MAX_RUN + 1},}}")
_SEEN = re.compile(rf"[^\s{_IGNORABLE}]")
_NEVER = re.compile(
    "[\u202d\u202e\u206a-\u206f\ufff9-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
"""Overrides of direction, tags, and what is for programs alone."""
_DIRECTION = re.compile("[\u202a-\u202c\u2066-\u2069]")
_OPENS = "\u202a\u202b\u2066\u2067\u2068"
_RIGHT_TO_LEFT = ("R", "AL")  # classes of letters in Unicode's bidirectional algorithm


def is_seen(text: str) -> bool:
    r"""Tell whether there is anything to see.

    >>> is_seen("a"), is_seen("\u200b \u2063"), is_seen("")
    (True, False, False)
    """
    return bool(_SEEN.search(text))


def unseen(source: str, target: str) -> str:
    r"""Say what a target hides and its source does not; empty if there is nothing.

    Both are plain characters.

    >>> unseen("a", "a\u202eb"), unseen("a\u202eb", "c\u202ed")
    ('the unseen character U+202E', '')
    """
    if never := sorted({*_NEVER.findall(target)} - {*source}):
        return f"the unseen character {_name(never[0])}"
    if runs := sorted({*_RUN.findall(target)} - {*_RUN.findall(source)}):
        first = runs[0]
        return f"{len(first)} unseen characters in a row, the first is {_name(first)}"
    directions = _DIRECTION.findall(target)
    if {*directions} <= {*source}:
        return ""
    if _is_balanced(directions) and _is_right_to_left(target):
        return ""
    return f"the unseen character {_name(directions[0])}"


def _name(sign: str) -> str:
    return f"U+{ord(sign[0]):04X}"


def _is_balanced(directions: list[str]) -> bool:
    """Tell whether what changes the direction is ended, too."""
    depth = 0
    for sign in directions:
        depth += 1 if sign in _OPENS else -1
        if depth < 0:
            return False
    return depth == 0


def _is_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in text)
