"""Trees of mystmd as the plugin sends them, and which of their nodes are what.

A node is a mapping: ``type``, ``n`` (its number in the tree), ``children``, a ``value``
where readers see one, and the attributes that ``trees.mjs`` lists. It is never changed:
what is to be changed is said by an `Edit`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Node = Mapping[str, Any]
Edit = dict[str, Any]
"""``n`` and ``set``: attributes; or ``n``, ``start``, ``end``, ``children``: what comes
in the place of some children. A child is a text, or ``n`` and perhaps ``children``.
With ``original``, readers can see what was there."""

KINDS: Mapping[str, str] = {
    # What mystmd calls otherwise than the list in `text.segment`.
    "inlineCode": "code",
    "keyboard": "code",
    "inlineMath": "math",
    "footnoteReference": "footnote",
    "cite": "citation",
    "citeGroup": "citation",
    "break": "raw",
    "html": "raw",
    "raw": "raw",
    "comment": "mark",
    "mystTarget": "mark",
    "mystComment": "mark",
    "link": "reference",
    "crossReference": "reference",
    "inlineExpression": "substitution",
    "span": "inline",
    "mystRole": "problematic",
    "mystRoleError": "problematic",
}

STANDALONE = {
    "abbreviation",
    "break",
    "captionNumber",
    "cite",
    "citeGroup",
    "comment",
    "footnoteReference",
    "html",
    "iframe",
    "image",
    "inlineCode",
    "inlineExpression",
    "inlineMath",
    "keyboard",
    "mystComment",
    "mystRole",
    "mystRoleError",
    "mystTarget",
    "raw",
    "si",
}
"""Inline nodes that are taken over as they are, with all that they hold."""

SPANS = {
    "crossReference",
    "delete",
    "emphasis",
    "link",
    "smallcaps",
    "span",
    "strong",
    "subscript",
    "superscript",
    "underline",
}
"""Inline nodes whose words are translated with the sentence around them."""

INLINE = STANDALONE | SPANS | {"text"}

UNSEEN = {"comment", "mystTarget", "mystComment"}
"""Nodes that have a place, and no text."""

SKIPPED = {
    "bibliography",
    "code",
    "embed",
    "genindex",
    "html",
    "iframe",
    "math",
    "mathGroup",
    "mermaid",
    "output",
    "outputs",
    "raw",
    "toc",
}
"""Blocks without words of the author's, with all that is in them."""


def children(node: Node) -> Sequence[Node]:
    """Return a node's children."""
    found: Sequence[Node] = node.get("children", ())
    return found


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(reversed(children(each)))


def text_of(node: Node) -> str:
    """Return the values in a node one after the other, as mystmd's ``toText`` does."""
    if "children" in node:
        return "".join(map(text_of, children(node)))
    return str(node.get("value", ""))


def kind_of(node: Node) -> str:
    """Return the kind of tag that a node becomes; see `text.segment.KINDS`."""
    if node["type"] == "link" and node.get("static"):
        return "code"  # a file to download, as Sphinx has it
    name = str(node["type"])
    return (name == "mystRole" and _kind_of_role(node)) or KINDS.get(name, name.lower())


def _kind_of_role(node: Node) -> str:
    """Return the kind that a role has in Sphinx, and that mystmd does not know."""
    name = str(node.get("name", ""))
    if ":" in name:
        return "reference"  # to an object, by a domain of Sphinx
    return next((kind for start, kind in ICONS.items() if name.startswith(start)), "")


ICONS: Mapping[str, str] = {
    "octicon": "sd_icon",
    "material-": "sd_icon",
    "fa": "fontawesome",
}
"""How the roles of sphinx-design for icons begin, which no other's do."""
