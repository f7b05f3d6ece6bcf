"""Runs an experiment: parallel data without what is held out, every system, the table.

Below the folder of results::

    table.md                        the scores of all articles, systems and directions
    record.json                     versions, hashes, signatures, costs
    <direction>/sentence.tmx        the parallel data, if a system has them
    <direction>/<system>/           what it translated, paid for once: the next run of
                                    the same experiment asks for nothing again
    <direction>/report.html|.csv    everything of one direction
"""

from __future__ import annotations

import json
import platform
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Any

from sphinx_amts.aws.errors import Access
from sphinx_amts.config import PREFIX, Settings, fields, read_settings
from sphinx_amts.engines.amazon import parallel_data as upload
from sphinx_amts.engines.amazon.languages import file_codes
from sphinx_amts.engines.contract import Budget, EngineSetup
from sphinx_amts.engines.registry import make_engine
from sphinx_amts.engines.spread import spread
from sphinx_amts.errors import AmtsError, EngineUnavailable, FileError, SettingError
from sphinx_amts.evaluation import html_report, report
from sphinx_amts.evaluation.experiment import (
    POLICIES,
    Experiment,
    Overlap,
    System,
    find_overlaps,
)
from sphinx_amts.evaluation.learnt import Learnt, pairs_of
from sphinx_amts.evaluation.metrics import TITLES
from sphinx_amts.evaluation.results import Plan, Results, evaluate
from sphinx_amts.evaluation.testset import Document, TestSet, check, of_documents
from sphinx_amts.files import write_file
from sphinx_amts.memory.people import People
from sphinx_amts.memory.store import Store
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.parallel_data.pair_file import PairFile
from sphinx_amts.parallel_data.pairs import Pair
from sphinx_amts.parallel_data.words import sentences
from sphinx_amts.readers.folders import match
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Placeholder, Segment
from sphinx_amts.text.tagged import TaggedText, equivalents_of, has_words
from sphinx_amts.translation.asking import Order, Problems
from sphinx_amts.translation.cost import rate_of
from sphinx_amts.translation.known import Known
from sphinx_amts.translation.make import make_translator
from sphinx_amts.translation.translator import Bill, Translating
from sphinx_amts.workers.contract import Workers

SHOWN = 20  # overlaps that are listed
BATCH = "amazon-batch"
LEAST_IMPORTED = 0.95
"""Share of the pairs that Amazon Translate has to take. It skips what is too long."""
MILLION = 1_000_000  # characters that a price is for

Book = Mapping[str, Sequence[Block]]
Read = Callable[[Path], Book]
"""Reads the documents of a folder, by name; raises `AmtsError`."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Work:
    """How an experiment's work is done."""

    read: Read
    workers: Workers
    say: Say  # is told what is going on


@dataclass(frozen=True)
class _Run:
    """What one system did in one direction."""

    system: System
    documents: Mapping[str, Sequence[Block]]
    signature: str = ""
    segments: int = 0
    left: int = 0  # segments that it did not translate
    requests: int = 0
    characters: int = 0
    price: float | None = None
    seconds: float = 0.0
    service_data: str = ""  # name of the parallel data in the service

    def to_json(self) -> dict[str, Any]:
        """Return it without the texts."""
        names = ("segments", "left", "requests", "characters", "price", "seconds")
        found = {name: getattr(self, name) for name in names}
        return {
            "name": self.system.name,
            "engine": self.system.engine or str(self.system.output),
            "parallel_data": self.system.parallel_data or None,
            "service_data": self.service_data or None,
            "signature": self.signature,
            **found,
        }


