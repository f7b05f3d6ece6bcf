"""Readers are told where a machine translated, on the page and block by block."""

from __future__ import annotations

import json
import re

import pytest

from sphinx_amts.book.phrases import phrases_for

PAGE = {"index.rst": "Title\n=====\n\nA paragraph with ``code`` and *words*.\n"}
PEOPLE = "en,zh\nTitle,标题\n"
CHINESE, _ = phrases_for("zh")


def test_a_page_with_machine_text_says_so(write_book):
    page = write_book(PAGE).build(language="zh").read("index.html")
    assert page.count('role="note"') == 1
    assert CHINESE.notice in page
    assert 'class="amts-machine" data-amts="1" lang="zh-CN">' in page


def test_a_block_that_people_translated_has_no_mark(write_book):
    book = write_book({**PAGE, "people.csv": PEOPLE})
    page = book.build(language="zh", amts_memory_files="people.csv").read("index.html")
    assert "<h1>标题<" in page
    assert '<p class="amts-machine"' in page
    assert CHINESE.share.format(percent=16) in page  # one word of six


def test_a_block_whose_source_has_changed_since_is_stale(write_book):
    text = "Let the leaves of the tea rest for {} minutes in hot water"
    book = write_book(
        {
            "index.rst": f"Title\n=====\n\n{text.format('four')}.\n",
            "people.csv": f"en,zh\n{text.format('three')}.,茶叶在热水中浸泡三分钟。\n",
        }
    )
    page = book.build(language="zh", amts_memory_files="people.csv").read("index.html")
    assert '<h1 class="amts-machine"' in page
    assert '<p class="amts-stale" data-amts="2" lang="zh-CN">' in page


def test_pages_are_the_same_from_several_processes(write_book):
    names = [f"page{number}" for number in range(8)]
    toctree = "".join(f"   {name}\n" for name in names)
    files = {f"{name}.rst": f"{name.title()}\n=====\n\nWords.\n" for name in names}
    index = f"Title\n=====\n\n.. toctree::\n\n{toctree}"
    book = write_book({**files, "index.rst": index})
    one = book.build(language="zh").files()
    several = book.build("-E", "-a", "-j", "3", language="zh").files()
    wanted = [name for name in one if name.endswith(".html") or "_amts/" in name]
    assert len(wanted) >= 2 * len(names)
    assert {name: several[name] for name in wanted} == {
        name: one[name] for name in wanted
    }


def test_a_page_that_people_translated_says_nothing(write_book):
    book = write_book({"index.rst": "Title\n=====\n", "people.csv": PEOPLE})
    result = book.build(language="zh", amts_memory_files="people.csv")
    assert "标题" in result.read("index.html")
    assert "amts" not in result.read("index.html")
    assert not any(name.startswith("_amts/") for name in result.files())


def test_a_block_without_a_translation_names_its_language(write_book):
    book = write_book(PAGE)
    page = book.build(language="ar", engine="memory").read("index.html")
    assert '<h1 class="amts-source" dir="ltr" lang="en">Title' in page
    assert "amts-notice" not in page


def test_all_of_it_can_be_switched_off(write_book):
    book = write_book(PAGE)
    result = book.build(language="ar", amts_html_notice=False)
    plain = book.build(
        "-E", language="ar", amts_html_notice=False, engine="identity", builder="html"
    )
    assert "amts" not in result.read("index.html")
    assert "amts" not in plain.read("index.html")
    assert "dir=" not in result.read("index.html")
    assert not any("amts" in name for name in result.files())


def test_the_original_is_in_a_file_of_its_own(write_book):
    result = write_book(PAGE).build(language="zh")
    assert 'data-sources="_amts/index.js"' in result.read("index.html")
    (call,) = re.findall(r"^amtsSources\((.*)\)\n$", result.read("_amts/index.js"))
    expected = [
        "A paragraph with ",
        ["code", "code"],
        " and ",
        ["emphasis", "words"],
        ".",
    ]
    assert json.loads(call) == {
        "lang": "en",
        "dir": "ltr",
        "texts": {"1": ["Title"], "2": expected},
    }


def test_the_file_goes_when_people_have_translated_all(write_book):
    book = write_book({"index.rst": "Title\n=====\n", "people.csv": PEOPLE})
    assert "_amts/index.js" in book.build(language="zh").files()
    result = book.build(language="zh", amts_memory_files="people.csv")
    assert "_amts/index.js" not in result.files()


def test_a_book_replaces_a_part_of_the_page(write_book):
    notice = "{% if amts.notice %}<p>Robots at {{ amts.human_percent }}!</p>{% endif %}"
    book = write_book(
        {
            **PAGE,
            "conf.py": 'extensions = ["sphinx_amts"]\ntemplates_path = ["mine"]\n'
            'html_static_path = ["own"]\n',
            "mine/amts/notice.html": notice,
            "own/amts.css": "/* own */",
        }
    )
    result = book.build(language="zh")
    assert "<p>Robots at 0!</p>" in result.read("index.html")
    assert "amts-reading" in result.read("index.html")
    assert result.read("_static/amts.css") == "/* own */"


@pytest.mark.parametrize("builder", ["singlehtml", "json", "epub"])
def test_what_is_no_site_has_the_notice_only(write_book, builder):
    result = write_book(PAGE).build(language="zh", builder=builder)
    name = {"singlehtml": "index.html", "json": "index.fjson", "epub": "index.xhtml"}
    page = result.read(name[builder])
    notice = CHINESE.notice
    assert (json.dumps(notice)[1:-1] if builder == "json" else notice) in page
    assert "amts-reading" not in page


@pytest.mark.parametrize("theme", ["alabaster", "classic"])
def test_pages_from_right_to_left_say_so(write_book, theme):
    result = write_book(PAGE).build(language="ar", html_theme=theme)
    for name in ("index.html", "genindex.html", "search.html"):
        assert len(re.findall(r"<html[^>]* dir=\"rtl\"", result.read(name))) == 1
        assert "amts.css" in result.read(name)


@pytest.mark.parametrize(
    ("language", "start"),
    [("zh-TW", "本頁"), ("pt-BR", "Esta página foi"), ("sw", "This")],
)
def test_the_notice_is_in_the_language_of_the_page(write_book, language, start):
    page = write_book(PAGE).build(language=language).read("index.html")
    assert f"<p>{start}" in page
    assert ('role="note" lang="en" dir="ltr"' in page) == (start == "This")
