"""What is for one language only, and the language under the name that a user wrote."""

from __future__ import annotations

import pytest
from test_labels import write_catalog

PICTURE = "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>"
FILES = {
    "conf.py": """\
extensions = ["sphinx.ext.ifconfig", "sphinx_amts"]
amts_html_notice = False
""",
    "lamp.svg": PICTURE,
    "index.rst": """\
Lamps
=====

.. image:: lamp.svg

.. image:: lamp.*

.. ifconfig:: language == 'zh'

   For zh.

.. ifconfig:: language == 'zh_CN'

   For China.

.. ifconfig:: language != 'zh'

   For all others.
""",
}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["lamp.zh.svg", "lamp.zh_CN.svg"], "lamp.zh.svg"),
        (["lamp.zh_CN.svg"], "lamp.zh_CN.svg"),
        (["lamp.es.svg"], "lamp.svg"),
    ],
)
def test_a_picture_is_found_as_its_language_is_written(write_book, files, found):
    book = write_book({**FILES, **dict.fromkeys(files, PICTURE)})
    page = book.build(language="zh", engine="identity").read("index.html")
    assert page.count(f'src="_images/{found}"') == 2


def test_a_condition_holds_for_both_names(write_book):
    page = write_book(FILES).build(language="zh", engine="identity").read("index.html")
    assert "For zh." in page
    assert "For China." in page
    assert "For all others." not in page


EXTENSION = '''\
"""Fixes a text while it is set up."""
from pathlib import Path

from sphinx.locale import get_translation

_ = get_translation("recipes")


def setup(app):
    app.add_message_catalog("recipes", str(Path(__file__).parent / "texts"))
    app.add_config_value("recipes_prompt", _("Recipe"), "html")
    fixed = _("Recipe")
    app.connect("html-page-context", lambda app, name, template, context, tree: (
        context.update(body=f"<p>{app.config.recipes_prompt} {fixed}</p>")
    ))
'''


@pytest.mark.parametrize(
    ("order", "shown"),
    [
        (["sphinx_amts", "recipes"], "Receta Receta"),
        (["recipes", "sphinx_amts"], "Receta Recipe"),
    ],
)
def test_a_language_from_the_environment(write_book, order, shown):
    conf = "import sys\nfrom pathlib import Path\n"
    conf += "sys.path.insert(0, str(Path(__file__).parent))\n"
    conf += f"extensions = {order}\namts_html_notice = False\n"
    index = "Kitchen\n=======\n"
    book = write_book({"conf.py": conf, "recipes.py": EXTENSION, "index.rst": index})
    write_catalog(book.source, "es", {"Recipe": "Receta"})
    built = book.build(variables={"AMTS_LANGUAGE": "es"})
    assert f"<p>{shown}</p>" in built.read("index.html")
    assert ("put 'sphinx_amts' first" in built.stdout) is (order[0] == "recipes")