def run(
    experiment: Experiment, folder: Path, version: str, work: Work
) -> dict[str, Any]:
    """Run an experiment and write its results; returns the record.

    Raises `AmtsError` where it cannot be run, also where what is held out is in the
    parallel data.
    """
    began = datetime.now(timezone.utc).isoformat(timespec="seconds")
    books = {code: work.read(path) for code, path in experiment.book.items()}
    results: dict[str, Results] = {}
    directions: dict[str, Any] = {}
    for direction in experiment.directions:
        work.say(direction)
        one = _Direction(experiment, direction, books, folder / direction, work)
        results[direction], directions[direction] = one.run()
    record = {
        "began": began,
        "sphinx_amts": version,
        "python": platform.python_version(),
        "experiment": _digest(experiment.path),
        "book": {
            code: _digest_of_folder(experiment, books[code], path)
            for code, path in experiment.book.items()
        },
        "directions": directions,
    }
    write_file(folder / "record.json", [json.dumps(record, indent=1), "\n"])
    write_file(folder / "table.md", [table(results)])
    return record


def table(results: Mapping[str, Results]) -> str:
    """Write the first metric: articles in rows, directions and systems in columns."""
    first = next(iter(results.values()))
    metric = first.metrics[0]
    head = ["article"]
    rows = {each.name: [each.name] for each in first.test_set.articles}
    for name in (report.AVERAGE, report.WHOLE):
        rows[name] = [name]
    for direction, each in results.items():
        for system in each.systems:
            head.append(f"{direction}: {system.name}")
            cells = {
                article.name: report.number(scores[metric].value, 1)
                for article, scores in zip(
                    each.test_set.articles, system.articles, strict=True
                )
            }
            cells[report.AVERAGE] = report.number(system.average[metric], 1)
            cells[report.WHOLE] = report.whole(system, metric, 1)
            for name, row in rows.items():
                row.append(cells.get(name, ""))
    lines = [
        report.piped(head),
        report.rule(len(head)),
        *map(report.piped, rows.values()),
    ]
    notes = [
        f"* {d}: {note}" for d, each in results.items() for note in report.notes(each)
    ]
    return "\n".join([f"### {TITLES[metric]}", "", *lines, "", *notes, ""])


