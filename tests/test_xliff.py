"""XLIFF, out to the programs of translators and in again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sphinx_amts.errors import FileError
from sphinx_amts.formats import xliff
from sphinx_amts.formats.tmx import Entry, dump
from sphinx_amts.formats.xliff import VERSIONS, Item, State
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.tagged import TaggedText, equivalents_of, escape

pytestmark = pytest.mark.newest
pytest.importorskip("translate", reason="needs the Translate Toolkit")

PAIR = LanguagePair("en", "pt")
TEXT = TaggedText(
    'Run <x id="1"/> &amp; <g id="2">wait <g id="3">now</g></g>.', {1: "make"}
)
ITEM = Item(
    "a1b2",
    "guide/index",
    TEXT,
    'Corra <g id="2">e <g id="3">espere</g></g> <x id="1"/>.',
    {1: "code", 2: "strong", 3: "emphasis"},
    State.TRANSLATED,
    ("index.rst:4", "doubt: 0.40"),
)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def same(one: Item, other: Item) -> bool:
    """Compare two but for the line."""
    return values(one) == values(other)


def values(item: Item) -> dict[str, object]:
    return {**vars(item), "line": 0, "notes": [*item.notes]}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_unit_comes_back(tmp_path, version):
    path = tmp_path / "book.xlf"
    bare = Item("c3", "other", "Fish &lt;b&gt;", state=State.INITIAL)
    assert xliff.dump([ITEM, bare], path, PAIR, version) == 2
    first, second = xliff.load(path)
    assert same(first, ITEM)
    assert equivalents_of(first.source) == {1: "make"}
    assert same(second, bare)
    text = path.read_text(encoding="utf-8")
    assert f'version="{version}"' in text


words = st.text(
    st.characters(
        blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"
    ),
    min_size=1,
    max_size=9,
).map(escape)
texts = st.recursive(
    words | st.just("<x/>"),
    lambda inner: (
        st.lists(inner, max_size=3).map("".join)
        | inner.map(lambda text: f"<g>{text}</g>")
    ),
    max_leaves=6,
)


def numbered(text: str) -> str:
    parts, count = [], 0
    for part in text.replace("<g>", "\0<g>").replace("<x/>", "\0<x/>").split("\0"):
        if part.startswith("<"):
            count += 1
            part = part.replace("<g>", f'<g id="{count}">', 1)
            part = part.replace("<x/>", f'<x id="{count}"/>', 1)
        parts.append(part)
    return "".join(parts)


@pytest.mark.parametrize("version", VERSIONS)
@given(st.lists(texts.map(numbered), max_size=4), st.sampled_from(State))
@settings(max_examples=25, derandomize=True, deadline=None)
def test_random_books_come_back(tmp_path_factory, version, sources, state):
    path = tmp_path_factory.mktemp("book") / "book.xlf"
    items = [
        Item(f"k{n}", f"d{n % 2}", text, text, {}, state)
        for n, text in enumerate(sources)
    ]
    xliff.dump(items, path, PAIR, version)
    found = {each.id: each for each in xliff.load(path)}
    assert {
        key: (each.source, each.target, each.state) for key, each in found.items()
    } == {each.id: (each.source, each.target, state) for each in items}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no XLIFF file"),
        ("<xliff", "is no XLIFF file"),
        ("<!DOCTYPE xliff [<!ENTITY a 'b'>]><xliff/>", "declares a document type"),
        ("\x00", "is no XLIFF file"),
    ],
)
def test_what_is_no_file_is_refused(tmp_path, text, reason):
    path = write(tmp_path / "x.xlf", text)
    with pytest.raises(FileError, match=reason):
        list(xliff.load(path))


HEAD = (
    '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">'
    '<file original="a" source-language="en" target-language="pt"><body>'
)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ('<ph id="x">a</ph>', "an inline element with the id 'x'"),
        ('<bpt id="1">a</bpt>', "<bpt> is none of the tags"),
        ("<g id='1'>" * 60 + "a" + "</g>" * 60, "more than 50 inline elements"),
    ],
)
def test_what_a_unit_should_not_have_is_told_by_line(tmp_path, source, reason):
    unit = f'<trans-unit id="k"><source>{source}</source></trans-unit>'
    good = '<trans-unit id="m"><source>b</source><target>c</target></trans-unit>'
    tail = "</body></file></xliff>"
    path = write(tmp_path / "x.xlf", f"{HEAD}\n{unit}\n{good}{tail}")
    wrong, right = xliff.load(path)
    assert isinstance(wrong, FileError)
    assert (wrong.line, reason in wrong.reason) == (2, True)
    assert right.target == "c"


def test_marks_of_programs_are_text(tmp_path):
    target = '<mrk mtype="seg" mid="0">Um <mrk mtype="term">dois</mrk></mrk>'
    unit = f'<trans-unit id="k" approved="yes"><source>a</source><target>{target}'
    path = write(
        tmp_path / "x.xlf", f"{HEAD}{unit}</target></trans-unit></body></file></xliff>"
    )
    (item,) = xliff.load(path)
    assert (item.target, item.state) == ("Um dois", State.REVIEWED)


# Books

RST = """\
Boats *and* lamps
=================

