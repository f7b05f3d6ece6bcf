"""Anchors stay the source's where an extension makes them of titles later than we."""

from __future__ import annotations

import re

from books import po

EXTENSION = '''\
"""Makes anchors and labels of titles, as nbsphinx does."""
from docutils import nodes
from docutils.transforms import Transform


class Anchors(Transform):
    default_priority = 200

    def apply(self):
        env = self.document.settings.env
        for section in self.document.findall(nodes.section):
            title = section[0].astext()
            section["ids"] = [title.replace(" ", "-")]
            labels = env.domaindata["std"]["labels"]
            labels["to-" + section["ids"][0].lower()] = (
                env.docname, section["ids"][0], title
            )


def slug(app, doctree):
    for section in doctree.findall(nodes.section):
        section["classes"].append(section[0].astext().lower())


def setup(app):
    app.add_transform(Anchors)
    app.connect("doctree-read", slug)
'''
FILES = {
    "conf.py": """\
import sys
from pathlib import Path
sys.path.insert(0, str(Path(__file__).parent))
extensions = ["anchors_of_titles", "sphinx_amts"]
amts_html_notice = False
gettext_compact = "book"
""",
    "anchors_of_titles.py": EXTENSION,
    "index.rst": """\
Old lamps
=========

See :ref:`to-new-lamps`.

.. contents::

New lamps
---------

.. toctree::

   other
""",
    "other.rst": "Other\n=====\n\nSee :ref:`to-new-lamps`.\n",
}


def check_page(page: str, old: str, new: str) -> None:
    """Check ids, classes, titles and links of the first page."""
    sections = re.findall(r'<section class="([^"]*)" id="([^"]*)">', page)
    assert sections == [("old lamps", "Old-lamps"), ("new lamps", "New-lamps")]
    assert f">{old}</a>" in page
    assert f'href="#New-lamps"><span class="std std-ref">{new}</span></a>' in page
    assert page.count(f">{new}</a>") > 1  # in the table of contents too


def test_anchors_and_labels_of_a_title(write_book):
    book = write_book(FILES)
    built = book.build(language="es")
    new = "[Ñéŵ ļåmpš ~~~]"
    check_page(built.read("index.html"), "[Öļð ļåmpš ~~~]", new)
    assert f'href="index.html#New-lamps"><span class="std std-ref">{new}' in built.read(
        "other.html"
    )


def test_so_it_is_where_people_have_translated_the_title(write_book):
    texts = {"Old lamps": "Faroles viejos", "New lamps": "Faroles nuevos"}
    catalog = {"locales/es/LC_MESSAGES/book.po": po(texts)}
    book = write_book({**FILES, **catalog})
    page = book.build(language="es", engine="memory").read("index.html")
    check_page(page, "Faroles viejos", "Faroles nuevos")


def test_lines_of_chinese_are_joined_without_a_blank(write_book):
    book = write_book(
        {
            "conf.py": 'extensions = ["sphinx_amts"]\namts_source_language = "zh"\n',
            "index.rst": "标题\n====\n\n段落，\n很长。它和\nPython 一起。\n",
            "known.csv": "zh,en\n段落，很长。它和 Python 一起。,It is long.\n",
        }
    )
    built = book.build(language="en", engine="memory", amts_memory_files="known.csv")
    assert "It is long." in built.read("index.html")
