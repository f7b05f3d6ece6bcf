"""What extensions write beside an author's words stays; the author's is translated."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document

from sphinx_amts.hosts.sphinx.units import find_units
from sphinx_amts.hosts.sphinx.workarounds import renew_copies

EXTENSION = '''\
"""Writes a label of its own before the title that an author gives."""
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.locale import get_translation

_ = get_translation("recipes")


class Title(nodes.title):
    pass


class Recipe(Directive):
    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        words, _messages = self.state.inline_text(self.arguments[0], self.lineno)
        apart = nodes.paragraph("", "", nodes.Text(_("Recipe")), nodes.emphasis())
        apart[1].extend(words)
        joined = nodes.paragraph("", f"{_('Recipe')}: {self.arguments[0]}")
        alone = nodes.paragraph("", _("Recipe"))
        strong = nodes.paragraph("", "", nodes.strong("", _("Recipe") + ":"))
        strong += nodes.Text(" " + self.arguments[0])
        return [apart, joined, alone, strong]


class Tab(Directive):
    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        return [nodes.container("", nodes.label("", self.arguments[0]))]


def setup(app):
    app.add_message_catalog("recipes", str(Path(__file__).parent / "texts"))
    app.add_directive("recipe", Recipe)
    app.add_directive("labelled", Tab)
    app.add_node(nodes.label, override=True, html=(lambda *_: None, lambda *_: None))
'''
FILES = {
    "conf.py": """\
import sys
from pathlib import Path
sys.path.insert(0, str(Path(__file__).parent))
extensions = ["recipes", "sphinx_amts"]
amts_html_notice = False
""",
    "recipes.py": EXTENSION,
    "index.rst": """\
Kitchen
=======

.. recipe:: Bread with seeds

A note [#n]_.

.. labelled:: The label of a tab

.. [#n] Of the cook.
""",
}


def write_catalog(folder: Path, language: str, texts: dict[str, str]) -> None:
    """Write a compiled catalog of an extension."""
    from babel.messages import Catalog, mofile

    made = Catalog(locale=language)
    for source, target in texts.items():
        made.add(source, target)
    place = folder / "texts" / language / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / "recipes.mo").open("wb") as file:
        mofile.write_mo(file, made)


@pytest.fixture
def kitchen(write_book):
    book = write_book(FILES)
    write_catalog(book.source, "es", {"Recipe": "Receta"})
    return book


def test_a_label_is_no_text_of_the_author(kitchen):
    built = kitchen.build(language="es")
    page = kitchen.doctree("index", "es")
    apart, joined, alone, strong, *_ = (
        node.astext() for node in page.findall(nodes.paragraph)
    )
    assert apart.startswith("Receta[Břéåð")
    assert joined.startswith("[Receta: Břéåð")
    assert alone == "Receta"
    assert strong.startswith("[Receta: Břéåð")
    assert built.warnings == []


def test_only_labels_of_notes_are_no_words(kitchen):
    kitchen.build(language="es")
    labels = [
        node.astext() for node in kitchen.doctree("index", "es").findall(nodes.label)
    ]
    assert labels == ["[Ţĥé ļåbéļ öf å ţåb ~~~~~~]", "1"]


def test_a_label_in_words_that_no_extension_has_is_words():
    from docutils.utils import new_document

    document = new_document("page")
    document += nodes.paragraph("", "Note: it is hot.")
    document += nodes.paragraph("", "Nota: it is hot.")
    units = find_units(document, interface={"Nota"})
    sources = [unit.segment.source for unit in units]
    assert sources == ["Note: it is hot.", '<x id="1"/>: it is hot.']


EXERCISES = {
    "conf.py": """\
extensions = ["sphinx_exercise", "sphinx_amts"]
amts_html_notice = False
""",
    "index.rst": """\
Tasks
=====

.. exercise:: Bake a loaf
   :label: loaf

   Use an oven.

.. solution:: loaf
   :label: answer

   It is brown.

See :ref:`answer`.
""",
}


def test_exercises_and_what_refers_to_them(write_book):
    pytest.importorskip("sphinx_exercise")
    page = write_book(EXERCISES).build(language="es").read("index.html")
    assert "([Båķé å ļöåƒ".replace("ƒ", "f") in page
    assert "Bake a loaf" not in page


REFERENCES = {
    "conf.py": 'extensions = ["sphinx_amts"]\namts_html_notice = False\n',
    "list.txt": "Flour\n",
    "index.rst": """\
.. _start:

Kitchen
=======

Read :any:`the first chapter <start>`, :any:`start`, :ref:`here <start>`, take
:download:`the list of things <list.txt>` or :download:`list.txt <list.txt>` or
:download:`this short file: list.txt <list.txt>`, use
:option:`the flag for heat <oven --hot>`, :option:`oven --hot <oven --hot>`,
:py:func:`the function that bakes <bake>` and :py:func:`bake() <bake>`.

.. option:: oven --hot

.. py:function:: bake()
""",
}


def test_words_that_an_author_gave_to_a_reference(write_book):
    book = write_book(REFERENCES)
    book.build(language="es")
    (text,) = (
        node.astext()
        for node in book.doctree("index", "es").findall(nodes.paragraph)
        if "Řéåð" in node.astext()
    )
    for words in (
        "ţĥé fîřšţ çĥåpţéř",
        "ĥéřé",
        "ţĥé ļîšţ öf ţĥîñĝš",
        "ţĥé fļåĝ föř ĥéåţ",
    ):
        assert words in text
    assert "ţĥé fûñçţîöñ ţĥåţ båķéš" in text
    assert "ţĥîš šĥöřţ fîļé: " in text
    for code in (" list.txt", "oven --hot,", " bake()."):
        assert code in text


class _Counted(dict):
    """An entry of a registry that counts how often any is asked for something."""

    asked = 0

    def get(self, *arguments):
        _Counted.asked += 1
        return super().get(*arguments)


def test_copies_are_looked_for_at_the_end_of_a_registry():
    document = new_document("")
    document += nodes.title("", "Bread", ids=["bread"])
    document.ids["bread"] = document[0]
    known = {
        n: _Counted(docname=f"page{n}", node=nodes.title(ids=["bread"]))
        for n in range(100)
    }
    env = SimpleNamespace(docname="page99", exercises=known, titles={"page99": ""})
    renew_copies(env, document)
    assert known[99]["node"].astext() == "Bread"
    assert known[98]["node"].astext() == ""
    assert _Counted.asked == 3  # two for their pages, one for the node
