"""Out to translators' tools and back, without loss."""

from __future__ import annotations

import dataclasses
import datetime
import html
import json
import random
import re
from pathlib import Path

import pytest
import sphinx
from babel.messages.pofile import read_po
from hypothesis import assume, given
from hypothesis import strategies as st

from sphinx_amts.book.markup import Markup
from sphinx_amts.errors import TagError
from sphinx_amts.formats.tmx import Entry, dump, load
from sphinx_amts.memory.corrections import read as read_log
from sphinx_amts.text.segment import InlineTag, Placeholder, Segment

pytestmark = pytest.mark.newest

CONF = """\
extensions = ["sphinx_amts"{more}]
amts_engine = "stand_in_engines:Recording"
amts_memory_files = ["people.tmx"]
locale_dirs = ["locale"]
exclude_patterns = ["locale"]
"""
RST = r"""
.. _top:

Trees *and* roots
=================

See :ref:`the top <top>`, *moss* and ``bark`` of `oaks <https://example.org/oak>`_.

A **leaf**\ s \*star\* is not markup [#f]_, and :ref:`top` is |here|.

*All of it is emphasized.*

.. |here| replace:: the first page

.. [#f] A note.

.. image:: tree.png
   :alt: A tall tree

.. toctree::
   :caption: More pages

   A page on soil <two>
"""
TWO = "Soil\n====\n\nSoil is soft. It is ``dark``::\n\n   code\n"
MYST = r"""(trees)=
# Trees *and* `roots`

See [the top](#trees-and-roots), *moss* and `bark` of **[oaks](https://example.org/a_b)**.

A \*star\* & a <https://example.org> with [^f] and {ref}`x <trees>`.

[^f]: A note.

![A tall tree](tree.png)
"""


@pytest.fixture(params=["rst", "md"])
def trees(request, write_book):
    if request.param == "md":
        pytest.importorskip("myst_parser")
        files = {"conf.py": CONF.replace("{more}", ', "myst_parser"'), "index.md": MYST}
    else:
        files = {
            "conf.py": CONF.replace("{more}", ""),
            "index.rst": RST,
            "two.rst": TWO,
        }
    book = write_book({**files, "tree.png": ""})
    dump(
        [Entry({"en": "A note.", "es": "Una nota."})],
        book.source / "people.tmx",
        source_language="en",
    )
    return book


def export(book, name="es.po"):
    result = book.amts("export", ".", "-l", "es", "--format", "po", "-o", name)
    assert "not in it" not in result.stderr
    return book.source / name


def catalog(path):
    with Path(path).open("rb") as file:
        return read_po(file)


def messages(path):
    return {message.id: message for message in catalog(path) if message.id}


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def as_written(text):
    """Return a text as it stands in a catalog, on one line."""
    return text.replace("\\", r"\\")


def units(book, name="people.tmx"):
    return {entry.texts["en"]: entry.texts["es"] for entry in load(book.source / name)}


def test_the_messages_are_those_of_gettext(trees):
    trees.build(language="es", engine=None)
    found = messages(export(trees))
    built = trees.build(builder="gettext", engine=None)
    wanted = {key for path in built.out.glob("*.pot") for key in messages(path)}
    # A paragraph that is an image and nothing else has no words.
    assert wanted - found.keys() <= {"![A tall tree](tree.png)"}


def test_what_a_machine_made_is_fuzzy_and_says_so(trees):
    before = messages(export(trees))
    assert before["A note."].string == "Una nota."
    assert {each.string for key, each in before.items() if key != "A note."} == {""}
    trees.build(language="es", engine=None)
    for key, message in messages(export(trees)).items():
        assert message.string
        assert message.fuzzy is (key != "A note.")
        assert bool(message.auto_comments) is (key != "A note.")
        assert message.locations[0][0].startswith(("index.", "two."))


def test_a_second_export_has_the_same_bytes(trees):
    trees.build(language="es", engine=None)
    path = export(trees)
    first = path.read_bytes()
    assert export(trees).read_bytes() == first


