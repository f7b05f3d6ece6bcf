"""The translators' desk: a book is built, shown, judged and corrected over HTTP."""

from __future__ import annotations

import json
import re
import threading
from contextlib import suppress
from types import MappingProxyType

import pytest
from books import run
from desks import (
    CONF,
    GUIDE,
    INDEX,
    PEOPLE,
    Desk,
    httpx,
    lamps,
    until,
    write_memory,
)
from hypothesis import given
from hypothesis import strategies as st

from sphinx_amts.review.differences import word_difference

pytestmark = pytest.mark.newest

LIGHT = "A lamp gives light where wick is."
DOOR = "Then close the door."
TAGGED = '哪里有 <x id="2"/>，灯就给 <g id="1">光</g>。'


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A desk for tests that change nothing."""
    with Desk(lamps(tmp_path_factory.mktemp("read") / "book")) as opened:
        yield opened


@pytest.fixture
def open_desk(tmp_path):
    """Open desks that are closed when the test ends."""
    opened = []

    def start(*arguments, files=MappingProxyType({}), **more):
        opened.append(Desk(lamps(tmp_path / "book", files), *arguments, **more))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def listen(desk):
    """Return a list that events go to."""
    found = []
    ready = threading.Event()

    def read():
        with (
            suppress(httpx.HTTPError, RuntimeError),  # the desk, or the client, closes
            desk.http.stream("GET", "api/events") as answer,
        ):
            for line in answer.iter_lines():
                ready.set()
                if line.startswith("data: "):
                    found.append(json.loads(line[6:]))

    threading.Thread(target=read, daemon=True).start()
    assert ready.wait(20)
    return found


# What there is


def test_pages_have_keys_and_the_desk_and_nothing_else_of_it(desk):
    page = desk.http.get("index.html")
    keys = re.findall(r'data-amts-key="([^"]*)"', page.text)
    wanted = [each["key"] for each in desk.get("pages/index")["segments"]]
    assert keys == wanted
    assert len(keys) == 4
    assert page.text.count("/_desk/desk.js") == page.text.count("/_desk/desk.css") == 1
    built = desk.source / ".amts/review/zh-CN/index.html"
    assert "_desk" not in built.read_text(encoding="utf-8")
    assert desk.http.get("").text == page.text
    assert desk.http.get("nothing.html").status_code == 404
    assert desk.http.get(".doctrees/amts-review.jsonl").status_code == 404


def test_no_other_build_has_a_mark_or_a_list(write_book):
    book = write_book({"conf.py": CONF, "index.rst": INDEX, "guide.rst": GUIDE})
    write_memory(book.source / "zh.tmx", PEOPLE)
    done = book.build(language="zh", engine=None)
    assert "data-amts-key" not in done.read("index.html")
    assert not list(book.work.rglob("amts-review*"))


def test_a_segment_says_all_that_is_known_of_it(desk):
    found = desk.segment(desk.key(LIGHT))
    assert found["source"] == 'A lamp gives <g id="1">light</g> where <x id="2"/> is.'
    assert found["shown_source"] == LIGHT
    assert found["page"] == "index"
    assert found["path"] == "index.html"
    assert found["places"] == [{"page": "index", "path": "index.html", "line": 4}]
    assert (found["whose"], found["state"]) == ("machine", "translated")
    assert found["engine"] == "pseudo"
    assert found["heading"] == "Lamps"
    assert found["words"] == 6
    assert 0 < found["doubt"] <= 1
    assert found["tags"] == [
        {"id": 1, "kind": "emphasis", "is_span": True, "shown": "light"},
        {"id": 2, "kind": "code", "is_span": False, "shown": "wick"},
    ]
    assert found["stale"] is None
    assert not found["can_undo"]


def test_a_stale_text_comes_with_what_people_wrote(desk):
    found = desk.segment(desk.key(DOOR))
    assert found["whose"] == "stale"
    assert found["stale"]["target"] == PEOPLE["Then close the old door."]
    assert ["-", "old "] in found["stale"]["diff"]
    now = "".join(text for what, text in found["stale"]["diff"] if what != "-")
    assert now == DOOR
    assert 75 <= found["stale"]["similarity"] < 100


def test_people_s_own_are_in_no_queue(desk):
    assert desk.segment(desk.key("Trim the wick."))["whose"] == "people"
    found = desk.get("segments", queue="doubt")
    assert "Trim the wick." not in [each["source"] for each in found["segments"]]
    assert found["total"] == len(found["segments"]) == 6
    assert found["words"] == sum(each["words"] for each in found["segments"])
    doubts = [each["doubt"] for each in found["segments"]]
    assert doubts == sorted(doubts, reverse=True)
    stale = desk.get("segments", queue="stale")
    assert [each["shown_source"] for each in stale["segments"]] == [DOOR]


def test_a_queue_is_of_a_page_of_a_term_and_of_any_length(desk):
    guide = desk.get("segments", page="guide")
    assert [each["source"] for each in guide["segments"]] == [
        *("Guide", "Fill the tank.", DOOR)
    ]
    lamps = desk.get("segments", queue="term", term="lamps")
    assert [each["page"] for each in lamps["segments"]] == ["index"]
    first = desk.get("segments", queue="page", limit=2)
    then = desk.get("segments", queue="page", limit=2, offset=2)
    assert first["total"] == then["total"] == 6
    keys = [each["key"] for each in first["segments"] + then["segments"]]
    assert len(set(keys)) == 4


def test_terms_are_asked_for_and_counted(open_desk):
    files = {
        "conf.py": CONF + 'amts_terminology = "terms.csv"\n',
        "terms.csv": "en,zh\nwick,灯芯\nmatch,火柴\n",
        "index.rst": INDEX.replace("one match", "one match for the wick"),
    }
    desk = open_desk(files=files)
    key = desk.key("Light 20 lamps with one match for the wick. Wait a minute.")
    said = desk.post(key, "check", target="点 20 盏灯的灯芯。等一分钟。").json()
    assert said["ok"]
    assert {each["source"]: each["is_met"] for each in said["terms"]} == {
        "wick": True,
        "match": False,
    }
    counts = {each["source"]: each for each in desk.get("progress")["terms"]}
    assert counts["match"]["segments"] == 1
    # The engine of the test uses no term by itself: they are put into what it makes.
    assert counts["match"]["missed"] in (0, 1)


def test_what_a_book_or_a_page_has_left_is_said(desk):
    found = desk.get("progress")
    words = found["words"]
    whose = ("people", "stale", "mixed", "machine", "source")
    assert sum(words[each] for each in whose) == words["total"]
    assert words["people"] == 3
    assert words["stale"] == 8  # on two pages
    pages = {each["page"]: each for each in found["pages"]}
    assert list(pages) == ["index", "guide"]
    assert pages["guide"]["words"] == 11
    assert pages["guide"]["left"] == 8
    assert pages["guide"]["title"] == "Guide"
    assert found["left"] == {"segments": 6, "words": 24}
    assert found["today"] == {"segments": 0, "words": 0, "seconds": 0}


@given(st.text(max_size=30), st.text(max_size=30))
def test_differences_have_all_of_the_present_text(then, now):
    found = word_difference(then, now)
    assert "".join(text for what, text in found if what != "-") == now
    assert all(text for _, text in found)


# What people do


def test_a_correction_is_people_s_at_once_and_everywhere(open_desk):
    desk = open_desk("--author", "Li Hua")
    events = listen(desk)
    key = desk.key(LIGHT)
    before = desk.segment(key)
    saved = desk.put(key, TAGGED, version=before["version"], seconds=12.5)
    assert saved.status_code == 200
    assert saved.json()["whose"] == "people"
    assert saved.json()["state"] == "reviewed"
    assert saved.json()["author"] == "Li Hua"
    assert saved.json()["can_undo"]
    assert desk.units()[before["source"]] == TAGGED
    text = (desk.source / "zh.tmx").read_text(encoding="utf-8")
    assert '<prop type="state">reviewed</prop>' in text
    assert 'changeid="Li Hua"' in text
    [line] = desk.log()
    assert line["action"] == "corrected"
    assert line["machine"] == before["target"]
    assert line["target"] == TAGGED
    assert line["engine"] == "pseudo"
    assert line["doubt"] == before["doubt"]
    assert line["seconds"] == 12.5
    assert line["document"] == "index"
    assert desk.get("progress")["today"] == {"segments": 1, "words": 6, "seconds": 12}
    until(lambda: any(each["kind"] == "built" for each in events), str(events))
    assert events[0]["kind"] == "saved"
    assert events[0]["keys"] == [key]
    assert "index" in next(e for e in events if e["kind"] == "built")["pages"]
    assert "灯就给" in desk.http.get("index.html").text


def test_what_is_accepted_as_it_was_is_people_s_too(open_desk):
    desk = open_desk()
    key = desk.key("Guide")
    before = desk.segment(key)
    assert desk.put(key, before["target"], version=before["version"]).status_code == 200
    assert desk.segment(key)["whose"] == "people"
    assert desk.log()[0]["action"] == "accepted"
    assert desk.log()[0]["machine"] == before["target"]


def test_a_text_that_check_refuses_is_not_saved(desk):
    key = desk.key(LIGHT)
    before = desk.units()
    for target, reason in {
        "灯": "tags differ: lost [2]",
        '灯 <x id="2"/> <x id="3"/>': "new [3]",
        "": "lost",
        '<script> <x id="2"/>': "angle bracket",
    }.items():
        answer = desk.put(key, target, version=desk.segment(key)["version"])
        assert answer.status_code == 422
        assert reason in answer.json()["error"]
        said = desk.post(key, "check", target=target).json()
        assert not said["ok"]
        assert reason in said["error"]
    assert desk.put(desk.key("Guide"), "  ").status_code == 422
    assert desk.units() == before
    assert not desk.log()


def test_emphasis_may_be_left_out_and_numbers_are_looked_at(open_desk):
    desk = open_desk()
    assert desk.put(desk.key(LIGHT), '灯 <x id="2"/>。').status_code == 200
    key = desk.key("Light 20 lamps with one match. Wait a minute.")
    said = desk.post(key, "check", target="点 30 盏灯（用火柴）。").json()
    assert said["ok"]
    assert any("20" in each for each in said["faults"])
    assert any("30" in each for each in said["faults"]) or len(said["faults"]) > 1


def test_undo_brings_back_what_there_was(open_desk):
    desk = open_desk()
    key, before_file = desk.key("Guide"), (desk.source / "zh.tmx").read_bytes()
    before = desk.segment(key)
    desk.put(key, "指南", version=before["version"])
    desk.put(key, "手册", version=desk.segment(key)["version"])
    assert desk.post(key, "undo").json()["target"] == "指南"
    again = desk.post(key, "undo", version=desk.segment(key)["version"])
    assert again.json()["target"] == before["target"]
    assert again.json()["whose"] == "machine"
    assert (desk.source / "zh.tmx").read_bytes() == before_file
    assert desk.post(key, "undo").status_code == 404
    actions = [each["action"] for each in desk.log()]
    assert actions == ["corrected", "corrected", "undone", "undone"]
    assert desk.get("progress")["today"]["segments"] == 0


def test_a_comment_leaves_the_text_a_machine_s(open_desk):
    desk = open_desk()
    key, file = desk.key("Guide"), desk.source / "zh.tmx"
    before = file.read_bytes()
    said = desk.put(key, "", state="translated", comment="Which guide?").json()
    assert said["whose"] == "machine"
    assert said["comment"] == "Which guide?"
    assert file.read_bytes() == before
    assert desk.log()[0]["action"] == "commented"
    desk.close()
    with Desk(desk.source) as later:
        assert later.segment(key)["comment"] == "Which guide?"
        later.put(key, "指南")
        assert later.segment(key)["comment"] == ""


def test_similar_units_can_be_taken_over(open_desk):
    desk = open_desk(
        files={"guide.rst": GUIDE.replace("- Trim", "- Fill the *old* tank.\n- Trim")}
    )
    plain, tagged = desk.key("Fill the tank."), desk.key("Fill the old tank.")
    desk.put(plain, "把油箱加满。")
    [found] = desk.segment(tagged)["similar"]
    assert found["target"] == "把油箱加满。"
    assert ["+", "old "] in found["diff"]
    version = desk.segment(tagged)["version"]
    assert desk.put(tagged, found["target"], version=version).status_code == 200


def test_another_engine_says_its_price_before_it_is_asked(open_desk):
    files = {"conf.py": CONF + 'amts_prices = {"stand-in": 10.0}\n'}
    desk = open_desk(files=files)
    engines = {each["name"]: each["costs"] for each in desk.get("engines")}
    assert next(iter(engines)) == "pseudo"
    assert engines["pseudo"] is False
    key = desk.key("Guide")
    said = desk.post(key, "suggest", engine="pseudo", confirmed=False).json()
    assert said["target"] == desk.segment(key)["target"]
    assert said["price"] == 0
    assert desk.post(key, "suggest", engine="nobody").status_code == 404


def test_a_paid_engine_is_asked_only_when_somebody_agrees(open_desk, amazon):
    pytest.importorskip("boto3", reason="needs boto3")
    desk = open_desk(
        variables=amazon.environment(),
        files={"conf.py": CONF + 'amts_aws_region = "us-east-1"\n'},
    )
    engines = {each["name"]: each["costs"] for each in desk.get("engines")}
    assert engines["amazon"] is True
    key = desk.key("Guide")
    said = desk.post(key, "suggest", engine="amazon", confirmed=False).json()
    assert said == {"price": pytest.approx(0.0002, abs=0.0002), "engine": "amazon"}
    assert said["price"] > 0
    assert len(amazon.ledger.of()) == 0
    said = desk.post(key, "suggest", engine="amazon", confirmed=True).json()
    assert said["target"]
    assert len(amazon.ledger.of()) == 1
    again = desk.post(key, "suggest", engine="amazon", confirmed=False).json()
    assert again["target"] == said["target"]
    assert len(amazon.ledger.of()) == 1
    assert list((desk.source / ".amts/receipts").iterdir())


# What else happens


def test_pages_are_built_again_when_sources_change(open_desk):
    desk = open_desk()
    events = listen(desk)
    path = desk.source / "guide.rst"
    path.write_text(GUIDE.replace("Fill the tank", "Empty it"), encoding="utf-8")
    until(lambda: any(each["kind"] == "built" for each in events), str(events))
    found = desk.segment(desk.key("Empty it."))
    assert found["shown_target"] in desk.http.get("guide.html").text
    assert found["whose"] == "machine"


def test_a_build_that_fails_is_told_and_the_desk_goes_on(open_desk):
    desk = open_desk()
    events = listen(desk)
    conf = desk.source / "conf.py"
    conf.write_text(CONF + "raise ValueError('oh')\n", encoding="utf-8")
    until(lambda: any(each["kind"] == "failed" for each in events), str(events))
    assert "oh" in next(e for e in events if e["kind"] == "failed")["error"]
    assert desk.http.get("guide.html").status_code == 200
    assert desk.put(desk.key("Guide"), "指南").status_code == 200


def test_a_change_from_elsewhere_is_told_and_taken(open_desk):
    desk = open_desk()
    events = listen(desk)
    key = desk.key("Guide")
    write_memory(desk.source / "zh.tmx", {**PEOPLE, "Guide": "指南"})
    until(lambda: any(each["kind"] == "changed" for each in events), str(events))
    assert desk.segment(key)["target"] == "指南"
    assert desk.segment(key)["whose"] == "people"
    until(lambda: "指南" in desk.http.get("guide.html").text)


def test_a_book_without_a_memory_file_gets_the_one_that_is_named(write_book):
    files = {
        "conf.py": CONF.replace('amts_memory_files = ["zh.tmx"]\n', ""),
        "index.rst": INDEX,
        "guide.rst": GUIDE,
    }
    source = write_book(files).source
    with Desk(source, "--memory", str(source / "zh.tmx")) as desk:
        desk.put(desk.key("Guide"), "指南")
        assert desk.units() == {"Guide": "指南"}
        until(lambda: "指南" in desk.http.get("guide.html").text)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["-l", "en"], "the language of the book"),
        (["-l", "zh", "--memory", "zh.csv"], "a TMX file"),
        (["-l", "zh", "--host", "0.0.0.0"], "AMTS_REVIEW_PASSWORD"),
    ],
)
def test_a_wrong_use_is_told(tmp_path, words, reason):
    source = lamps(tmp_path / "book")
    command = ["-m", "sphinx_amts", "review", source, *words, "--no-browser"]
    done = run(command, source, cwd=source.parent, expected=2)
    assert reason in done.stderr


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("queue=all", "queue"),
        ("limit=many", "limit"),
        ("page=nowhere", "there is no page"),
    ],
)
def test_a_wrong_question_is_told(desk, query, reason):
    answer = desk.http.get(f"api/segments?{query}")
    assert answer.status_code in (400, 404)
    assert reason in answer.json()["error"]


def test_what_is_no_json_is_told(desk):
    path = f"api/segments/{desk.key('Guide')}"
    json_ = {"content-type": "application/json"}
    for content, headers in [
        (b"{", json_),
        (b"[1]", json_),
        (b'{"target": 3}', json_),
        (b'{"target": "\\ud800"}', json_),
        (b"[" * 100_000, json_),
        (b'{"target": "x", "seconds": "long"}', json_),
        (b'{"target": "x", "state": "final"}', json_),
        (b'{"target": "x"}', {"content-type": "text/plain"}),
    ]:
        answer = desk.http.put(path, content=content, headers=headers)
        assert answer.status_code == 400, content[:40]
        assert answer.json()["error"]
    assert not desk.log()
