"""Signs at the beginning of a text that a theme or a script looks for."""

from __future__ import annotations

import pytest
from docutils import nodes

from sphinx_amts.book.markup import Markup
from sphinx_amts.hosts.sphinx.inline import flatten, rebuild


@pytest.mark.parametrize("marker", ["{-} ", "[ ] ", "[x] "])
def test_a_marker_is_no_part_of_the_text(marker):
    words = nodes.emphasis("", "not seen")
    node = nodes.paragraph("", "", nodes.Text(f"{marker}Warm, "), words)
    flat = flatten(node)
    assert flat.segment.source == 'Warm, <g id="1">not seen</g>'
    rebuild(flat, '<g id="1">invisible</g>, tibio')
    assert node.astext() == f"{marker}invisible, tibio"
    message = f"{marker}Warm, *not seen*"
    markup = Markup.of(message, flat.segment, is_rst=False)
    assert markup.write('Tibio, <g id="1">no</g>') == f"{marker}Tibio, *no*"


@pytest.mark.parametrize("text", ["{-}", "[ ]", "{-}word", "{x} word"])
def test_what_is_alone_or_no_marker_is_text(text):
    flat = flatten(nodes.paragraph("", text))
    assert flat is None or flat.segment.source == text
