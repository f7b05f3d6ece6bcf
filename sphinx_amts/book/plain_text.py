r"""Plain text written so that whoever reads markup reads it as plain text.

A target may have any characters. In a catalog or a notebook it stands in markup, where
some of them would make a link, a role, a formula, HTML, or another block.

>>> write_text("a*b", is_rst=True), write_text("<b> [c](d)", is_rst=False)
('a\\*b', '\\<b> \\[c](d)')
>>> begin("1. First", is_rst=True), begin("1. First", is_rst=False)
('\\1. First', '1\\. First')
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sphinx_amts.errors import TagError

LINE_ENDS = frozenset("\x1c\x1d\x1e\x85\u2028\u2029")
"""What Python takes for the end of a line, as parsers of markup do, beside what is
white space in tagged text."""

_SIGNS = {True: re.compile(r"[\\*`|]"), False: re.compile(r"[\\*`$\[<{~]|&(?=#?\w+;)")}
_CLOSING = {True: "<", False: "]"}
"""What would end the words of a link, and begin its address."""
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # in no word
_ASCII_RUN = re.compile(r"[!-~]+")
_ADDRESS = {
    # A scheme or a mailbox.
    True: re.compile(r"(?<=[A-Za-z0-9+.-]):(?=\S)|(?<=\S)@(?=\S)"),
    # MyST's ``linkify`` takes what looks like a domain, too.
    False: re.compile(r"[:/@](?=\S)|(?<=\w)\.(?=[A-Za-z]{2})"),
}
_IS_ADDRESS = {
    True: re.compile(r"[A-Za-z][0-9+.-]*:|@"),
    False: re.compile(r"//|@|\w\.[A-Za-z]{2}"),
}
_START = {
    True: re.compile(
        "[-+\u2022\u2023\u2043](?: |$)"  # a list
        r"|\(?(?:[0-9]+|[A-Za-z]|[ivxlcdm]+|[IVXLCDM]+|#)[.)](?: |$)"
        r"|[-+/]-?[A-Za-z0-9]"  # an option
        r"|:[^\s:]"  # a field
        r"|\.\.(?: |$)|>>>|\+-|=+ +="  # a directive, a doctest, tables
        r"|([!-/:-@\[\]^{-~])\1* *$"  # the line of a title
    ),
    False: re.compile(
        r"#{1,6}(?: |$)|>|%|[-+](?: |$)|-{3}|\+{3}"  # a heading, a quote, a list
        r"|:\S|\(.*\)= *$"  # a directive, a target
    ),
}
_RUNS = "*_`~$"  # signs of which one and two mean different things
_OPENING = re.compile(r"(?::[\w:+.-]+:)?[*`|]+")
_NUMBERED = re.compile(r"([0-9]{1,9})(?=[.)](?: |$))")
_NOQA = re.compile(r"(?<!\\)#(?=\s*noqa\s*$)")


def write_text(
    text: str, *, is_rst: bool, known: str = "", is_inside: bool = False
) -> str:
    """Write characters so that they are read as they are, in the midst of others.

    ``known`` is the text that they translate: an address that it has needs no mark.
    ``is_inside``: within a link or a role.
    """
    text = _SIGNS[is_rst].sub(r"\\\g<0>", text)
    if is_inside:
        text = text.replace(_CLOSING[is_rst], f"\\{_CLOSING[is_rst]}")
    text = _UNDERSCORE.sub(r"\\_", text)

    def unlink(run: re.Match[str]) -> str:
        word = run[0]
        if not _IS_ADDRESS[is_rst].search(word) or word.strip("().,;:!?") in known:
            return word
        return _ADDRESS[is_rst].sub(r"\\\g<0>", word)

    return _ASCII_RUN.sub(unlink, text)


def begin(written: str, *, is_rst: bool) -> str:
    """Write the beginning of a text so that it begins no block but a paragraph."""
    if _START[is_rst].match(written):
        return f"\\{written}"
    return written if is_rst else _NUMBERED.sub(r"\1\\", written, count=1)


def end(written: str, *, is_rst: bool) -> str:
    """Write the end of a text so that it is not taken for a remark to the parser.

    ``::`` would announce a block of code; Sphinx cuts off ``# noqa``.
    """
    written = _NOQA.sub(r"\\#", written)
    return f"{written[:-1]}\\:" if is_rst and written.endswith("::") else written


def join_myst(parts: Sequence[tuple[str, bool]]) -> str:
    """Join parts of MyST, each with whether it is markup, so that none changes another.

    Raises `TagError` where two would become one.
    """
    written = ""
    was_markup = False
    for text, is_markup in parts:
        if is_markup and was_markup and written[-1] == text[0] and text[0] in _RUNS:
            raise TagError("two marks of one kind would stand side by side")
        if is_markup and text[0] == "[" and not was_markup and written.endswith("!"):
            written = written[:-1] + r"\!"  # else it would be an image
        elif was_markup and not is_markup and written[-1] == "]" and text[0] in "(:":
            written += "\\"  # else there would be an address
        written += text
        was_markup = is_markup
    return written


def binds(before: str, text: str) -> bool:
    """Tell whether two parts of reStructuredText would be something else together.

    They would become a role, or markup whose first word stands in the quotation marks
    that are around its sign, which docutils takes for a quoted sign.

    >>> binds("Take :raw:", "`the link <https://example.org>`_")
    True
    """
    if before.endswith("`") and text.startswith(":"):
        return True
    opening = _OPENING.match(text)
    if opening is None or before[-1].isspace():
        return False
    is_role = before.endswith(":") and text.startswith("`")
    return is_role or not text[opening.end() :][:1].isalnum()