def test_sphinx_itself_can_use_the_catalogs(trees):
    if sphinx.version_info < (7,) and (trees.source / "index.md").exists():
        pytest.skip("this Sphinx does not find MyST's links in any catalog")
    ours = trees.build(language="es", engine=None)
    export(trees, "locale")
    assert (trees.source / "locale/es/LC_MESSAGES/index.po").is_file()
    trees.write({"people.tmx": (trees.source / "people.tmx").read_text()})
    conf = (trees.source / "conf.py").read_text()
    trees.write({"conf.py": conf.replace('"sphinx_amts"', "").replace("[, ", "[")})
    plain = trees.build(
        "-E", language="es", engine=None, gettext_allow_fuzzy_translations=True
    )
    assert [each for each in plain.warnings if "not_readable" not in each] == []
    seen = [
        re.sub(r"\s+", " ", text_of(each.read("index.html"))) for each in (ours, plain)
    ]
    assert seen[0] == seen[1]


HOSTILE = {
    "Title here": "1. *a* # b",
    "First text.": ".. raw:: html",
    "Second text.": "# A {ref}`x` [x](javascript:alert(1)) $y$ {{ z }}",
    "Third text.": ":field: `x`_ |sub| https://evil.example",
    "An item.": "- [ ] x_ **b** `c` ~~d~~",
    "A cell": "a | b ---",
    "A caption": ":class: *x*",
    "A picture": "x](javascript:y) *z*",
    "Contents": "-- *not* `code`",
    "Last text.": "::: (x)=",
}
PLAIN_RST = """\
Title here
==========

First text.

Second text.

Third text.

* An item.

.. list-table::

   * - A cell

.. figure:: tree.png
   :alt: A picture

   A caption

Last text.

.. toctree::
   :caption: Contents

   two
"""
PLAIN_MYST = """\
# Title here

First text.

Second text.

Third text.

* An item.

| A cell |
|--------|

```{figure} tree.png
:alt: A picture

A caption
```

Last text.

```{toctree}
:caption: Contents

two
```
"""


@pytest.mark.parametrize("kind", ["rst", "md"])
def test_sphinx_itself_shows_exactly_what_was_exported(write_book, kind):
    more = ""
    if kind == "md":
        pytest.importorskip("myst_parser")
        more = ', "myst_parser"'
    two = "Two\n===\n" if kind == "rst" else "# Two\n"
    page = PLAIN_RST if kind == "rst" else PLAIN_MYST
    conf = CONF.replace("{more}", more)
    book = write_book(
        {"conf.py": conf, f"index.{kind}": page, f"two.{kind}": two, "tree.png": ""}
    )
    entries = [Entry({"en": key, "es": text}) for key, text in HOSTILE.items()]
    dump(entries, book.source / "people.tmx", source_language="en")
    book.amts("export", ".", "-l", "es", "--format", "po", "-o", "locale")
    book.write({"conf.py": conf.replace('"sphinx_amts"', "").replace("[, ", "[")})
    result = book.build(language="es", engine=None, smartquotes=False)
    page = html.unescape(result.read("index.html"))
    assert [text for text in HOSTILE.values() if text not in page] == []
    assert [each for each in result.warnings if "not_readable" not in each] == []


def text_of(page):
    (body,) = re.findall(
        r'(?s)<div class="body" role="main">(.*?)<div class="clearer">', page
    )
    body = re.sub(r'(?s)<div class="amts-notice.*?</div>', "", body)
    return re.sub("<[^>]*>", "", body)


def test_reviewed_texts_come_back_as_they_went(trees):
    trees.build(language="es", engine=None)
    trees.amts("export", ".", "-l", "es", "-o", "all.tmx")
    wanted = units(trees, "all.tmx")
    path = export(trees)
    path.write_text(re.sub(r"(?m)^#, fuzzy\n", "", path.read_text("utf-8")), "utf-8")
    result = trees.amts("import", "es.po", ".", "-l", "es", "--json")
    found = json.loads(result.stdout)
    assert found["problems"] == []
    assert found["known"] == 1
    assert found["new"] == len(wanted) - 1
    assert units(trees) == wanted
    again = json.loads(trees.amts("import", "es.po", ".", "-l", "es", "--json").stdout)
    assert (again["new"], again["known"]) == (0, len(wanted))
    status = trees.amts("status", ".", "-l", "es", "--json", "--fail-under", "100")
    assert json.loads(status.stdout)["total"]["machine"] == 0


