"""Titles of a configuration are translated; PDF and e-book have what they need."""

from __future__ import annotations

import pytest

TITLES = """\
project = "Tea"
html_title = "A book & more"
html_short_title = "Short"
epub_title = "An e-book"
latex_documents = [("index", "tea.tex", "A printed book", "Me", "manual")]
extensions = ["sphinx_amts"]
"""
PAGE = {"index.rst": "Title\n=====\n\nA paragraph.\n"}


def test_the_titles_of_a_configuration_are_translated(write_book):
    book = write_book({**PAGE, "conf.py": TITLES})
    page = book.build(language="es").read("index.html")
    assert "&#8212; [Å bööķ &amp; möřé" in page
    assert "A book &amp; more" not in page
    assert ">Short<" not in page


def test_a_title_that_nobody_set_is_sphinx_s_own(write_book):
    page = write_book(PAGE).build(language="es").read("index.html")
    assert "<title>[Ţîţļé ~~] &#8212; documentación de Book - </title>" in page


def test_people_s_title_is_used(write_book):
    people = "en,es\nA book & more,Un libro y más\n"
    book = write_book({**PAGE, "conf.py": TITLES, "people.csv": people})
    result = book.build(language="es", amts_memory_files="people.csv")
    assert "Un libro y más" in result.read("index.html")


def test_a_title_that_would_be_read_as_tex_is_not_used(write_book):
    people = "en,es\nA printed book,Libros & más\nA paragraph.,Uno & más.\n"
    book = write_book({**PAGE, "conf.py": TITLES, "people.csv": people})
    result = book.build(
        language="es", builder="latex", amts_memory_files="people.csv"
    ).read("tea.tex")
    assert r"\title{A printed book}" in result
    assert r"Uno \& más." in result


def test_a_book_in_its_own_language_keeps_all(write_book):
    book = write_book({**PAGE, "conf.py": TITLES})
    page = book.build(language="en").read("index.html")
    assert "A book &amp; more" in page


def test_an_e_book_has_its_title_and_a_language_that_readers_know(write_book):
    book = write_book({**PAGE, "conf.py": TITLES})
    result = book.build(language="zh_CN", builder="epub")
    content = result.read("content.opf")
    assert "<dc:language>zh-CN</dc:language>" in content
    assert "An e-book" not in content


@pytest.mark.parametrize(
    ("language", "font", "contents"),
    [
        ("zh", "Noto Serif CJK SC", "目录"),
        ("zh_TW", "CJK TC", "目錄"),
        ("ko", "CJK KR", "목차"),
    ],
)
def test_a_pdf_has_fonts(write_book, language, font, contents):
    book = write_book({**PAGE, "conf.py": TITLES})
    result = book.build(language=language, builder="latex")
    tex = result.read("tea.tex")
    assert font in tex
    assert rf"\renewcommand{{\contentsname}}{{{contents}}}" in tex
    assert r"\usepackage{xeCJK}" in tex
    assert "A printed book" not in tex
    assert "xelatex" in result.read("Makefile") + result.read("latexmkrc")
    assert tex.count("{") == tex.count("}")


def test_fonts_of_an_author_are_left_alone(write_book):
    conf = (
        'extensions = ["sphinx_amts"]\n'
        'latex_elements = {"preamble": r"\\setCJKmainfont{Mine}"}\n'
    )
    result = write_book({**PAGE, "conf.py": conf}).build(language="zh", builder="latex")
    (tex,) = [text for name, text in result.files().items() if name.endswith(".tex")]
    assert b"{Mine}" in tex
    assert b"Noto" not in tex


def test_an_engine_of_an_author_is_left_alone(write_book):
    conf = 'extensions = ["sphinx_amts"]\nlatex_engine = "lualatex"\n'
    result = write_book({**PAGE, "conf.py": conf}).build(language="zh", builder="latex")
    assert "lualatex" in result.read("Makefile") + result.read("latexmkrc")
