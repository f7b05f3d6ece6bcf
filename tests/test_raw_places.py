"""Where writers put a text raw, a hostile target is text all the same, or refused.

`CASES` has one for each of `RAW_PLACES`; each is looked at as it was written.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from books import Book, po

from sphinx_amts.formats.tmx import Entry, dump
from sphinx_amts.hosts.sphinx.raw_places import RAW_PLACES, RawPlace, is_same_tex

PAGE = """\
Harbours
========

A lamp in the harbour.

A lamp "); alert(1)// there.

.. image:: lamp.png
   :alt: The old lamp

.. toctree::
   :caption: More lamps

   two
   three
"""
CONF = """\
project = "Harbours"
author = "Me"
extensions = ["sphinx_amts"]
amts_engine = "memory"
amts_memory_files = ["people.tmx"]
html_title = "Lamps of the world"
html_short_title = "Lamps"
locale_dirs = ["locale"]
htmlhelp_basename = "harbours"
latex_documents = [("index", "book.tex", "A printed book", "Me", "manual")]
man_pages = [("index", "harbours", "Harbours", ["Me"], 7)]
"""
BUILDERS = ("html", "htmlhelp", "latex", "man")


@dataclass(frozen=True)
class Case:
    """A hostile target, and how to see that it does nothing."""

    source: str
    target: str
    file: str
    evil: str  # must not be in the file
    shown: str = ""  # must be in it; empty where the target is refused
    catalog: str = ""  # must be in it where a catalog has the target


IMG = "<img src=x onerror=alert(1)>"
CASES = {
    "any text": Case(
        "A lamp in the harbour.",
        r"Una \(\href{javascript:alert(1)}{x}\)",
        "html/index.html",
        r"\(\href",
        catalog=r"Una ＼(＼href{javascript:alert(1)}{x}",
    ),
    "a title, a term, an entry of an index or of a table of contents": Case(
        "Two", f"Dos {IMG}", "html/searchindex.js", "<img", catalog=r"Dos \uff1cimg"
    ),
    "html_title": Case(
        "Lamps of the world", f"Mundo {IMG}", "html/index.html", "<img src=x "
    ),
    "html_title in HTML Help": Case(
        "Lamps in print",
        'Luces" evil',
        "htmlhelp/harbours.hhp",
        'Luces"',
        "Title=Luces' evil",
    ),
    "a title in latex_documents": Case(
        "A printed book", r"Un libro \input{x}", "latex/book.tex", r"\input{x}"
    ),
    "the caption of the first table of contents": Case(
        "More lamps",
        r"\input{x} & #1",
        "latex/book.tex",
        r"\input{x}",
        r"{\contentsname}{\textbackslash{}input\{x\} \& \#1}",
        catalog=r"{\contentsname}{\textbackslash{}input\{x\} \& \#1}",
    ),
    "the alternative text of an image": Case(
        "The old lamp",
        r"Farola \V[HOME]",
        "man/harbours.7",
        r" \V[",
        r"Farola \eV[HOME]]",
        catalog=r"Farola \eV[HOME]]",
    ),
    "a title with a label": Case(
        "Three", "Tres\u2028evil", "html/three.html", "\u2028"
    ),
    "the original of a text": Case(
        'A lamp "); alert(1)// there.',
        "Una luz.",
        "html/_amts/index.js",
        'lamp ");',
        r"lamp \"); alert(1)//",
    ),
}


def of(place: RawPlace) -> str:
    return place.text


def build_all(folder: Path, targets: Mapping[str, str], catalog: str = "") -> Path:
    """Build a book in all formats; return the folder that they are in."""
    book = Book(folder / "book", folder / "built")
    book.write(
        {
            "conf.py": CONF,
            "index.rst": PAGE,
            "two.rst": "Two\n===\n\nBoats.\n",
            "three.rst": ".. _three:\n\nThree\n=====\n\nMen.\n",
            "lamp.png": "",
            **{
                f"locale/es/LC_MESSAGES/{name}.po": catalog
                for name in ("index", "two", "three")
                if catalog
            },
        }
    )
    entries = [
        Entry(
            {"en": html.escape(key, False), "es": html.escape(text, False)},
            properties={"origin": "machine"},
        )
        for key, text in targets.items()
    ]
    dump(entries, book.source / "people.tmx", source_language="en")
    for name in BUILDERS:
        title = {"html_title": "Lamps in print"} if name == "htmlhelp" else {}
        book.build(language="es", engine=None, builder=name, **title)
    return book.work / "es"


@pytest.fixture(scope="module")
def from_memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    targets = {case.source: case.target for case in CASES.values()}
    return build_all(tmp_path_factory.mktemp("memory"), targets)


@pytest.fixture(scope="module")
def from_catalogs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    targets = {
        case.source: case.target.replace("\\", "\\\\") if is_parsed else case.target
        for place, case in CASES.items()
        if (is_parsed := place == "any text") or case.catalog
    }
    return build_all(tmp_path_factory.mktemp("catalogs"), {}, po(targets))


def test_each_place_has_a_case():
    assert list(CASES) == list(map(of, RAW_PLACES))
    assert {place.guard for place in RAW_PLACES} == {"checked", "escaped", "refused"}


@pytest.mark.parametrize("place", RAW_PLACES, ids=of)
def test_a_hostile_target_of_a_memory(from_memory, place):
    case = CASES[place.text]
    written = (from_memory / case.file).read_text(encoding="utf-8")
    assert case.evil not in written
    assert (case.shown or case.source) in written


IN_CATALOGS = [place for place in RAW_PLACES if CASES[place.text].catalog]


@pytest.mark.parametrize("place", IN_CATALOGS, ids=of)
def test_a_hostile_target_of_a_catalog(from_catalogs, place):
    case = CASES[place.text]
    written = (from_catalogs / case.file).read_text(encoding="utf-8")
    assert case.evil not in written
    assert case.catalog in written


@pytest.mark.parametrize(
    ("source", "target", "is_same"),
    [
        ("A book", "Un libro", True),
        ("A book", "Un libro ^^5cinput{x}", False),
        (r"A \& B", r"A \& C", True),
        (r"\textit{A} book", r"\textit{A} libro", True),
        (r"\textit{A} book", r"\input{A} libro", False),
        (r"\input{a}", r"\input{b}", False),
        (r"A \& B {c}", r"A } {\& c", False),
    ],
)
def test_a_title_in_latex_has_the_commands_of_its_source(source, target, is_same):
    assert is_same_tex(source, target) is is_same
