"""Texts that an author has written into conf.py."""

from __future__ import annotations

import pytest

FILES = {
    "conf.py": """\
extensions = ["sphinx_amts"]
numfig = True
numfig_format = {"table": "Overview %s of all"}
math_eqref_format = "Formula {number}"
html_title = "The book of lamps"
copyright = "the keepers of lamps"
html_theme_options = {"description": "All about light", "logo_name": "true"}
man_pages = [("index", "book", "A manual of lamps", ["Ada Reed"], 1)]
amts_html_notice = False
""",
    "index.rst": """\
Lamps
=====

See :numref:`all-lamps` and :eq:`light`.

.. table:: Brass
   :name: all-lamps

   === ===
   one two
   === ===

.. math:: a = b
   :label: light
""",
}


@pytest.fixture
def lamps(write_book):
    return write_book(FILES)


def test_labels_titles_and_what_the_setting_names(lamps):
    further = ["copyright", "html_theme_options.description", "nothing.of.it"]
    settings = {"language": "es", "amts_texts": further}
    page = lamps.build(**settings).read("index.html")
    assert "[Övéřvîéŵ 1 öf åļļ ~" in page
    assert "[Föřmûļå 1 ~" in page
    assert "[Ţĥé bööķ öf ļåmpš ~" in page
    assert "[ţĥé ķéépéřš öf ļåmpš ~" in page
    assert "[Åļļ åböûţ ļîĝĥţ ~" in page
    assert "Fig. " not in page
    again = lamps.build(**settings)
    assert "0 added, 0 changed" in again.stdout
    assert "config changed" not in again.stdout


def test_the_rest_stays(lamps):
    page = lamps.build(language="es").read("index.html")
    assert "the keepers of lamps" in page
    assert "All about light" in page


def test_a_manual(lamps):
    page = lamps.build(language="es", builder="man").read("book.1")
    assert "[Å måñûåļ öf ļåmpš ~" in page
    assert "Ada Reed" in page
