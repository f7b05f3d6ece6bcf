"""Where a writer puts a text without escaping it, and what keeps it a text there.

Writers of Sphinx and docutils escape nearly everything. `RAW_PLACES` lists where they
do not, in any version from 5.3 on, and where themes and scripts of pages do not. A
place is guarded in one of three ways:

* ``refused``: a target with signs that mean something there, and that its source has
  not, is not taken. What people's catalogs have there is in the document already: each
  such sign becomes its full-width form, which reads the same.
* ``checked``: the same, where `sphinx_amts.text.check` has refused the target before.
* ``escaped``: the text is escaped on its way to the writer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import texescape

_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_FORMULA = re.compile(r"\\(?=[(\[])|\\(?=begin\{)|\$(?=\$)")
_TEX = re.compile(
    r"\\[A-Za-z@]+\*?(?:\s*(?:\[[^\[\]]*\]|\{[^{}]*\}))*"  # a command, its arguments
    r"|\\.|[#$&%^_{}]"  # but for a tilde, a blank
)
_FULL_WIDTH = {"<": "\uff1c", "\\": "\uff3c", "$": "\uff04"}


def _is_any(node: nodes.Element) -> bool:
    return True


_IN_FRAME = (
    nodes.title,
    nodes.rubric,
    nodes.term,
    nodes.document,
    addnodes.toctree,
    addnodes.index,
)


def _is_in_frame(node: nodes.Element) -> bool:
    """Tell whether a text is found by the search of a page, or shown in its frame."""
    return isinstance(node, _IN_FRAME)


@dataclass(frozen=True)
class RawPlace:
    """A place in what a writer writes."""

    text: str  # whose text it is
    writer: str  # what puts it there
    guard: str  # refused, checked or escaped
    signs: re.Pattern[str] | None = None
    """What is more than text there; where the guard is not on single signs, none."""
    holds: Callable[[nodes.Element], bool] | None = None
    """Tells whether a node's text gets there; texts of no node have none."""


RAW_PLACES = (
    RawPlace(
        "any text",
        "MathJax and KaTeX look for formulas in the text of a page, in which"
        r" \href{javascript:...} is a link",
        "checked",
        _FORMULA,
        _is_any,
    ),
    RawPlace(
        "a title, a term, an entry of an index or of a table of contents",
        "the search of Sphinx before 9 puts it into a page as HTML;"
        " sphinx-book-theme does so with the title of a page",
        "checked",
        _TAG,
        _is_in_frame,
    ),
    RawPlace(
        "html_title",
        "themes put it into a page as HTML: its author may have written some",
        "checked",
    ),
    RawPlace(
        "html_title in HTML Help",
        "the project file has it between quotation marks",
        "escaped",
    ),
    RawPlace("a title in latex_documents", "LaTeX: it is TeX", "refused", _TEX),
    RawPlace(
        "the caption of the first table of contents",
        r"LaTeX: \contentsname",
        "escaped",
    ),
    RawPlace(
        "the alternative text of an image",
        "manual pages: `[image: ...]`, in which a backslash begins a command of roff",
        "escaped",
    ),
    RawPlace(
        "a title with a label",
        "objects.inv, of which other projects read lines",
        "checked",
        re.compile("[\x85\u2028\u2029]"),
        _is_any,
    ),
    RawPlace(
        "the original of a text",
        "our own script of a page's source texts: it is JSON there, and becomes text",
        "escaped",
    ),
)
"""All of them; ``tests/test_raw_places.py`` has a hostile target for each."""


def full_width(node: nodes.Element, source: str, text: str) -> dict[int, str]:
    """Return how to change signs so that a node's text means nothing to any writer.

    It is for `str.translate`, of signs of the node's places that ``source`` has not, or
    not as often; both texts are plain.
    """
    table = {}
    for place in RAW_PLACES:
        if place.signs and place.holds and place.holds(node):
            found = Counter(place.signs.findall(text))
            new = found - Counter(place.signs.findall(source)) if found else found
            table.update({ord(sign): _FULL_WIDTH.get(sign, " ") for sign in new})
    return table


def is_same_tex(source: str, target: str) -> bool:
    r"""Tell whether a text for LaTeX has the commands of its source and no others.

    >>> is_same_tex(r"A \LaTeX{} book", r"Un libro de \LaTeX{}")
    True
    >>> is_same_tex(r"A \LaTeX{} book", r"\input{x}")
    False
    """
    commands = [Counter(_TEX.findall(text)) for text in (source, target)]
    braces = [re.findall("[{}]", text) for text in (source, target)]
    return commands[0] == commands[1] and braces[0] == braces[1]


# --- Escaping -------------------------------------------------------------------------


def escape_for_writer(app: Sphinx) -> None:
    """Have the writer of this build escape what it would not.

    Last of all that change the writer: others derive from the class that they find.
    """
    escaping = {"latex": _LaTeX, "man": _ManualPage}.get(app.builder.name)
    if escaping is not None:
        base = app.builder.get_translator_class()
        made = type(base.__name__, (escaping, base), {})
        app.set_translator(app.builder.name, made, override=True)


class _LaTeX:
    """What a writer of LaTeX does besides."""

    def __init__(self, document: nodes.document, builder: Any, *others: Any) -> None:
        caption = document.get("contentsname")
        if caption:
            engine = builder.config.latex_engine
            document["contentsname"] = texescape.escape(caption, engine)
        super().__init__(document, builder, *others)  # type: ignore[call-arg]


class _ManualPage:
    """What a writer of manual pages does besides."""

    def visit_image(self, node: nodes.image) -> None:
        """Write the alternative text in the place of an image."""
        if "alt" in node:
            node["alt"] = node["alt"].replace("\\", r"\e")
        super().visit_image(node)  # type: ignore[misc]
