"""Texts in attributes of any node, and parts that are in a language of their own."""

from __future__ import annotations

import re

EXTENSION = '''\
"""Has a node of its own with texts in attributes."""
from docutils import nodes
from docutils.parsers.rst import Directive


class drawing(nodes.General, nodes.Element):
    pass


class Drawing(Directive):
    has_content = True

    def run(self):
        return [drawing(alt="A lamp of brass", code="lamp -> table", placeholder="?")]


def visit(translator, node):
    translator.body.append(f"<i>{sorted(node.non_default_attributes().items())}</i>")


def setup(app):
    app.add_directive("drawing", Drawing)
    app.add_node(drawing, html=(visit, lambda *_: None))
'''
FILES = {
    "conf.py": """\
import sys
from pathlib import Path
sys.path.insert(0, str(Path(__file__).parent))
extensions = ["drawings", "sphinx_amts"]
amts_html_notice = False
""",
    "drawings.py": EXTENSION,
    "index.rst": """\
Lamps
=====

.. meta::
   :description lang=en: All about lamps.
   :description lang=fr: Tout sur les lampes.
   :twitter:description: A page on lamps.
   :robots: noindex
   :property=og:locale: en_US

.. role:: fr
   :class: language-fr

.. drawing::

The French say :fr:`bonne nuit` at night.

.. rst-class:: language-de

Guten Morgen.

Good morning.

.. container:: language-es

   Buenos dias.
""",
}


def test_an_attribute_for_readers_is_prose_on_any_node(write_book):
    page = write_book(FILES).build(language="pt_BR").read("index.html")
    assert "('alt', '[Å ļåmp öf břåšš ~~~~~]')" in page
    assert "('code', 'lamp -> table'), ('placeholder', '?')" in page


def test_what_is_in_another_language_stays_and_the_rest_says_its_new_one(write_book):
    page = write_book(FILES).build(language="pt_BR").read("index.html")
    metas = re.findall(r'<meta content="([^"]*)"(?: lang="([^"]*)")? name="(\w+)', page)
    assert metas == [
        ("[Åļļ åböûţ ļåmpš. ~~~~~~]", "pt-BR", "description"),
        ("Tout sur les lampes.", "fr", "description"),
        ("[Å påĝé öñ ļåmpš. ~~~~~~]", "", "twitter"),
        ("noindex", "", "robots"),
    ]
    assert 'content="pt_BR" property="og:locale"' in page
    assert 'Fřéñçĥ šåý <span lang="fr">bonne nuit</span> åţ' in page
    assert "Guten Morgen." in page
    assert "Buenos dias." in page
    assert "[Ĝööð möřñîñĝ. ~~~~~]" in page
