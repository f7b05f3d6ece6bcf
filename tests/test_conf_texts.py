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


PROMPTS = '''\
"""Puts a prompt into a script as soon as there is a configuration."""


def write(app, config):
    app.add_js_file(None, body=f"let prompt = '{config.prompt}', others = ['lights'];")


def setup(app):
    app.add_config_value("prompt", "", "html")
    app.connect("config-inited", write)
'''


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


def test_a_prompt_that_is_in_a_script(lamps):
    conf = FILES["conf.py"].replace('["', '["prompts", "', 1)
    conf = "import sys\nfrom pathlib import Path\n" + conf
    conf += "sys.path.insert(0, str(Path(__file__).parent))\nprompt = 'light'\n"
    lamps.write({"conf.py": conf, "prompts.py": PROMPTS})
    page = lamps.build(language="es", amts_texts="prompt").read("index.html")
    assert "let prompt = '[ļîĝĥţ ~~]', others = ['lights'];" in page
