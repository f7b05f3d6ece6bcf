"""Texts that an extension has put into raw HTML, and into what a cell has drawn."""

from __future__ import annotations

import json

import pytest
from docutils import nodes

from sphinx_amts.hosts.sphinx.raw_texts import raw_blocks, translate_raw

FILES = {
    "conf.py": 'extensions = ["sphinx_amts"]\namts_html_notice = False\n',
    "index.rst": """\
Pictures
========

.. raw:: html

   <div class="card" tooltip="All about lamps &amp; oil.">Old lamps</div>
   <div>Nobody knows this</div>

.. raw:: html

   <script>var name = ">Old lamps<";</script>

.. toctree::

   other
""",
    "other.rst": "Old lamps\n=========\n\nAll about lamps & oil.\n",
}


def test_a_title_in_raw_html_is_translated_as_it_is_elsewhere(write_book):
    book = write_book(FILES)
    page = book.build(language="es").read("index.html")
    assert 'tooltip="[Åļļ åböûţ ļåmpš &amp; öîļ.' in page
    assert ">[Öļð ļåmpš ~~~]</div>" in page
    assert "<div>Nobody knows this</div>" in page
    assert 'var name = ">Old lamps<";' in page
    same = book.build(language="es", engine="identity").read("index.html")
    assert 'tooltip="All about lamps &amp; oil.">Old lamps</div>' in same


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<i>one</i>", "<i>&lt;ONE&gt;</i>"),
        ("<i>\n one\n</i>", "<i>\n &lt;ONE&gt;\n</i>"),
        ('<i title="one" class="one">', '<i title="&lt;ONE&gt;" class="one">'),
        ("<code>one</code>", "<code>one</code>"),
        ("one", "one"),
        ("<i>two</i>", "<i>two</i>"),
    ],
)
def test_only_whole_texts_that_are_known(before, after):
    from docutils.utils import new_document

    document = new_document("page")
    document += nodes.raw("", before, format="html")
    known = {"one": "&lt;ONE&gt;"}
    for node in raw_blocks(document):
        translate_raw(node, lambda segment: known.get(segment.source))
    assert document[0].astext() == after


PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ"
    "RU5ErkJggg=="
)


def test_the_alternative_of_what_a_cell_has_drawn(write_book):
    pytest.importorskip("myst_nb")
    drawn = {
        "output_type": "display_data",
        "data": {"image/png": PIXEL, "text/plain": ["a picture"]},
        "metadata": {},
    }
    options = {"image": {"alt": "A red lamp"}, "figure": {"caption": "It is lit."}}
    cell = {
        "cell_type": "code",
        "execution_count": 1,
        "id": "one",
        "metadata": {"mystnb": options},
        "outputs": [drawn],
        "source": ["draw()"],
    }
    title = {
        "cell_type": "markdown",
        "id": "two",
        "metadata": {},
        "source": ["# Lamps"],
    }
    notebook = {
        "cells": [title, cell],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    conf = 'extensions = ["myst_nb", "sphinx_amts"]\nnb_execution_mode = "off"\n'
    conf += "amts_html_notice = False\n"
    book = write_book({"conf.py": conf, "index.ipynb": json.dumps(notebook)})
    page = book.build(language="es").read("index.html")
    assert 'alt="[Å řéð ļåmp ~~~~]"' in page
    assert "[Îţ îš ļîţ." in page
