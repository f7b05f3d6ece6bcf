"""A book in both languages becomes pairs, whoever does the work."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from books import environment

from sphinx_amts.engines.amazon.languages import file_codes
from sphinx_amts.errors import AmtsError, FileError
from sphinx_amts.parallel_data.bitexts import LEARNED, Bitext, Given, sample
from sphinx_amts.parallel_data.blocks import Block, Kind
from sphinx_amts.parallel_data.checks import Checks
from sphinx_amts.parallel_data.corpus import Making, fill, learn, results
from sphinx_amts.parallel_data.finished import Finished
from sphinx_amts.parallel_data.made import dump, load
from sphinx_amts.parallel_data.pair_file import PairFile
from sphinx_amts.parallel_data.report import Report
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.tagged import TaggedText
from sphinx_amts.workers.contract import Here, Workers
from sphinx_amts.workers.processes import Processes

pytestmark = pytest.mark.newest

PAIR = LanguagePair.of("en", "es")


def blocks(*texts: str) -> list[Block]:
    return [Block(Kind.TEXT, text, line=n) for n, text in enumerate(texts, 1)]


@dataclass(frozen=True)
class Noted(Given):
    """A side that notes in a file that it is read, and may do something first."""

    notes: Path = Path(os.devnull)
    first: Callable[[], object] | None = None

    def __call__(self) -> Sequence[Block]:
        if self.first:
            self.first()
        with self.notes.open("a", encoding="utf-8") as file:
            file.write(f"{self.blocks[0].text}\n")
        return self.blocks


def book(count: int = 12, notes: Path = Path(os.devnull)) -> list[Bitext]:
    """Documents that differ, have findings, and replace pairs of each other."""
    return [
        Bitext(
            f"part/{n:02}",
            Noted(
                blocks(
                    f"Boil {n} cups.",
                    "Pour the water.",
                    f"Nobody translated number {n}.",
                    TaggedText('Run <x id="1"/> now.', {1: "make"}),
                ),
                notes,
            ),
            Given(
                blocks(
                    f"Hierve {n} tazas.",
                    f"Vierta el agua{'!' * (n % 3)}",
                    TaggedText('Ejecute <x id="1"/> ya.', {1: "make"}),
                )
            ),
        )
        for n in range(count)
    ]


def align(
    folder: Path,
    bitexts: Sequence[Bitext],
    workers: Workers,
    finished: Finished | None = None,
    **checks: object,
) -> tuple[list[str], Report, bytes]:
    """Return the documents that were lost, the report, and what was written."""
    report = Report()
    finished = finished or Finished(None)
    with PairFile(folder / "out.tmx", file_codes(PAIR)) as file, workers, finished:
        learner = learn(workers, sample(bitexts))
        checks = Checks(PAIR, False, learner.aligner.ratio, **checks)
        making = Making(learner.aligner, checks, file.form, by_sentence=True)
        made = results(workers, bitexts, learner, making, finished)
        lost = fill(file, made, report)
        (path,) = file.write()
        finished.remove()
    return lost, report, path.read_bytes()


def test_all_workers_write_the_same(tmp_path):
    found = [align(tmp_path, book(), each) for each in (Here(), Processes(3))]
    (_, one, written), (_, other, also_written) = found
    assert written == also_written
    assert list(one.findings) == list(other.findings)
    assert one.counts == other.counts
    assert {"P105", "P106"} <= one.counts.keys()
    assert (one.documents, one.covered) == (other.documents, other.covered)
    assert written.count(b"<tu") > 12


def test_what_is_learnt_does_not_hang_on_the_order_of_sets(tmp_path):
    code = """
