"""A target in markup is its characters, whatever they are, for whoever reads markup.

The parsers are the real ones, docutils' and MyST-Parser's, and read a message as Sphinx
does: alone, or as the title over a line of ``=``, of which it takes the first node.
"""

from __future__ import annotations

import io
from functools import cache

import pytest
from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Parser as RstParser
from docutils.utils import new_document
from hypothesis import assume, given
from hypothesis import strategies as st

from sphinx_amts.book.markup import Markup
from sphinx_amts.errors import TagError
from sphinx_amts.text.segment import InlineTag, Placeholder, Segment
from sphinx_amts.text.tagged import escape

EXTENSIONS = (
    *("amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist"),
    *("dollarmath", "fieldlist", "gfm_autolink", "linkify", "strikethrough"),
    *("substitution", "tasklist"),
)
WORDS = [
    "x",
    "Ab",
    "中文",
    "1",
    "i",
    " ",
    "  ",
    "::",
    ":",
    "raw",
    "https",
    "www",
    "a.b",
]
SIGNS = [*"-+*#=>%|~^_`$&@!?\\/.,;\"'()[]{}", "..", "__", "//", "```", "evil.com", "--"]


@cache
def extensions():
    """Return those that this version of MyST-Parser has."""
    markdown_it = pytest.importorskip("markdown_it")
    config = pytest.importorskip("myst_parser.config.main").MdParserConfig
    found = set()
    for name in EXTENSIONS:
        try:
            config(enable_extensions={name})
        except ValueError:
            continue
        found.add(name)
    if "gfm_autolink" in found:
        found.remove("gfm_autolink")  # the same as `linkify`, for less
    elif markdown_it.__version__ < "3":
        found.remove("linkify")  # nothing keeps it from an address, no backslash either
    return found


def read(written, *, is_rst):
    if is_rst:
        parser = RstParser
    else:
        pytest.importorskip("linkify_it")
        parser = pytest.importorskip("myst_parser.parsers.docutils_").Parser
    settings = get_default_settings(parser)
    settings.report_level, settings.halt_level = 5, 6
    settings.warning_stream = io.StringIO()
    if not is_rst:
        settings.myst_enable_extensions = extensions()
        settings.myst_substitutions = {"x": "evil"}
    document = new_document("index.rst" if is_rst else "index.md", settings)
    parser().parse(written, document)
    return document


def assert_plain(written, text, *, is_rst):
    """Check that readers see these characters and nothing more."""
    found = read(written, is_rst=is_rst)[0]
    assert type(found) is nodes.paragraph, found.pformat()
    assert [type(each) for each in found.children] == [nodes.Text], found.pformat()
    assert found.astext() == text
    document = read(f"{written}\n{'=' * 2 * len(written)}", is_rst=is_rst)
    title = next(document.findall(nodes.title))
    assert document[0] in (title, title.parent)
    assert [type(each) for each in title.children] == [nodes.Text], title.pformat()
    assert title.astext() == text


def write(text, *, is_rst):
    markup = Markup.of(MESSAGE, Segment(escape(MESSAGE)), is_rst=is_rst)
    return markup.write(escape(text))


MESSAGE = "A > text > that > is < as long < as any."  # it may have brackets


@pytest.mark.parametrize("is_rst", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        *(".. raw:: html", ".. a comment", ":field: x", "- item", "1. one", "#. one"),
        *("(a) one", "A. Einstein", "--all", "/V", ">>> 1", "+---+", "=== ===", "----"),
        *("# head", "> quote", "% comment", "(place)=", "+++", ":::note", "~~~html"),
        *("[a]: https://evil.example", "[^1]: foot", "![x](https://evil.example/a)"),
        *("https://evil.example", "see www.evil.example", "a@evil.example", "evil.com"),
        *("[x](javascript:alert(1))", "{{ x }}", "$a$", "{raw}`x`", ":raw:`x`", "x_"),
        *("word__", "__init__", "[1]_", "|x|", "a::", "~~x~~", "a < b", "> a < b"),
        *("# noqa", "a #noqa", "\\end{align}"),
        *("a \\", "::", "a_b _ c_", "e.g. 10:30, see: this", "{#id .x}", "- [ ] do"),
    ],
)
def test_a_text_is_no_markup(text, is_rst):
    assert_plain(write(text, is_rst=is_rst), text, is_rst=is_rst)


@pytest.mark.parametrize("is_rst", [True, False])
@given(words=st.lists(st.sampled_from(WORDS + SIGNS), min_size=1, max_size=10))
def test_no_text_is_markup(words, is_rst):
    text = " ".join("".join(words).split())
    assume(any(map(str.isalpha, text)))
    try:
        written = write(text, is_rst=is_rst)
    except TagError:
        assume(False)  # it says so, and nothing is written
    assert_plain(written, text, is_rst=is_rst)


LINKED = Segment(
    'See <g id="1">the top</g>, <x id="2"/> and <g id="3">moss</g>.',
    (InlineTag(1, "reference"), Placeholder(2, "code"), InlineTag(3, "strong")),
)
FORMS = {
    True: "See `the top <https://ok.org/a>`__, ``bark`` and **moss**.",
    False: "See [the top](https://ok.org/a), `bark` and **moss**.",
}
TEXTS = st.lists(st.sampled_from(WORDS + SIGNS), max_size=4).map("".join)


def shown(is_rst, order, texts):
    """Return the target's characters, and what is read of it as it is written."""
    inner = [" ".join(text.split()) or "w" for text in texts[4:]]
    tags = {
        1: f'<g id="1">{escape(inner[0])}</g>',
        2: '<x id="2"/>',
        3: f'<g id="3">{escape(inner[1])}</g>',
    }
    words = {1: inner[0], 2: "bark", 3: inner[1]}
    target, text = escape(texts[0]), texts[0]
    for number, after in zip(order, texts[1:4], strict=True):
        target += tags[number] + escape(after)
        text += words[number] + after
    markup = Markup.of(FORMS[is_rst], LINKED, is_rst=is_rst)
    try:
        written = markup.write(target)
    except TagError:
        assume(False)
    return " ".join(text.split()), read(written, is_rst=is_rst)


@given(st.permutations([1, 2, 3]), st.lists(TEXTS, min_size=6, max_size=6))
def test_in_rst_a_text_beside_markup_is_itself(order, texts):
    text, document = shown(True, order, texts)
    (found,) = [each for each in document if not isinstance(each, nodes.system_message)]
    assert type(found) is nodes.paragraph, found.pformat()
    assert " ".join(found.astext().split()) == text
    kinds = {type(each) for each in found.findall()} - {nodes.Text, nodes.paragraph}
    assert kinds == {nodes.reference, nodes.literal, nodes.strong}, found.pformat()


@given(st.permutations([1, 2, 3]), st.lists(TEXTS, min_size=6, max_size=6))
def test_in_myst_a_text_beside_markup_adds_none(order, texts):
    _text, document = shown(False, order, texts)
    (found,) = document
    assert type(found) is nodes.paragraph, found.pformat()
    kinds = {type(each) for each in found.findall()} - {nodes.Text, nodes.paragraph}
    assert kinds <= {nodes.reference, nodes.literal, nodes.strong}, found.pformat()
    links = [each["refuri"] for each in found.findall(nodes.reference)]
    assert links in (["https://ok.org/a"], []), found.pformat()
