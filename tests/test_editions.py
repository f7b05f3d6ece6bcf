"""Editions find each other: menu, alternates, canonical addresses, sitemaps."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from books import run

from sphinx_amts.book.site import Site
from sphinx_amts.config import read_settings
from sphinx_amts.errors import SettingError
from sphinx_amts.text.languages import LanguagePair

PAGES = {
    "index.rst": "Title\n=====\n\n.. toctree::\n\n   a/page\n",
    "a/page.rst": "Page\n====\n\nA paragraph.\n",
}
CONF = 'extensions = ["sphinx_amts"]\namts_languages = ["zh", "es"]\n'
BASE = "https://example.org/book/"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def alternates(page: str) -> dict[str, str]:
    pattern = r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)" />'
    return dict(re.findall(pattern, page))


def site(languages: object, target: str, base_url: str = "") -> Site | None:
    settings = read_settings({"amts_languages": languages})
    return Site.of(settings.languages, LanguagePair.of("en", target), base_url)


def links(made: Site | None, uri: str) -> list[str]:
    assert made is not None
    return [made.href(each, uri) for each in made.editions]


@pytest.mark.parametrize(
    ("languages", "target", "uri", "expected"),
    [
        (["zh"], "en", "a/b.html", ["../a/b.html", "../zh/a/b.html"]),
        (["zh"], "zh", "a/b.html", ["../../a/b.html", "../../zh/a/b.html"]),
        (["en", "zh"], "zh", "x.html", ["../x.html", "../zh/x.html"]),
        (["zh"], "zh", "", ["../", "../zh/"]),  # the builder dirhtml
        (["zh"], "en", "", ["./", "zh/"]),
        ({"en": "en", "zh": "cn/"}, "zh", "x.html", ["../en/x.html", "../cn/x.html"]),
        ({"zh": "/cn"}, "en", "x.html", ["x.html", "cn/x.html"]),
        (
            {"en": "https://e.org", "zh": "https://z.org/book/"},
            "zh",
            "x.html",
            ["https://e.org/x.html", "https://z.org/book/x.html"],
        ),
    ],
)
def test_links_between_editions(languages, target, uri, expected):
    assert links(site(languages, target), uri) == expected


def test_names_are_in_their_languages():
    made = site(["zh", "es", "pt_BR", "pt_PT", "zz"], "es")
    assert [each.name for each in made.editions] == [
        *("English", "中文", "Español", "Português (Brasil)", "Português (Portugal)"),
        "zz",
    ]


def test_codes_are_no_more_exact_than_the_author_was():
    made = site(["zh", "pt_BR", "sr@latin"], "zh")
    codes = [each.code for each in made.editions]
    assert codes == ["en", "zh", "pt-BR", "sr-Latn"]


@pytest.mark.parametrize(
    "languages",
    [
        {"en": "https://e.org", "zh": "zh"},
        {"zh": "https://z.org"},
        {"zh": "../zh"},
        {"zh": None},
        ["zh", "no code"],
    ],
)
def test_places_that_cannot_be(languages):
    with pytest.raises(SettingError, match="amts_languages"):
        site(languages, "zh")


def test_each_edition_knows_its_address_and_the_others(write_book):
    book = write_book({**PAGES, "conf.py": CONF + f"html_baseurl = {BASE!r}\n"})
    expected = {
        "en": f"{BASE}a/page.html",
        "zh": f"{BASE}zh/a/page.html",
        "es": f"{BASE}es/a/page.html",
        "x-default": f"{BASE}a/page.html",
    }
    for language, own in (("en", BASE), ("zh", f"{BASE}zh/")):
        page = book.build(language=language).read("a/page.html")
        assert alternates(page) == expected
        assert f'<link rel="canonical" href="{own}a/page.html"' in page


def test_an_address_that_names_the_edition_already_is_kept(write_book):
    book = write_book({**PAGES, "conf.py": CONF})
    page = book.build(language="zh", html_baseurl=f"{BASE}zh/").read("index.html")
    assert f'<link rel="canonical" href="{BASE}zh/index.html"' in page
    assert alternates(page)["en"] == f"{BASE}index.html"


def test_the_sitemap_of_the_source_has_all_editions(write_book):
    book = write_book({**PAGES, "conf.py": CONF + f"html_baseurl = {BASE!r}\n"})

    def addresses(language: str) -> list[str]:
        root = ElementTree.fromstring(book.build(language=language).read("sitemap.xml"))
        for url in root:
            assert len(url) == 5  # loc, three languages, the default
        return [url.findtext(f"{SITEMAP}loc") for url in root]

    names = ("a/page.html", "index.html")
    places = ("", "zh/", "es/")
    assert addresses("en") == [f"{BASE}{p}{name}" for name in names for p in places]
    assert addresses("zh") == [f"{BASE}zh/{name}" for name in names]


def test_without_an_address_there_is_no_sitemap(write_book):
    result = write_book({**PAGES, "conf.py": CONF}).build(language="zh")
    assert "sitemap.xml" not in result.files()
    assert alternates(result.read("a/page.html"))["x-default"] == "../../a/page.html"


def test_a_new_language_is_on_every_page(write_book):
    book = write_book({**PAGES, "conf.py": CONF})
    book.build(language="zh")
    book.write({"conf.py": CONF.replace('"es"', '"es", "de"')})
    result = book.build(language="zh")
    for name in ("index.html", "a/page.html"):
        assert "Deutsch" in result.read(name)


def test_nothing_is_written_again_where_nothing_changed(write_book):
    book = write_book({**PAGES, "conf.py": CONF})
    book.build(language="zh")
    second = book.build(language="zh").stdout
    assert "targets for 0 source files" in second
    assert "0 added, 0 changed, 0 removed" in second


def test_the_menu_is_there_without_the_notice(write_book):
    book = write_book({**PAGES, "conf.py": CONF})
    page = book.build(language="zh", amts_html_notice=False).read("index.html")
    assert "amts-languages" in page
    assert "amts-notice" not in page
    assert "amts-machine" not in page


def test_a_language_that_is_not_offered_is_reported(write_book):
    result = write_book({**PAGES, "conf.py": CONF}).build(language="de")
    assert "'de' is not in amts_languages" in result.stderr
    assert "amts-languages" not in result.read("index.html")


def test_a_book_shows_the_menu_where_it_likes(write_book):
    conf = CONF + (
        'templates_path = ["mine"]\nhtml_sidebars = {"**": ["amts/languages.html"]}\n'
    )
    bar = '{% include "amts/notice.html" %}'
    book = write_book({**PAGES, "conf.py": conf, "mine/amts/bar.html": bar})
    result = book.build(language="zh")
    page = result.read("index.html")
    assert page.index("amts-notice") < page.index("sphinxsidebar")
    assert page.index("sphinxsidebar") < page.index("amts-languages")
    assert "amts-languages" in result.read("genindex.html")


def test_a_site_that_is_built_as_one_has_a_menu(write_book, tmp_path):
    book = write_book(PAGES)
    options = ["-D", "amts_engine=pseudo"]
    run(
        ["-m", "sphinx_amts", "build", "-l", "zh", book.source, "out", "--", *options],
        tmp_path / "out",
        cwd=tmp_path,
    )
    source = (tmp_path / "out/index.html").read_text(encoding="utf-8")
    chinese = (tmp_path / "out/zh/index.html").read_text(encoding="utf-8")
    assert '<a href="zh/index.html" lang="zh-CN"' in source
    assert '<a href="../index.html" lang="en"' in chinese
