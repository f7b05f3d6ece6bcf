"""A Jupyter Book, built by its own command in each way that it knows a language."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import yaml
from books import ROOTS, Result, run

try:
    found = version("jupyter-book")
except PackageNotFoundError:
    found = "no"
if not found.startswith("1."):
    pytest.skip(
        f"needs Jupyter Book 1, which brings its own Sphinx ({found} Jupyter Book)",
        allow_module_level=True,
    )

HOW_TO = Path(__file__).parents[1] / "docs" / "how-to" / "read-the-docs.md"
START = "from jupyter_book.cli.main import main; main()"
"""What the command does; this way it runs with the present interpreter."""


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory):
    """Give ``make(name)``: a fresh copy of the book."""

    def copy(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name) / "bread"
        shutil.copytree(ROOTS / "test-jupyter-book", folder)
        return folder

    return copy


def jupyter_book(
    book: Path, *arguments: str, out: str = "_build/html", **variables: str
) -> Result:
    """Run ``jupyter-book`` in the book's folder."""
    return run(["-c", START, *arguments], book / out, cwd=book, **variables)


def configure(book: Path, line: str) -> None:
    """Add a line to ``sphinx: config:``, which ends the configuration file."""
    path = book / "_config.yml"
    path.write_text(path.read_text() + f"    {line}\n")


@pytest.fixture(scope="module")
def english(make) -> Result:
    """The book without the extension doing anything."""
    return jupyter_book(make("english"), "build", ".")


@pytest.fixture(
    scope="module",
    params=[
        *("configuration", "configuration zh", "sphinx-build", "variable", "both"),
        *("teachbooks", "read the docs"),
    ],
)
def chinese(request: pytest.FixtureRequest, make) -> Result:
    """The book in Chinese, in each of the ways."""
    book = make("chinese")
    if request.param == "configuration":
        configure(book, "language: zh_CN")
        return jupyter_book(book, "build", ".")
    if request.param == "configuration zh":
        configure(book, "language: zh")
        return jupyter_book(book, "build", ".")
    if request.param == "variable":
        return jupyter_book(book, "build", ".", AMTS_LANGUAGE="zh_CN")
    if request.param == "both":
        configure(book, "language: en")
        return jupyter_book(book, "build", ".", AMTS_LANGUAGE="zh")
    if request.param == "teachbooks":
        pytest.importorskip("teachbooks", reason="needs teachbooks")
        out = book / "_build" / "html"
        start = "from teachbooks.cli.main import main; main()"
        return run(["-c", start, "build", "."], out, cwd=book, AMTS_LANGUAGE="zh")
    if request.param == "read the docs":
        return read_the_docs(book.rename(book.parent / "book"))
    jupyter_book(book, "config", "sphinx", ".")
    out = book / "_build" / "zh"
    command = ["-m", "sphinx", "--no-color", "-b", "html", "-D", "language=zh_CN"]
    return run([*command, book, out], out, cwd=book)


def read_the_docs(book: Path) -> Result:
    """Build with the second configuration that the documentation gives."""
    if not HOW_TO.exists():
        pytest.skip("needs the documentation of the repository")
    text = HOW_TO.read_text(encoding="utf-8")
    configuration = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[1])
    programs = book.parent / "programs"
    programs.mkdir()
    program = programs / "jupyter-book"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{START}" "$@"\n')
    program.chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    out = book.parent / "output"
    done = [
        run(
            [
                "-c",
                "import os, sys; os.execvp('sh', ['sh', '-c', sys.argv[1]])",
                command,
            ],
            out / "html",
            cwd=book.parent,
            PATH=path,
            READTHEDOCS_LANGUAGE="zh_CN",
            READTHEDOCS_OUTPUT=str(out),
        )
        for command in configuration["build"]["jobs"]["build"]["html"]
    ]
    return done[0]


def article(result: Result, name: str) -> str:
    """Return a page's own text, without the sidebars."""
    page = result.read(name)
    found = re.search(r"<article.*?</article>", page, re.DOTALL)
    assert found
    return found[0]


def test_the_text_is_translated(chinese):
    intro = article(chinese, "intro.html")
    assert "[Břéåð ~~]" in intro
    assert "Bread needs" not in intro
    assert "Bread is best warm" not in intro
    assert "<em>ţîmé</em>" in intro
    assert ">flour</span>" in intro
    oven = article(chinese, "oven.html")
    assert "<strong>övéñ</strong>" in oven
    assert "Heat the" not in oven


def test_code_and_its_output_stay(english, chinese):
    cells = re.compile(r'<div class="highlight.*?</div>', re.DOTALL)
    before = cells.findall(article(english, "oven.html"))
    assert len(before) == 2  # the cell and what it printed
    assert "It is 220" in before[1]
    assert cells.findall(article(chinese, "oven.html")) == before


def test_links_lead_where_they_did(english, chinese):
    links = re.compile(r'<a class="reference internal" href="([^"]*)"')
    before = links.findall(article(english, "intro.html"))
    assert "oven.html#heat" in before
    assert links.findall(article(chinese, "intro.html")) == before


def test_the_table_of_contents_is_translated(chinese):
    page = chinese.read("intro.html")
    (caption,) = re.findall(r'<span class="caption-text">(.*?)</span>', page)
    assert caption == "[Måķîñĝ břéåð ~~~~]"
    navigation = re.search(r'<nav class="bd-links.*?</nav>', page, re.DOTALL)[0]
    assert "[Ţĥé övéñ ~~~]" in navigation
    assert "The oven" not in navigation


def test_the_interface_is_chinese(english, chinese):
    page = chinese.read("intro.html")
    assert re.search(r'<html[^>]* lang="zh-CN"', page)
    assert "_static/translations.js" in page
    # Texts of Sphinx, of the theme, and of an extension.
    for own, theirs in [
        ("Search", "搜索"),
        ("Note", "备注"),
        ("Download this page", "下载此页面"),
        ("By A baker", "作者"),
    ]:
        assert own in english.read("intro.html")
        assert theirs in page


def test_the_notebook_to_download_is_translated(chinese):
    cells = json.loads(chinese.read("_sources/oven.ipynb"))["cells"]
    assert "Ĥéåţ ţĥé **övéñ**" in "".join(cells[0]["source"])
    source = json.loads((ROOTS / "test-jupyter-book" / "oven.ipynb").read_text())
    assert cells[1] == source["cells"][1]
    assert 'href="_sources/oven.ipynb"' in chinese.read("oven.html")


def test_there_is_no_warning(chinese):
    assert chinese.warnings == []
