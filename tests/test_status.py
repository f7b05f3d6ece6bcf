"""What is people's, stale, a machine's and untranslated: by page, in words."""

from __future__ import annotations

import json

import pytest

from sphinx_amts.book.status import word_diff
from sphinx_amts.formats.tmx import Entry, dump
from sphinx_amts.memory.unit import Origin

pytestmark = pytest.mark.newest

CONF = """\
extensions = ["sphinx_amts"]
amts_engine = "pseudo"
amts_memory_files = ["people.tmx"]
locale_dirs = ["locale"]
"""
PAGES = {
    "conf.py": CONF,
    "index.rst": (
        "Trees\n=====\n\nA tree has green leaves. It stands near ``water``.\n\n"
        "Nobody ever wrote about these seven words.\n\n.. toctree::\n\n   two\n"
    ),
    "two.rst": "Roots\n=====\n\nThe roots of big trees go deep into the soil.\n",
}
UNITS = {
    "Trees": "Árboles",
    'It stands near <x id="1"/>.': 'Está cerca de <x id="1"/>.',
    "The roots of old trees go deep into the soil.": "Las raíces van al fondo.",
}


@pytest.fixture
def trees(write_book):
    book = write_book(PAGES)
    dump(
        [Entry({"en": source, "es": target}) for source, target in UNITS.items()],
        book.source / "people.tmx",
        source_language="en",
    )
    return book


def status(book, *options, expected=0):
    return book.amts("status", ".", "-l", "es", *options, expected=expected)


def words(human=0, stale=0, machine=0, untranslated=0):
    return {
        "human": human,
        "stale": stale,
        "machine": machine,
        "untranslated": untranslated,
    }


def test_words_are_counted_by_what_became_of_them(trees):
    found = json.loads(status(trees, "--json").stdout)
    # No engine has been asked: what people do not have is untranslated. The paragraph
    # with one known sentence counts for nothing as long as the other is missing.
    assert found["pages"] == {
        "index": words(human=1, untranslated=8 + 7),
        "two": words(stale=10, untranslated=1),
    }
    result = trees.build(language="es", engine=None)
    found = json.loads(status(trees, "--json").stdout)
    assert found["pages"] == {
        "index": words(human=1 + 3, machine=5 + 7),
        "two": words(stale=10, machine=1),
    }
    assert found["total"] == words(human=4, stale=10, machine=13)
    (line,) = [each for each in result.stdout.splitlines() if "words:" in each]
    assert line == (
        "sphinx_amts: words: 15 % human, 37 % human but stale, 48 % machine,"
        " 0 % untranslated"
    )


def test_what_is_stale_is_shown_with_what_changed(trees):
    (stale,) = json.loads(status(trees, "--json").stdout)["stale"]
    assert stale["similarity"] >= 75
    del stale["similarity"]
    assert stale == {
        "document": "two",
        "line": 4,
        "source": "The roots of big trees go deep into the soil.",
        "source_then": "The roots of old trees go deep into the soil.",
        "target": "Las raíces van al fondo.",
        "diff": "The roots of [-old-] {+big+} trees go deep into the soil.",
    }
    shown = status(trees).stdout
    assert "two:4: stale" in shown
    assert stale["diff"] in shown
    assert stale["target"] in shown


def test_a_stale_sentence_of_a_paragraph_is_found(trees):
    trees.write(
        {
            "two.rst": "Roots\n=====\n\nIt stands near ``me``. Words that nobody knows"
            " are here. The roots of all trees go deep into the soil.\n"
        }
    )
    (stale,) = json.loads(status(trees, "--json").stdout)["stale"]
    assert stale["source"] == "The roots of all trees go deep into the soil."


def test_catalogs_are_peoples(trees):
    trees.write(
        {
            "locale/es/LC_MESSAGES/two.po": (
                'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
                'msgid "The roots of big trees go deep into the soil."\n'
                'msgstr "Las raíces."\n'
            )
        }
    )
    found = json.loads(status(trees, "--json").stdout)
    assert found["pages"]["two"] == words(human=10, untranslated=1)
    assert found["stale"] == []


@pytest.mark.parametrize(("wanted", "expected"), [("14", 0), ("15", 1), ("101", 2)])
def test_ci_fails_under_a_share_of_peoples_words(trees, wanted, expected):
    trees.build(language="es", engine=None)  # then 4 of 27 words are people's: 14.8 %
    result = status(trees, "--fail-under", wanted, expected=expected)
    assert ("less than" in result.stderr) is (expected == 1)


def test_a_machines_unit_in_a_memory_file_is_a_machines(trees):
    entry = Entry(
        {"en": "Roots", "es": "Raíces"}, properties={"origin": Origin.MACHINE.value}
    )
    dump([entry], trees.source / "people.tmx", source_language="en")
    found = json.loads(status(trees, "--json").stdout)
    assert found["total"] == words(machine=1, untranslated=1 + 8 + 7 + 10)


@pytest.mark.parametrize(
    ("then", "now", "diff"),
    [
        ("a b", "a b", "a b"),
        ("", "a", "{+a+}"),
        ("a b c", "x b", "[-a-] {+x+} b [-c-]"),
    ],
)
def test_a_difference_is_shown_by_words(then, now, diff):
    assert word_diff(then, now) == diff


def test_doubt_is_for_pages_with_machine_translations(trees):
    trees.build(language="es", engine=None)
    pages = json.loads(status(trees, "--json", "--doubt").stdout)["pages"]
    assert 0 < pages["index"]["doubt"] < 1
    assert "doubt" not in json.loads(status(trees, "--json").stdout)["pages"]["index"]
    head, *lines = status(trees, "--doubt").stdout.splitlines()
    assert head.split()[-1] == "doubt"
    assert lines[0].split()[-1] == f"{pages['index']['doubt']:.2f}"
    entry = Entry({"en": "Roots", "es": "Raíces"})
    known = Entry(
        {
            "en": "The roots of big trees go deep into the soil.",
            "es": "Las raíces llegan al fondo.",
        }
    )
    dump([entry, known], trees.source / "people.tmx", source_language="en")
    pages = json.loads(status(trees, "--json", "--doubt").stdout)["pages"]
    assert pages["two"]["doubt"] is None
