"""The builder ``segments``, and what is read from its file."""

from __future__ import annotations

import pytest

from sphinx_amts.cli import main
from sphinx_amts.errors import FileError
from sphinx_amts.formats.tables import load_units
from sphinx_amts.hosts.sphinx.project import read_project
from sphinx_amts.readers import segments

PAGES = {
    "index.rst": (
        "Tea\n===\n\nRun ``make`` now. Boil 3 cups.\n\n.. toctree::\n\n   cups\n"
    ),
    "cups.rst": "Cups\n====\n\n::\n\n   pour()\n",
}


def test_it_writes_what_the_project_has(write_book):
    book = write_book(PAGES)
    first = book.build("-j", "2", builder="segments")
    written = segments.load(first.out / segments.NAME)
    assert written == read_project(book.source)
    assert list(written) == ["cups", "index"]
    text = written["index"][1].text
    assert text == 'Run <x id="1"/> now. Boil 3 cups.'
    assert text.equivalents == {1: "make"}


def test_a_page_that_changed_is_written_anew(write_book):
    book = write_book(PAGES)
    book.build(builder="segments")
    book.write({"cups.rst": "Mugs\n====\n"})
    written = segments.load(book.build(builder="segments").out / segments.NAME)
    assert [block.text for block in written["cups"]] == ["Mugs"]
    assert written["index"][0].text == "Tea"


def test_editions_are_aligned_by_it(write_book, tmp_path, monkeypatch):
    book = write_book(PAGES)
    out = book.build(builder="segments").out
    other = tmp_path / "zh"
    other.mkdir()
    text = (out / segments.NAME).read_text(encoding="utf-8")
    words = {"Tea": "茶", "Cups": "杯", "Boil 3 cups.": "烧3杯。", "now.": "。"}
    for english, chinese in words.items():
        text = text.replace(english, chinese)
    (other / segments.NAME).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    languages = ["--source-language", "en", "--target-language", "zh"]
    assert main(["align", str(out), str(other), *languages, "-o", "o.tmx"]) == 0
    assert len(list(load_units("o.tmx"))) == 3  # Run is not translated


@pytest.mark.parametrize("line", ["{", "[]", '{"document": "a"}', '{"kind": "x"}'])
def test_what_is_no_file_of_segments(tmp_path, line):
    path = tmp_path / segments.NAME
    path.write_text(line)
    with pytest.raises(FileError, match="not a block"):
        segments.load(path)


THEMED = """
from docutils.parsers.rst.directives.admonitions import Note

extensions = ["sphinx_amts"]


def bring(app):
    if app.builder.format == "html":
        app.add_directive("margin", Note)


def setup(app):
    app.connect("builder-inited", bring)
"""


def test_a_project_is_read_with_what_its_theme_brings(write_book):
    pages = {"index.rst": "Tea\n===\n\n.. margin::\n\n   Hot.\n", "conf.py": THEMED}
    (blocks,) = read_project(write_book(pages).source).values()
    assert [block.text for block in blocks] == ["Tea", "Hot."]


def test_a_project_is_read_without_its_theme_if_that_is_missing(write_book):
    conf = 'extensions = ["sphinx_amts"]\nhtml_theme = "nobody_has_this"\n'
    book = write_book({"index.rst": "Tea\n===\n\nHot.\n", "conf.py": conf})
    (blocks,) = read_project(book.source).values()
    assert [block.text for block in blocks] == ["Tea", "Hot."]
