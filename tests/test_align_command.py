"""The command ``sphinx-amts align``, end to end."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from itertools import repeat
from pathlib import Path

import pytest

from sphinx_amts.cli import INTERRUPTED, main
from sphinx_amts.formats.tables import load_units
from sphinx_amts.workers import choice
from sphinx_amts.workers.contract import Here

pytestmark = pytest.mark.newest

SOURCE = """\
Tea
===

Boil 3 cups of water. Wait for ``timer`` minutes.

Pour the water. Nobody translated this sentence about the colour of cups at all.

Drink.
"""
TARGET = """\
茶
==

烧开3杯水。等待 ``timer`` 分钟。

倒水。

喝。
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """Two folders with one page each; commands run beside them."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("en/a/tea.rst", SOURCE), ("zh/a/tea.rst", TARGET)):
        write(tmp_path / name, text)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def align(*arguments: str) -> int:
    return main(
        ["align", "--source-language", "en", "--target-language", "zh", *arguments]
    )


def pairs(path: str) -> dict[str, str]:
    return {entry.texts["en"]: entry.texts["zh"] for entry in load_units(path)}


def test_two_folders(work, capsys):
    assert align("en", "zh", "-o", "out.tmx", "--report", "r.json", "--json") == 0
    assert pairs("out.tmx") == {
        "Boil 3 cups of water.": "烧开3杯水。",
        "Drink.": "喝。",
        "Pour the water.": "倒水。",
        "Tea": "茶",
        'Wait for <x id="1"/> minutes.': '等待 <x id="1"/> 分钟。',
    }
    said = json.loads(capsys.readouterr().out)
    report = json.loads(Path("r.json").read_text(encoding="utf-8"))
    assert report.items() >= said.items()
    assert said["pairs"] == 5
    assert said["counts"] == {"P106": 1}
    assert [
        (each["code"], each["document"], each["line"]) for each in report["findings"]
    ]
    assert report["findings"][0]["text"].startswith("Nobody translated")
    assert "Nobody" not in Path("out.tmx").read_text(encoding="utf-8")


def test_paragraphs_as_a_table(work, capsys):
    assert align("en", "zh", "-o", "out.csv", "--granularity", "paragraph") == 0
    assert pairs("out.csv")["Boil 3 cups of water. Wait for timer minutes."] == (
        "烧开3杯水。等待 timer 分钟。"
    )
    assert "P106: 1 dropped" in capsys.readouterr().out


def test_the_same_again_is_the_same(work):
    written = set()
    for _ in range(2):
        align("en", "zh", "-o", "out.tmx")
        written.add(Path("out.tmx").read_bytes())
    assert len(written) == 1


def test_one_folder_with_suffixes(work):
    write(work / "book/tea_origin.rst", SOURCE)
    write(work / "book/tea.rst", TARGET)
    align("book", "book", "--source-suffix", "_origin", "-o", "out.tmx")
    assert len(pairs("out.tmx")) == 5


def test_a_map_of_names(work, capsys):
    Path("zh/a/tea.rst").rename("zh/cha.rst")
    Path("map.csv").write_text("a/tea.rst,cha.rst\n")
    align("en", "zh", "--map", "map.csv", "-o", "out.tmx")
    assert len(pairs("out.tmx")) == 5


def test_files_without_a_partner_are_named(work, capsys):
    write(work / "en/b.rst", "Alone.\n")
    align("en", "zh", "-o", "out.tmx")
    assert f"without a partner: {Path('en/b')}" in capsys.readouterr().out


def test_two_files(work):
    align("en/a/tea.rst", "zh/a/tea.rst", "-o", "out.tsv")
    assert len(pairs("out.tsv")) == 5


CUPS = """\
Cups
====

Warm every glass with care. Cold saucers break. Please dry wet spoons slowly.
"""
BEAKER = """\
杯
==