VOCABULARY = "roots hold the soil while old leaves fall and rain follows them".split()


def random_text(chance: random.Random, is_rst: bool) -> str:
    """Return a text with inline markup that is read as it is meant."""

    def some() -> str:
        return " ".join(chance.choices(VOCABULARY, k=chance.randint(1, 4)))

    code, link = ("``{}``", "`{} <{}>`__") if is_rst else ("`{}`", "[{}]({})")
    math = ":math:`{}`" if is_rst else "{{math}}`{}`"
    forms = [
        some,
        lambda: f"*{some()}*",
        lambda: f"**{some()}**",
        lambda: code.format(some()),
        lambda: math.format("a_1"),
        lambda: link.format(some(), f"https://example.org/{chance.choice(VOCABULARY)}"),
        lambda: chance.choice(["a \\* b", "x\\_y", "5 < 6 & 7", "\u201cso\u201d"]),
    ]
    parts = [chance.choice(forms)() for _ in range(chance.randint(1, 6))]
    return f"{chance.randint(0, 10**6)} {', '.join(parts)}{chance.choice('.:?')}"


def random_page(seed: int, is_rst: bool) -> str:
    chance = random.Random(seed)

    def text() -> str:
        return random_text(chance, is_rst)

    blocks = ["Page\n====" if is_rst else "# Page"]
    for _ in range(40):
        title = f"{chance.choice(VOCABULARY)} {chance.randint(0, 10**6)}"
        note = ".. note::\n\n   {}" if is_rst else ":::{{note}}\n{}\n:::"
        heading = f"{title}\n{'-' * len(title)}" if is_rst else f"## {title}"
        forms = [text(), text(), heading, f"* {text()}\n* {text()}"]
        blocks.append(chance.choice([*forms, note.format(text())]))
        if blocks[-1].startswith("* "):
            blocks.append(text())  # or the next list would go on with this one
    return "\n\n".join(blocks) + "\n"


@pytest.mark.parametrize("seed", [1])
@pytest.mark.parametrize("kind", ["rst", "md"])
def test_random_books_come_back_as_they_went(write_book, kind, seed):
    more = ""
    if kind == "md":
        pytest.importorskip("myst_parser")
        more = ', "myst_parser"'
    conf = CONF.replace("{more}", more) + 'myst_enable_extensions = ["colon_fence"]\n'
    page = random_page(seed, is_rst=kind == "rst")
    book = write_book({"conf.py": conf, f"index.{kind}": page})
    dump([], book.source / "people.tmx", source_language="en")
    result = book.build(language="es", engine=None)
    assert result.warnings == []
    book.amts("export", ".", "-l", "es", "-o", "all.tmx")
    wanted = units(book, "all.tmx")
    assert len(wanted) > 40
    path = export(book)
    path.write_text(re.sub(r"(?m)^#, fuzzy\n", "", path.read_text("utf-8")), "utf-8")
    book.amts("import", "es.po", ".", "-l", "es")
    assert units(book) == wanted


def test_only_what_is_reviewed_is_taken(trees):
    trees.build(language="es", engine=None)
    path = export(trees)
    edit(path, '#, fuzzy\nmsgid "A tall tree"', 'msgid "A tall tree"')
    old = messages(path)["A tall tree"].string
    edit(path, as_written(old), "Un árbol alto")
    trees.amts("import", "es.po", ".", "-l", "es")
    assert units(trees) == {"A note.": "Una nota.", "A tall tree": "Un árbol alto"}
    assert "Un árbol alto" in trees.build(language="es", engine=None).read("index.html")


