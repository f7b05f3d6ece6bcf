"""Only what changed goes out, and a build that changes nothing reads nothing."""

from __future__ import annotations

import json
import re

import pytest

ENGINE = "stand_in_engines:Recording"
PAGES = {
    "index.rst": """
        The book
        ========

        .. toctree::

           one
           two

        Three paragraphs are here. This is the first.

        The second has *emphasis* and ``code``.

        The third is the last one.
    """,
    "one.rst": "One\n===\n\nA page about trees.\n\nA page with leaves.\n",
    "two.rst": "Two\n===\n\nA page about roots.\n",
}


def dedent(text):
    return re.sub("^        ", "", text, flags=re.MULTILINE).lstrip("\n")


@pytest.fixture
def work(write_book, tmp_path):
    """A built book, and what later builds of it ask for and read."""
    book = write_book({name: dedent(text) for name, text in PAGES.items()})
    record = tmp_path / "record"

    def build(*arguments, **settings):
        record.unlink(missing_ok=True)
        settings = {"language": "es", "engine": ENGINE, **settings}
        result = book.build(
            *arguments, variables={"AMTS_RECORD": str(record)}, **settings
        )
        requests = record.read_text().splitlines() if record.exists() else []
        asked = [text for line in requests for text in json.loads(line)]
        read = re.search(r"(\d+) added, (\d+) changed, (\d+) removed", result.stdout)
        return result, asked, sum(map(int, read.groups()[:2]))

    build.book = book
    _result, asked, _read = build()
    assert sorted(asked) == sorted(set(asked))
    assert len(asked) == 9
    return build


def edit(work, name, old, new):
    path = work.book.source / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_build_of_nothing_new_reads_no_document(work):
    assert work()[1:] == ([], 0)


def test_a_fresh_environment_asks_for_nothing(work):
    result, asked, read = work("-E")
    assert (asked, read) == ([], 3)
    assert "ţřééš" in result.read("one.html")


def test_another_build_folder_asks_for_nothing(work):
    assert work(builder="text")[1] == []


def test_one_paragraph_edited_is_one_segment_out(work):
    edit(work, "one.rst", "about trees", "about tall trees")
    _result, asked, read = work()
    assert asked == ["A page about tall trees."]
    assert read == 1


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("one.rst", "A page about trees.", "A page\nabout trees."),
        (
            "one.rst",
            "A page about trees.\n\nA page with leaves.",
            "A page with leaves.\n\nA page about trees.",
        ),
        (
            "two.rst",
            "A page about roots.",
            "A page about roots.\n\nA page about trees.",
        ),
        ("two.rst", "about roots", "about trees"),
        ("index.rst", "``code``", "``other code``"),
    ],
    ids=["wrapped", "moved", "copied", "as elsewhere", "code changed"],
)
def test_text_that_is_known_is_not_asked_for(work, name, old, new):
    edit(work, name, old, new)
    result, asked, read = work()
    assert asked == []
    assert read == 1
    assert result.warnings == []


def test_a_renamed_document_asks_for_nothing(work):
    (work.book.source / "one.rst").rename(work.book.source / "uno.rst")
    edit(work, "index.rst", "   one", "   uno")
    result, asked, _read = work()
    assert asked == []
    assert "ţřééš" in result.read("uno.html")


def test_a_changed_memory_file_rereads_what_uses_its_units(work):
    memory = work.book.source / "people.csv"
    memory.write_text(
        "en,es\nA page about roots.,Sobre raíces.\nUnused text.,Sin uso.\n"
    )
    result, asked, read = work(amts_memory_files="people.csv")
    assert (asked, read) == ([], 1)
    assert "Sobre raíces." in result.read("two.html")
    memory.write_text(
        "en,es\nA page about roots.,Raíces.\nUnused text.,Sin uso alguno.\n"
    )
    result, asked, read = work(amts_memory_files="people.csv")
    assert (asked, read) == ([], 1)
    assert "<p>Raíces.</p>" in result.read("two.html")
    memory.write_text("en,es\nA page about roots.,Raíces.\nUnused text.,Otra vez.\n")
    assert work(amts_memory_files="people.csv")[1:] == ([], 0)
    memory.write_text("en,es\n")
    result, asked, read = work(amts_memory_files="people.csv")
    assert (asked, read) == ([], 1)
    assert "řööţš" in result.read("two.html")


def test_a_failed_segment_is_asked_for_again(work):
    edit(work, "two.rst", "about roots", "about soil")
    result, _asked, _read = work(engine="broken_engines:Failing")
    assert "Without a translation: 9 segments" in result.stderr
    assert work()[1:] == (["A page about soil."], 3)
    assert work()[1:] == ([], 0)


def test_a_refused_segment_is_not_asked_for_again(work):
    edit(work, "two.rst", "about roots", "about ``soil``")
    result, asked, _read = work(engine="broken_engines:Tagless")
    assert any("amts.tags" in line or "refused" in line for line in result.warnings)
    assert 'A page about <x id="1"/>.' in asked
    assert work("-E", engine="broken_engines:Tagless")[1] == []


def test_another_engine_translates_again(work):
    result, asked, read = work(engine="pseudo")
    assert read == 3
    assert asked == []
    assert "ţřééš" in result.read("one.html")
    assert work(engine="memory")[2] == 0, "what is on the pages stays"


def test_a_lost_store_is_no_reason_to_pay_again(work):
    for path in (work.book.source / ".amts" / "memory").iterdir():
        path.unlink()
    assert work()[1:] == ([], 0)
