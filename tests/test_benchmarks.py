"""The benchmarks that have an input of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"

SOURCE = """\
# Tea

Boil 3 cups of water. Warm 2 pots. Wait for 90 seconds.

Pour `water` over 12 leaves.

Nobody translated this.
"""
TARGET = """\
# 茶

烧开3杯水，温2个壶。等90秒。

把 `water` 倒在12片叶子上。
"""
GOLD = "1\t1\n2 3\t2\n4\t3\n5\t4\n6\t\n"


@pytest.fixture
def folders(tmp_path):
    """The gold beads of one document, and both its sides."""
    texts = {"gold/a/tea.tsv": GOLD, "en/a/tea.md": SOURCE, "zh/a/tea.md": TARGET}
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return [str(tmp_path / name) for name in ("gold", "en", "zh")]


def aligner(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the benchmark of the aligner."""
    return subprocess.run(
        [sys.executable, BENCHMARKS / "aligner.py", *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("options", [[], ["--harder", "1"]])
def test_the_aligner_is_measured(folders, options):
    lines = aligner(*folders, *options).stdout.splitlines()
    names = [line.partition(" strict")[0].strip() for line in lines]
    assert names == [
        "whole",
        "folder",
        "folder with lexicon",
        "document",
        "document with lexicon",
    ]
    if not options:
        assert " / 1.000 [1.000 1.000]  F 1.000" in lines[0]


def test_sentences_are_shown_with_the_numbers_of_the_gold(folders):
    said = aligner(*folders, "--sentences", "a/tea.md").stdout.splitlines()
    assert said[4] == '5\tPour <x id="1"/> over 12 leaves.'
    assert said[6:] == [
        "1\t茶",
        "2\t烧开3杯水，温2个壶。",
        "3\t等90秒。",
        '4\t把 <x id="1"/> 倒在12片叶子上。',
    ]


@pytest.mark.parametrize("line", ["7\t1", "1\t1\n1\t2"])
def test_a_gold_of_another_text_is_refused(folders, line):
    Path(folders[0], "a/tea.tsv").write_text(line + "\n", encoding="utf-8")
    assert "a/tea: a number is there twice" in aligner(*folders).stderr


def test_every_weight_of_the_aligner_is_tried(folders):
    lines = aligner(*folders, "--weights").stdout.splitlines()
    assert lines[0].startswith("as it is: ")
    assert len(lines) > 40


def test_the_work_that_was_saved_is_measured(folders, tmp_path):
    _, source, people = folders
    machine = tmp_path / "machine" / "a" / "tea.md"
    machine.parent.mkdir(parents=True)
    machine.write_text(TARGET.replace("温2个壶", "热2个壶"), encoding="utf-8")
    words = [source, str(tmp_path / "machine"), people]
    languages = ["--source-language", "en", "--target-language", "zh"]
    log = tmp_path / "log.jsonl"
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "effort.py", *words, *languages, "--log", log],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    *_, total, last = done.stdout.splitlines()
    cells = [each.strip() for each in total.strip("|").split("|")]
    edits, length = 1, len("烧开3杯水，温2个壶。")  # the rest is accepted
    assert cells[0] == "all"
    assert cells[4] == f"{edits / length:.3f}"
    assert last.startswith("0 segments had nothing of the machine's")
    assert len(log.read_text(encoding="utf-8").splitlines()) == int(cells[1])