def test_a_correction_is_in_the_next_parallel_data(trees):
    trees.build(language="es", engine=None)
    path = export(trees)
    edit(path, '#, fuzzy\nmsgid "A tall tree"', 'msgid "A tall tree"')
    edit(path, as_written(messages(path)["A tall tree"].string), "Un árbol alto")
    trees.amts("import", "es.po", ".", "-l", "es")
    languages = ("--source-language", "en", "--target-language", "es")
    trees.amts("align", "people.tmx", "people.tmx", *languages, "-o", "data.csv")
    rows = (trees.source / "data.csv").read_text(encoding="utf-8").splitlines()
    assert rows == ["en,es", "A note.,Una nota.", "A tall tree,Un árbol alto"]


def test_what_an_import_corrects_is_noted_beside_the_memory(trees):
    trees.build(language="es", engine=None)
    path = export(trees)
    machine = messages(path)["A tall tree"].string
    edit(path, '#, fuzzy\nmsgid "A tall tree"', 'msgid "A tall tree"')
    edit(path, as_written(machine), "Un árbol alto")
    edit(path, "Una nota.", "Una sola nota.")
    done = trees.amts("import", "es.po", ".", "-l", "es")
    assert "people.corrections.jsonl: 2 more" in done.stdout
    log = trees.source / "people.corrections.jsonl"
    found = {each.source: each for each in read_log(log)}
    tree = found["A tall tree"]
    assert (tree.action, tree.target) == ("corrected", "Un árbol alto")
    assert (tree.machine, tree.engine) == (machine, "recording")
    assert (tree.document, tree.words, tree.seconds) == ("index", 3, 0)
    assert (tree.language, tree.key) == ("es", Segment("A tall tree").key)
    assert 0 <= tree.doubt <= 1
    assert datetime.datetime.fromisoformat(tree.date).tzinfo
    note = found["A note."]  # people's before, too
    assert (note.machine, note.engine, note.doubt) == ("", "", None)
    assert note.target == "Una sola nota."
    # The same file again corrects nothing.
    before = log.read_bytes()
    trees.amts("import", "es.po", ".", "-l", "es")
    assert log.read_bytes() == before


def test_a_text_that_is_left_as_it_was_is_accepted(trees):
    trees.build(language="es", engine=None)
    trees.amts("export", ".", "-l", "es", "-o", "people.tmx")
    path = trees.source / "theirs.tmx"
    entries = {each.texts["en"]: each for each in load(trees.source / "people.tmx")}
    tree = dataclasses.replace(entries["A tall tree"], properties={}, author="ana")
    new = Entry({"en": "Not in the book.", "es": "No está."})
    dump([tree, new], path, source_language="en")
    done = json.loads(trees.amts("import", str(path), ".", "-l", "es", "--json").stdout)
    assert (done["new"], done["corrections"]) == (2, 1)
    (found,) = read_log(trees.source / "people.corrections.jsonl")
    assert (found.action, found.author) == ("accepted", "ana")
    assert found.machine == found.target == tree.texts["es"]
    assert found.engine == "recording"


@pytest.mark.parametrize(
    ("name", "message", "text", "said"),
    [
        ("rst", "See :ref:", "Vea la cima.", "tags differ"),
        ("rst", "Soil is soft.", "El ``suelo``. Es ``dark``::", "'`' is markup"),
        ("rst", "Soil is soft.", "|more|", "'|' is markup"),
        ("md", "See [the", "Vea la cima.", "tags differ"),
        ("md", "A note", "Una [nota](http://a.b)", "'[' is markup"),
    ],
)
def test_what_cannot_be_used_is_named_and_the_rest_is_taken(
    write_book, name, message, text, said
):
    trees_of = {"rst": {"index.rst": RST, "two.rst": TWO}, "md": {"index.md": MYST}}
    if name == "md":
        pytest.importorskip("myst_parser")
    more = ', "myst_parser"' if name == "md" else ""
    book = write_book({"conf.py": CONF.replace("{more}", more), **trees_of[name]})
    dump([], book.source / "people.tmx", source_language="en")
    path = export(book)
    whole = catalog(path)
    for each in whole:
        if each.id and each.id.startswith(message):
            each.string = text
        elif each.id == "A tall tree":
            each.string = "Un árbol alto"
    from babel.messages.pofile import write_po

    with path.open("wb") as file:
        write_po(file, whole)
    result = book.amts("import", "es.po", ".", "-l", "es", expected=1)
    assert re.search(rf"es\.po:\d+: not imported: .*{re.escape(said)}", result.stderr)
    assert units(book) == {"A tall tree": "Un árbol alto"}


