"""What one owner of each piece of state is good for: seen from outside, in builds."""

from __future__ import annotations

import pytest
from batch_shop import Shop
from books import run

PAGES = {
    "index.rst": "Trees\n=====\n\nA tree.\n\n.. toctree::\n\n   oak\n   elm\n",
    "oak.rst": "Oaks\n====\n\nA tree.\n\nA tree.\n\nAn oak.\n",
    "elm.rst": "Elms\n====\n\nA tree.\n\nAn elm.\n",
}
DISTINCT = 2 + 3 + 3  # texts of each page, each once


@pytest.mark.parametrize("engine", ["pseudo", "stand_in_engines:Recording"])
def test_a_segment_is_looked_up_once_for_each_page(write_book, engine):
    book = write_book(PAGES)
    book.build(language="es", engine=engine)
    result = book.build("-E", language="es", engine=engine)
    assert result.summary["lookups"] == DISTINCT


def test_a_build_says_in_a_file_what_it_has_come_to(write_book):
    book = write_book(PAGES)
    result = book.build(language="es", engine="broken_engines:Failing")
    values = result.summary
    assert (values["source_language"], values["target_language"]) == ("en", "es")
    assert (values["segments"], values["translated"], values["missing"]) == (8, 0, 8)
    (problem,) = values["problems"]
    assert problem["subtype"] == "engine"
    assert "busy today" in problem["message"]
    assert book.build().summary == {}


DAMAGED = '<tmx version="1.4"><header srclang="en"/><body><tu>'


def damage(shop: Shop, **settings: object) -> None:
    """Give a book a memory file that nobody can read."""
    shop.configure(amts_memory_files=["people.tmx"], **settings)
    shop.book.write({"people.tmx": DAMAGED})


def test_no_job_is_paid_for_behind_a_damaged_memory(shop):
    damage(shop)
    found = shop.call("submit", str(shop.book.source), "-l", "es", expected=1)
    assert found["jobs"] == []
    assert "people.tmx" in found["problems"][0]
    assert shop.started() == 0


def test_languages_together_pay_nothing_behind_a_damaged_memory(shop):
    damage(shop, amts_batch_min_characters=1000)
    done = run(
        ["-m", "sphinx_amts", "build", "-l", "es", "-l", "de", shop.book.source, "out"],
        shop.book.work,
        cwd=shop.book.source.parent,
        expected=None,
        **shop.amazon.environment(),
    )
    assert shop.started() == 0
    assert shop.count("TranslateText") == 0
    assert done.stderr.count("people.tmx") == 2  # each language says so


@pytest.mark.parametrize(
    "command", [["estimate"], ["status"], ["export", "-o", "es.out.tmx"]]
)
def test_who_only_looks_says_what_is_damaged(write_book, command):
    conf = 'extensions = ["sphinx_amts"]\namts_memory_files = ["people.tmx"]\n'
    book = write_book({**PAGES, "conf.py": conf, "people.tmx": DAMAGED})
    words = [*command, book.source, "-l", "es"]
    done = run(["-m", "sphinx_amts", *words], book.work, cwd=book.source.parent)
    assert done.stderr.count("people.tmx") == 1
