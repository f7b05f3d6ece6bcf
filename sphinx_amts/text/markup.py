"""Whether a text in an author's markup may have any."""

from __future__ import annotations

import re

LEADING_MARKERS = ("{-} ", "[ ] ", "[x] ", "[X] ")
"""What themes and scripts look for at the beginning of a text: a note in the margin
without a number, a box to tick. They are no part of the text that is translated."""

_SIGN = re.compile(r"[^\w\s.,;:!?()%+=-]|_|://|::")


def may_be_markup(text: str) -> bool:
    """Tell whether there is a sign that may be markup, in any language of markup.

    >>> may_be_markup("Take two (or more), please."), may_be_markup("Take *two*.")
    (False, True)
    """
    return bool(_SIGN.search(text))