def test_a_message_that_the_book_has_not_is_named(trees):
    path = export(trees)
    edit(path, 'msgid "A tall tree"\nmsgstr ""', 'msgid "Gone"\nmsgstr "Fue"')
    result = trees.amts("import", "es.po", ".", "-l", "es", expected=1)
    assert "'Gone' is not a text of the book" in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'msgid "a"\nnonsense "b"\n', "es.po:2"),
        (b"\xff\xfe\x00", "es.po"),
        (None, "cannot be read"),
    ],
)
def test_a_bad_catalog_is_named_and_nothing_is_written(trees, content, said):
    before = (trees.source / "people.tmx").read_bytes()
    if content is not None:
        (trees.source / "es.po").write_bytes(content)
    result = trees.amts("import", "es.po", ".", "-l", "es", expected=2)
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert (trees.source / "people.tmx").read_bytes() == before


def test_a_book_without_a_memory_file_says_where_to_put_it(write_book):
    book = write_book({"index.rst": "Title\n=====\n"})
    path = export(book)
    edit(path, 'msgid "Title"\nmsgstr ""', 'msgid "Title"\nmsgstr "Título"')
    result = book.amts("import", "es.po", ".", "-l", "es", expected=2)
    assert "amts_memory_files" in result.stderr
    book.amts("import", "es.po", ".", "-l", "es", "-o", "new.tmx")
    assert units(book, "new.tmx") == {"Title": "Título"}


def test_what_people_wrote_in_a_catalog_is_kept(trees):
    path = export(trees)
    edit(path, 'msgid "A tall tree"\nmsgstr ""', 'msgid "A tall tree"\nmsgstr "Uno"')
    edit(
        path,
        'msgid "A note."\nmsgstr "Una nota."',
        '#, fuzzy\nmsgid "A note."\nmsgstr "N"',
    )
    with path.open("a", encoding="utf-8") as file:
        file.write('\nmsgid "Gone"\nmsgstr "Fue"\n')
    trees.build(language="es", engine=None)
    found = messages(export(trees))
    assert (found["A tall tree"].string, found["A tall tree"].fuzzy) == ("Uno", False)
    assert (found["A note."].string, found["A note."].fuzzy) == ("N", True)
    assert "Gone" not in found
    assert catalog(path).obsolete["Gone"].string == "Fue"


def test_catalogs_of_a_book_go_out_with_the_rest(trees):
    path = export(trees, "locale") / "es/LC_MESSAGES/index.po"
    edit(path, 'msgid "A tall tree"\nmsgstr ""', 'msgid "A tall tree"\nmsgstr "Uno"')
    trees.build(language="es", engine=None)
    found = messages(export(trees))
    assert (found["A tall tree"].string, found["A tall tree"].fuzzy) == ("Uno", False)


def test_missing_is_for_tmx(trees):
    words = ["export", ".", "-l", "es", "-o", "a.po", "--format", "po", "--missing"]
    assert "--missing" in trees.amts(*words, expected=2).stderr


def test_a_committed_memory_keeps_what_people_did_for_texts_that_changed(write_book):
    page = (
        "Title\n=====\n\nOne is old. Two is here.\n\nThe sea is deep and wide here.\n"
    )
    book = write_book({"conf.py": CONF.replace("{more}", ""), "index.rst": page})
    known = {
        "One is old.": "Uno es viejo.",
        "The sea is deep and cold here.": "El mar es hondo.",
        "Nobody has this any more.": "Nadie tiene esto.",
    }
    entries = [Entry({"en": source, "es": target}) for source, target in known.items()]
    dump(entries, book.source / "people.tmx", source_language="en")
    book.build(language="es", engine=None)
    book.amts("export", ".", "-l", "es", "-o", "people.tmx")
    kept = {entry.texts["en"]: entry for entry in load(book.source / "people.tmx")}
    assert kept["One is old."].texts["es"] == "Uno es viejo."
    mixed = kept["One is old. Two is here."].properties
    assert mixed == {"origin": "mixed", "state": "translated"}
    assert kept["The sea is deep and cold here."].properties == {}
    assert kept["The sea is deep and wide here."].properties["origin"] == "machine"
    assert "Nobody has this any more." not in kept
    first = (book.source / "people.tmx").read_bytes()
    book.amts("export", ".", "-l", "es", "-o", "people.tmx")
    assert (book.source / "people.tmx").read_bytes() == first
    # Nothing of this goes to the engine, and drift is seen as before.
    (stale,) = json.loads(book.amts("status", ".", "-l", "es", "--json").stdout)[
        "stale"
    ]
    assert stale["target"] == "El mar es hondo."


