"""What is acknowledged at the desk is kept, and nobody's text is overwritten."""

from __future__ import annotations

import json
import random
import threading
import time
from contextlib import suppress

import pytest
from desks import (
    PEOPLE,
    Desk,
    httpx,
    lamps,
    memory,
    read_memory,
    write_memory,
)

from sphinx_amts.formats import tmx
from sphinx_amts.review.memory_file import BusyError, MemoryFile, Save
from sphinx_amts.text.languages import LanguagePair

pytestmark = pytest.mark.newest

PAIR = LanguagePair("en", "zh-CN")


@pytest.fixture
def source(tmp_path):
    """The folder of a book with a memory file."""
    return lamps(tmp_path / "book")


@pytest.fixture
def file(tmp_path):
    """A memory file of two units, that was read."""
    write_memory(tmp_path / "zh.tmx", PEOPLE)
    made = MemoryFile(tmp_path / "zh.tmx", PAIR)
    made.refresh()
    return made


def save(source, target):
    return Save(source, target, {}, "", "20261127T220000Z")


def is_canonical(path):
    """Tell whether a file is as `dump` writes it."""
    again = path.with_name("again.tmx")
    tmx.dump(tmx.load(path), again, source_language="en")
    return again.read_bytes() == path.read_bytes()


# The file


def test_a_unit_is_put_in_its_place(file):
    file.save(save("Fill the tank.", "加满油箱。"))
    file.save(save("Trim the wick.", "剪灯芯。"))
    assert read_memory(file.path) == {
        **PEOPLE,
        "Fill the tank.": "加满油箱。",
        "Trim the wick.": "剪灯芯。",
    }
    assert is_canonical(file.path)
    assert file.find("Trim the wick.").target == "剪灯芯。"
    assert file.find("Trim the wick.").is_reviewed
    assert not file.find("Then close the old door.").is_reviewed


def test_other_languages_of_a_unit_and_all_that_is_known_of_others_stay(tmp_path):
    path = tmp_path / "all.tmx"
    entries = [
        tmx.Entry(
            {"en": "Guide", "es": "Guía", "zh-CN": "指南"},
            properties={"note": "old"},
            author="Ana",
            changed="20200101T000000Z",
        ),
        tmx.Entry({"en": "Lamps", "zh-CN": "灯"}, properties={"domain": "x"}),
    ]
    tmx.dump(entries, path, source_language="en")
    made = MemoryFile(path, PAIR)
    made.refresh()
    made.save(save("Guide", "手册"))
    found = {tuple(sorted(each.texts.items())): each for each in tmx.load(path)}
    spanish = found[("en", "Guide"), ("es", "Guía")]
    assert (spanish.author, spanish.properties) == ("Ana", {"note": "old"})
    assert found[("en", "Lamps"), ("zh-CN", "灯")].properties == {"domain": "x"}
    assert (("en", "Guide"), ("zh-CN", "手册")) in found
    assert len(found) == 3


def test_a_region_and_another_order_of_ids_are_the_same_unit(tmp_path):
    path = tmp_path / "zh.tmx"
    text = {"en": '<x id="7"/> or <x id="3"/>', "zh": '<x id="3"/> 或 <x id="7"/>'}
    tmx.dump([tmx.Entry(text)], path, source_language="en")
    made = MemoryFile(path, PAIR)
    made.refresh()
    source = '<x id="1"/> or <x id="2"/>'
    assert made.find(source).target == '<x id="2"/> 或 <x id="1"/>'
    made.save(save(source, '<x id="1"/> 或者 <x id="2"/>'))
    [left] = tmx.load(path)
    assert left.texts["zh-CN"] == '<x id="1"/> 或者 <x id="2"/>'


def test_what_others_wrote_meanwhile_is_read_and_kept(file):
    write_memory(file.path, {**PEOPLE, "Guide": "指南"})
    with pytest.raises(BusyError):
        file.save(save("Lamps", "灯"))
    assert "Lamps" not in read_memory(file.path)
    assert file.refresh() == {"Guide"}
    file.save(save("Lamps", "灯"))
    assert read_memory(file.path) == {**PEOPLE, "Guide": "指南", "Lamps": "灯"}


