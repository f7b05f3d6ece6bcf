"""Markup in people's catalogs: what would run or mislead is text, or left out.

A catalog's messages are markup, which Sphinx parses and puts into pages by itself: a
directive in it runs when it is parsed, HTML and links get into the page. A catalog may
come from anybody who translates, so it may have of these what its messages have, and
what cannot do harm.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from docutils import nodes
from sphinx import addnodes

from sphinx_amts.hosts.sphinx.raw_places import full_width
from sphinx_amts.text.reach import is_harmless_html, leads_to_harm, scheme_of

_RUNS = re.compile(
    r"(?:^|\s)\.\.\s+(?:\|[^|\n]*\|\s*)?[\w.:+-]+::"  # a directive
    r"|^[^A-Za-z`~:]{0,20}(?:~{3,}|:{3,}|`{3,}(?![^\n]*`))\{"  # the same in MyST
    r"|\{\{|\{%",  # an expression, which MyST has Jinja evaluate
    re.MULTILINE,
)
_REACHING: tuple[tuple[type[Any], str], ...] = (
    (nodes.raw, ""),
    (nodes.image, "uri"),
    (addnodes.download_reference, "reftarget"),
    (nodes.reference, "refuri"),  # which that before it is, too
)
"""Nodes that are more than text, and the attribute that says what they lead to."""
_NOT_SHOWN_AS_TEXT = (nodes.literal, nodes.math, nodes.raw, nodes.FixedTextElement)


def runs(message: str, text: str) -> bool:
    """Tell whether parsing a catalog's text would run more than its message does."""
    found = Counter(_RUNS.findall(text))
    return bool(found and found - Counter(_RUNS.findall(message)))


def disarm(node: nodes.Element, before: Sequence[nodes.Node], document: str) -> bool:
    """Make text of what a catalog has put into a node, where it might do harm.

    ``before`` are the children that it had, ``document`` the name of its document.
    Tells whether anything has changed.
    """
    source = " ".join(each.astext() for each in before)
    table = full_width(node, source, node.astext())
    for text in list(node.findall(nodes.Text)) if table else ():
        if not isinstance(text.parent, _NOT_SHOWN_AS_TEXT):
            text.parent.replace(text, nodes.Text(text.translate(table)))
    known = {_reached(each) for old in before for each in old.findall()}
    return _disarm_nodes(node, known, document) or bool(table)


def _disarm_nodes(node: nodes.Element, known: Collection[str], document: str) -> bool:
    harmful = [
        each
        for child in node.children
        for each in child.findall()
        if (reached := _reached(each))
        and reached not in known
        and not _is_harmless(each, reached, document)
    ]
    for each in harmful:
        instead = each.children
        if isinstance(each, nodes.raw):
            instead = [nodes.Text(each.astext())]
        elif isinstance(each, nodes.image):
            instead = [nodes.Text(each.get("alt", ""))]
        each.parent.replace(each, instead)
    return bool(harmful)


def _reached(node: nodes.Node) -> str:
    """Return the HTML that a node is, or what it leads to; empty if nothing."""
    for known, name in _REACHING:
        if isinstance(node, known):
            return str(node.get(name, "")) if name else node.astext()
    return ""


def _is_harmless(node: nodes.Node, reached: str, document: str) -> bool:
    if isinstance(node, nodes.raw):
        return is_harmless_html(reached)
    if not isinstance(node, nodes.image | addnodes.download_reference):
        return not leads_to_harm(reached)
    # A file is published with the page, an address is asked by whoever reads it.
    path = posixpath.join(posixpath.dirname(document), reached).lstrip("/")
    return not scheme_of(reached) and not posixpath.normpath(path).startswith("..")