def test_who_translated_a_unit_and_how_far_stays_with_it(trees):
    entry = Entry(
        {"en": "A note.", "es": "Una nota."},
        properties={"state": "final", "project": "spring"},
        changed="20260102T030405Z",
        author="ana",
    )
    dump([entry], trees.source / "people.tmx", source_language="en")
    trees.build(language="es", engine=None)
    path = export(trees)
    edit(path, '#, fuzzy\nmsgid "A tall tree"', 'msgid "A tall tree"')
    trees.amts("import", "es.po", ".", "-l", "es")
    trees.amts("export", ".", "-l", "es", "-o", "people.tmx")
    first = (trees.source / "people.tmx").read_bytes()
    found = {each.texts["en"]: each for each in load(trees.source / "people.tmx")}
    assert found.pop("A note.") == entry
    assert found.pop("A tall tree").properties == {"state": "reviewed"}
    for each in found.values():
        assert datetime.date.fromisoformat(each.properties["date"])
        assert {**each.properties, "date": "some day"} == {
            "origin": "machine",
            "engine": "recording",
            "state": "translated",
            "date": "some day",
        }
    trees.amts("export", ".", "-l", "es", "-o", "people.tmx")
    assert (trees.source / "people.tmx").read_bytes() == first


# Markup


SEGMENT = Segment(
    'See <g id="1">the top</g>, <x id="2"/> and <g id="3">moss</g> of a * b.',
    (InlineTag(1, "reference"), Placeholder(2, "code"), InlineTag(3, "strong")),
)
FORMS = {
    True: r"See :ref:`the top <top>`, ``bark`` and **moss** of a \* b.",
    False: r"See [the top](#top), `bark` and **moss** of a \* b.",
}
WORDS = st.text(
    st.sampled_from(list("ab 中。，*_`|\\[]()<>$:&;'\"-")), min_size=1, max_size=8
)


@given(
    st.booleans(), st.permutations([1, 2, 3]), st.lists(WORDS, min_size=6, max_size=6)
)
def test_markup_is_read_as_it_was_written(is_rst, order, words):
    escaped = [
        each.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        for each in words
    ]
    tags = {
        1: f'<g id="1">{escaped[4]}</g>',
        2: '<x id="2"/>',
        3: f'<g id="3">{escaped[5]}</g>',
    }
    target = escaped[0] + "".join(
        tags[number] + text for number, text in zip(order, escaped[1:], strict=False)
    )
    markup = Markup.of(FORMS[is_rst], SEGMENT, is_rst=is_rst)
    try:
        written = markup.write(target)
    except TagError:
        assume(False)  # it says so, and nothing is written
    assert markup.read(written) == target


@pytest.mark.parametrize(
    ("target", "rst", "myst"),
    [
        (
            '<g id="3">中</g><x id="2"/>到<g id="1">文</g>a*b_',
            r"**中**\ ``bark``\ 到\ :ref:`文 <top>`\ a\*b\_",
            r"**中**`bark`到[文](#top)a\*b\_",
        ),
        (
            'Ve <g id="1">allí</g> (<x id="2"/>) y <g id="3">a|b</g>.',
            r"Ve :ref:`allí <top>` (``bark``) y **a\|b**.",
            "Ve [allí](#top) (`bark`) y **a|b**.",
        ),
    ],
)
def test_markup_is_as_an_author_would_write_it(target, rst, myst):
    for is_rst, wanted in ((True, rst), (False, myst)):
        markup = Markup.of(FORMS[is_rst], SEGMENT, is_rst=is_rst)
        assert markup.write(target) == wanted


