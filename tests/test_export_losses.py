"""An export loses nothing that people have, whatever this build sees of the book."""

from __future__ import annotations

import io
import json

import pytest
from babel.messages.pofile import read_po
from books import Book, po

from sphinx_amts.formats.tmx import Entry, dump, load

pytestmark = [pytest.mark.newest, pytest.mark.sphinx]

CONF = """\
extensions = ["sphinx_amts"]
amts_engine = "memory"
amts_memory_files = ["people.tmx"]
locale_dirs = ["locale"]
exclude_patterns = ["locale"]
"""


def catalog(book: Book, name: str):
    return read_po(io.BytesIO((book.source / name).read_bytes()), abort_invalid=True)


# A theme

BRAND = """\
from docutils import nodes
from docutils.parsers.rst import Directive
from pathlib import Path


class Card(Directive):
    has_content = True

    def run(self):
        return [nodes.paragraph("", "\\n".join(self.content))]


def setup(app):
    app.add_html_theme("brand", str(Path(__file__).parent))
    app.add_directive("card", Card)
"""
THEME = {
    "brand/__init__.py": BRAND,
    "brand/theme.conf": "[theme]\ninherit = basic\n",
    "brand-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: brand\nVersion: 1\n",
    "brand-1.0.dist-info/entry_points.txt": "[sphinx.html_themes]\nbrand = brand\n",
}
CARD = {
    "conf.py": CONF + 'html_theme = "brand"\nexclude_patterns += ["brand*"]\n',
    "index.rst": "Boats\n=====\n\n.. card::\n\n   A boat for two.\n",
}


def test_texts_of_a_theme_s_directives_are_the_book_s(write_book):
    book = write_book({**CARD, **THEME})
    memory = book.source / "people.tmx"
    people = {"Boats": "Barcos", "A boat for two.": "Un barco para dos."}
    entries = [Entry({"en": source, "es": target}) for source, target in people.items()]
    dump(entries, memory, source_language="en")
    before = set(book.source.iterdir()) | {book.source / ".amts"}
    result = book.amts("status", ".", "-l", "es", "--json")
    assert json.loads(result.stdout)["pages"]["index"]["human"] == 1 + 4
    assert result.stderr == ""
    book.amts("export", ".", "-l", "es", "-o", "people.tmx")
    kept = {entry.texts["en"]: entry.texts["es"] for entry in load(memory)}
    assert kept == people
    assert set(book.source.iterdir()) == before


# Catalogs

CODE = """\
Boats
=====

.. code-block:: python

   print("A boat.")

A harbour.
"""
LEFT_OUT = "Lamps\n=====\n\nA lamp is here.\n\n.. index:: light\n"
OLD = """\
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

#: book/index.rst:5
msgid "print(\\"A boat.\\")"
msgstr "print(\\"Un barco.\\")"

# Who: Ana
#: book/lamps.rst
msgid "A lamp is here."
msgstr "Aquí hay una farola."

#: book/lamps.rst:6
msgid "light"
msgstr "luz"

#: book/gone.rst
msgid "Gone"
msgstr "Fue"

#: book/gone.rst:7
msgid "Gone too"
msgstr "También fue"

#~ msgid "A harbour."
#~ msgstr "Un puerto."
"""


@pytest.fixture
def shared(write_book):
    """A book with one catalog, for a page that is translated and one that is not."""
    conf = f'{CONF}gettext_compact = "all"\namts_exclude = ["lamps"]\n'
    conf += 'gettext_additional_targets = ["literal-block", "index"]\n'
    files = {"conf.py": conf, "index.rst": f"{CODE}\n.. toctree::\n\n   lamps\n"}
    return write_book({**files, "lamps.rst": LEFT_OUT})


@pytest.mark.parametrize("name", ["locale/es/LC_MESSAGES/all.po", "es.po"])
def test_what_gettext_has_stays(shared, name):
    shared.write({name: OLD})
    out = "es.po" if name == "es.po" else "locale"
    shared.amts("export", ".", "-l", "es", "--format", "po", "-o", out)
    first = (shared.source / name).read_bytes()
    found = catalog(shared, name)
    texts = {message.id: message.string for message in found if message.string}
    del texts[""]
    assert texts == {
        'print("A boat.")': 'print("Un barco.")',
        "A lamp is here.": "Aquí hay una farola.",
        "light": "luz",
        "A harbour.": "Un puerto.",
    }
    assert found["A lamp is here."].user_comments == ["Who: Ana"]
    gone = {message.id: message.string for message in found.obsolete.values()}
    assert gone == {"Gone": "Fue", "Gone too": "También fue"}
    shared.amts("export", ".", "-l", "es", "--format", "po", "-o", out)
    assert (shared.source / name).read_bytes() == first


def test_catalogs_are_written_all_or_none(write_book):
    book = write_book(
        {
            "conf.py": CONF,
            "index.rst": "Boats\n=====\n\n.. toctree::\n\n   lamps\n",
            "lamps.rst": "Lamps\n=====\n",
            "locale/es/LC_MESSAGES/lamps.po": 'msgid "Lamps"\nnonsense\n',
        }
    )
    words = ["export", ".", "-l", "es", "--format", "po", "-o", "locale"]
    result = book.amts(*words, expected=2)
    assert "lamps.po" in result.stderr
    assert not (book.source / "locale/es/LC_MESSAGES/index.po").exists()


def test_what_a_catalog_brings_is_no_source(write_book):
    glossary = (
        ".. glossary::\n\n   Gardener\n      Who waters.\n\n   Lamp\n      A light.\n"
    )
    catalog_of = po({"Gardener": "Jardinero", "Who waters.": "*Quien* riega."})
    name = "locale/es/LC_MESSAGES/index.po"
    book = write_book(
        {"conf.py": CONF, "index.rst": f"Words\n=====\n\n{glossary}", name: catalog_of}
    )
    book.amts("export", ".", "-l", "es", "--format", "po", "-o", "locale")
    found = {message.id: message.string for message in catalog(book, name)}
    del found[""]
    assert found == {
        "Gardener": "Jardinero",
        "Who waters.": "*Quien* riega.",
        "Words": "",
        "Lamp": "",
        "A light.": "",
    }
