"""``sphinx-amts build``: a book in several languages as one site."""

from __future__ import annotations

import json

import pytest
from books import CONF, run

pytestmark = pytest.mark.newest

FILES = {
    "conf.py": CONF + 'amts_engine = "pseudo"\n',
    "index.rst": "Harbour\n=======\n\nBoats come in.\n",
}


def build(book, *words, expected=0, **variables):
    done = run(
        ["-m", "sphinx_amts", "build", *words],
        book.work,
        cwd=book.source.parent,
        expected=expected,
        **variables,
    )
    assert "Traceback (most" not in done.stderr
    return done


def test_the_source_is_at_the_root_and_languages_below(write_book):
    book = write_book(FILES)
    done = build(
        book,
        *("-l", "es", "-l", "zh", book.source, book.work, "--json"),
        AMTS_LANGUAGE="fr",
    )
    assert "Boats come in." in done.read("index.html")
    for name, tag in (("es", "es"), ("zh", "zh-CN")):
        page = done.read(f"{name}/index.html")
        assert f'lang="{tag}"' in page
        assert "Böåţš" in page
    said = json.loads(done.stdout)
    assert said["failed"] == []
    assert [each["language"] for each in said["languages"]] == ["source", "es", "zh"]
    assert {each["translated"] for each in said["languages"][1:]} == {2}
    table = build(book, "-l", "es", book.source, book.work)
    assert "es      built, " in table.stdout


def test_a_language_that_fails_fails_alone(write_book):
    book = write_book(
        {
            **FILES,
            "conf.py": FILES["conf.py"]
            + "def setup(app):\n    if app.config.language == 'fr':\n"
            + "        raise ValueError('no French here')\n",
        }
    )
    words = ["-l", "es", "-l", "fr", book.source, book.work]
    done = build(book, *words, expected=1)
    assert "fr      FAILED (2)" in done.stdout
    assert "es      built" in done.stdout
    assert "[fr] " in done.stderr
    assert "no French here" in done.stderr
    assert "[es] " not in done.stderr
    assert "Böåţš" in done.read("es/index.html")


def test_options_go_to_sphinx(write_book):
    book = write_book({**FILES, "lost.rst": "Lost\n====\n"})
    words = ["-l", "es", book.source, book.work]
    done = build(book, *words, "--json", "--", "-q")
    said = json.loads(done.stdout)["languages"]
    assert [each["warnings"] for each in said] == [1, 1]
    assert said[1]["segments"] == said[1]["translated"] > 0  # though -q says nothing
    assert "[source] " in done.stderr
    failed = build(book, *words, "--", "-E", "-W", expected=1)
    assert "source  FAILED (" in failed.stdout
    assert "es      FAILED (" in failed.stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("-l", "es", "-l", "es"), "named twice"),
        (("-l", "pt_BR", "-l", "pt-br"), "named twice"),
        (("-l", "en"), "the language of the book itself"),
        (("-l", "qq"), "no language code"),
        (("-l", "../es"), "no language code"),
        (("-l", "source"), "no language code"),
        (("-l", "qqqqqq"), "no language code"),
    ],
)
def test_wrong_languages_build_nothing(write_book, words, reason):
    book = write_book(FILES)
    done = build(book, *words, book.source, book.work, expected=2)
    assert reason in done.stderr
    assert not book.work.exists()


def test_languages_share_a_batch_job(shop):
    shop.configure(amts_batch_min_characters=1000)
    words = ["-l", "es", "-l", "fr", "-l", "pt", shop.book.source, shop.book.work]
    done = build(shop.book, *words, "--json", **shop.amazon.environment())
    said = json.loads(done.stdout)["languages"]
    assert shop.started() == 1
    assert shop.count("TranslateText") == 0
    for each in said[1:]:
        assert each["translated"] == each["segments"] > 0
        assert each["price"] > 0
    assert said[0]["price"] == 0
    again = build(shop.book, *words, "--json", **shop.amazon.environment())
    assert [each["price"] for each in json.loads(again.stdout)["languages"]] == [0] * 4
    assert shop.started() == 1


@pytest.mark.parametrize("option", [["--serve"], ["--port", "8000"]])
def test_showing_a_site_is_for_the_desk(write_book, option):
    book = write_book(FILES)
    done = build(book, "-l", "es", book.source, book.work, *option, expected=2)
    assert "sphinx-amts review" in done.stderr
    assert not book.work.exists()


def test_a_language_is_where_the_menu_looks_for_it(write_book):
    book = write_book(
        {
            **FILES,
            "conf.py": FILES["conf.py"] + "amts_languages = {'es': 'castellano'}\n",
        }
    )
    done = build(book, "-l", "es", book.source, book.work)
    assert 'href="castellano/index.html"' in done.read("index.html")
    assert "Böåţš" in done.read("castellano/index.html")
    assert "castellano" in done.stdout
