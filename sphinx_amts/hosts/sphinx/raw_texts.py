"""Texts in raw HTML that are texts of the book elsewhere.

Of raw HTML nobody can say which part readers see, and so none of it is sent to an
engine. But where an extension writes a title of the book, or the beginning of a page,
into HTML of its own (sphinx-gallery does, under each picture), the translation of that
text is known when pages are written: it is shown there too.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

from docutils import nodes
from sphinx.application import Sphinx

from sphinx_amts.hosts.sphinx.localized import builds
from sphinx_amts.hosts.sphinx.units import PROSE_ATTRIBUTES
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import collapse, escape, has_words, parse, plain

MAX_HTML = 20_000
"""Characters of one raw node that are looked through; a title is in a shorter one."""
_CODE = re.compile(r"<(?:code|kbd|pre|samp|script|style|svg|textarea|var)\b", re.I)
_NAMES = "|".join(sorted({*PROSE_ATTRIBUTES, "title"}))
_TEXT = re.compile(rf'(?<=>)[^<>]+(?=<)|(?<=\s)(?:{_NAMES})="[^"<>]*"')


Find = Callable[[Segment], "str | None"]
"""Returns the target that is known of a text."""


def on_doctree_resolved(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Show what is known of the texts in a page's raw HTML."""
    build = builds.get(app.config)
    if build is None or not build.book.covers(docname):
        return
    known = build.book.translator.known

    def find(source: Segment) -> str | None:
        match = known.find(source)
        return None if match is None or match.refusal else match.target

    for node in raw_blocks(doctree):
        translate_raw(node, find)


def raw_blocks(document: nodes.document) -> Iterator[nodes.raw]:
    """Yield the raw HTML that stands between paragraphs, and holds no code."""
    for node in document.findall(nodes.raw):
        text = node.astext()
        if (
            "html" in str(node.get("format")).split()
            and not isinstance(node.parent, nodes.TextElement)
            and len(text) <= MAX_HTML
            and not _CODE.search(text)
        ):
            yield node


def translate_raw(node: nodes.raw, find: Find) -> None:
    """Put targets in the place of the texts that are known."""
    before = node.astext()
    after = _TEXT.sub(lambda match: _translated(match[0], find), before)
    if after != before:
        node.clear()
        node += nodes.Text(after)


def _translated(found: str, find: Find) -> str:
    name, quote, text = found.partition('="') if found[-1:] == '"' else ("", "", found)
    words = html.unescape(text.removesuffix('"') if quote else text)
    inner = collapse(words).strip(" ")
    target = find(Segment(escape(inner))) if has_words(inner) else None
    if target is None:
        return found
    start = len(text) - len(text.lstrip())
    end = len(text.rstrip())
    target_words = plain(parse(target))
    if target_words == inner:
        return found
    made = html.escape(target_words)
    if quote:
        return f'{name}="{made}"'
    return text[:start] + made + text[end:]


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("doctree-resolved", on_doctree_resolved)