冷碟易碎。请慢慢擦干湿勺子。
"""


@pytest.fixture
def cups(work):
    """A page too short to learn from, and the memory of a longer book."""
    write(work / "en/a/tea.rst", CUPS)
    write(work / "zh/a/tea.rst", BEAKER)
    said = {
        "Cold": "冷",
        "saucers": "碟",
        "break": "易碎",
        "dry": "擦干",
        "wet": "湿",
        "spoons": "勺子",
        "slowly": "慢慢",
        "warm": "温热",
        "glass": "玻璃",
        "care": "小心",
    }
    rows = [f"{one} {two},{said[one]}{said[two]}" for one in said for two in said]
    write(work / "zh/memory/long.csv", "\n".join(["en,zh", *rows]) + "\n")
    return work


def test_a_lexicon_tells_what_a_short_page_cannot(cups):
    right = {"Cold saucers break.": "冷碟易碎。"}
    align("en", "zh", "-o", "out.tmx")
    assert not pairs("out.tmx").items() >= right.items()
    align("en", "zh", "-o", "out.tmx", "--lexicon", "zh/memory/long.csv")
    assert pairs("out.tmx").items() >= right.items()


def test_a_memory_that_the_project_names_is_a_lexicon(cups):
    for folder in ("en", "zh"):
        write(cups / folder / "index.rst", "Tea\n===\n\n.. toctree::\n\n   a/tea\n")
        write(cups / folder / "conf.py", "project = 'tea'\n")
    configured = "amts_memory_files = ['memory/long.csv', 'memory/none.tmx']\n"
    write(cups / "zh/conf.py", configured)
    align("en", "zh", "-o", "out.tmx")
    assert pairs("out.tmx")["Cold saucers break."] == "冷碟易碎。"


def test_a_file_of_both_sides_is_checked(work):
    align("en", "zh", "-o", "first.tmx")
    align("first.tmx", "first.tmx", "-o", "second.tmx", "--format", "csv")
    assert len(Path("second.tmx").read_text(encoding="utf-8").splitlines()) == 6


def test_faults_are_kept_as_asked(work):
    write(work / "zh/a/tea.rst", TARGET.replace("喝。", "Drink."))
    align("en", "zh", "-o", "out.tmx")
    assert "Drink." not in pairs("out.tmx")
    align("en", "zh", "-o", "out.tmx", "--keep", "P107")
    assert pairs("out.tmx")["Drink."] == "Drink."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["en", "no", "-o", "o.tmx"], "no: there is no such file or folder"),
        (["en", "zh/a/tea.rst", "-o", "o.tmx"], "two files or two folders"),
        (["en", "en", "-o", "o.tmx"], "tell them apart by --source-suffix"),
        (["en/a", "zh", "-o", "o.tmx"], "no file of one has a partner in the other"),
        (["en", "zh", "-o", "o.xlsx"], "'.xlsx' is none of"),
        (["en", "zh", "-o", "no/o.tmx"], "cannot be written: No such file"),
        (["en", "zh", "-o", "o.tmx", "--drop", "P1"], "'P1' is none of P107"),
        (["en", "zh", "-o", "o.tmx", "--map", "bad.csv"], "bad.csv:1: each row needs"),
        (["en", "zh", "-o", "o.tmx", "--target-language", "en"], "are both en"),
        (["en", "zh", "-o", "o.tmx", "--target-language", "?"], "not a language code"),
        (["bad", "bad-zh", "-o", "o.tmx"], "is not in UTF-8"),
        (["empty", "empty-zh", "-o", "o.tmx"], "not one pair is left"),
        (["x.tmx", "x.tmx", "-o", "o.tmx"], "entities are not allowed"),
        (["x.csv", "x.csv", "-o", "o.tmx"], "is not in UTF-8"),
        (["en", "zh", "-o", "o.tmx", "--lexicon", "no.tmx"], "no.tmx: cannot be read"),
        (["en", "zh", "-o", "o.tmx", "--lexicon", "en"], "is none of .tmx"),
    ],
)
def test_wrong_use_says_what_to_do_and_writes_nothing(work, capsys, arguments, said):
    Path("bad.csv").write_text("one\n")
    for name, data in (("bad", "é".encode("latin-1")), ("empty", b"")):
        for folder in (name, f"{name}-zh"):
            Path(folder).mkdir()
            Path(folder, "a.rst").write_bytes(data)
    Path("x.tmx").write_text('<!DOCTYPE tmx [<!ENTITY a "b">]><tmx>&a;</tmx>')
    Path("x.csv").write_bytes("en,zh\né,水\n".encode("utf-16"))
    Path("o.tmx").write_text("before")
    assert align(*arguments) == 2
    assert said in capsys.readouterr().err
    assert Path("o.tmx").read_text() == "before"


# --- Many documents -------------------------------------------------------------------

RUN = """
import sys, time
from sphinx_amts.cli import main
from sphinx_amts.parallel_data.finished import Finished
from sphinx_amts.workers import choice

