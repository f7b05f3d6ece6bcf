"""Notebooks in the language of the build: text cells are, all else is as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from books import Book, po

pytest.importorskip("myst_nb", reason="needs myst-nb")

CONF = """\
project = "Ovens"
extensions = ["myst_nb", "sphinx_amts"]
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
suppress_warnings = ["image.not_readable"]
"""
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ"
    "RU5ErkJggg=="
)
TEXT = """\
# The oven

:::{note}
:class: tip
Heat the *oven* to $T = 220$ degrees, see {ref}`rye`
and [the page](warm.md).
:::

> Take `flour`
> and **water**.

(rye)=
## Rye
- One loaf
- Two loaves
  of rye

| Loaf | Time |
|------|------|
| Rye  | An hour |

![A picture](attachment:loaf.png)

```python
One loaf
```

```{admonition} Be careful!
:class: warning
It is hot.
```

Rye
: A dark grain.
"""
CODE = "print('One loaf')\n# One loaf"
WARM = """\
---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# The warm oven

Heat it **before** the dough.

```{code-cell} ipython3
:tags: [hide-input]
print(3 * 70)
```

Then wait.
"""


def notebook(**changes: Any) -> dict[str, Any]:
    """Return a notebook with a text cell, a code cell and a text cell."""
    return {
        "cells": [
            {
                "cell_type": "markdown",
                "id": "first",
                "metadata": {"tags": ["a tag"], "slideshow": {"slide_type": "slide"}},
                "attachments": {"loaf.png": {"image/png": PIXEL}},
                "source": TEXT.splitlines(keepends=True),
            },
            {
                "cell_type": "code",
                "id": "second",
                "metadata": {},
                "execution_count": 7,
                "outputs": [
                    {"name": "stdout", "output_type": "stream", "text": ["One loaf\n"]}
                ],
                "source": CODE.splitlines(keepends=True),
            },
            {
                "cell_type": "markdown",
                "id": "x",
                "metadata": {},
                "source": "Let it *cool*.",
            },
        ],
        "metadata": {
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "p",
            },
            "something": {"of": "another tool"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
        **changes,
    }


@pytest.fixture
def ovens(write_book) -> Book:
    """A book with a notebook and a MyST notebook."""
    text = json.dumps(notebook(), indent=1) + "\n"
    index = "# Bread\n\n```{toctree}\noven\nwarm\nplain\n```\n"
    plain = "# Plain\n\nNo code here.\n"
    files = {"oven.ipynb": text, "warm.md": WARM, "plain.md": plain, "index.md": index}
    return write_book({"conf.py": CONF, **files})


def cells(path: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook that is valid."""
    text = path.read_text(encoding="utf-8")
    nbformat.validate(nbformat.reads(text, as_version=nbformat.NO_CONVERT))
    return json.loads(text)["cells"]


def test_text_is_translated_with_its_own_markup(ovens):
    result = ovens.build(language="zh")
    first, _code, last = cells(result.out / "_sources" / "oven.ipynb")
    text = "".join(first["source"])
    for line in [
        "# \\[Ţĥé övéñ \\~\\~\\~]",
        ":::{note}\n:class: tip\n\\[Ĥéåţ ţĥé *övéñ* ţö $T = 220$ ðéĝřééš,",
        "šéé {ref}`rye` åñð [ţĥé påĝé](warm.md).",
        "> \\[Ţåķé `flour` åñð **ŵåţéř**.",
        "(rye)=\n## \\[Řýé \\~]",
        "- \\[Öñé ļöåf \\~\\~\\~]\n- \\[Ţŵö ļöåvéš öf řýé",
        "| \\[Řýé \\~]  | \\[Åñ ĥöûř \\~\\~\\~] |",
        "![\\[Å pîçţûřé \\~\\~\\~]](attachment:loaf.png)",
        "```python\nOne loaf\n```",
        "```{admonition} \\[Bé çåřéfûļ! \\~\\~\\~\\~]\n:class: warning\n\\[Îţ îš ĥöţ.",
        "\n\\[Řýé \\~]\n: \\[Å ðåřķ ĝřåîñ. \\~\\~\\~\\~\\~]",
    ]:
        assert line in text
    assert last["source"] == "\\[Ļéţ îţ *çööļ*. \\~\\~\\~\\~]"  # one text, as it was


def test_all_else_stays(ovens):
    result = ovens.build(language="zh")
    path = result.out / "_sources" / "oven.ipynb"
    translated = json.loads(path.read_text(encoding="utf-8"))
    for cell in translated["cells"]:
        if cell["cell_type"] == "markdown":
            del cell["source"]
    source = notebook()
    for cell in source["cells"]:
        if cell["cell_type"] == "markdown":
            del cell["source"]
    assert json.dumps(translated) == json.dumps(source)  # the order too
    # What Sphinx copies, for themes that show the source as text.
    assert (
        result.out / "_sources" / "oven.ipynb.txt"
    ).read_bytes() == path.read_bytes()


def test_a_myst_notebook_becomes_one_too(ovens):
    executed = {"nb_execution_mode": "off"}
    source = ovens.build(engine=None, **executed)
    result = ovens.build(language="zh", **executed)
    title, code, last = cells(result.out / "_sources" / "warm.ipynb")
    assert "**béföřé**" in "".join(title["source"])
    assert "Ţĥéñ ŵåîţ" in "".join(last["source"])
    before = cells(source.out.parent / "jupyter_execute" / "warm.ipynb")
    # Of a source without ids, MyST-NB makes up others each time.
    assert {**code, "id": ""} == {**before[1], "id": ""}
    assert not (result.out / "_sources" / "plain.ipynb").exists()


