"""Raw HTML in a sentence: a pair of tags is one inline tag, code in it stays whole."""

from __future__ import annotations

import re

import pytest
from docutils import nodes
from hypothesis import given
from hypothesis import strategies as st

from sphinx_amts.book.markup import Markup
from sphinx_amts.errors import TagError
from sphinx_amts.hosts.sphinx.html_pairs import Pair, has_order, pair_up
from sphinx_amts.hosts.sphinx.inline import flatten, rebuild


def paragraph(text: str) -> nodes.paragraph:
    """Return a paragraph with a raw node for each tag, as MyST-Parser makes one."""
    parts = re.split(r"(<[^>]*>)", text)
    made = [
        nodes.raw("", part, format="html") if part[:1] == "<" else nodes.Text(part)
        for part in parts
        if part
    ]
    return nodes.paragraph("", "", *made)


@pytest.mark.parametrize(
    ("written", "source", "kinds"),
    [
        ("a <b>bold</b> word", 'a <g id="1">bold</g> word', "strong"),
        ("a <i class='x'>thin</i> one", 'a <g id="1">thin</g> one', "emphasis"),
        ("see <a href='x'>it</a> now", 'see <g id="1">it</g> now', "reference"),
        ("a <font color=red>red</font> cup", 'a <g id="1">red</g> cup', "inline"),
        ("H<sub>n</sub> is", 'H<g id="1">n</g> is', "subscript"),
        ("press <kbd>End</kbd> or", 'press <x id="1"/> or', "code"),
        ("run <code>make <b>all</b></code>!", 'run <x id="1"/>!', "code"),
        ("say <i lang='fr'>oui</i> then", 'say <x id="1"/> then', "emphasis"),
        ("of <span translate=no>Acme</span> x", 'of <x id="1"/> x', "inline"),
        ("one<br>two <img src=x> three", 'one<x id="1"/>two <x id="2"/> three', "raw"),
        ("<b>all <i>of</i> it</b>", 'all <g id="1">of</g> it', "emphasis"),
        ("<b>one <i>two</b> three</i>", '<g id="1">one <x id="2"/>two</g>', "strong"),
    ],
)
def test_a_pair_is_one_tag(written, source, kinds):
    flat = flatten(paragraph(written))
    assert flat.segment.source.startswith(source)
    assert flat.segment.tags[0].kind == kinds


def test_it_is_put_back_around_the_target():
    node = paragraph("The <b>old <a href='x'>house</a></b> has <kbd>End</kbd>.")
    target = '<x id="3"/>: <g id="1"><g id="2">casa</g> velha</g>.'
    rebuild(flatten(node), target)
    assert node.astext() == "<kbd>End</kbd>: <b><a href='x'>casa</a> velha</b>."
    assert all(child.parent is node for child in node.children)


def test_a_tag_that_is_no_pair_is_not_closed_before_it_is_opened():
    node = paragraph("One <b>two <i>three</b> four</i> five.")
    flat = flatten(node)
    assert flat.segment.source.count("<x ") == 2
    before = node.astext()
    with pytest.raises(TagError, match="closed before it is opened"):
        rebuild(flat, 'Um. <x id="3"/><g id="1">dois <x id="2"/> quatro</g>.')
    assert node.astext() == before


@given(st.lists(st.sampled_from(["<b>", "</b>", "<i>", "</i>", "<br>", "w"])))
def test_pairs_lose_nothing_and_are_well_nested(parts):
    node = paragraph("".join(parts))
    paired = pair_up(node.children)
    spread = [
        each
        for child in paired
        for each in (child.expanded() if isinstance(child, Pair) else [child])
    ]
    assert [id(each) for each in spread] == [id(each) for each in node.children]
    assert has_order(node.children, node.children)
    source = flatten(node)
    if source is not None:
        before = node.astext()
        rebuild(source, source.segment.source)
        assert node.astext() == before


FILES = {
    "conf.py": """\
extensions = ["myst_parser", "sphinx_amts"]
myst_enable_extensions = ["strikethrough"]
suppress_warnings = ["myst.strikethrough"]
amts_html_notice = False
""",
    "index.md": """\
# Home

Press <kbd>End</kbd> for <b>bold tea</b> and ~~cold~~ water.

```{toctree}
other
```
""",
    "other.rst": r"""
Other
=====

.. role:: html(raw)
   :format: html

The :html:`<u>`\ warm cup\ :html:`</u>` of
:html:`<code>`\ tea pot\ :html:`</code>` is here.
""",
}


def test_pages_of_both_kinds(write_book):
    pytest.importorskip("myst_parser")
    book = write_book(FILES)
    built = book.build(language="es")
    home = built.read("index.html")
    assert "<kbd>End</kbd>" in home
    assert "<b>böļð ţéå</b>" in home
    assert "<s>çöļð</s>" in home
    other = built.read("other.html")
    assert "ŵåřm çûp" in other
    assert "tea pot" in other
    plain = book.build(language="es", engine="identity").read("index.html")
    assert "<kbd>End</kbd> for <b>bold tea</b> and <s>cold</s> water." in plain


@pytest.mark.parametrize(
    ("message", "target", "expected"),
    [
        ("A <b>hot</b> cup", 'Taza <g id="1">caliente</g>', "Taza <b>caliente</b>"),
        ("Press <kbd>End</kbd> now", '<x id="1"/> ahora', "<kbd>End</kbd> ahora"),
        ("~~Cold~~ tea", 'Té <g id="1">frío</g>', "Té ~~frío~~"),
    ],
)
def test_a_notebook_and_a_catalog_write_it_as_it_was(message, target, expected):
    html = message.replace("~~Cold~~", "<s>Cold</s>")
    markup = Markup.of(message, flatten(paragraph(html)).segment, is_rst=False)
    assert markup.write(target) == expected
    assert markup.read(expected) == target