from pathlib import Path
from test_corpus import Here, book, learn
print(learn(Here(), book(40)).aligner.digest())
"""
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={
                **environment(),
                "PYTHONHASHSEED": str(seed),
                "PYTHONPATH": str(Path(__file__).parent),
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(3)
    }
    assert len(said) == 1


def test_a_document_is_read_once(tmp_path):
    align(tmp_path, book(5, tmp_path / "notes"), Here())
    assert len((tmp_path / "notes").read_text(encoding="utf-8").splitlines()) == 5


def end() -> None:
    os._exit(1)


def end_once(mark: Path) -> None:
    if not mark.exists():
        mark.touch()
        os._exit(1)


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_process_that_dies_loses_at_most_its_document(tmp_path, is_lost):
    bitexts = book()
    right = align(tmp_path, bitexts, Here())
    first = end if is_lost else partial(end_once, tmp_path / "mark")
    source = bitexts[7].source
    deadly = Bitext(
        "part/07", Noted(source.blocks, source.notes, first), bitexts[7].target
    )
    found = align(tmp_path, [*bitexts[:7], deadly, *bitexts[8:]], Processes(2))
    assert found[0] == (["part/07"] if is_lost else [])
    assert (found[2] == right[2]) is not is_lost
    assert (b"Boil 7 cups" in found[2]) is not is_lost


def test_processes_that_all_die_end_the_run(tmp_path):
    deadly = [
        Bitext(each.name, Noted(each.source.blocks, first=end), each.target)
        for each in book()
    ]
    with pytest.raises(AmtsError, match="processes die again and again"):
        align(tmp_path, deadly, Processes(2))


def unreadable() -> None:
    raise FileError("part/03.md", "is not in UTF-8", 5)


@pytest.mark.parametrize("workers", [Here, partial(Processes, 2)])
def test_what_cannot_be_read_says_so_from_afar(tmp_path, workers):
    bad = [Bitext("03", Noted(blocks("Tea."), first=unreadable), Given(blocks("Té.")))]
    with pytest.raises(FileError, match=r"part/03.md:5: is not in UTF-8") as caught:
        align(tmp_path, bad, workers())
    assert caught.value.line == 5


def test_what_has_no_counterpart_is_found_on_both_sides(tmp_path):
    code = Block(Kind.CODE, "boil(cups=3)")  # shows where in the text one is
    alone = blocks("Boil 3 cups.", "Nobody translated this sentence.")[1]
    source = [*blocks("Boil 3 cups."), code, alone]
    target = [*blocks("Hierve 3 tazas."), code]
    for sides in ((source, target), (target, source)):
        _, report, _ = align(tmp_path, [Bitext("tea", *map(Given, sides))], Here())
        (found,) = report.findings
        assert (found.code, found.document, found.line) == ("P106", "tea", 2)
        assert found.text.startswith("Nobody")
        assert (report.covered == 1) is (sides[0] is target)


def test_nothing_is_covered_of_no_text():
    assert Report().covered is None


# --- Going on -------------------------------------------------------------------------


class Killed(Workers):
    """Ends in the middle, as a process that is killed does."""

    def __init__(self, after: int) -> None:
        self.after = after

    def map(self, work, tasks, shared):
        for number, task in enumerate(tasks):
            if work.__name__ == "make" and number == self.after:
                raise KeyboardInterrupt
            yield work(task, shared)


class Counting(Here):
    """Notes of which documents pairs are made."""

    def __init__(self) -> None:
        self.made = []

    def map(self, work, tasks, shared):
        for task in tasks:
            if work.__name__ == "make":
                self.made.append(task.bitext.name)
            yield work(task, shared)


def interrupted(folder: Path, bitexts: Sequence[Bitext], **checks: object) -> Path:
    with pytest.raises(KeyboardInterrupt):
        align(folder, bitexts, Killed(5), Finished(folder / "out.tmx"), **checks)
    return folder / ".out.tmx.part"


def goes_on(folder: Path, bitexts: Sequence[Bitext], **checks: object) -> list[str]:
    """Return of which documents pairs are made, when it is run again."""
    counting = Counting()
    found = align(folder, bitexts, counting, Finished(folder / "out.tmx"), **checks)
    right = align(folder, bitexts, Here(), **checks)
    assert found[2] == right[2]
    assert list(found[1].findings) == list(right[1].findings)
    assert found[1].covered == right[1].covered
    assert not (folder / ".out.tmx.part").exists()
    return counting.made


def test_what_is_done_is_not_done_again(tmp_path):
    names = [each.name for each in book()]
    assert interrupted(tmp_path, book()).exists()
    assert goes_on(tmp_path, book()) == names[5:]


def test_what_has_changed_is_done_again(tmp_path):
    changed = book()
    lines = [
        Block(b.kind, b.text, b.tags, 0, b.line + 1) for b in changed[2].target.blocks
    ]
    changed[2] = Bitext(changed[2].name, changed[2].source, Given(lines))
    interrupted(tmp_path, book())
    assert goes_on(tmp_path, changed)[0] == "part/02"


@pytest.mark.parametrize("what", ["checks", "text", "damage", "nonsense", "trigger"])
def test_all_is_done_again_that_would_become_something_else(tmp_path, what):
    part = interrupted(tmp_path, book())
    bitexts, checks = book(), {}
    if what == "checks":
        checks = {"min_quality": 0.9}
    elif what == "text":
        bitexts = book(13)
    elif what == "trigger":  # somebody else's, which would run here
        with closing(sqlite3.connect(part)) as rows:
            rows.execute(
                "CREATE TRIGGER other AFTER INSERT ON made BEGIN DELETE FROM made; END"
            )
    elif what == "damage":
        part.write_bytes(part.read_bytes()[:5000] + b"x" * 9000)
    else:
        part.write_text("nonsense" * 999)
    assert len(goes_on(tmp_path, bitexts, **checks)) == len(bitexts)


def test_what_a_document_becomes_is_kept_as_it_is(tmp_path):
    with PairFile(tmp_path / "out.tmx", file_codes(PAIR)) as file, Here() as here:
        learner = learn(here, book())
        checks = Checks(PAIR, False, learner.aligner.ratio)
        making = Making(learner.aligner, checks, file.form, by_sentence=True)
        for _, made in results(here, book(), learner, making, Finished(None)):
            assert made.without
            assert load(dump(made)) == made


@pytest.mark.parametrize("count", [1, LEARNED, LEARNED + 1, 5 * LEARNED])
def test_what_is_learnt_from_is_a_few_of_the_whole_book(count):
    bitexts = [Bitext(str(n), Given([]), Given([])) for n in range(count)]
    learnt = sample(bitexts)
    assert count / 5 <= len(learnt) <= LEARNED
    assert int(learnt[-1].name) >= count - 5
