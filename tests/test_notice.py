"""Readers are told where a machine translated."""

from __future__ import annotations

import pytest

from sphinx_amts.html.notice import NOTICES, render_notice

PAGE = {"index.rst": "Title\n=====\n\nA paragraph.\n"}


def test_a_page_with_machine_text_says_so(write_book):
    page = write_book(PAGE).build(language="zh").read("index.html")
    assert page.count("amts-notice") == 1
    assert NOTICES["zh"] in page


def test_a_page_that_people_translated_says_nothing(write_book):
    book = write_book(
        {**PAGE, "people.csv": "en,zh\nTitle,标题\nA paragraph.,一段话。\n"}
    )
    page = book.build(language="zh", amts_memory_files="people.csv").read("index.html")
    assert "一段话。" in page
    assert "amts-notice" not in page


def test_the_notice_can_be_switched_off(write_book):
    page = (
        write_book(PAGE).build(language="zh", amts_html_notice=False).read("index.html")
    )
    assert "amts-notice" not in page


@pytest.mark.parametrize(
    ("language", "start"),
    [("zh-TW", "本頁"), ("pt-BR", "Esta página foi"), ("sw", "This")],
)
def test_the_notice_is_in_the_language_of_the_page(language, start):
    assert f"<p>{start}" in render_notice(language)
    assert ('lang="en"' in render_notice(language)) == (start == "This")