class _Direction:
    """One direction of an experiment."""

    def __init__(
        self,
        experiment: Experiment,
        direction: str,
        books: Mapping[str, Book],
        folder: Path,
        work: Work,
    ) -> None:
        self.experiment = experiment
        self.pair = experiment.pair(direction)
        self.sources, self.references = (
            books[code] for code in experiment.codes(direction)
        )
        self.folder = folder
        self.work = work
        self.systems = [s for s in experiment.systems if direction in s.directions]
        shared = list(match([self.sources, self.references]))
        self.held_out = [name for name in shared if experiment.is_held_out(name)]
        self.learnt = [name for name in shared if name not in self.held_out]
        for pattern in experiment.held_out:
            if not any(fnmatchcase(name, pattern) for name in shared):
                reason = f"held_out: {pattern!r} is no document that both books have"
                raise FileError(experiment.path, reason)
        if not self.systems:
            raise FileError(experiment.path, f"no system for {direction}")

    def run(self) -> tuple[Results, dict[str, Any]]:
        """Return what was measured, and the record of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        data = self.parallel_data()
        runs = [self._run(system, data) for system in self.systems]
        documents = [
            Document(
                name,
                self.references[name],
                tuple(each.documents.get(name, ()) for each in runs),
                self.sources[name],
            )
            for name in self.held_out
        ]
        learnt = [(self.sources[name], self.references[name]) for name in self.learnt]
        pair, workers = self.pair, self.work.workers
        articles = of_documents(documents, pair.target, pair.source, learnt, workers)
        names = tuple(system.name for system in self.systems)
        test_set = check(TestSet(names, tuple(articles)))
        plan = Plan(pair.target, self.experiment.metrics)
        results = evaluate(test_set, plan, workers)
        write_file(self.folder / "report.html", [html_report.to_html(results)])
        write_file(self.folder / "report.csv", [report.to_csv(results)])
        record = {
            "parallel_data": {
                name: {"file": path.name, "sha256": _digest(path)}
                for name, path in data.items()
            },
            "systems": [each.to_json() for each in runs],
            "results": json.loads(results.to_json()),
        }
        return results, record

    # Parallel data

    def parallel_data(self) -> dict[str, Path]:
        """Write the pairs of all that is not held out, as the systems want them."""
        wanted = sorted({s.parallel_data for s in self.systems if s.parallel_data})
        if not wanted:
            return {}
        self.work.say(f"  aligning {len(self.learnt)} documents")
        documents = [
            Learnt(name, self.sources[name], self.references[name])
            for name in self.learnt
        ]
        pairs = pairs_of(documents, self.pair, wanted, self.work.workers)
        excluded = self._overlaps(pairs)
        return {name: self._write(name, pairs[name], excluded) for name in wanted}

    def _overlaps(self, pairs: Mapping[str, Sequence[Pair]]) -> set[str]:
        """Return the texts that must not be learnt from; refuses where it should."""
        found: list[Overlap] = []
        for granularity, each in pairs.items():
            for books, language, side in (
                (self.sources, self.pair.source, [p.source for p in each]),
                (self.references, self.pair.target, [p.target for p in each]),
            ):
                texts = self._held_out_texts(books, granularity)
                found += find_overlaps(texts, side, language)
        if found and self.experiment.overlap == POLICIES[0]:
            listed = "\n".join(f"  {each}" for each in found[:SHOWN])
            more = f"\n  and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            raise AmtsError(
                f"{self.experiment.path}: {len(found)} texts that are held out are"
                f' in the parallel data too. Write overlap = "{POLICIES[1]}" to'
                f" leave those pairs out:\n{listed}{more}"
            )
        if found:
            self.work.say(f"  {len(found)} overlaps: their pairs are left out")
        return {each.learnt for each in found}

    def _held_out_texts(
        self, books: Book, granularity: str
    ) -> Iterator[tuple[str, str]]:
        for name in self.held_out:
            whole = granularity == "paragraph"
            for sentence in sentences(books[name], whole=whole):
                if sentence.is_prose:
                    yield name, sentence.text

    def _write(self, name: str, pairs: Sequence[Pair], excluded: set[str]) -> Path:
        path = self.folder / f"{name}.tmx"
        with PairFile(path, file_codes(self.pair)) as file:
            for each in pairs:
                if each.source not in excluded and each.target not in excluded:
                    file.add(each)
            self.work.say(f"  {path}: {len(file)} pairs")
            file.write()
        return path

    # Systems

    def _run(self, system: System, data: Mapping[str, Path]) -> _Run:
        self.work.say(f"  {system.name}")
        if system.output is not None:
            return self._read(system, system.output)
        settings = self._settings(system, data)
        translator = self._translator(system, settings)
        segments = self._segments()
        began = time.monotonic()
        looks = translator.known.look_all(segments)
        translator.ask_for_all(translator.to_send(looks.values()))
        if translator.down:
            raise EngineUnavailable(f"system {system.name!r}: {translator.down}")
        seconds = round(time.monotonic() - began, 2)
        known, bills = translator.known, translator.bills()
        done = _Run(
            system,
            {name: self._blocks(known, name) for name in self.held_out},
            signature=translator.identity,
            segments=len(segments),
            left=sum(not _target(known, segment) for segment in segments),
            requests=sum(bill.meter.requests for bill in bills),
            characters=sum(bill.meter.characters for bill in bills),
            price=_price(bills, self.pair, settings.prices),
            seconds=seconds,
            service_data=settings.parallel_data or "",
        )
        translator.store.close()
        return done

    def _read(self, system: System, path: Path) -> _Run:
        """Return what a system has written already."""
        book = self.work.read(path)
        if missing := [name for name in self.held_out if name not in book]:
            raise FileError(path, f"has no {', '.join(missing)}")
        return _Run(system, {name: book[name] for name in self.held_out})

    def _translator(self, system: System, settings: Settings) -> Translating:
        base = self.experiment.path.parent
        setup = EngineSetup(settings.engine_options, vars(settings), base)
        made = make_engine(settings.engine, setup)
        engine = spread(made, settings.engine, setup, self.work.workers)
        # Of its own: batch jobs with other parallel data have one signature.
        store = Store(self.folder / _file_name(system.name), self.work.say)
        order = Order(
            Problems(), Budget(settings.max_characters), timeout_s=settings.timeout_s
        )
        return make_translator(self.pair, engine, store, People, order)

    def _create(self, path: Path, system: System, settings: Settings) -> str:
        """Bring pairs to Amazon Translate, if they are not there; return their name."""
        if not settings.s3_bucket:
            raise SettingError(f"system {system.name!r}: set s3_bucket in its settings")
        file = upload.Upload.read(path)
        name = file.name()
        access = Access(settings.aws_region, settings.aws_profile)
        pause_s = float(settings.engine_options.get("poll_s", upload.FIRST_PAUSE_S))
        resources = upload.Resources(access, self.work.say, pause_s)
        place = upload.Folder(
            settings.s3_bucket, settings.s3_prefix or "", resources.access
        )
        resources.create(file, name, place)
        found = resources.wait(name)
        if problems := found.problems(file.records, LEAST_IMPORTED):
            raise EngineUnavailable(f"parallel data {name!r}: {'; '.join(problems)}")
        self.work.say(f"  parallel data {name}: {found.counts}")
        return name

    def _settings(self, system: System, data: Mapping[str, Path]) -> Settings:
        """Return a system's settings; raises `SettingError`."""
        known = [each.name for each in fields()]
        if unknown := [name for name in system.settings if name not in known]:
            raise SettingError(f"system {system.name!r}: no setting {unknown[0]!r}")
        values: dict[str, Any] = {
            "engine": system.engine,
            "engine_options": dict(system.options),
            "terminology": system.terminology or None,
        }
        if system.parallel_data:
            values["memory_files"] = [str(data[system.parallel_data].resolve())]
        values.update(system.settings)
        settings = _read(values)
        if system.engine == BATCH:
            values["batch_min_characters"] = 1  # real time knows no parallel data
            if system.parallel_data:
                path = data[system.parallel_data]
                values["parallel_data"] = self._create(path, system, settings)
            settings = _read(values)
        return settings

    def _segments(self) -> list[Segment]:
        found = {
            segment.key: segment
            for name in self.held_out
            for block in self.sources[name]
            if (segment := _segment(block))
        }
        return list(found.values())

    def _blocks(self, known: Known, name: str) -> list[Block]:
        """Return a document as the system has it."""
        made = []
        for block in self.sources[name]:
            segment = _segment(block)
            target = _target(known, segment) if segment else ""
            made.append(_with_text(block, target) if target else block)
        return made


