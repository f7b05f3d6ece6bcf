"""The worker of a build by mystmd: what is answered at once, and what waits."""

from __future__ import annotations

import json
import os

import pytest

from sphinx_amts.hosts.myst.worker import Build, Channel


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A book without pages: these are given."""
    monkeypatch.setenv("AMTS_ENGINE", "pseudo")
    (tmp_path / "myst.yml").write_text("version: 1\n", encoding="utf-8")
    return tmp_path


def page(folder, number, words="Bees dance.", stage="document", kind="paragraph"):
    text = {"type": "text", "n": 2, "value": words}
    block = {"type": kind, "n": 1, "children": [text]}
    return {
        "do": stage,
        "page": number,
        "path": str(folder / f"page{number}.md"),
        "tree": {"type": "root", "n": 0, "children": [block]},
    }


def request(stage, *numbers):
    return {"do": stage, "pages": list(numbers)}


def edits(answer):
    """Return what is put into pages, by their numbers."""
    return {number: value["edits"] for number, value in answer["values"].items()}


def test_what_is_to_be_asked_for_waits_for_the_others(folder):
    build = Build(folder, "es")
    assert build.take(page(folder, 1)) is None
    assert build.take(page(folder, 2, "Bees sleep.")) is None
    found = edits(build.answer(request("document", 1, 2)))
    assert list(found) == [1, 2]
    assert all(each[0]["children"][0].startswith("[Béé") for each in found.values())


def test_a_known_page_is_answered_when_it_comes(folder):
    first = Build(folder, "es")
    first.take(page(folder, 1))
    made = edits(first.answer(request("document", 1)))
    build = Build(folder, "es")
    assert edits(build.take(page(folder, 1))) == made
    assert build.take(page(folder, 2, "Bees sleep.")) is None
    # It was on its way when the plugin asked for all that had no answer.
    assert list(edits(build.answer(request("document", 1, 2)))) == [2]


def test_one_page_waits_for_what_there_is_to_say(folder):
    build = Build(folder, "es")
    build.take(page(folder, 1))
    build.answer(request("document", 1))
    assert build.take(page(folder, 2, stage="project")) is None
    assert list(edits(build.take(page(folder, 3, stage="project")))) == [3]
    answer = build.answer(request("project", 2, 3))
    assert list(edits(answer)) == [2]
    assert "sphinx_amts: 2 of 2 segments translated (en to es)" in answer["say"]


def test_an_unknown_title_of_the_book_is_asked_for_with_the_pages(folder):
    first = Build(folder, "es")
    first.take(page(folder, 1))
    first.answer(request("document", 1))
    config = "version: 1\nproject:\n  title: All about bees\n"
    (folder / "myst.yml").write_text(config, encoding="utf-8")
    build = Build(folder, "es")
    assert build.take(page(folder, 1)) is None
    answer = build.answer(request("document", 1))
    assert answer["titles"]["All about bees"].startswith("[Åļļ")


def test_no_answer_waits_for_a_reader():
    reader, writer = os.pipe()
    channel = Channel(os.fdopen(writer, "wb"))
    words = ["Bees", "abejas " * 100_000, "half a pair: \ud83d", "🐝"]
    for each in words:
        channel.send({"value": each})
    with os.fdopen(reader, "rb") as file:
        assert [json.loads(file.readline())["value"] for _ in words] == words
    channel.close()