class Slow(Finished):
    def put(self, name, made):
        super().put(name, made)
        time.sleep(0.3)  # so that there is time to end it in the middle

choice.SHARE = 100  # bytes: a few pages are a corpus here
sys.modules["sphinx_amts.commands.align"].Finished = Slow
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def corpus(work):
    """Some dozens of pages."""
    for n in range(40):
        for side, text in (("en", SOURCE), ("zh", TARGET)):
            write(work / side / f"{n}.rst", text.replace("3", str(n)))
    return work


@pytest.fixture
def many(monkeypatch):
    """Make a corpus of a few pages."""
    monkeypatch.setattr(choice, "SHARE", 100)


def test_the_number_of_workers_changes_nothing(corpus, many):
    written = set()
    for number in ("1", "3"):
        align("en", "zh", "-o", "out.tmx", "--report", "r.json", "--workers", number)
        written.add((Path("out.tmx").read_bytes(), Path("r.json").read_bytes()))
        assert not list(corpus.glob(".*"))
    assert len(written) == 1
    assert pairs("out.tmx")["Boil 17 cups of water."] == "烧开17杯水。"


def test_a_small_book_needs_no_process():
    assert choice.shares([choice.SHARE, choice.SHARE // 2], 8) == 1
    assert choice.shares([choice.SHARE] * 3, 8) == 3
    assert choice.shares(repeat(choice.SHARE), 8) == 8
    assert isinstance(choice.workers_for(1, 8), Here)
    assert isinstance(choice.workers_for(8, 1), Here)


@pytest.mark.parametrize("number", ["0", "-1", "x"])
def test_workers_are_a_number(work, number):
    with pytest.raises(SystemExit):
        align("en", "zh", "-o", "out.tmx", "--workers", number)


def done(part: Path) -> int:
    """Return how many documents are done."""
    try:
        with closing(sqlite3.connect(part)) as rows:
            return int(rows.execute("SELECT count(*) FROM made").fetchone()[0])
    except sqlite3.Error:
        return 0


def to_align(number):
    languages = ["--source-language", "en", "--target-language", "zh"]
    return ["align", "en", "zh", "-o", "out.tmx", "--workers", number, *languages]


@contextmanager
def running(command, part):
    """Run a command in a process; three documents are done when the context begins."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN, *command], stderr=subprocess.PIPE
    ) as process:
        while done(part) < 3 and process.poll() is None:
            time.sleep(0.01)
        yield process


@pytest.mark.parametrize("number", ["1", "2"])
def test_what_was_killed_goes_on(corpus, many, number):
    command, part = to_align(number), corpus / ".out.tmx.part"
    with running(command, part) as process:
        process.kill()
        assert process.stderr.read() == b""  # also of those that it had started
    assert process.returncode
    assert not Path("out.tmx").exists()
    assert done(part) >= 3
    assert main(command) == 0
    written = Path("out.tmx").read_bytes()
    assert not part.exists()
    assert main(command) == 0
    assert Path("out.tmx").read_bytes() == written


@pytest.mark.skipif(os.name == "nt", reason="Windows sends signals to none alone")
def test_an_interruption_ends_all_processes(corpus):
    part = corpus / ".out.tmx.part"
    with running(to_align("2"), part) as process:
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()  # until no process has it open any more
    assert process.returncode == INTERRUPTED
    assert said == b"sphinx-amts: interrupted\n"
    assert part.exists()
