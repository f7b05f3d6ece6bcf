"""``sphinx-amts align``: a book and its translation become a file of parallel data."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, replace
from pathlib import Path
from textwrap import indent
from typing import Any, NamedTuple, TypeVar

from tqdm import tqdm

from sphinx_amts.book.additions import find_configuration
from sphinx_amts.commands import asking
from sphinx_amts.commands.arguments import add_json, add_workers, number_to
from sphinx_amts.commands.reading import READER
from sphinx_amts.engines.amazon.languages import file_codes
from sphinx_amts.errors import AmtsError, FileError, SettingError
from sphinx_amts.files import write_file
from sphinx_amts.formats.tables import load_units
from sphinx_amts.hosts.host import read_markup
from sphinx_amts.parallel_data import corpus
from sphinx_amts.parallel_data.bitexts import Bitext, sample
from sphinx_amts.parallel_data.checks import CHOICES, Checks, choose
from sphinx_amts.parallel_data.corpus import Making
from sphinx_amts.parallel_data.finished import Finished
from sphinx_amts.parallel_data.known import read_known
from sphinx_amts.parallel_data.pair_file import PairFile
from sphinx_amts.parallel_data.pairs import Pair
from sphinx_amts.parallel_data.report import Report
from sphinx_amts.parallel_data.scoring import Heard
from sphinx_amts.readers import folders
from sphinx_amts.readers.catalogs import read_catalog
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.workers.choice import shares, workers_for
from sphinx_amts.workers.contract import Workers

Value = TypeVar("Value")

BILINGUAL = (".csv", ".po", ".tab", ".tmx", ".tsv")
"""Files that hold both sides; they need no aligning."""

EXAMPLES = """\
examples:
  sphinx-amts align docs docs-zh --source-language en --target-language zh -o zh.tmx
      pair the sentences of two folders, file by file
  sphinx-amts align a a --source-suffix _en --source-language en --target-language zh -o zh.csv
      one folder holds both: index_en.md is the source of index.md
  sphinx-amts align docs docs-zh --source-language en --target-language zh -o zh.tmx --engine local
      know by an engine's translation what belongs together
  sphinx-amts align es.po es.po --source-language en --target-language es -o es.tmx
      a file that holds both sides is only checked