def test_a_change_of_the_same_length_at_the_same_time_is_seen(file):
    file.save(save("Lamps", "灯"))
    text = file.path.read_text(encoding="utf-8")
    found = file.path.stat()
    file.path.write_text(text.replace("灯<", "火<"), encoding="utf-8")
    import os

    os.utime(file.path, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert file.path.stat().st_size == found.st_size
    assert file.refresh() == {"Lamps"}
    assert file.find("Lamps").target == "火"


def test_a_file_that_went_is_written_anew(file):
    file.path.unlink()
    assert file.refresh() == set(PEOPLE)
    file.save(save("Lamps", "灯"))
    assert read_memory(file.path) == {"Lamps": "灯"}


def test_the_lock_leaves_nothing_behind_and_waits(file):
    order = []
    inside = threading.Event()

    def other():
        with MemoryFile(file.path, PAIR).locked():
            order.append("other")

    with file.locked():
        thread = threading.Thread(target=lambda: (inside.set(), other()))
        thread.start()
        assert inside.wait(10)
        time.sleep(0.1)
        order.append("first")
    thread.join(10)
    assert order == ["first", "other"]
    assert [each.name for each in file.path.parent.iterdir()] == ["zh.tmx"]


# Two windows, two desks


def test_two_windows_that_change_one_text_see_both(source):
    with Desk(source) as desk:
        key = desk.key("Guide")
        version = desk.segment(key)["version"]
        assert desk.put(key, "指南", version=version).status_code == 200
        answer = desk.put(key, "手册", version=version)
        assert answer.status_code == 409
        said = answer.json()
        assert said["yours"]["target"] == "手册"
        assert said["theirs"]["target"] == "指南"
        assert desk.units()["Guide"] == "指南"
        # The same text is no conflict, and who has seen the other may go on.
        assert desk.put(key, "指南", version=version).status_code == 200
        assert desk.put(key, "手册", version=said["version"]).status_code == 200
        assert desk.units()["Guide"] == "手册"


def test_without_a_version_nothing_of_people_s_is_changed(source):
    with Desk(source) as desk:
        key = desk.key("Trim the wick.")
        assert desk.put(key, "剪灯芯。").status_code == 409
        assert desk.units() == PEOPLE
        version = desk.segment(key)["version"]
        assert desk.put(key, "剪灯芯。", version=version).status_code == 200


def test_undo_takes_nothing_of_others_back(source):
    with Desk(source) as desk:
        key = desk.key("Guide")
        desk.put(key, "指南")
        write_memory(source / "zh.tmx", {**PEOPLE, "Guide": "手册"})
        answer = desk.post(key, "undo")
        assert answer.status_code == 409
        assert answer.json()["theirs"]["target"] == "手册"
        assert desk.units()["Guide"] == "手册"


def test_two_desks_of_one_book_share_the_file(source):
    with Desk(source) as one, Desk(source, "--out", str(source.parent / "out")) as two:
        key = one.key("Guide")
        version = two.segment(key)["version"]
        assert one.put(key, "指南", version=version).status_code == 200
        assert two.put(key, "手册", version=version).status_code == 409
        keys = [one.key("Lamps"), two.key("Fill the tank.")]
        threads = [
            threading.Thread(target=desk.put, args=(key, f"译文 {number}"))
            for number, (desk, key) in enumerate(zip((one, two), keys, strict=True))
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert one.units() == {
            **PEOPLE,
            "Guide": "指南",
            "Lamps": "译文 0",
            "Fill the tank.": "译文 1",
        }


def test_a_file_that_cannot_be_read_is_not_overwritten(source):
    with Desk(source) as desk:
        key, path = desk.key("Guide"), source / "zh.tmx"
        whole = path.read_text(encoding="utf-8")
        for broken in (whole[:300], whole.replace("<body>", "<<<<<<< ours\n<body>")):
            path.write_text(broken, encoding="utf-8")
            answer = desk.put(key, "指南")
            assert answer.status_code == 503
            assert "nothing was saved" in answer.json()["error"]
            assert path.read_text(encoding="utf-8") == broken
        path.write_text(whole, encoding="utf-8")
        assert desk.put(key, "指南").status_code == 200
        assert desk.units() == {**PEOPLE, "Guide": "指南"}


# Anything, in any order


class Windows:
    """Two windows at a desk and a git beside it, and what has to be in the file."""

    def __init__(self, source, seed):
        self.random = random.Random(seed)
        self.source = source
        self.path = source / "zh.tmx"
        self.file = read_memory(self.path)  # what has to be there
        self.acknowledged = []
        self.desk = Desk(source)
        found = self.desk.get("segments", queue="page", limit=100)["segments"]
        self.keys = {
            each["source"]: each["key"]
            for each in found
            if not each["target"].count("<")
        }
        self.seen = [{}, {}]  # by window and source: what it was shown
        self.count = 0

    def new(self):
        self.count += 1
        return f"译文 {self.count}"

    def look(self):
        window = self.random.choice(self.seen)
        source = self.random.choice(list(self.keys))
        found = self.desk.segment(self.keys[source])
        assert found["target"] == self.file.get(source, found["target"])
        window[source] = found["version"], found["target"]

    def save(self):
        window = self.random.choice(self.seen)
        if not window:
            return
        source, (version, target) = self.random.choice(list(window.items()))
        text = self.random.choice([target, self.new()])
        answer = self.desk.put(self.keys[source], text, version=version)
        there = self.file.get(source)
        is_seen = there in (None, target, text)
        if answer.status_code == 200:
            assert is_seen, f"{there} was overwritten by {text}"
            self.file[source] = text
            self.acknowledged.append((source, text))
            window[source] = answer.json()["version"], text
        else:
            assert answer.status_code == 409, answer.text
            theirs = answer.json()["theirs"]["target"]
            assert there in (None, theirs)  # None: a machine's, since it was deleted
            assert theirs not in (target, text), "a conflict with nobody"

    def undo(self):
        source = self.random.choice(list(self.keys))
        answer = self.desk.post(self.keys[source], "undo")
        if answer.status_code == 200:
            found = answer.json()
            if found["whose"] == "people":
                self.file[source] = found["target"]
            else:
                self.file.pop(source, None)
            self.acknowledged.append((source, found["target"]))
        else:
            assert answer.status_code in (404, 409)

    def git(self):
        """Change the file as git or an editor does: all of it, or in place."""
        units = read_memory(self.path)
        assert units == self.file
        source = self.random.choice([*self.keys, f"Elsewhere {self.new()}."])
        if source in units and self.random.random() < 0.3:
            del units[source]
        else:
            units[source] = self.new()
        if self.random.random() < 0.5:
            write_memory(self.path, units)
        else:
            draft = self.path.with_name("draft.tmx")
            tmx.dump(memory(units), draft, source_language="en")
            self.path.write_bytes(draft.read_bytes())
            draft.unlink()
        self.file = units

    def kill(self):
        """Kill the desk while it saves; whatever is there then is whole."""
        source = self.random.choice(list(self.keys))
        found = self.desk.segment(self.keys[source])
        text, answers = self.new(), []

        def put():
            with suppress(httpx.HTTPError):
                answers.append(
                    self.desk.put(self.keys[source], text, version=found["version"])
                )

        thread = threading.Thread(target=put)
        thread.start()
        time.sleep(self.random.random() * 0.06)
        self.desk.process.kill()
        thread.join()
        self.desk.kill()
        units = read_memory(self.path)
        if answers and answers[0].status_code == 200:
            assert units[source] == text
            self.acknowledged.append((source, text))
        assert units in (self.file, {**self.file, source: text})
        self.file = units
        self.desk = Desk(self.source)
        self.seen = [{}, {}]

    def check(self):
        """See that the file is what it has to be, and the log tells of all."""
        assert read_memory(self.path) == self.file
        assert is_canonical(self.path)
        lines = [
            json.loads(line)
            for line in (self.source / "zh.corrections.jsonl").read_text().splitlines()
        ]
        told = [(each["source"], each["target"]) for each in lines]
        following = iter(told)
        assert all(each in following for each in self.acknowledged)


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_what_people_and_programs_do_keeps_the_promises(source, seed):
    windows = Windows(source, seed)
    try:
        windows.look()
        for _ in range(60):
            windows.random.choices(
                [windows.look, windows.save, windows.undo, windows.git, windows.kill],
                [30, 40, 8, 15, 4],
            )[0]()
            units = read_memory(windows.path)
            assert units == windows.file
        windows.kill()
        windows.check()
    finally:
        windows.desk.close()
