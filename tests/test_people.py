"""What people translated is used as it is: catalogs first, then memory files."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from books import Book, po
from sphinx import addnodes

from sphinx_amts.formats.tmx import Entry, dump

ENGINE = "stand_in_engines:Recording"

CATALOG = {
    "All about rivers.": "Todo sobre los ríos.",
    "Rivers": "Ríos",
    "A river flows to the sea.": "Un río corre hacia el mar.",
    "A river has *two banks* and ``one source``.": (
        "Un río tiene ``one source`` y *dos orillas*."
    ),
    "Water is wet.": "El agua moja.",
    "Length": "Longitud",
    "In kilometres.": "En kilómetros.",
    "delta": "delta",  # the same word: people decided so
    "Where a river ends.": "Donde acaba un río.",
    "A river from above.": "Un río desde arriba.",
    "flood": "crecida",
    "in spring": "en primavera",
    "Floods come in spring.": "Las crecidas llegan en primavera.",
    "A word on boats [#boats]_.": "Sobre los barcos [#boats]_.",
    "Boats float.": "Los barcos flotan.",
    "Ships land at |quay|.": "Los buques atracan en |quay|.",
    "More on rivers": "Más sobre los ríos",
    "Sources of rivers": "Fuentes de los ríos",
}
LACKING = ["Springs", "Springs are cold.", "the old quay"]
"""What a catalog cannot have: Sphinx leaves substitutions out."""
FIRST = "A river flows to the sea."
BANKS = 'A river has <g id="1">two banks</g> and <x id="2"/>.'


@pytest.fixture
def rivers(book: Callable[[str], Book]) -> Book:
    return book("people")


class Builds:
    """Builds of one book, with what each asked the engine for."""

    def __init__(self, book: Book, record: Path) -> None:
        self.book = book
        self.record = record
        self.asked: list[str] = []

    def __call__(self, **settings: object) -> str:
        """Build, and return the page as text."""
        self.record.unlink(missing_ok=True)
        settings = {"engine": ENGINE, "language": "es", **settings}
        result = self.book.build(
            builder="text", variables={"AMTS_RECORD": str(self.record)}, **settings
        )
        lines = self.record.read_text().splitlines() if self.record.exists() else []
        self.asked = sorted(text for line in lines for text in json.loads(line))
        self.warnings = result.warnings
        return result.read("index.txt")


@pytest.fixture
def build(rivers: Book, tmp_path: Path) -> Builds:
    return Builds(rivers, tmp_path / "record")


def catalog(book: Book, messages: dict[str, str], flags: str = "") -> None:
    text = po(messages).replace("\nmsgid", f"\n{flags}msgid") if flags else po(messages)
    book.write({"locale/es/LC_MESSAGES/index.po": text})


def shown(document: object) -> str:
    """Return all that a document shows or has in attributes."""
    return document.pformat().replace("\\ ", " ")


def index_parts(book: Book) -> list[str]:
    """Return what stands in the index for the first page."""
    return [
        part.strip()
        for index in book.doctree("index", "es").findall(addnodes.index)
        for entry in index["entries"]
        for part in entry[1].split(";")
    ]


def test_a_catalog_wins_everywhere(rivers, build):
    catalog(rivers, CATALOG)
    build()
    # What the catalog lacks, and nothing else, went to the engine.
    assert build.asked == LACKING
    page = shown(rivers.doctree("index", "es"))
    for source, target in CATALOG.items():
        if "``" in target or "[#" in target or "|" in target:
            continue  # markup, below
        assert target in page
        # Sphinx keeps some sources in attributes beside the text.
        assert source == target or source not in re.sub("raw_?[a-z]+=.*", "", page)
    assert set(re.findall(r"\[[^]]*~\]", page)) == {"[ţĥé öļð qûåý ~~~~]"}
    assert "Un río tiene" in page
    assert "<emphasis>" in page
    assert "dos orillas" in page
    assert "Los buques atracan en" in page
    assert build.warnings == []


def test_without_a_catalog_all_of_it_is_the_engines(rivers, build):
    build()
    plain = {source for source in CATALOG if not set("*[|") & set(source)}
    assert plain <= set(build.asked)
    assert BANKS in build.asked


def test_the_same_words_count_as_translated(rivers, build):
    same = {source: source for source in CATALOG}
    catalog(rivers, same)
    build()
    assert build.asked == LACKING


@pytest.mark.parametrize("target", ["delta", "la boca"])
def test_a_term_is_in_the_index_as_people_wrote_it(rivers, build, target):
    catalog(rivers, {"delta": target})
    page = build(gettext_additional_targets=[])
    assert target in page
    assert target in index_parts(rivers)
    assert "delta" not in build.asked
    assert "Where a river ends." in build.asked


@pytest.mark.parametrize("targets", [[], ["index"]])
def test_an_index_entry_is_as_people_wrote_it(rivers, build, targets):
    catalog(rivers, {"flood": CATALOG["flood"]})
    build(gettext_additional_targets=targets)
    assert "crecida" in index_parts(rivers)
    assert "flood" not in build.asked
    assert "in spring" in build.asked


@pytest.mark.parametrize(("fuzzy_counts", "kept"), [(False, 0), (True, 1)])
def test_a_fuzzy_message_is_used_if_the_book_says_so(rivers, build, fuzzy_counts, kept):
    catalog(rivers, {FIRST: CATALOG[FIRST]}, flags="#, fuzzy\n")
    page = build(gettext_allow_fuzzy_translations=fuzzy_counts)
    assert page.count(CATALOG[FIRST]) == kept
    assert (FIRST in build.asked) is not fuzzy_counts


def test_an_empty_message_is_the_engines(rivers, build):
    catalog(rivers, {FIRST: "", "Length": CATALOG["Length"]})
    page = build()
    assert FIRST in build.asked
    assert "Longitud" in page
    assert "Length" not in build.asked


def test_a_catalog_wins_over_memory_files_and_the_store(rivers, build):
    assert "[Å" in build()  # the store now has the engine's
    remember(rivers, {FIRST: "de la memoria"})
    catalog(rivers, {FIRST: CATALOG[FIRST]})
    page = build(amts_memory_files=["people.tmx"])
    assert CATALOG[FIRST] in page
    assert "de la memoria" not in page
    assert build.asked == []


def test_a_catalog_that_goes_leaves_the_rest_in_its_place(rivers, build):
    catalog(rivers, {FIRST: CATALOG[FIRST]})
    build()
    (rivers.source / "locale/es/LC_MESSAGES/index.po").unlink()
    (rivers.source / "locale/es/LC_MESSAGES/index.mo").unlink()
    assert CATALOG[FIRST] not in build()
    assert build.asked == [FIRST]


# Memory files


def remember(
    book: Book, units: dict[str, str], name: str = "people.tmx", target: str = "es"
) -> None:
    """Write a memory file."""
    entries = [
        Entry({"en": source, target: text}, kinds={1: "strong", 2: "code"})
        for source, text in units.items()
    ]
    dump(entries, book.source / name, source_language="en")


UNITS = {FIRST: "Un río va al mar.", "Length": "Largo"}


def test_a_memory_file_wins_over_the_store_and_the_engine(rivers, build):
    assert "[Å" in build()
    remember(rivers, UNITS)
    page = build(amts_memory_files=["people.tmx"])
    assert all(target in page for target in UNITS.values())
    assert build.asked == []  # the rest was in the store
    # Without the file, the store gives back what was paid for.
    page = build()
    assert not any(target in page for target in UNITS.values())
    assert build.asked == []


def test_what_a_memory_file_has_is_never_sent(rivers, build):
    remember(rivers, {**UNITS, BANKS: 'Hay <x id="2"/> y <g id="1">dos orillas</g>.'})
    page = build(amts_memory_files=["people.tmx"])
    assert not {*UNITS, BANKS} & set(build.asked)
    assert "In kilometres." in build.asked
    assert 'Hay "one source" y *dos orillas*.' in page


def test_the_same_words_in_a_memory_file_count_as_translated(rivers, build):
    remember(rivers, {FIRST: FIRST})
    assert FIRST in build(amts_memory_files=["people.tmx"])
    assert FIRST not in build.asked


def test_of_two_memory_files_the_later_wins(rivers, build):
    remember(rivers, UNITS)
    remember(rivers, {FIRST: "Otro texto."}, "later.tmx")
    page = build(amts_memory_files=["people.tmx", "later.tmx"])
    assert "Otro texto." in page
    assert UNITS[FIRST] not in page
    assert UNITS["Length"] in page


@pytest.mark.parametrize(
    ("name", "head", "between"),
    [
        ("pairs.csv", "en,es", ","),
        ("pairs.csv", "es,en", ","),
        ("pairs.csv", "EN,es-ES", ","),
        ("pairs.tsv", "en\tes", "\t"),
    ],
)
def test_a_table_names_its_languages_in_its_first_row(
    rivers, build, name, head, between
):
    row = [UNITS[FIRST], FIRST] if head.startswith("es") else [FIRST, UNITS[FIRST]]
    rivers.write({name: f"{head}\n{between.join(row)}\n"})
    assert UNITS[FIRST] in build(amts_memory_files=[name])
    assert FIRST not in build.asked


@pytest.mark.parametrize(("marked", "serves"), [("zh", True), ("zh-TW", False)])
def test_a_unit_serves_the_language_that_it_is_marked_with(
    rivers, build, marked, serves
):
    remember(rivers, {FIRST: "河流入海。"}, target=marked)
    page = build(amts_memory_files=["people.tmx"], language="zh_CN")
    assert ("河流入海。" in page) is serves
    assert (FIRST in build.asked) is not serves


def test_people_need_no_engine(rivers, build):
    catalog(rivers, {"Length": CATALOG["Length"]})
    remember(rivers, UNITS)
    page = build(amts_memory_files=["people.tmx"], engine="memory")
    assert "Longitud" in page
    assert UNITS[FIRST] in page
    assert "In kilometres." in page  # nobody has it: the source stays
    (warning,) = build.warnings
    assert "Without a translation" in warning


MACHINE = (
    '<?xml version="1.0"?><tmx version="1.4"><header creationtool="x"'
    ' creationtoolversion="1" segtype="block" o-tmf="x" adminlang="en" srclang="en"'
    ' datatype="xml"/><body><tu><prop type="origin">machine</prop>'
    '<tuv xml:lang="en"><seg>{}</seg></tuv><tuv xml:lang="es"><seg>De una'
    " máquina.</seg></tuv></tu></body></tmx>"
)


def test_a_machine_s_unit_never_wins_over_people_s(rivers, build):
    remember(rivers, UNITS)
    rivers.write({"machine.tmx": MACHINE.format(FIRST)})
    for files in (["people.tmx", "machine.tmx"], ["machine.tmx", "people.tmx"]):
        page = build(amts_memory_files=files)
        assert UNITS[FIRST] in page
        assert "De una máquina." not in page


# Sentences

TOGETHER = "Mud is soft. Sand is hard."


def test_only_the_new_sentence_of_a_paragraph_is_sent(rivers, build):
    known = {FIRST: UNITS[FIRST], "Mud is soft.": "El lodo es blando."}
    remember(rivers, known)
    page = rivers.source / "sources.rst"
    page.write_text(f"Springs\n=======\n\n{FIRST} {TOGETHER}\n", encoding="utf-8")
    build(amts_memory_files=["people.tmx"])
    assert "Sand is hard." in build.asked
    assert not {*known, TOGETHER} & set(build.asked)
    text = (rivers.work / "es/text/sources.txt").read_text(encoding="utf-8")
    assert "Un río va al mar. El lodo es blando. [Šåñð" in text
    # Nothing has changed: nothing is read, nor asked, not even from scratch.
    build(amts_memory_files=["people.tmx"])
    assert build.asked == []
    shutil.rmtree(rivers.work)
    build(amts_memory_files=["people.tmx"])
    assert build.asked == []


def test_whole_paragraphs_only_if_the_book_says_so(rivers, build):
    remember(rivers, {"Mud is soft.": "El lodo es blando."})
    page = rivers.source / "sources.rst"
    page.write_text(f"Springs\n=======\n\n{TOGETHER}\n", encoding="utf-8")
    build(amts_memory_files=["people.tmx"], amts_reuse="paragraph")
    assert TOGETHER in build.asked
    build(amts_memory_files=["people.tmx"])  # the setting alone changes the page
    assert build.asked == ["Sand is hard."]


def test_an_emphasis_may_be_missing_where_people_left_it_out(rivers, build):
    entry = Entry(
        {"en": BANKS, "es": 'Hay <x id="2"/> y dos orillas.'},
        kinds={1: "emphasis", 2: "code"},
    )
    dump([entry], rivers.source / "people.tmx", source_language="en")
    page = build(amts_memory_files=["people.tmx"])
    assert 'Hay "one source" y dos orillas.' in page
    assert BANKS not in build.asked
    assert build.warnings == []


def test_a_bold_link_is_a_link(write_book):
    book = write_book(
        {
            "conf.py": 'extensions = ["sphinx_amts", "myst_parser"]\n',
            "index.md": "# Title\n\nSee **[the map](https://example.org)** now.\n",
            "people.csv": "en,es\nSee the map now.,Vea el mapa.\n",
        }
    )
    result = book.build(language="es", amts_memory_files=["people.csv"])
    assert "Vea el mapa" not in result.read("index.html")
    assert 'href="https://example.org"' in result.read("index.html")
