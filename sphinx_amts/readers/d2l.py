"""The Markdown of Dive into Deep Learning and other books made by d2lbook, as MyST.

==============================================  ========================================
``:numref:`fig_x```, ``:cite:`A.B```            ``{numref}`fig_x```, ``{cite}`A.B```
``:label:``, ``:eqlabel:``, ``:width:`` lines   nothing: they are marks of what is above
```:begin_tab:`mxnet` ... :end_tab:```          its content if ``mxnet`` is named or
                                                ``all``, else nothing
``[**words**]``, ``(**words**)``                the words: marks for slides
``[~~words~~]``, ``(~~words~~)``                nothing: words on slides only
```` ```{.python .input} ````                   ```` ```python ````; a cell that begins
                                                with ``#@tab pytorch`` is nothing
``$$`` that touches a text                      ``$$`` apart from it
==============================================  ========================================
"""

from __future__ import annotations

import re
from collections.abc import Callable

DEFAULT_TAB = "mxnet"
"""Of the texts for several frameworks the one that is kept, as in d2lbook."""

_DIALECT = re.compile(r"^:(?:label|begin_tab|eqlabel):`|:(?:numref|eqref|cite):`", re.M)
_ROLE = re.compile(r"(?<![\w`{]):([a-z][a-z_+:]{0,99}):`([^`\n]+)`")
_MARK_LINE = re.compile(r"^[ \t]*:(?:label|eqlabel|width|height|maxdepth):.*\n?", re.M)
_DISCUSSIONS = re.compile(r"^\[Discussions\]\([^)\n]*\)[ \t]*$", re.M)
_FENCE = re.compile(r"^([ \t]*)(`{3,99})([^`\n]*)\n", re.M)
_CELL_TAB = re.compile(r"\s*#\s*@tab[ \t]+(.*)")
_SLIDE_MARK = re.compile(r"[\[(]\*\*|\*\*[\])]")
# What begins and what ends. One pattern for both would look for the end again and again
# where there is none.
_TAB = (
    re.compile(r"^[ \t]*:begin_tab:(.*)\n", re.M),
    re.compile(r"^[ \t]*:end_tab:[ \t]*$", re.M),
)
_SLIDES_ONLY = (
    (re.compile(r"\[~~"), re.compile(r"~~\]")),
    (re.compile(r"\(~~"), re.compile(r"~~\)")),
)
_DISPLAY = (
    re.compile(r"^[ \t]*\$\$", re.M),
    re.compile(r"\$\$(?=[ \t]*(?:[.,;:!?][ \t]*)?$)[ \t.,;:!?]*", re.M),
)


def is_d2l(text: str) -> bool:
    """Tell whether a Markdown text is in the dialect."""
    return bool(_DIALECT.search(text))


def to_myst(text: str) -> str:
    r"""Write a text of the dialect as MyST.

    >>> to_myst(":begin_tab:`mxnet`\n[**See**] :numref:`fig_a`.\n:end_tab:\n")
    '\nSee {numref}`fig_a`.\n\n\n'
    """
    text = _DISCUSSIONS.sub("", _replace(text, *_TAB, _tab))
    parts: list[str] = []
    end = 0
    while fence := _FENCE.search(text, end):
        closes = re.compile(rf"^[ \t]*{fence[2]}`*[ \t]*$", re.M)
        last = closes.search(text, fence.end())
        code = text[fence.end() : last.start() if last else len(text)]
        parts += [text[end : fence.start()], _cell(fence, code)]
        end = last.end() if last else len(text)
    parts.append(text[end:])
    parts[::2] = map(_prose, parts[::2])
    return "".join(parts)


def _replace(
    text: str,
    begins: re.Pattern[str],
    ends: re.Pattern[str],
    write: Callable[[re.Match[str], str], str],
) -> str:
    """Write anew all that begins and ends; what does not end stays as it is."""
    parts: list[str] = []
    end = 0
    while first := begins.search(text, end):
        last = ends.search(text, first.end())
        if last is None:
            break
        inner = text[first.end() : last.start()]
        parts += [text[end : first.start()], write(first, inner)]
        end = last.end()
    parts.append(text[end:])
    return "".join(parts)


def _tab(begins: re.Match[str], text: str) -> str:
    names = [name.strip() for name in begins[1].strip("` \t").split(",")]
    is_kept = DEFAULT_TAB in names or "all" in names
    return f"\n{text}\n" if is_kept else ""


def _cell(fence: re.Match[str], code: str) -> str:
    indent, ticks, info = fence.groups()
    tab = _CELL_TAB.match(code)
    if tab and not {DEFAULT_TAB, "all"} & {each.strip() for each in tab[1].split(",")}:
        return ""
    name = re.match(r"\{?\.?(\w*)", info.strip())
    return f"{indent}{ticks}{name[1] if name else ''}\n{code}{indent}{ticks}"


def _prose(text: str) -> str:
    text = _MARK_LINE.sub("", text)
    for begins, ends in _SLIDES_ONLY:
        text = _replace(text, begins, ends, lambda _first, _words: "")
    text = _SLIDE_MARK.sub("", text)
    text = _replace(text, *_DISPLAY, lambda first, tex: f"\n{first[0]}{tex}$$\n")
    return _ROLE.sub(r"{\1}`\2`", text)