Take the `map <https://example.org/map>`__ and ``row``, then **wait** for us.

A harbour is near.

.. toctree::

   lamps
"""
CONF = """\
extensions = ["sphinx_amts"]
amts_engine = "pseudo"
amts_memory_files = ["people.tmx"]
"""


@pytest.fixture
def boats(write_book):
    book = write_book(
        {
            "conf.py": CONF,
            "index.rst": RST,
            "lamps.rst": "Lamps\n=====\n\nA lamp is bright.\n",
        }
    )
    known = [Entry({"en": "Lamps", "es": "Farolas"})]
    dump(known, book.source / "people.tmx", source_language="en")
    book.build(language="es", engine=None)
    return book


def export(book, *words):
    options = ["--format", "xliff", "--json", *words]
    done = book.amts("export", ".", "-l", "es", "-o", "book.xlf", *options)
    return json.loads(done.stdout)


@pytest.mark.sphinx
@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_translator_saves_is_people_s(boats, version):
    found = export(boats, "--xliff-version", version)
    assert (found["segments"], found["written"]) == (5, 5)
    path = boats.source / "book.xlf"
    items = {each.source: each for each in xliff.load(path)}
    lamps = items["Lamps"]
    assert (lamps.document, lamps.target, lamps.state) == (
        "lamps",
        "Farolas",
        State.FINAL,
    )
    near = items["A harbour is near."]
    assert near.state is State.TRANSLATED
    assert any(note.startswith("doubt: 0.") for note in near.notes)
    # As OmegaT saves: the target is another one, the state is as it was.
    (marked,) = (each for each in items.values() if each.source.startswith("Take"))
    spans = {"3": "espere", "1": "el mapa"}
    target = "Luego {3}, tome {1} y {2}."
    for number, text in spans.items():
        tag = "g" if version == "1.2" else "pc"
        target = target.replace(f"{{{number}}}", f'<{tag} id="{number}">{text}</{tag}>')
    target = target.replace("{2}", f'<{"x" if version == "1.2" else "ph"} id="2"/>')
    put_target(path, marked.id, target)
    put_target(path, near.id, "Hay un puerto.")
    done = json.loads(
        boats.amts("import", "book.xlf", ".", "-l", "es", "--json").stdout
    )
    assert (done["new"], done["known"], done["problems"]) == (2, 1, [])
    page = boats.build(language="es", engine=None).read("index.html")
    assert "Hay un puerto." in page
    assert '<strong>espere</strong>, tome <a class="reference external"' in page


def put_target(path: Path, key: str, target: str) -> None:
    """Write another target into a unit, and leave all else as it is."""
    text = path.read_text(encoding="utf-8")
    pattern = rf'(id="{key}".*?<target[^>]*>).*?(</target>)'
    done, count = re.subn(
        pattern, rf"\g<1>{target}\g<2>", text, count=1, flags=re.DOTALL
    )
    assert count == 1
    path.write_text(done, encoding="utf-8")


@pytest.mark.sphinx
def test_only_what_is_missing_goes_out(boats):
    boats.write({"lamps.rst": "Lamps\n=====\n\nA lamp is new.\n"})
    assert export(boats, "--missing")["written"] == 1
    (item,) = xliff.load(boats.source / "book.xlf")
    assert (item.source, item.target, item.state) == (
        "A lamp is new.",
        "",
        State.INITIAL,
    )


@pytest.mark.sphinx
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "xliff", "-o", "book.tmx"], "ending in .xlf or .xliff"),
        (["--format", "tmx", "-o", "book.xlf"], "ending in .tmx"),
        (["--xliff-version", "2.1", "-o", "book.tmx"], "for --format xliff"),
    ],
)
def test_names_and_forms_go_together(boats, words, said):
    result = boats.amts("export", ".", "-l", "es", *words, expected=2)
    assert said in result.stderr
