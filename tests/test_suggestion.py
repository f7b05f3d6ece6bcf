"""Readers suggest corrections: the address, the setting, and the link on the page."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sphinx_amts.addresses import MAX_TEMPLATE
from sphinx_amts.book.phrases import phrases_for
from sphinx_amts.book.suggestion import (
    MAX_ADDRESS,
    MAX_MAIL,
    MAX_PAGE,
    encoded,
    suggestion,
)
from sphinx_amts.config import read_settings
from sphinx_amts.errors import SettingError

pytestmark = pytest.mark.newest

WEB = "https://example.org/new?page={page}&s={source}&t={target}&l={language}#end"
MAIL = "mailto:docs@example.org?subject={page}&body={source}%0D%0A{target}"
TEXTS = st.text(st.characters(), max_size=3000)


def fill(template, page="guide/tea", source="Tea", target="茶", language="zh-CN"):
    return suggestion(
        template, page=page, source=source, target=target, language=language
    )


# The address


def test_fields_are_filled_in():
    assert fill(WEB, source="Tea & milk", target="50 % {page}") == (
        "https://example.org/new?page=guide%2Ftea&s=Tea%20%26%20milk"
        "&t=50%20%25%20%7Bpage%7D&l=zh-CN#end"
    )
    assert fill("https://example.org/{language}/") == "https://example.org/zh-CN/"


@given(TEXTS, TEXTS, TEXTS)
def test_no_text_leaves_its_field(page, source, target):
    found = urlsplit(fill(WEB, page, source, target))
    assert (found.scheme, found.netloc, found.path) == ("https", "example.org", "/new")
    assert found.fragment == "end"
    assert re.fullmatch(
        r"page=[\w.~%-]*&s=[\w.~%-]*&t=[\w.~%-]*&l=zh-CN", found.query, re.ASCII
    )
    mail = urlsplit(fill(MAIL, page, source, target))
    assert (mail.scheme, mail.path) == ("mailto", "docs@example.org")
    assert re.fullmatch(
        r"subject=[\w.~%-]*&body=[\w.~%-]*%0D%0A[\w.~%-]*", mail.query, re.ASCII
    )
    assert "%0A" not in mail.query.partition("&")[0] or "\n" in page


@given(st.integers(0, 5000), st.integers(0, 5000), st.sampled_from("a茶"))
def test_no_address_is_longer_than_services_take(one, other, sign):
    for template, most in ((WEB, MAX_ADDRESS), (MAIL, MAX_MAIL)):
        address = fill(template, "p" * one, sign * one, sign * other)
        assert len(address) <= most
        room = most - len(fill(template, "p" * one, "", ""))
        texts = (sign * one, sign * other)
        if sum(len(quote(text)) for text in texts) <= room:
            for text in texts:
                assert quote(text) in address
        else:
            # Not half of the room is left, but for a sign or two.
            assert len(address) > most - 2 * len(quote(sign))
            assert quote("…") in address


def test_what_one_text_does_not_need_is_the_others():
    address = fill(WEB, source="short", target="x" * 10_000)
    assert "s=short&" in address
    assert address.count("x") > MAX_ADDRESS - 200
    assert fill(WEB.replace("{source}", ""), source="y" * 10_000).count("y") == 0


def test_a_longest_template_has_room_for_texts():
    template = f"https://example.org/?a={{source}}{{target}}{{page}}{'z' * 900}"
    template = template[:MAX_TEMPLATE]
    address = fill(template, "p" * 5000, "s" * 5000, "t" * 5000)
    assert len(address) <= MAX_ADDRESS
    assert min(address.count("s"), address.count("t")) > 1000
    assert address.count("p") <= MAX_PAGE + 2


@given(TEXTS, st.integers(0, 200))
def test_a_cut_text_is_a_beginning(text, most):
    found = encoded(text, most)
    assert len(found) <= most
    read = unquote(found)
    whole = text.encode(errors="replace").decode()
    assert whole == read or not read or whole.startswith(read.removesuffix("…"))


# The setting


@pytest.mark.parametrize(
    "template",
    [
        WEB,
        MAIL,
        "http://localhost:8000/?{target}",
        "https://example.org/suggest/{language}/{page}",
        "HTTPS://EXAMPLE.ORG/?q={source}",
        "https://example.org/?q=%F0%9F%8D%B5",
        "",
        None,
    ],
)
def test_addresses_that_may_be_set(template):
    settings = read_settings({"amts_suggest_url": template})
    assert settings.suggest_url == (template or None)


@pytest.mark.parametrize(
    "template",
    [
        "javascript:alert({source})",
        "data:text/html,{target}",
        "//example.org/?{page}",
        "/new?page={page}",
        "example.org/?{page}",
        "ftp://example.org/?{page}",
        "https://{page}.example.org/",
        "https://example.org{source}/",
        "https://user:secret@example.org/?{page}",
        "https:///?{page}",
        "mailto:{page}@example.org?body={source}",
        "mailto:a@example.org",
        "https://example.org/?{page}&{page}",
        "https://example.org/?{title}",
        "https://example.org/?{page!r}",
        "https://example.org/?{{page}}",
        "https://example.org/?a b",
        "https://example.org/?a\nb",
        "https://example.org/\u202e?{page}",
        'https://example.org/?"{page}',
        "https://example.org/?<{page}",
        "https://example.org/?" + "a" * MAX_TEMPLATE,
        7,
    ],
)
def test_addresses_that_may_not_be_set(template):
    with pytest.raises(SettingError, match="amts_suggest_url"):
        read_settings({"amts_suggest_url": template})


# The page

FILES = {
    "index.rst": "Tea\n===\n\nA ``cup``  of *green* tea & milk.\n\n.. toctree::\n\n"
    "   deep/two\n",
    "deep/two.rst": ".. role:: html(raw)\n   :format: html\n\n"
    "Water\n=====\n\nHot :html:`<b>` water.\n",
}
LINK = re.compile(r'<a class="amts-suggest"([^>]*)></a>')


def links(page):
    """Return what the links of a page fill in, by the source."""
    found = [
        urlsplit(html.unescape(re.search('href="([^"]*)"', each)[1]))
        for each in LINK.findall(page)
    ]
    return {
        fields["s"][0]: fields for fields in (parse_qs(each.query) for each in found)
    }


def test_a_link_says_what_and_where(write_book):
    result = write_book(FILES).build(language="zh", amts_suggest_url=WEB)
    found = links(result.read("index.html"))
    assert found.keys() == {"Tea", "A cup of green tea & milk."}
    fields = found["A cup of green tea & milk."]
    assert fields["page"] == ["index"]
    assert fields["l"] == ["zh-CN"]
    words = result.read("index.html")
    (target,) = fields["t"]
    assert target.startswith("[Å cup öf ")
    assert re.sub("<[^>]*>", "", words).count(html.escape(target))
    assert 'rel="nofollow"' in words
    assert f'title="{phrases_for("zh")[0].suggest}"' in words
    two = links(result.read("deep/two.html"))
    assert two["Water"]["page"] == ["deep/two"]
    assert [text for text in two if "<" in text] == []


def test_it_is_off_by_default_and_where_nothing_is_a_machines(write_book):
    book = write_book({**FILES, "people.csv": "en,zh\nTea,茶\n"})
    assert "amts-suggest" not in book.build(language="zh").read("index.html")
    page = book.build(
        language="zh", amts_suggest_url=WEB, amts_memory_files="people.csv"
    ).read("index.html")
    assert links(page).keys() == {"A cup of green tea & milk."}
    assert "amts-suggest" not in book.build(language="en", amts_suggest_url=WEB).read(
        "index.html"
    )
    off = {"amts_suggest_url": WEB, "amts_html_notice": False}
    assert "amts-suggest" not in book.build(language="zh", **off).read("index.html")


@pytest.mark.parametrize("builder", ["singlehtml", "epub", "json"])
def test_there_is_none_in_what_is_no_site(write_book, builder):
    result = write_book(FILES).build(
        language="zh", builder=builder, amts_suggest_url=WEB
    )
    name = {"singlehtml": "index.html", "epub": "index.xhtml", "json": "index.fjson"}
    assert "amts-notice" in result.read(name[builder])
    assert "amts-suggest" not in result.read(name[builder])


def test_in_another_language_the_link_says_so(write_book):
    page = write_book(FILES).build(language="sw", amts_suggest_url=WEB)
    (attributes, *_) = LINK.findall(page.read("index.html"))
    assert ' lang="en"' in attributes
    assert 'title="Suggest a correction"' in attributes


def test_a_title_that_is_a_link_itself_has_no_other_inside(write_book):
    files = {"index.rst": "Tea\n===\n\n.. contents::\n\nCup\n---\n\nHot.\n"}
    page = write_book(files).build(language="zh", amts_suggest_url=WEB)
    text = page.read("index.html")
    assert 'class="toc-backref"' in text
    assert links(text).keys() == {"Hot."}


def test_another_address_is_another_page_and_nothing_is_read_again(write_book):
    book = write_book(FILES)
    book.build(language="zh", amts_suggest_url=WEB)
    other = WEB.replace("example.org", "example.com")
    page = book.build(language="zh", amts_suggest_url=other).read("index.html")
    assert "example.com" in page
    assert "example.org" not in page