def _read(values: Mapping[str, Any]) -> Settings:
    return read_settings({PREFIX + name: each for name, each in values.items()})


def _segment(block: Block) -> Segment | None:
    """Return what a system is asked to translate of a block."""
    if not block.kind.is_prose or not has_words(block.text):
        return None
    tags = tuple(Placeholder(number, kind) for number, kind in block.tags.items())
    return Segment(block.text, tags)


def _price(
    bills: Sequence[Bill], pair: LanguagePair, prices: Mapping[str, float]
) -> float | None:
    """Return what was paid, in US dollars; None where nothing has a price."""
    paid = [
        bill.meter.characters * rate / MILLION
        for bill in bills
        if (rate := rate_of(bill.tariff, pair, prices)) is not None
    ]
    return sum(paid) if paid else None


def _target(known: Known, segment: Segment) -> str:
    match = known.find(segment)
    return match.target if match else ""


def _with_text(block: Block, target: str) -> Block:
    """Return a block with a translation, whose placeholders stand for the same."""
    return replace(block, text=TaggedText(target, equivalents_of(block.text)))


def _file_name(name: str) -> str:
    return re.sub(r"[^\w-]+", "-", name).strip("-") or "system"


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _digest_of_folder(experiment: Experiment, book: Book, path: Path) -> dict[str, Any]:
    """Return what identifies a book: its held-out texts and all of them."""
    whole, held_out = sha256(), sha256()
    for name, blocks in sorted(book.items()):
        text = "\n".join([name, *(block.text for block in blocks)]).encode()
        whole.update(text)
        if experiment.is_held_out(name):
            held_out.update(text)
    return {
        "folder": path.name,
        "documents": len(book),
        "sha256": whole.hexdigest(),
        "held_out_sha256": held_out.hexdigest(),
    }