"""  # noqa: E501, a command is on one line


def add(commands: Any) -> None:
    """Add the command to those of the command line."""
    command = commands.add_parser(
        "align",
        help="make parallel data from an existing translation",
        description="Pair the sentences of a book with those of its translation, check"
        " the pairs, and write them for Amazon Translate or as a translation memory.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_sides(command)
    _add_output(command)
    _add_matching(command)
    _add_checks(command)
    add_workers(command)
    command.add_argument("--report", help="write what was found to this JSON file")
    add_json(command)
    command.set_defaults(run=run)


def _add_sides(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "source",
        nargs="?",
        help="a file or a folder in the source language, or an address such as"
        " s3://bucket/docs",
    )
    command.add_argument("target", nargs="?", help="its translation, laid out alike")
    for side, example in (("source", "en"), ("target", "zh")):
        command.add_argument(
            f"--{side}-language",
            required=True,
            help=f"the {side}'s language, such as {example}",
        )


def _add_output(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-o", "--output", required=True, help="the file to write: .tmx, .csv or .tsv"
    )
    command.add_argument(
        "--format", choices=("tmx", "csv", "tsv"), help="its format, whatever its name"
    )
    command.add_argument(
        "--granularity",
        choices=("sentence", "paragraph"),
        default="sentence",
        help="what one pair holds (default: sentence)",
    )


def _add_matching(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--source-suffix", default="", help="what source files have behind their names"
    )
    command.add_argument(
        "--target-suffix", default="", help="what target files have behind their names"
    )
    command.add_argument(
        "--map",
        help="a CSV file of source and target paths that differ otherwise; without"
        " source and target, the list of all documents: its paths count from its"
        " folder, and may be addresses",
    )
    command.add_argument(
        "--lexicon",
        action="append",
        default=[],
        metavar="FILE",
        help="a TMX, CSV or TSV file of a longer translation with the same words; may"
        " be given again. Memories that a book's configuration names are taken anyway",
    )
    command.add_argument(
        "--engine",
        help="have this engine translate the source, too, and compare with that; what"
        " it costs is said first, and it is kept in the book's store",
    )


def _add_checks(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--min-quality",
        type=number_to(1),
        default=0.5,
        help="drop pairs that are less sure, 0 to 1 (default: 0.5)",
    )
    codes = ", ".join(CHOICES)
    command.add_argument(
        "--drop", default="", help=f"drop pairs with these faults, of {codes}"
    )
    command.add_argument("--keep", default="", help="keep pairs with these faults")


class _Told(NamedTuple):
    """What is left out."""

    lost: Sequence[str] = ()  # documents whose worker has died
    without_partner: Sequence[str] = ()  # files


def run(arguments: argparse.Namespace) -> int:
    """Align, check and write; return the exit status."""
    pair = _language_pair(arguments)
    actions = choose(*(_codes(each) for each in (arguments.drop, arguments.keep)))
    report = Report()
    codes = file_codes(pair)
    output = Path(arguments.output)
    with ExitStack() as stack:
        file = stack.enter_context(PairFile(output, codes, arguments.format))
        checks = Checks(pair, file.form.is_table, 1.0, arguments.min_quality, actions)
        job = _Job(arguments, checks, file, report, stack)
        told = job.fill()
        written = len(file)
        if not written:
            counts = ", ".join(f"{c}: {n}" for c, n in report.counts.items())
            raise AmtsError(
                f"{job.name}: not one pair is left to write"
                f" ({counts or 'there is no text'})"
            )
        paths = file.write()
        job.finished.remove()
    summary = _summary(paths, pair, written, report, told)
    if arguments.report:
        write_file(Path(arguments.report), _written(summary, report))
    _tell(summary, report, is_json=arguments.json)
    return 1 if told.lost else 0


def _written(summary: Mapping[str, Any], report: Report) -> Iterator[str]:
    """Yield the text of a report, whose findings may be more than fits in memory."""
    head = json.dumps({**summary, "findings": []}, ensure_ascii=False, indent=1)
    yield head.removesuffix("]\n}")
    mark = "\n"
    for each in report.findings:
        text = json.dumps(asdict(each), ensure_ascii=False, indent=1)
        yield mark + indent(text, "  ")
        mark = ",\n"
    yield "]\n}\n" if mark == "\n" else "\n ]\n}\n"


def _language_pair(arguments: argparse.Namespace) -> LanguagePair:
    try:
        pair = LanguagePair.of(arguments.source_language, arguments.target_language)
    except ValueError as error:
        raise SettingError(str(error)) from error
    if pair.is_same:
        raise SettingError(f"source and target are both {pair.source}")
    return pair


def _codes(text: str) -> list[str]:
    return [code.strip() for code in text.split(",") if code.strip()]


class _Job:
    """One run: what is to be paired, until it is in the file."""

    def __init__(
        self,
        arguments: argparse.Namespace,
        checks: Checks,
        file: PairFile,
        report: Report,
        stack: ExitStack,
    ) -> None:
        self._arguments = arguments
        self._checks = checks
        self._file = file
        self._report = report
        self._stack = stack
        self.finished = Finished(None)
        if arguments.target is None and not arguments.map:
            raise SettingError("give a source and a target, or a list of both as --map")
        if arguments.target is None and arguments.source is not None:
            raise SettingError(f"{arguments.source}: its translation is not named")
        sides = [arguments.source, arguments.target]
        self._sides = [self._place(each) for each in sides if each is not None]
        self.name = ", ".join(map(str, self._sides)) or arguments.map

    def fill(self) -> _Told:
        """Fill the file; raises `AmtsError`."""
        target = self._sides[-1] if self._sides else None
        if (
            isinstance(target, Path)
            and target.suffix.lower() in BILINGUAL
            and target.is_file()
        ):
            pairs = _given(target, self._checks.pair, self._report)
            made = corpus.steps(pairs, self._checks, self._file.form)
            corpus.put(self._file, made, self._report)
            return _Told()
        matched = self._matched()
        number, scheduler = self._arguments.workers, self._arguments.scheduler
        worth = shares((each.size() for each in matched.bitexts), number)
        workers = self._stack.enter_context(workers_for(worth, number, scheduler))
        if worth > 1:
            self.finished = Finished(self._file.path)
        lost = self._align(matched.bitexts, workers)
        return _Told(lost, matched.without_partner)

    def _path(self, text: str) -> Path:
        """Return a path, as the workers understand it."""
        return Path(text).absolute() if self._arguments.scheduler else Path(text)

    def _place(self, text: str) -> folders.Place:
        found = folders.place(text)
        return self._path(text) if isinstance(found, Path) else found

    def _matched(self) -> folders.Matched:
        arguments = self._arguments
        if not self._sides:
            return folders.load_bitexts(self._path(arguments.map), READER)
        source, target = self._sides
        return folders.match_paths(source, target, READER, _naming(arguments))

    def _align(self, bitexts: Sequence[Bitext], workers: Workers) -> list[str]:
        """Align documents; return the names of those that were lost."""
        arguments, pair = self._arguments, self._checks.pair
        lexicons = [*map(Path, arguments.lexicon), *_memories(self._sides)]
        learner = corpus.learn(
            workers,
            _progress(sample(bitexts), "learning"),
            read_known(lexicons, pair),
            self._heard(bitexts),
        )
        checks = replace(self._checks, ratio=learner.aligner.ratio)
        by_sentence = arguments.granularity == "sentence"
        making = Making(learner.aligner, checks, self._file.form, by_sentence)
        self._stack.enter_context(self.finished)
        made = corpus.results(workers, bitexts, learner, making, self.finished)
        shown = _progress(made, "aligning", len(bitexts))
        return corpus.fill(self._file, shown, self._report)

    def _heard(self, bitexts: Sequence[Bitext]) -> Heard:
        arguments = self._arguments
        if not arguments.engine:
            return {}
        blocks = (block for each in bitexts for block in each.source())
        output = Path(arguments.output)
        folders = [each for each in self._sides[:1] if isinstance(each, Path)]
        source = folders[0] if folders else output
        return asking.ask(arguments.engine, source, output, self._checks.pair, blocks)


def _memories(sides: Iterable[folders.Place]) -> Iterator[Path]:
    """Yield the memories that either side's configuration names, if they are there."""
    for side in sides:
        with suppress(FileError):  # what is broken there is no matter here
            if (
                isinstance(side, Path)
                and side.is_dir()
                and (found := find_configuration(side))
            ):
                memories = [side / name for name in found.memories()]
                yield from filter(Path.is_file, memories)


