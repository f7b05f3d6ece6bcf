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

DEFAULT_TAB = "mxnet"
"""Of the texts for several frameworks the one that is kept, as in d2lbook."""

_DIALECT = re.compile(r"^:(?:label|begin_tab|eqlabel):`|:(?:numref|eqref|cite):`", re.M)
_ROLE = re.compile(r"(?<![\w`{]):([a-z][a-z_+:]*):`([^`\n]+)`")
_MARK_LINE = re.compile(r"^[ \t]*:(?:label|eqlabel|width|height|maxdepth):.*\n?", re.M)
_TAB = re.compile(
    r"^[ \t]*:begin_tab:`?([^`\n]*)`?[ \t]*\n(.*?)^[ \t]*:end_tab:[ \t]*$", re.M | re.S
)
_DISCUSSIONS = re.compile(r"^\[Discussions\]\([^)\n]*\)[ \t]*$", re.M)
_FENCE = re.compile(r"^([ \t]*)(```+)([^`\n]*)\n(.*?)^[ \t]*\2`*[ \t]*$", re.M | re.S)
_CELL_TAB = re.compile(r"\s*#\s*@tab[ \t]+(.*)")
_SLIDES_ONLY = re.compile(r"\[~~.*?~~\]|\(~~.*?~~\)", re.S)
_SLIDE_MARK = re.compile(r"[\[(]\*\*|\*\*[\])]")
_DISPLAY = re.compile(r"^([ \t]*)(\$\$.*?\$\$)[ \t]*([.,;:!?]?)[ \t]*$", re.M | re.S)


def is_d2l(text: str) -> bool:
    """Tell whether a Markdown text is in the dialect."""
    return bool(_DIALECT.search(text))


def to_myst(text: str) -> str:
    r"""Write a text of the dialect as MyST.

    >>> to_myst(":begin_tab:`mxnet`\n[**See**] :numref:`fig_a`.\n:end_tab:\n")
    '\nSee {numref}`fig_a`.\n\n\n'
    """
    text = _DISCUSSIONS.sub("", _TAB.sub(_tab, text))
    parts: list[str] = []
    end = 0
    for fence in _FENCE.finditer(text):
        parts += [text[end : fence.start()], _cell(fence)]
        end = fence.end()
    parts.append(text[end:])
    parts[::2] = map(_prose, parts[::2])
    return "".join(parts)


def _tab(match: re.Match[str]) -> str:
    names = [name.strip() for name in match[1].split(",")]
    is_kept = DEFAULT_TAB in names or "all" in names
    return f"\n{match[2]}\n" if is_kept else ""


def _cell(fence: re.Match[str]) -> str:
    indent, ticks, info, code = fence.groups()
    tab = _CELL_TAB.match(code)
    if tab and not {DEFAULT_TAB, "all"} & {each.strip() for each in tab[1].split(",")}:
        return ""
    name = re.match(r"\{?\.?(\w*)", info.strip())
    return f"{indent}{ticks}{name[1] if name else ''}\n{code}{indent}{ticks}"


def _prose(text: str) -> str:
    text = _MARK_LINE.sub("", text)
    text = _SLIDES_ONLY.sub("", text)
    text = _SLIDE_MARK.sub("", text)
    text = _DISPLAY.sub(r"\n\1\2\n", text)
    return _ROLE.sub(r"{\1}`\2`", text)
