r"""What an author wrote for a run of inline nodes, found in the page's file.

mystmd keeps no markup, and gettext knows a paragraph by it. Each node tells how it may
have been written, and the file in which way it was.

>>> nodes = [{"type": "text", "value": "See "}, {"type": "inlineCode", "value": "make"}]
>>> Written("A line.\n\nSee\n``make`` now.\n").find(nodes)
'See ``make``'
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sphinx_amts.hosts.myst.inline import TYPOGRAPHY
from sphinx_amts.hosts.myst.nodes import Node, children
from sphinx_amts.text.tagged import collapse

_PREFIX = re.compile(r"\n[ \t]*(?:>[ \t]?)*")
_ROLE = r"\{[\w:+.-]+\}(`+).*?(?<!`)(?:`+)(?!`)"
_LINK = r"(?:\]\([^)]*\)|\]\[[^\]]*\]|\s*<[^<>]*>`+)"
_ALONE = "|".join(
    (
        r"\{[\w:+.-]+\}`[^`]+`",
        r"!?\[[^\]]*\]\([^)]*\)",
        r"\[\^[^\]]+\]",
        r"\[@[^\]]+\]|@[\w:.-]+",
        r"\{\{.*?\}\}",
        r"<[^<>]+>",
        r"(?:https?|mailto):[^\s<>]+",
        r"\\ ",
    )
)
"""How what stands alone may be written."""
_QUOTES = {sign: f"(?:{sign}|{re.escape(x)})" for sign, x in TYPOGRAPHY.items()}
_MARKS = {
    "emphasis": r"(?:\*|_)",
    "strong": r"(?:\*\*|__)",
    "delete": "~~",
}


class Written:
    """A page's file, in which texts are found."""

    def __init__(self, source: str) -> None:
        self._text = collapse(_PREFIX.sub(" ", source))

    def find(self, nodes: Iterable[Node]) -> str:
        """Return the markup of nodes, in one line; empty if it is not there."""
        pattern = "".join(map(_pattern, nodes)).strip()
        match = re.search(pattern, self._text) if pattern else None
        return match[0].strip() if match else ""


def _pattern(node: Node) -> str:
    kind = node["type"]
    if kind == "text":
        return "".join(map(_sign, collapse(str(node.get("value", "")))))
    if kind in ("inlineCode", "inlineMath"):
        value = re.escape(collapse(str(node.get("value", ""))))
        sign = "`+" if kind == "inlineCode" else r"\$+"
        return rf"(?:{sign} ?{value} ?{sign}|\{{[\w:+.-]+\}}`+{value}`+)"
    inside = "".join(map(_pattern, children(node)))
    if kind in _MARKS:
        return f"{_MARKS[kind]}{inside}{_MARKS[kind]}"
    if inside and kind in ("link", "crossReference"):
        # In brackets, as a role with its target or without, or an address by itself.
        role = r"\{[\w:+.-]+\}`+"
        return f"(?:\\[{inside}{_LINK}|{role}{inside}(?:\\s*<[^<>]*>)?`+|<?{inside}>?)"
    if inside:
        role = rf"\{{[\w:+.-]+\}}`+{inside}[^`]*`+"
        return rf"(?:{role}|\[{inside}\]\{{[^}}]*\}}|{inside})"
    return f"(?:{_ALONE})"


def _sign(character: str) -> str:
    if character in _QUOTES:
        return _QUOTES[character]
    if character == " ":
        return " "
    is_escapable = not character.isalnum()
    return (r"\\?" if is_escapable else "") + re.escape(character)
