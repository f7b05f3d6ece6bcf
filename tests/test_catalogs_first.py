"""People's catalogs come first where Sphinx itself does not apply them, too."""

from __future__ import annotations

import pytest
from books import po
from test_labels import EXTENSION

FILES = {
    "conf.py": """\
import sys
from pathlib import Path
sys.path.insert(0, str(Path(__file__).parent))
extensions = ["recipes", "sphinx_amts"]
gettext_compact = "book"
amts_html_notice = False
""",
    "recipes.py": EXTENSION,
    "index.rst": """\
Lamps
=====

.. |lamp| replace:: the old lamp
.. |oil| replace:: the *best* oil

Light |lamp| with |oil|.

.. labelled:: The cook's label

.. labelled:: Sign in words
""",
    "locales/es/LC_MESSAGES/book.po": po(
        {
            "the old lamp": "el viejo farol",
            "The cook's label": "La «etiqueta» del cocinero",
            "Sign in words": "Con *signos* de marcado",
        }
    ),
}


@pytest.fixture
def page(write_book):
    return write_book(FILES).build(language="es").read("index.html")


def test_substitutions_and_labels(page):
    assert "el viejo farol" in page
    assert "La «etiqueta» del cocinero" in page


def test_what_has_markup_is_not_shown_with_its_signs(page):
    assert "*signos*" not in page
    assert "<em>béšţ</em>" in page