def test_nothing_in_the_source_language(ovens):
    result = ovens.build()
    sources = result.out / "_sources"
    assert sorted(path.name for path in sources.iterdir()) == [
        *("index.md.txt", "oven.ipynb.txt", "plain.md.txt", "warm.md.txt")
    ]


def test_the_identity_engine_changes_no_byte(ovens):
    result = ovens.build(language="zh", engine="identity")
    written = (result.out / "_sources" / "oven.ipynb").read_bytes()
    assert written == (ovens.source / "oven.ipynb").read_bytes()


def test_people_s_catalog_is_in_the_notebook(ovens):
    texts = {"Let it *cool*.": "让它*凉*下来。"}
    ovens.write({"locale/zh_CN/LC_MESSAGES/oven.po": po(texts)})
    result = ovens.build(language="zh", locale_dirs=["locale"])
    last = cells(result.out / "_sources" / "oven.ipynb")[2]
    assert last["source"] == "让它*凉*下来。"


@pytest.mark.parametrize(
    "text",
    [
        "[Que](javascript:alert(1)) se *enfríe*.",
        "<javascript:alert(1)> se *enfríe*.",
        "Que [se](data:text/html;base64,eA==) *enfríe*.",
        "![Que](https://evil.example/a.png) se *enfríe*.",
        "Que <img src=x onerror=alert(1)> se *enfríe*.",
    ],
)
def test_nothing_of_a_catalog_runs_in_the_notebook(ovens, text):
    ovens.write({"locale/zh_CN/LC_MESSAGES/oven.po": po({"Let it *cool*.": text})})
    result = ovens.build(language="zh", locale_dirs=["locale"])
    last = cells(result.out / "_sources" / "oven.ipynb")[2]
    assert last["source"] == "Let it *cool*."
    page = result.read("oven.html")
    assert not any(f'"{evil}' in page for evil in ("javascript:", "data:", "https://e"))
    assert "<img src=x" not in page


def test_a_notebook_that_is_left_out_is_the_source_s(ovens):
    result = ovens.build(language="zh")
    path = result.out / "_sources" / "oven.ipynb"
    assert cells(path)[2]["source"] != "Let it *cool*."
    result = ovens.build(language="zh", amts_exclude=["oven"])
    assert not path.exists()
    published = result.read("_sources/oven.ipynb.txt")
    assert published == (ovens.source / "oven.ipynb").read_text(encoding="utf-8")
    assert "Ţĥéñ ŵåîţ" in result.read("_sources/warm.ipynb")


def test_a_corrected_memory_and_a_changed_page_reach_the_notebook(ovens):
    table = "people.csv"
    ovens.write({table: "en,zh\nThen wait.,然后等。\n"})
    build = {"language": "zh", "amts_memory_files": [table]}
    path = ovens.build(**build).out / "_sources" / "warm.ipynb"
    assert cells(path)[2]["source"] == ["然后等。"]
    ovens.write({table: "en,zh\nThen wait.,再等一等。\n"})
    ovens.build(**build)
    assert cells(path)[2]["source"] == ["再等一等。"]
    ovens.write({"plain.md": "# Plain\n\nChanged.\n"})  # the notebook is not read again
    ovens.build(**build)
    assert cells(path)[2]["source"] == ["再等一等。"]


def test_the_theme_s_button_leads_to_it(ovens):
    pytest.importorskip("sphinx_book_theme", reason="needs sphinx-book-theme")
    conf = CONF + (
        'html_theme = "sphinx_book_theme"\n'
        'html_theme_options = {"repository_url": "https://github.com/a/b",'
        ' "launch_buttons": {"binderhub_url": "https://mybinder.org"}}\n'
    )
    ovens.write({"conf.py": conf})
    result = ovens.build(language="zh")
    assert 'href="_sources/warm.ipynb"' in result.read("warm.html")
    assert 'href="_sources/oven.ipynb"' in result.read("oven.html")
    first = cells(result.out / "_sources" / "warm.ipynb")[0]
    assert "Ţĥé ŵåřm övéñ" in "".join(first["source"])


def test_an_old_notebook_is_upgraded(ovens):
    """Of nbformat 3, as IPython wrote it before Jupyter."""
    cells_of_old = [
        {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Crumbs"]},
        {"cell_type": "markdown", "metadata": {}, "source": "Sweep *them* up."},
        {
            "cell_type": "code",
            "language": "python",
            "metadata": {},
            "collapsed": False,
            "prompt_number": 1,
            "input": "sweep()",
            "outputs": [
                {"output_type": "stream", "stream": "stdout", "text": "Swept.\n"},
            ],
        },
    ]
    old = {
        "metadata": {"name": "crumbs"},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": cells_of_old, "metadata": {}}],
    }
    ovens.write({"plain.md": "# Plain\n", "oven.ipynb": json.dumps(old)})
    result = ovens.build(language="zh")
    path = result.out / "_sources" / "oven.ipynb"
    heading, text, code = cells(path)
    assert heading["source"] == ["## \\[Çřûmbš \\~\\~]"]
    assert text["source"] == ["\\[Šŵéép *ţĥém* ûp. \\~\\~\\~\\~\\~]"]
    assert code["outputs"][0]["text"] == ["Swept.\n"]
    # Ids are made up, others each time.
    first = path.read_bytes()
    ovens.build("-E", language="zh")
    assert path.read_bytes() == first


def test_a_notebook_that_is_not_valid_is_told_and_left_out(ovens):
    broken = notebook()
    broken["cells"][1]["collapsed"] = False
    ovens.write({"oven.ipynb": json.dumps(broken)})
    result = ovens.build(language="zh")
    assert not (result.out / "_sources" / "oven.ipynb").exists()
    assert "no notebook of oven: " in result.stdout
    fault = "cells/1: Additional properties are not allowed ('collapsed' was unexpected"
    assert fault in result.stdout
