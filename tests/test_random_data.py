"""Data of anybody's never end a run: what is not ours is an error of ours, or unknown.

The data are bytes, and what is well formed but has other values than it should.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_untrusted_jobs import PLAN, SEGMENTS

from sphinx_amts.book.config_yml import JupyterBookConfiguration
from sphinx_amts.book.result import NAME as RESULT
from sphinx_amts.book.result import read_result
from sphinx_amts.engines.amazon.html import Page
from sphinx_amts.engines.amazon.jobs import _reasons
from sphinx_amts.engines.amazon.ledger import Ledger, Outcome
from sphinx_amts.engines.contract import Untranslated
from sphinx_amts.engines.llm.answer import read_answer
from sphinx_amts.engines.llm.stream import Draft, FormError
from sphinx_amts.errors import AmtsError, TagError
from sphinx_amts.evaluation.toml import load_toml
from sphinx_amts.formats import catalogs, tables, tmx
from sphinx_amts.hosts.host import read_markup
from sphinx_amts.hosts.sphinx.prescan import _row
from sphinx_amts.memory.files import units
from sphinx_amts.memory.people import People
from sphinx_amts.memory.store import Store
from sphinx_amts.memory.unit import TranslationUnit
from sphinx_amts.readers import notebooks, segments
from sphinx_amts.readers.catalogs import read_catalog
from sphinx_amts.readers.pages import read_page
from sphinx_amts.text.check import check
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import InlineTag, Placeholder, Segment
from sphinx_amts.translation.keys import derived_key, document_key
from sphinx_amts.translation.known import Known, Shelf

pytestmark = pytest.mark.newest

PAIR = LanguagePair("en", "es")
some = settings(
    max_examples=80,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
signs = st.text(max_size=12)
tags = st.sampled_from(
    ['<x id="1"/>', '<g id="2">', "</g>", '<x id="0"/>', "<b>", "&", "\u202e", "\x00"]
)
texts = st.lists(signs | tags, max_size=5).map("".join)
numbers = st.integers() | st.floats() | st.sampled_from([0, -1, 10**400, float("nan")])
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(signs, inner, max_size=3)
    ),
    max_leaves=6,
)
LONG = "[" * 60_000


@st.composite
def changed(draw, good):
    """Draw a value like a good one, of which a part is something else."""
    if not isinstance(good, dict | list) or not good or draw(st.integers(0, 3)) == 0:
        return draw(values)
    if isinstance(good, list):
        place = draw(st.integers(0, len(good) - 1))
        return [*good[:place], draw(changed(good[place])), *good[place + 1 :]]
    name = draw(st.sampled_from(sorted(good)))
    if draw(st.integers(0, 4)) == 0:
        return {key: value for key, value in good.items() if key != name}
    return {**good, name: draw(changed(good[name]))}


def rows(good):
    """Return texts like the JSON of a value, some of which are no JSON."""
    good = json.loads(json.dumps(good))
    return changed(good).map(json.dumps) | texts | st.just(LONG)


def spoiled(good: bytes):
    """Return bytes like good ones."""
    place = st.integers(0, len(good))
    return st.builds(
        lambda a, b, c: good[:a] + b + good[c:], place, st.binary(max_size=8), place
    ) | st.binary(max_size=60)


# --- Files ----------------------------------------------------------------------------

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# Oak\n"]},
        {
            "cell_type": "code",
            "execution_count": 1,
            "id": "b",
            "metadata": {},
            "outputs": [],
            "source": "1",
        },
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}
BLOCK = {
    "document": "a",
    "kind": "paragraph",
    "text": 'An <x id="1"/>.',
    "tags": {"1": "code"},
    "seen": {"1": "oak"},
    "level": 1,
    "line": 3,
}
TMX = (
    '<tmx version="1.4"><header srclang="en"/><body><tu changedate="20260101T000000Z">'
    '<prop type="origin">human</prop><tuv xml:lang="en"><seg>An <ph x="1" type="code"/>'
    '</seg></tuv><tuv xml:lang="es"><seg>Un <ph x="1"/></seg></tuv></tu></body></tmx>'
)
PO = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    '#: a.md:1\n#, fuzzy\nmsgid "An *oak*"\nmsgstr "Un *roble*"\n\n#~ msgid "b"\n'
)


def read_notebook(path):
    pytest.importorskip("nbformat")
    text = path.read_bytes().decode("utf-8", "replace")
    notebooks.load(text, path)
    notebooks.to_myst(text, path)


def read_config(path):
    JupyterBookConfiguration(path, path.read_bytes()).with_memories(["a.tmx"])


def read_web_page(path):
    pytest.importorskip("trafilatura")
    read_page(path.read_bytes().decode("utf-8", "replace"), path)


READERS = {
    "a.tmx": (TMX, lambda path: list(units(path, PAIR, []))),
    "b.csv": ('en,es\n"An <x id=""1""/>",b\n', lambda p: list(tables.load_units(p))),
    "c.po": (PO, lambda path: list(read_catalog(path, read_markup, []))),
    "d.po": (PO, catalogs.load),
    "e.ipynb": (json.dumps(NOTEBOOK), read_notebook),
    "f.jsonl": (json.dumps(BLOCK), segments.load),
    "h.html": (f"<body><main><p>{'An oak is a tree. ' * 9}</p></main>", read_web_page),
    "i.yml": ("title: a\nsphinx:\n  config:\n    b: [c, 2001-01-01]\n", read_config),
    "g.toml": ('[a]\nb = 1\nc = "d"\n', load_toml),
}


def read(path, content, reader):
    path.write_bytes(content)
    try:
        reader(path)
    except AmtsError as error:
        message = str(error)
    else:
        return
    assert path.name in message


@pytest.mark.parametrize("name", READERS)
@some
@given(data=st.data())
def test_files_with_any_bytes(tmp_path, name, data):
    good, reader = READERS[name]
    read(tmp_path / name, data.draw(spoiled(good.encode())), reader)


@some
@given(text=rows(NOTEBOOK))
def test_notebooks_with_any_values(tmp_path, text):
    content = text.encode("utf-8", "surrogatepass")
    read(tmp_path / "a.ipynb", content, read_notebook)


@some
@given(text=rows(BLOCK))
def test_segments_with_any_values(tmp_path, text):
    content = text.encode("utf-8", "surrogatepass")
    read(tmp_path / "a.jsonl", content, segments.load)


names = st.sampled_from("tmx body tu tuv seg prop note ph hi bpt ept it sub ut".split())
attributes = st.dictionaries(
    st.sampled_from("xml:lang lang type x i changedate srclang".split()),
    st.sampled_from(["en", "es", "1", "x", "", "20260101T000000Z", "99999999999"]),
    max_size=3,
)
plain = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<&>")
)
elements = st.recursive(
    plain,
    lambda inner: st.builds(
        lambda name, given, children: (
            f"<{name} "
            + " ".join(f"{key}={quoteattr(each)}" for key, each in given.items())
            + f">{''.join(children)}</{name}>"
        ),
        names,
        attributes,
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@some
@given(body=st.lists(elements, max_size=4).map("".join))
def test_memory_files_with_any_elements(tmp_path, body):
    content = TMX.replace("</body>", f"{body}</body>").encode()
    reader = READERS["a.tmx"][1]
    read(tmp_path / "a.tmx", content, reader)
    found = TMX.replace("</seg>", f"{body}</seg>", 1).encode()
    read(tmp_path / "a.tmx", found, lambda path: write_again(tmp_path, path))


def write_again(folder, path):
    entries = list(tmx.load(path))
    tmx.dump(entries, folder / "b.tmx", source_language="en")
    assert len(list(tmx.load(folder / "b.tmx"))) == len(entries)


@some
@given(cells=st.lists(st.lists(texts, max_size=3), max_size=4))
def test_tables_with_any_cells(tmp_path, cells):
    table = "en,es\n" + "\n".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in cells
    )
    content = table.encode("utf-8", "surrogatepass")
    read(tmp_path / "a.csv", content, lambda path: list(units(path, PAIR, [])))


@some
@given(ids=st.lists(st.tuples(texts, texts), max_size=4))
def test_catalogs_with_any_messages(tmp_path, ids):
    content = PO + "\n".join(
        f"msgid {json.dumps(source)}\nmsgstr {json.dumps(target)}\n"
        for source, target in ids
    )
    path = tmp_path / "a.po"
    read(path, content.encode(), lambda p: list(read_catalog(p, read_markup, [])))
    read(path, content.encode(), catalogs.load)


@some
@given(text=rows({"problems": [], "built": True}))
def test_results_with_any_values(tmp_path, text):
    (tmp_path / RESULT).write_bytes(text.encode("utf-8", "surrogatepass"))
    assert isinstance(read_result(tmp_path), dict)


# --- The store ------------------------------------------------------------------------

SEGMENT = Segment(
    'An <x id="1"/> <g id="2">oak</g>.',
    (Placeholder(1, "code"), InlineTag(2, "strong")),
)
UNIT = {
    "source": SEGMENT.source,
    "target": 'Un <g id="2">roble</g> <x id="1"/>.',
    "origin": "machine",
    "state": "translated",
    "kinds": "code,strong",
    "people": "p",
}
DOCUMENT = {
    "files": {"a.rst": "0"},
    "keys": [SEGMENT.key],
    "texts": {SEGMENT.key: ["0"]},
    "people": "p",
    "stale": {SEGMENT.key: 1},
}


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "cache", lambda _text: None)
    yield made
    made.close()


def stored(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


@some
@given(one=rows(UNIT), other=rows(UNIT))
def test_stores_with_any_rows(store, one, other):
    shelf = Shelf(store, PAIR, "s")
    key = shelf.key(SEGMENT.key)
    store.put({key: stored(one), derived_key(key): stored(other)})
    people = People.of([TranslationUnit("A tree.", "Un arbol.")])
    people.digest = "p"
    for who in (people, People()):
        known = Known(lambda who=who: who, [shelf])
        match = known.look(SEGMENT).match
        if match is not None and not match.refusal:
            check(SEGMENT.source, match.target, [2])
        known.find_key(SEGMENT.key)
        known.is_improvable(SEGMENT.key)
        known.unit(SEGMENT.key)
        known.stale(SEGMENT)


@some
@given(text=rows(DOCUMENT))
def test_what_is_remembered_of_a_document_with_any_values(store, text):
    class Translator:
        pair = PAIR

    Translator.store = store
    store.put({document_key(PAIR, "a"): stored(text)})
    found = _row(Translator, "a")
    assert found is None or found.keys() >= DOCUMENT.keys()


@some
@given(text=rows(UNIT))
def test_units_with_any_values(text):
    try:
        unit = TranslationUnit.from_json(text)
    except ValueError:
        return
    assert all(isinstance(each, str) for each in vars(unit).values())


# --- Jobs -----------------------------------------------------------------------------

LISTS = [[each.source, [[False, "code"]] * len(each.tags), {}] for each in SEGMENTS]


@some
@given(
    plan=rows(asdict(PLAN)),
    document=rows(LISTS),
    started=rows({"job_id": "a"}),
    end=rows(asdict(Outcome("COMPLETED", "", reasons=["why"]))),
)
def test_ledgers_with_any_values(tmp_path, plan, document, started, end):
    ledger = Ledger(tmp_path / "jobs")
    folder = ledger.folder / PLAN.token
    (folder / "documents").mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("job.json", plan),
        ("documents/0001.json", document),
        ("started.json", started),
        ("done-es.json", end),
    ):
        (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    for each in [*ledger.plans(), PLAN]:
        list(ledger.keys(each))
        ledger.is_done(each)
        assert isinstance(ledger.job_id(each), str)


# --- Answers --------------------------------------------------------------------------


@some
@given(data=st.data())
def test_pages_that_come_back_as_anything(data):
    page = Page.of([SEGMENT.source, "A tree."])
    content = data.draw(spoiled(page.html.encode())).decode("utf-8", "replace")
    found = page.read(content + data.draw(texts | elements))
    assert len(found) == 2
    for source, answer in zip([SEGMENT.source, "A tree."], found, strict=True):
        if not isinstance(answer, Untranslated):
            refuses(TagError, lambda a=answer, s=source: check(s, a))


def refuses(error, work):
    try:
        work()
    except error:
        return


ANSWER = {"translations": {"1": "uno", "2": "dos"}}
WHOLE = {
    "choices": [{"message": {"content": "a", "refusal": None}, "finish_reason": "stop"}]
}
EVENT = {"choices": [{"delta": {"content": "a"}, "finish_reason": None}]}


@some
@given(text=rows(ANSWER), before=texts, cut=st.integers(0, 40))
def test_models_that_answer_anything(text, before, cut):
    for answer in (text, before + text, text[:cut]):
        refuses(ValueError, lambda answer=answer: read_answer(answer, 2))


@some
@given(whole=rows(WHOLE), event=rows(EVENT), noise=st.binary(max_size=40))
def test_servers_that_send_anything(whole, event, noise):
    refuses(FormError, lambda: Draft().take_whole(whole.encode("utf-8", "replace")))
    line = b"data: " + event.encode("utf-8", "replace") + b"\n"
    for chunks in ([line], [noise, b"\n", line], [line[:9], noise, line[9:]]):
        refuses(FormError, lambda chunks=chunks: list(Draft().take_events(chunks)))


SUMMARY = {
    "details": [{"sourceFile": "a", "auxiliaryData": {"error": {"errorMessage": "no"}}}]
}


@some
@given(text=rows(SUMMARY))
def test_summaries_with_any_values(text):
    assert isinstance(_reasons(text.encode("utf-8", "surrogatepass")), dict)
