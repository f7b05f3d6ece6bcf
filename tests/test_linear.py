"""Work on what others wrote takes time in proportion to its length, whatever it is.

Each case is one kind of input that patterns or loops may choke on: long paragraphs
without full stops, runs of every sign of markup, many tags, lists in lists, wide
tables. Its size is doubled three times (see `growth`).
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from growth import growth, is_linear

from sphinx_amts.book.markup import Markup
from sphinx_amts.engines.amazon.html import Page
from sphinx_amts.engines.contract import Limits
from sphinx_amts.engines.llm.answer import read_answer
from sphinx_amts.engines.llm.doubts import doubts
from sphinx_amts.engines.llm.stream import Draft
from sphinx_amts.engines.local.sentences import Sentences
from sphinx_amts.engines.packing import Attempt, pack
from sphinx_amts.errors import AmtsError
from sphinx_amts.formats import tables, tmx
from sphinx_amts.hosts.host import read_markup
from sphinx_amts.memory.compose import cut, put_together
from sphinx_amts.memory.normal import fit, normal_form
from sphinx_amts.memory.people import People
from sphinx_amts.memory.retrieval import Phrasebook, Retrieval
from sphinx_amts.memory.unit import TranslationUnit
from sphinx_amts.parallel_data.words import words_of
from sphinx_amts.readers import d2l, notebooks, plain, segments
from sphinx_amts.readers.catalogs import read_catalog
from sphinx_amts.text.check import check
from sphinx_amts.text.faithful import faithful
from sphinx_amts.text.hollow import apart, hollow
from sphinx_amts.text.languages import Language, LanguagePair
from sphinx_amts.text.markup import may_be_markup
from sphinx_amts.text.segment import InlineTag, Placeholder, Segment
from sphinx_amts.text.sentences import join_sentences, split_sentences
from sphinx_amts.text.tagged import (
    collapse,
    count_words,
    give_ids,
    parse,
    renumber,
    tag_ids,
)
from sphinx_amts.text.terms import RequiredTerms

pytestmark = pytest.mark.growth

PAIR = LanguagePair("en", "es")
SIGNS = [*"*_`~^$|\\#>-+=:.!?()[]{}<>&\"'/@%;,", "\u201c", "\uff08", "\u3002"]


def refusing(work):
    """Do work on what may be refused."""

    def done(made):
        try:
            return work(made)
        except (AmtsError, ValueError):
            return None

    return done


def spans(n: int, between: str = " ") -> str:
    return between.join(f'<g id="{i}">w{i}</g>' for i in range(1, n + 1))


def places(n: int, between: str = " a ") -> str:
    return between.join(f'<x id="{i}"/>' for i in range(1, n + 1))


def deep(n: int) -> str:
    """Return many inline tags, as deep inside each other as they may be."""
    blocks = []
    for start in range(0, n, 50):
        ids = range(start + 1, start + 51)
        blocks.append("".join(f'<g id="{i}">a ' for i in ids) + "</g>" * 50)
    return " ".join(blocks)


# --- Texts ----------------------------------------------------------------------------

PLAIN = {
    "sentences": "This is one. ",
    "abbreviations": "e.g. a ",
    "stops in lower case": "a. b ",
    "numbers": "1. a ",
    "brackets": "(a. B) ",
    "full-width": "\u4f60\u597d\u3002",
    "full-width in brackets": "\uff08\u4f60\u597d\u3002\uff09",
    "unclosed brackets": "( a. B ",
    "closing brackets": ") a. B ",
    "quotes": '"a. B" ',
    "stops": ".",
    "stops and blanks": ". ",
    "stops and brackets": ".)",
    "a long word": "a",
    "letters and stops": "A.",
    "blanks": " ",
    "line ends": "\n \t",
    "no-break spaces": "a\u00a0",
    "entities": "&amp;amp; ",
    "brackets of elements": "&lt;a ",
    "ends of elements": "&lt;/",
    "unseen": "a\u200b",
    "directions": "\u05d0\u2067\u2069",
    "apostrophes": "a'",
    "paths": "a/b_c::d://",
    **{
        f"runs of {sign}": sign.replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("&", "&amp;", sign == "&")
        for sign in SIGNS
    },
}
TAGGED = {
    "spans": spans,
    "spans apart": lambda n: spans(n, ". "),
    "spans together": lambda n: spans(n, ""),
    "places": places,
    "places in sentences": lambda n: places(n, ". A "),
    "places in abbreviations": lambda n: places(n, " e.g. "),
    "places together": lambda n: places(n, ""),
    "deep": deep,
    "stops in a span": lambda n: '<g id="1">' + "A b. C d. " * n + "</g>",
    "ends of spans": lambda n: "." + "</g>" * n,
    "starts of spans": lambda n: '<g id="1">' * n,
}
TEXTS = {
    **{name: (lambda n, text=text: text * n) for name, text in PLAIN.items()},
    **TAGGED,
}
TERMS = RequiredTerms({"tree": "\u00e1rbol", "oak tree": "roble"}, "en")


def on_text(text: str) -> None:
    """Do all that is done with one text."""
    split_sentences(text)
    collapse(text)
    may_be_markup(text)
    parse(text)
    count_words(text)
    renumber(text, text)
    give_ids(text, {number: number for number in tag_ids(text)})
    hollow(text).fill({})
    list(hollow(text).sources())
    normal_form(text)
    TERMS.missed(text, text)
    words_of(text)


@pytest.mark.parametrize("name", TEXTS)
def test_texts(name):
    holds(refusing(on_text), TEXTS[name])


@pytest.mark.parametrize("name", TEXTS)
def test_checks(name):
    def work(text):
        for target in (text, text + "a", text.replace("<", "&lt;"), "b"):
            refusing(lambda target: check(text, target))(target)
        refusing(lambda target: check("a", target))(text)

    holds(work, TEXTS[name])


def holds(work, make, start=16):
    sizes, times = growth(work, make, start)
    assert is_linear(times), list(zip(sizes, times, strict=True))


def test_growth_is_seen():
    """What is wrong is found, and what is right is not."""
    square = growth(lambda n: [each in range(n, 2 * n, 3) for each in [b""] * n], int)
    assert not is_linear(square[1])
    assert is_linear(growth(lambda n: sum(range(n)), int)[1])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("part", ["A b.", "\u597d\u3002", "a", ".)", '"'])
def test_joining(part, language):
    holds(lambda parts: join_sentences(parts, language), lambda n: [part] * n)


@pytest.mark.parametrize("part", ["-a", "_", "a", ".a-", "@a", "zh-"])
def test_codes_of_languages(part):
    holds(refusing(Language.parse), lambda n: "zh" + part * n + "!")


# --- The memory -----------------------------------------------------------------------


def segment_of(text: str) -> Segment:
    pieces = renumber(text)[0]
    kinds = (
        [
            InlineTag(number, "strong")
            if f'<g id="{number}">' in text
            else Placeholder(number, "code")
            for number in sorted(tag_ids(text))
        ]
        if "<" in text
        else []
    )
    return Segment(pieces, tuple(kinds))


def with_tags(text: str, n: int) -> Segment:
    return Segment(text, tuple(InlineTag(i, "strong") for i in range(1, n + 1)))


def test_emphasis_is_put_back():
    def make(n):
        return " ".join(f"w{i}" for i in range(n)), with_tags(spans(n), n)

    def work(made):
        text, segment = made
        fit(segment.source, segment.source, segment)
        refusing(lambda _: fit(text, text, segment))(None)

    holds(work, make)


def test_spans_are_found_again():
    def make(n):
        ids = range(1, n + 1)
        return with_tags(" ".join(f'<g id="{i}">w</g>' for i in ids), n)

    holds(lambda s: fit(s.source, s.source, s), make)


@pytest.mark.parametrize(
    "units",
    [
        lambda n: [("A b. " * n, "A b. " * n)],
        lambda n: [("A b. " * 3, "A b. " * 3)] * n,
        lambda n: [("A b. " * k, "A b. " * k) for k in range(1, 30)] + [("A", "A")] * n,
        lambda n: [(f"A {k}. " + "B. " * 9, "A. " * 10) for k in range(n)],
    ],
)
def test_people(units):
    def make(n):
        made = [TranslationUnit(*map(str.strip, each)) for each in units(n)]
        return made, Segment("A b. " * n + "C.")

    def work(made):
        units, segment = made
        people = People.of(units)
        people.find(segment)
        parts = cut(segment, people, "en")
        people.knows_any(["a"])
        if parts:
            matches = [part.match or people.find(segment) for part in parts]
            if all(matches):
                put_together(segment, parts, matches, "es")

    holds(work, make)


def test_what_is_alike():
    def make(n):
        return [(f"The tree number {k} has many leaves.", "a") for k in range(n)]

    def work(pairs):
        Retrieval(pairs, "en").find(pairs[0][0], 5)
        Phrasebook.of(pairs).choose(pairs[0][0], 1000, 5)

    holds(work, make)
    holds(work, lambda n: [("The tree number one has leaves. " * n, "a")])


def test_the_nearest_unit():
    def make(n):
        units = [TranslationUnit(f"tree {k} leaf", "a") for k in range(n)]
        return units, "tree 5 leaf " * n

    def work(made):
        units, text = made
        People.of(units).similar(text)

    holds(work, make)


# --- Files ----------------------------------------------------------------------------


def unit(seg: str, other: str = "y") -> str:
    return (
        f'<tu><tuv xml:lang="en"><seg>{seg}</seg></tuv>'
        f'<tuv xml:lang="es"><seg>{other}</seg></tuv></tu>'
    )


TMX = {
    "units": lambda n: unit("a") * n,
    "text": lambda n: unit("e.g. a " * n),
    "placeholders": lambda n: unit("<ph/>a" * n),
    "starts": lambda n: unit("".join(f'<bpt i="{i}"/>' for i in range(n))),
    "ends": lambda n: unit('<bpt i="1"/>' * 60 + '<ept i="2"/>' * n),
    "pairs": lambda n: unit(
        "".join(f'<bpt i="{i}"/>a<ept i="{i}"/>' for i in range(n))
    ),
    "highlights": lambda n: unit("<hi><hi><hi>a</hi></hi></hi>" * n),
    "properties": lambda n: "<tu>" + '<prop type="p">v</prop>' * n + unit("a")[4:],
    "kinds of properties": lambda n: (
        "<tu>"
        + "".join(f'<prop type="p{i}">v</prop>' for i in range(n))
        + unit("a")[4:]
    ),
    "merged units": lambda n: "<tu>" + unit("a")[4:-5] * n + "</tu>",
    "merged units with properties": lambda n: (
        "<tu>"
        + "".join(f'<prop type="p{i % 9}">v</prop>' + unit("a")[4:-5] for i in range(n))
        + "</tu>"
    ),
    "languages": lambda n: (
        "<tu>"
        + "".join(
            f'<tuv xml:lang="x-{i}"><seg>a<ph x="{i + 1}" type="c"/></seg></tuv>'
            for i in range(n)
        )
        + "</tu>"
    ),
    "notes": lambda n: "<tu>" + "<note>a</note>" * n + "</tu>",
    "a long attribute": lambda n: f'<tu a="{"a" * n}"/>',
    "attributes": lambda n: "<tu " + "".join(f'a{i}="" ' for i in range(n)) + "/>",
    "a comment": lambda n: f"<!--{'- ' * n}-->",
    "elements in elements": lambda n: "<a>" * n,
}


@pytest.mark.parametrize("name", TMX)
def test_memory_files(tmp_path, name):
    def make(n):
        path = tmp_path / f"{n}.tmx"
        head = '<tmx version="1.4"><header srclang="en"/><body>'
        path.write_text(f"{head}{TMX[name](n)}</body></tmx>", encoding="utf-8")
        return path

    def work(path):
        entries = [each for each in tmx.load(path) if "en" in each.texts]
        for entry in entries:
            for text in entry.texts.values():
                parse(text)
        tmx.dump(entries, path.with_suffix(".out"), source_language="en")

    holds(refusing(work), make)


@pytest.mark.parametrize(
    "row",
    [
        "a,b\n",
        '"a ""b"" c",d\n',
        '"' + "a\n" * 20 + '",b\n',
        "a,b,c\n",
        "\n",
        '"',
        '<x id=""1""/>,',
    ],
)
def test_tables(tmp_path, row):
    def make(n):
        path = tmp_path / f"{n}.csv"
        path.write_text("en,es\n" + row * n, encoding="utf-8")
        return path

    holds(refusing(lambda path: list(tables.load_units(path))), make)


def test_wide_tables(tmp_path):
    def make(n):
        path = tmp_path / f"{n}.csv"
        path.write_text(",".join(["en"] * n) + "\n", encoding="utf-8")
        return path

    holds(refusing(lambda path: list(tables.load_units(path))), make)


# --- Readers --------------------------------------------------------------------------

D2L = {
    "tabs": ":begin_tab:`mxnet`\na\n:end_tab:\n",
    "tabs that do not end": ":begin_tab:`mxnet`\na\n",
    "ends of tabs": ":end_tab:\n",
    "fences": "```{.python .input}\na\n```\n",
    "fences that do not end": "````\n```\n",
    "one fence": "```\na",
    "runs of ticks": "`",
    "slides": "[~~a~~] (~~b~~)",
    "slides that do not end": "[~~a",
    "other slides that do not end": "(~~a",
    "marks": "[**a**] (**b**)",
    "formulas": "$$a$$\n",
    "formulas in lines": "$$a$$ b\n",
    "formulas that do not end": "$$a b\n",
    "dollars": "$",
    "roles": ":numref:`a` ",
    "names of roles": "+:a",
    "roles that do not end": ":a:`",
    "marks of lines": ":label:`a`\n",
    "blanks": " ",
    "blanks in lines": "$$a$$" + " " * 50 + "b\n",
    "discussions": "[Discussions](a)\n",
}


@pytest.mark.parametrize("name", D2L)
def test_the_dialect_of_d2l(name):
    holds(d2l.to_myst, lambda n: ":label:`a`\n" + D2L[name] * n)


@pytest.mark.parametrize("text", ["a\n", "a\n\n", "\n", "\n \t", "\r\n", "\n\r"])
def test_plain_text(text):
    holds(plain.read_plain, lambda n: "a" + text * n)


MARKUP = {
    "rst": {
        "paragraphs": "One *two* ``three``.\n\n",
        "a paragraph": "one two three\n",
        "sentences": "One two. Three.\n",
        "bold words": "**one** *two*\n",
        "literals": "``one`` `two`\n",
        "roles": ":doc:`one` :ref:`a <b>`\n",
        "references": "one_ `two`_ three__ [1]_ |four|\n",
        "lists": "* one\n* two\n",
        "definitions": "one\n   two\n",
        "field lists": ":one: two\n",
        "targets": ".. _a{n}: b\n",
        "footnotes": ".. [#] one\n",
        "substitutions": ".. |a{n}| replace:: b\n",
        "directives": ".. note:: one\n\n",
        "guesses": ".. unheard:: one\n   :a: b\n\n",
        "sections": "one\n===\n\n",
        "lines": "| one\n",
        "literal blocks": "::\n\n   one\n\n",
        "table rows": "=== ===\n",
        "wide tables": None,
        **{f"runs of {sign}": sign * 60 + "\n" for sign in SIGNS},
        **{
            f"open {sign}": f"a {sign}b\n"
            for sign in ("*", "**", "``", "`", "|", "_`", ":a:`", "[")
        },
        **{
            f"closed {sign}": f"a{sign} b\n"
            for sign in ("*", "**", "``", "`", "|", "_", "__", "]_")
        },
    },
    "myst": {
        "paragraphs": "One *two* `three`.\n\n",
        "a paragraph": "one two three\n",
        "bold words": "**one** *two*&nbsp;\n",
        "literals": "`one` ``two``\n",
        "roles": "{doc}`one` {ref}`a <b>`\n",
        "links": "[one](two) [one][two] <https://a.b> ![a](b)\n",
        "definitions of links": "[a{n}]: b\n",
        "footnotes": "[^a{n}]: b\n\n",
        "uses of footnotes": "[^a]\n",
        "lists": "* one\n* two\n",
        "quotes": "> one\n",
        "headings": "# one\n",
        "fences": "```python\none\n```\n",
        "directives": "```{{note}}\none\n```\n",
        "guesses": ":::{{unheard}} one\n:a: b\n:::\n",
        "formulas": "$a$ $$b$$\n",
        "html": "<b>one</b> <!-- a -->\n",
        "html blocks": "<div>\none\n</div>\n\n",
        "table rows": "| one | two |\n",
        "entities": "&amp;&nbsp;&#x1;\n",
        "comments": "% one\n",
        "targets": "(a{n})=\n",
        "breaks": "+++\n",
        **{f"runs of {sign}": sign * 60 + "\n" for sign in SIGNS},
        **{
            f"open {sign}": f"a {sign}b\n"
            for sign in (
                "*",
                "**",
                "`",
                "``",
                "[",
                "![",
                "[^",
                "<",
                "<!--",
                "$",
                "$$",
                "~~",
                "{{a}}`",
                "&",
            )
        },
        **{
            f"closed {sign}": f"a{sign} b\n"
            for sign in ("*", "**", "`", "]", "](", "](b", ">", "$", "~~")
        },
    },
}


@pytest.mark.parametrize(
    ("language", "name"), [(each, name) for each in MARKUP for name in MARKUP[each]]
)
def test_markup(language, name):
    line = MARKUP[language][name]

    def make(n):
        if line is None:
            return f"{'== ' * n}\n{'aa ' * n}\n{'== ' * n}\n"
        if "{n}" in line:
            return "".join(line.replace("{n}", str(i)) for i in range(n))
        return line.replace("{{", "{").replace("}}", "}") * n

    if language == "myst":
        pytest.importorskip("myst_parser")
    path = Path("a")
    holds(refusing(lambda text: read_markup(text, language == "myst", path)), make, 4)


# --- Other readers --------------------------------------------------------------------


def test_notebooks():
    pytest.importorskip("nbformat")

    def make(n):
        cells = [
            {"cell_type": "markdown", "metadata": {}, "source": "a " * n},
            {"cell_type": "code", "metadata": {}, "source": "`" * n, "outputs": []},
        ]
        return {
            "cells": cells + [{**cells[0], "source": "b"}] * n,
            "metadata": {},
            "nbformat": 4,
        }

    path = Path("a.ipynb")
    holds(
        refusing(lambda text: notebooks.to_myst(text, path)),
        lambda n: json.dumps(make(n)),
    )


def test_files_of_segments(tmp_path):
    line = json.dumps({"document": "a", "kind": "text", "text": "A b. c"})

    def make(n):
        path = tmp_path / f"{n}.jsonl"
        path.write_text(f"{line}\n" * n + json.dumps({"a": "b" * n}))
        return path

    holds(refusing(segments.load), make)


@pytest.mark.parametrize(
    "entry",
    [
        'msgid "a{n}"\nmsgstr "b"\n\n',
        'msgid "a{n} *b*"\nmsgstr "c *d*"\n\n',
        '#: a.rst:1\n#, fuzzy\n#. c\n#| msgid "d"\nmsgid "a{n}"\nmsgstr "b"\n\n',
        '"a"\n',
        '#~ msgid "a{n}"\n#~ msgstr "b"\n',
    ],
)
def test_catalogs(tmp_path, entry):
    def make(n):
        path = tmp_path / f"{n}.po"
        entries = "".join(entry.replace("{n}", str(number)) for number in range(n))
        path.write_text(f'msgid ""\nmsgstr ""\n{entries}', encoding="utf-8")
        return path

    holds(refusing(lambda path: list(read_catalog(path, read_markup, []))), make)


# --- Engines --------------------------------------------------------------------------


def test_pages_for_the_service():
    def make(n):
        texts = [*TEXTS["spans"](n).split(" "), places(n), "a &amp; b"]
        page = Page.of(texts)
        return texts, page.html + "<!-- a -->" + "<b>" * n + "</p>" * n + "<" * n

    def work(made):
        texts, answer = made
        Page.of(texts).read(answer)

    holds(work, make)


ANSWERS = {
    "texts": lambda n: json.dumps({str(i): "a b" for i in range(1, n)}),
    "half of the texts": lambda n: json.dumps({str(i): "a" for i in range(1, n)})[:-9],
    "blanks": lambda n: " " * n,
    "thoughts": lambda n: "<think>" * n,
    "braces": lambda n: "{" * n,
    "lists": lambda n: "[" * n,
    "a string that does not end": lambda n: '{"1": "' + "a\\\\" * n,
    "numbers": lambda n: "9" * n,
    "beginnings": lambda n: '{"1":' * n,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_of_models(name):
    holds(refusing(lambda text: read_answer(text, 1 << 30)), ANSWERS[name])


def test_events_of_models():
    event = b'data: {"choices": [{"delta": {"content": "a b"}}]}\n\n'

    def make(n):
        return [event[:20], event[20:]] * n + [b"a"] * n

    holds(lambda chunks: list(Draft().take_events(chunks)), make)


@pytest.mark.parametrize("part", ["a b ", "a", "ab. ", "\u597d", "I'm sorry "])
def test_doubts(part):
    holds(lambda text: doubts(text, text, PAIR), lambda n: part * n)


@pytest.mark.parametrize("name", TEXTS)
def test_sentences_for_the_models(name):
    def work(text):
        Sentences(lambda text: text, PAIR, Counter()).segment(text)

    holds(refusing(work), TEXTS[name], 256)


MESSAGES = {
    "bold words": ("**w{i}** ", '<g id="{i}">w{i}</g> '),
    "bold words and entities": ("**w{i}**&nbsp;", '<g id="{i}">w{i}</g>\xa0'),
    "links": ("[w{i}](u) ", '<g id="{i}">w{i}</g> '),
    "code": ("`w{i}` ", '<x id="{i}"/> '),
    "code side by side": ("`w{i}`", '<x id="{i}"/>'),
    "roles": ("{{a}}`w{i}`", '<x id="{i}"/>'),
    "what is no markup": ("w{i} ", '<g id="{i}">w{i}</g> '),
    **{
        f"runs of {sign}": (sign.replace("{", "{{").replace("}", "}}"), "a ")
        for sign in SIGNS
    },
    **{
        f"words and {sign}": (
            f"a {sign}".replace("{", "{{").replace("}", "}}"),
            '<g id="{i}">a</g> ',
        )
        for sign in ("*", "`", "[", "<", "(", "{", "|", "$", "_")
    },
}


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("is_rst", [True, False])
def test_messages_of_catalogs(name, is_rst):
    written, tagged = MESSAGES[name]

    def make(n):
        numbers = range(1, n + 1)
        text = "".join(tagged.format(i=i) for i in numbers).strip(" ")
        kind = "code" if "<x" in tagged else "strong"
        make_tag = Placeholder if "<x" in tagged else InlineTag
        tags = tuple(make_tag(i, kind) for i in numbers if "<" in tagged)
        return "".join(written.format(i=i) for i in numbers), Segment(text, tags)

    def work(made):
        message, segment = made
        found = Markup.of(message, segment, is_rst=is_rst)
        found.write(segment.source)

    holds(refusing(work), make)


@pytest.mark.parametrize("name", TEXTS)
def test_what_engines_answer(name):
    def work(text):
        for language in ("pt", "zh-CN"):
            pair = LanguagePair("en", language)
            for one, other in ((text, "a"), ("a", text)):
                refusing(lambda pair, a=one, b=other: faithful(a, b, pair))(pair)
        list(apart(text).sources())

    holds(refusing(work), TEXTS[name])


@pytest.mark.parametrize("length", [1, 60, 101])
def test_requests_are_packed(length):
    limits = Limits(max_bytes=100, max_segments=50)

    def make(n):
        texts = ["a" * (length + i % 7) for i in range(n)]
        return [Attempt(Segment(text), (text,), dict) for text in texts]

    holds(lambda attempts: pack(attempts, limits), make)
