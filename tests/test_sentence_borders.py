"""Where sentences end: the one rule that aligning, reuse and engines share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sphinx_amts.text.hollow import hollow
from sphinx_amts.text.sentences import split_sentences
from sphinx_amts.text.tagged import Context, TaggedText, context_of

pytestmark = pytest.mark.newest


@pytest.mark.parametrize(
    "parts",
    [
        ["It boils.", "Pour it now."],
        ["It boils, e.g. at 99.5 degrees, cf. Fig. 3."],
        ["It boils (does it? Yes. It does) at noon.", "Wait."],
        ["(It boils. Wait.)", "Pour it."],
        ['She said "Pour. Now."', "Then she left."],
        ['Run <x id="1"/>.', '<x id="2"/> is slow.'],
        ['<g id="1">It boils.</g>', "Wait."],
        ['<g id="1">It boils. Wait.</g>', "Now"],
        ["1. The first step"],
        ["¿Hierve?", "¡Espere!", "Ya está."],
        ["Кипит.", "Ждите."],
        ["Is it hot? yes, it is.", "Good."],
    ],
)
def test_scripts_with_blanks(parts):
    assert split_sentences(" ".join(parts)) == parts


@pytest.mark.parametrize(
    "parts",
    [
        ["水开了。", "请等一下！"],
        ["水（开了吗？）很热。", "请等。"],
        ["“快来！”她说。", "然后走了。"],
        ["她说：“好。”", "然后走了。"],
        ["（水开了吗？）", "请等。"],
        ["先放水；再放茶。"],
        ['看<x id="1"/>。', '<x id="2"/>很慢。'],
        ['<g id="1">水开了。</g>', "请等。"],
        ["お湯が沸きました。", "待ってください。"],
    ],
)
def test_scripts_without_blanks(parts):
    assert split_sentences("".join(parts)) == parts


@given(st.text(alphabet='Ab .!?()"。！（）“”1'))
def test_nothing_is_lost(text):
    joined = "".join("".join(split_sentences(text)).split())
    assert joined == "".join(text.split())


def test_each_sentence_stands_after_the_one_before():
    source = 'Run <x id="1"/>. Wait a <g id="2">bit</g>. Then go.'
    text = TaggedText(source, {1: "make"}, Context("Lamps", "Some text."))
    parts = split_sentences(text)
    assert parts == split_sentences(source)
    assert list(map(context_of, parts)) == [
        Context("Lamps", "Some text."),
        Context("Lamps", "Run make."),
        Context("Lamps", "Wait a bit."),
    ]
    assert {context_of(each) for each in hollow(text).sources()} == {text.context}
    assert {type(part) for part in split_sentences(source)} == {str}
