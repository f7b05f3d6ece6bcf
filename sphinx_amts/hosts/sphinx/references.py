"""The words that an author gave to a reference, and what only looks like code."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx import addnodes

_WORD_ROLES = frozenset(("doc", "download", "eq", "keyword", "numref", "ref", "term"))
"""Roles for a place in a book; others are for objects, which have names in code."""
_WORD = r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*[,;:.!?]?"
_WORDS = re.compile(rf"(?:^|\s){_WORD}(?:\s|$)")
_TWO_WORDS = re.compile(rf"(?:^|\s){_WORD}\s+{_WORD}(?:\s|$)")
_CODE_SIGNS = re.compile(r"[()\[\]{}=<>_\\/|]|^\s*-|\s--|\w\.\w")


def holds_words(node: nodes.Node) -> bool:
    """Tell whether a literal is the form in which Sphinx keeps a reference's words.

    A numbered reference is never shown as code. To a role for objects authors give
    names in code as well, so there it takes two words side by side.
    """
    parent = node.parent
    if (
        not isinstance(node, nodes.literal)
        or not isinstance(parent, addnodes.pending_xref | addnodes.download_reference)
        or not parent.get("refexplicit")
        or len(parent.children) != 1
    ):
        return False
    if is_numref(parent):
        return True
    text = node.astext()
    if not text.isascii():
        return True  # names in code have no other letters
    is_place = parent.get("reftype") in _WORD_ROLES
    if is_place and _TWO_WORDS.search(text):
        return True  # with the name of a file, perhaps
    words = _WORDS if is_place else _TWO_WORDS
    return bool(words.search(text)) and not _CODE_SIGNS.search(text)


def is_numref(node: nodes.Node) -> bool:
    """Tell whether a number is put into the node's words later."""
    return isinstance(node, addnodes.pending_xref) and node.get("reftype") == "numref"