@pytest.mark.parametrize(
    ("message", "source", "kinds", "written", "target"),
    [
        (  # a role whose words are made elsewhere
            "A guide. (:issue:`12`)",
            'A guide. (<g id="1">Issue 12</g>)',
            ["reference"],
            "(:issue:`12`) Una guía.",
            '(<g id="1">Issue 12</g>) Una guía.',
        ),
        (  # emphasis without words
            "New in *1.2* and **3**.",
            'New in <x id="1"/> and <x id="2"/>.',
            ["emphasis", "strong"],
            "Nuevo en **3** y *1.2*.",
            'Nuevo en <x id="2"/> y <x id="1"/>.',
        ),
        (  # a link that is named twice
            "Use Oak_, only Oak_.",
            'Use <g id="1">Oak</g>, only <g id="2">Oak</g>.',
            ["reference", "reference"],
            "Use Oak_, solo `el roble <Oak_>`_.",
            'Use <g id="1">Oak</g>, solo <g id="2">el roble</g>.',
        ),
        (  # a role with a title, before which the index has a mark
            "``A`` for :rfc:`the paper <12#s-3>`",
            '<x id="1"/> for <x id="2"/><g id="3">the paper</g>',
            ["code", "mark", "reference"],
            ":rfc:`el papel <12#s-3>` para ``A``",
            '<x id="2"/><g id="3">el papel</g> para <x id="1"/>',
        ),
        (  # two blanks
            "It is.  It was ``a``.",
            'It is. It was <x id="1"/>.',
            ["code"],
            "Es.  Era  ``a``.",
            'Es. Era <x id="1"/>.',
        ),
        (  # an address before a sign
            "See (https://example.org/a), or ask a@example.org.",
            'See (<x id="1"/>), or ask <x id="2"/>.',
            ["reference", "reference"],
            "Ver https://example.org/a: a@example.org",
            'Ver <x id="1"/>: <x id="2"/>',
        ),
        (  # an icon, of which gettext has nothing
            "Lamps",
            '<x id="1"/> Lamps',
            ["icon"],
            "Farolas",
            '<x id="1"/> Farolas',
        ),
        (  # emphasis that only the translation has
            "A set.",
            "A set.",
            [],
            "Un conjunto (*set*, **el** 2 * 3).",
            "Un conjunto (set, el 2 * 3).",
        ),
    ],
)
def test_what_sphinx_applies_is_read(message, source, kinds, written, target):
    numbers = range(1, len(kinds) + 1)
    tags = tuple(
        (InlineTag if f'<g id="{number}">' in source else Placeholder)(number, kind)
        for number, kind in zip(numbers, kinds, strict=True)
    )
    markup = Markup.of(message, Segment(source, tags), is_rst=True)
    assert markup.read(written) == target
    assert markup.read(markup.write(target)) == target


def test_brackets_of_a_text_are_no_link():
    message = "From [a, b] to [c](d) and `x`"
    segment = Segment(
        'From [a, b] to <g id="1">c</g> and <x id="2"/>',
        (InlineTag(1, "reference"), Placeholder(2, "code")),
    )
    markup = Markup.of(message, segment, is_rst=False)
    written = "De [a, `x`] a [la c](d)"
    assert markup.read(written) == 'De [a, <x id="2"/>] a <g id="1">la c</g>'


def test_a_backslash_is_one_in_markdown():
    markup = Markup.of(r"In a\b of \*c", Segment(r"In a\b of *c"), is_rst=False)
    assert markup.read(r"De a\b, \*c") == r"De a\b, *c"


def test_a_reference_by_one_word_keeps_its_name():
    segment = Segment('See <g id="1">oaks</g> now', (InlineTag(1, "reference"),))
    markup = Markup.of("See oaks_ now", segment, is_rst=True)
    written = markup.write('Ve <g id="1">robles</g>')
    assert written == "Ve `robles <oaks_>`_"
    assert markup.read("Ve oaks_") == 'Ve <g id="1">oaks</g>'