def _naming(arguments: argparse.Namespace) -> folders.Naming:
    renamed = {}
    if arguments.map:
        renamed = folders.load_names(Path(arguments.map), READER.suffixes)
    return folders.Naming(arguments.source_suffix, arguments.target_suffix, renamed)


def _given(path: Path, pair: LanguagePair, report: Report) -> Iterator[Pair]:
    if path.suffix.lower() != ".po":
        yield from corpus.of_units(load_units(path), path.name, pair, report)
        return
    left_out: list[int] = []
    messages = read_catalog(path, read_markup, left_out)
    yield from corpus.of_messages(messages, path.name, pair, report)
    if left_out:
        print(
            f"sphinx-amts: {path}: {len(left_out)} messages have markup and were left"
            " out: reading it needs Sphinx and docutils",
            file=sys.stderr,
        )


def _progress(
    items: Iterable[Value], what: str, total: int | None = None
) -> Iterator[Value]:
    """Show how far one is, where somebody sees it."""
    is_shown = sys.stderr.isatty()
    yield from tqdm(items, what, total, unit="file", disable=not is_shown, leave=False)


def _summary(
    paths: Sequence[Path],
    pair: LanguagePair,
    written: int,
    report: Report,
    told: _Told,
) -> dict[str, Any]:
    covered = report.covered
    return {
        "source_language": pair.source,
        "target_language": pair.target,
        "file": str(paths[0]),
        "files": list(map(str, paths)),
        "documents": report.documents,
        "pairs": written,
        "covered": None if covered is None else round(covered, 4),
        "without_partner": list(told.without_partner),
        "lost": list(told.lost),
        "counts": report.counts,
    }


def _tell(summary: dict[str, Any], report: Report, *, is_json: bool) -> None:
    if is_json:
        sys.stdout.write(json.dumps(summary, ensure_ascii=False) + "\n")
        return
    lines = [f"{summary['file']}: {summary['pairs']} pairs of"]
    lines[0] += f" {summary['documents']} documents"
    if summary["covered"] is not None:
        lines[0] += f", {summary['covered']:.1%} of the source's characters have a pair"
    for code, count in summary["counts"].items():
        what = ", ".join(sorted(a.value for c, a in report.actions if c == code))
        lines.append(f"  {code}: {count} {what}")
    lines += [f"  without a partner: {name}" for name in summary["without_partner"]]
    lines += [f"  {name}" for name in summary["files"][1:]]
    lines += [f"  lost, as its worker died twice: {name}" for name in summary["lost"]]
    sys.stdout.write("\n".join(lines) + "\n")
