"""The log of what people made of machines' translations."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc

import pytest
from books import environment
from hypothesis import given
from hypothesis import strategies as st

from sphinx_amts.errors import FileError
from sphinx_amts.memory.corrections import (
    ACTIONS,
    MAX_LINE,
    MAX_SECONDS,
    Correction,
    append,
    log_of,
    read,
)

ONE = Correction(
    key="k",
    source='A lamp <x id="1"/>\nburns.',
    action="corrected",
    target='Eine Lampe <x id="1"/> brennt.',
    machine='Ein Licht <x id="1"/> brennt.',
    engine="local",
    kinds="code",
    language="de",
    document="guide/lamps",
    line=12,
    words=3,
    doubt=0.25,
    seconds=8.5,
    date="2026-03-01T10:00:00+00:00",
    author="Ada",
    comment="二 \u2028 lines",
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NAMED = TEXTS.filter(bool)

corrections = st.builds(
    Correction,
    key=NAMED,
    source=NAMED,
    action=st.sampled_from(ACTIONS),
    target=TEXTS,
    machine=TEXTS,
    document=TEXTS,
    line=st.integers(0, 10**6),
    words=st.integers(0, 10**6),
    doubt=st.none() | st.floats(0, 1),
    seconds=st.floats(0, MAX_SECONDS),
    comment=TEXTS,
)


def test_the_log_lies_beside_the_memory(tmp_path):
    assert log_of(tmp_path / "people.zh.tmx").name == "people.zh.corrections.jsonl"


@given(corrections)
def test_a_correction_is_one_line_and_comes_back(each):
    assert "\n" not in each.to_json()
    assert Correction.from_json(each.to_json()) == each


def test_what_is_added_is_read_in_its_order(tmp_path):
    log = tmp_path / "log"
    two = Correction("k2", "Two.", "accepted", "Zwei.")
    append(log, ONE)
    append(log, two, ONE)
    assert list(read(log)) == [ONE, two, ONE]
    assert len(log.read_bytes().splitlines()) == 3


def test_nothing_added_makes_no_file(tmp_path):
    append(tmp_path / "log")
    assert list(tmp_path.iterdir()) == []
    assert list(read(tmp_path / "log")) == []


def test_what_a_crash_left_spoils_its_own_line_only(tmp_path):
    log, skipped = tmp_path / "log", []
    append(log, ONE, ONE)
    whole = log.read_bytes()
    for cut in (1, 2, 40):
        log.write_bytes(whole[:-cut])
        append(log, ONE)
        skipped.clear()
        found = list(read(log, skipped.append))
        # Without its line end alone, the line is whole.
        assert (found, skipped) == ([ONE] * 3, []) if cut == 1 else ([ONE] * 2, [2])


@pytest.mark.parametrize(
    "line",
    [
        "null",
        "[]",
        "{}",
        "{",
        '"text"',
        "\xff",
        '{"key": "k", "source": "s"}',
        '{"key": "k", "source": "s", "action": "deleted"}',
        '{"key": "k", "source": "s", "action": []}',
        '{"key": "", "source": "s", "action": "accepted"}',
        *(
            json.dumps({"key": "k", "source": "s", "action": "accepted", name: value})
            for name, value in [
                ("target", None),
                ("target", "\ud800"),
                ("comment", ["a"]),
                ("line", -1),
                ("line", "1"),
                ("words", 10**30),
                ("words", True),
                ("doubt", 1.5),
                ("doubt", float("nan")),
                ("seconds", float("inf") * -1),
                ("seconds", float("nan")),
                ("seconds", "8"),
            ]
        ),
        "[" * 100_000,
        '{"key": ' + "9" * 10_000 + "}",
    ],
)
def test_what_is_wrong_is_left_out_and_counted(tmp_path, line):
    log, skipped = tmp_path / "log", []
    log.write_bytes(
        ONE.to_json().encode()
        + b"\n"
        + line.encode("latin-1")
        + b"\n"
        + ONE.to_json().encode()
    )
    assert list(read(log, skipped.append)) == [ONE, ONE]
    assert skipped == [2]


def test_what_a_later_version_adds_is_left_out():
    values = {**json.loads(ONE.to_json()), "mood": {"good": True}}
    assert Correction.from_json(json.dumps(values)) == ONE


def test_a_night_at_the_desk_counts_as_a_day_at_most():
    values = {**json.loads(ONE.to_json()), "seconds": 10**300}
    assert Correction.from_json(json.dumps(values)).seconds == MAX_SECONDS


def test_a_line_without_end_takes_no_memory(tmp_path):
    log, skipped = tmp_path / "log", []
    with log.open("wb") as file:
        for _ in range(40):
            file.write(b"x" * MAX_LINE)
        file.write(b"\n" + ONE.to_json().encode())
    tracemalloc.start()
    found = list(read(log, skipped.append))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found, skipped) == ([ONE], [1])
    assert most < 8 * MAX_LINE


def test_half_a_character_is_replaced(tmp_path):
    append(tmp_path / "log", Correction("k", "s", "accepted", "a\ud800b"))
    assert [each.target for each in read(tmp_path / "log")] == ["a?b"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "mine").write_bytes(b"mine\n")
    (tmp_path / "log").symlink_to(tmp_path / "mine")
    with pytest.raises(FileError, match="link"):
        append(tmp_path / "log", ONE)
    assert (tmp_path / "mine").read_bytes() == b"mine\n"


def test_a_log_that_is_no_file_is_named(tmp_path):
    with pytest.raises(FileError, match="no file"):
        append(tmp_path, ONE)
    with pytest.raises(FileError, match="cannot be"):
        append(tmp_path / "none" / "log", ONE)
    with pytest.raises(FileError, match="no file"):
        next(read(tmp_path))


def test_several_writers_lose_no_line(tmp_path):
    log = tmp_path / "log"
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from sphinx_amts.memory.corrections import Correction, append\n"
        "for n in range(100):\n"
        "    text = sys.argv[2] * (n * 50 + 1)\n"
        "    append(Path(sys.argv[1]), Correction(f'{n}', text, 'accepted', text))\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, log, name], env=environment())
        for name in "abc"
    ]
    assert [each.wait() for each in writers] == [0, 0, 0]
    skipped = []
    found = list(read(log, skipped.append))
    assert skipped == []
    assert {(each.source[0], each.key) for each in found} == {
        (name, str(n)) for name in "abc" for n in range(100)
    }
