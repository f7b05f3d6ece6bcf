"""``sphinx-amts evaluate``: translations against what people wrote."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sphinx_amts.commands.arguments import add_json, add_workers
from sphinx_amts.commands.reading import READER
from sphinx_amts.engines.amazon import terminology
from sphinx_amts.errors import AmtsError, FileError, SettingError
from sphinx_amts.evaluation import html_report, report
from sphinx_amts.evaluation.gate import load_gate
from sphinx_amts.evaluation.metrics import METRICS, SAMPLES, TESTS
from sphinx_amts.evaluation.results import Plan, Results, evaluate, failures
from sphinx_amts.evaluation.testset import (
    Article,
    Blocks,
    Document,
    TestSet,
    check,
    of_documents,
    of_lines,
    of_units,
)
from sphinx_amts.files import write_file
from sphinx_amts.formats.tables import load_units
from sphinx_amts.parallel_data.bitexts import Side
from sphinx_amts.parallel_data.known import read_pairs
from sphinx_amts.readers import folders
from sphinx_amts.readers.folders import FileSide
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.workers.choice import shares, workers_for
from sphinx_amts.workers.contract import Workers

UNITS = (".csv", ".tab", ".tmx", ".tsv")
"""Files of memories; their units are put together by source."""
LINES = ".txt"
"""Files with a segment per line."""
SCORED = (*READER.suffixes, *UNITS, LINES)
SHARE = 30_000
"""Bytes of text for each process at least: with TER, two seconds of work."""

EXAMPLES = """\
examples:
  sphinx-amts evaluate docs-zh amazon=out/amazon local=out/local -t zh --source docs
      compare two translations of a book with that of people, file by file
  sphinx-amts evaluate people.zh machine.zh -t zh --metrics bleu
      score a file with a segment per line
  sphinx-amts evaluate people.tmx machine.tmx -s en -t zh -o report.html
      score the units that both have, as a page with plots
  sphinx-amts evaluate docs-zh out/zh -t zh --source docs --gate gate.toml
      exit with 1 where a number is not as gate.toml wants it
"""


def add(commands: Any) -> None:
    """Add the command to those of the command line."""
    command = commands.add_parser(
        "evaluate",
        help="score translations against what people wrote",
        description="Score one or several translations against what people wrote: BLEU,"
        " chrF and TER by sacrebleu, for each article and for all, with intervals, and"
        " what else a maintainer wants to know. Books and their files are aligned"
        " first; text files have a segment per line.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_sides(command)
    _add_scores(command)
    add_workers(command)
    _add_output(command)
    command.set_defaults(run=run)


def _add_sides(command: argparse.ArgumentParser) -> None:
    command.add_argument("reference", help="what people wrote: a file or a folder")
    command.add_argument(
        "hypothesis",
        nargs="+",
        help="a translation, or its name and it: amazon=out/zh; the first is the one"
        " that the others are compared with",
    )
    command.add_argument(
        "-t", "--target-language", required=True, help="the language, such as zh"
    )
    command.add_argument("--source", help="what was translated, laid out alike")
    command.add_argument(
        "-s", "--source-language", default="en", help="its language (default: en)"
    )


def _add_scores(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--metrics", default=",".join(METRICS), help="of bleu, chrf, ter (default: all)"
    )
    command.add_argument(
        "--test",
        choices=tuple(TESTS),
        default="bootstrap",
        help="how systems are compared (default: bootstrap)",
    )
    command.add_argument(
        "--samples",
        type=int,
        help="how often the test draws (default: 1000, or 10000 for randomization);"
        " 0: no intervals",
    )
    command.add_argument(
        "--scale",
        type=int,
        choices=(1, 100),
        default=1,
        help="scores go from 0 to this (default: 1)",
    )
    command.add_argument(
        "--terms", help="a file of terms, to see how many are used (needs --source)"
    )
    command.add_argument(
        "--lexicon",
        action="append",
        default=[],
        metavar="FILE",
        help="people's pairs of other texts (.tmx, .csv, .tsv), from which doubt knows"
        " words; may be given several times",
    )


def _add_output(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        help="write a report: .html, .md, .csv, .json or .txt; may be given several"
        " times",
    )
    command.add_argument("--gate", help="a TOML file with the least that is accepted")
    add_json(command)


def run(arguments: argparse.Namespace) -> int:
    """Score, report, and check the gate; return the exit status."""
    writers = {Path(path): _writer(Path(path)) for path in arguments.output}
    bounds = load_gate(Path(arguments.gate)) if arguments.gate else []
    pair = _pair(arguments)
    plan = _plan(arguments, pair)
    names, inputs = _inputs(arguments)
    number, scheduler = arguments.workers, arguments.scheduler
    worth = shares(folders.sizes(inputs.all(), SCORED), number, SHARE)
    with workers_for(worth, number, scheduler) as workers:
        test_set = TestSet(names, tuple(_articles(inputs, pair, workers)))
        results = evaluate(check(test_set), plan, workers)
    for path, write in writers.items():
        write_file(path, [write(results, arguments.scale)])
    if arguments.json:
        sys.stdout.write(results.to_json() + "\n")
    else:
        sys.stdout.write(report.to_text(results, arguments.scale))
    failed = list(failures(results, bounds))
    for failure in failed:
        sys.stderr.write(f"{failure}\n")
    return 1 if failed else 0


def _pair(arguments: argparse.Namespace) -> LanguagePair:
    try:
        return LanguagePair.of(arguments.source_language, arguments.target_language)
    except ValueError as error:
        raise SettingError(str(error)) from error


def _plan(arguments: argparse.Namespace, pair: LanguagePair) -> Plan:
    names = tuple(each.strip().lower() for each in arguments.metrics.split(","))
    if unknown := [name for name in names if name not in METRICS]:
        known = ", ".join(METRICS)
        raise SettingError(f"--metrics: {unknown[0]!r} is none of {known}")
    samples = arguments.samples
    if samples is None:
        samples = SAMPLES[arguments.test]
    terms = None
    if arguments.terms:
        terms = terminology.required_terms(arguments.terms, Path(), pair)
        if terms is None:
            raise FileError(arguments.terms, f"has no terms for {pair}")
    return Plan(
        pair.target,
        tuple(dict.fromkeys(names)),
        arguments.test,
        samples,
        terms,
        tuple(read_pairs(map(Path, arguments.lexicon), pair)),
    )


Writer = Callable[[Results, float], str]
WRITERS: Mapping[str, Writer] = {
    ".html": html_report.to_html,
    ".md": report.to_markdown,
    ".txt": report.to_text,
    ".csv": lambda results, _scale: report.to_csv(results),
    ".json": lambda results, _scale: results.to_json() + "\n",
}


def _writer(path: Path) -> Writer:
    try:
        return WRITERS[path.suffix.lower()]
    except KeyError:
        reason = f"{path.suffix or 'no suffix'!r} is none of {', '.join(WRITERS)}"
        raise FileError(path, reason) from None


# --- What is scored -------------------------------------------------------------------


@dataclass(frozen=True)
class _Inputs:
    """The paths of one test set, or of one article of it."""

    reference: Path
    systems: tuple[Path, ...]
    source: Path | None = None

    def all(self) -> list[Path]:
        """Return all paths."""
        return [self.reference, *self.systems, *([self.source] if self.source else [])]

    def like(self, paths: Sequence[Path]) -> _Inputs:
        """Return other paths, in the order of `all`."""
        if self.source:
            return _Inputs(paths[0], tuple(paths[1:-1]), paths[-1])
        return _Inputs(paths[0], tuple(paths[1:]))


def _inputs(arguments: argparse.Namespace) -> tuple[tuple[str, ...], _Inputs]:
    """Return the names of the systems and all paths; raises `AmtsError`."""
    names, systems = zip(*map(_named, arguments.hypothesis), strict=True)
    for name in names:
        if names.count(name) > 1:
            raise SettingError(f"two systems are called {name!r}; write name=path")
    source = Path(arguments.source) if arguments.source else None
    inputs = _Inputs(Path(arguments.reference), systems, source)
    for path in inputs.all():
        if not path.exists():
            raise FileError(path, "there is no such file or folder")
    if len({path.is_dir() for path in inputs.all()}) > 1:
        raise AmtsError("give either files or folders")
    if arguments.scheduler:
        inputs = inputs.like([path.absolute() for path in inputs.all()])
    return names, inputs


def _named(text: str) -> tuple[str, Path]:
    name, mark, path = text.partition("=")
    if mark and not Path(text).exists():
        return name, Path(path)
    return (Path(text).stem or text), Path(text)


def _articles(inputs: _Inputs, pair: LanguagePair, workers: Workers) -> list[Article]:
    if not inputs.reference.is_dir():
        return _of_files({inputs.reference.name: inputs}, pair, workers)
    if any(folders.is_whole(folder, READER) for folder in inputs.all()):
        return _of_folders(inputs, pair, workers)
    found = folders.match([folders.files(folder, SCORED) for folder in inputs.all()])
    if not found:
        raise AmtsError("no file is in all folders; files are matched by their paths")
    files = {name: inputs.like(found[name]) for name in found}
    return _of_files(files, pair, workers)


def _of_folders(inputs: _Inputs, pair: LanguagePair, workers: Workers) -> list[Article]:
    """Make articles of folders of which some are read as a whole."""
    found = folders.match([folders.documents(each, READER) for each in inputs.all()])
    if not found:
        raise AmtsError(
            "no document is in all folders; they are matched by their names"
        )
    sides = {name: found[name] for name in sorted(found)}
    return _of_sides(sides, inputs.source is not None, pair, workers)


def _of_files(
    files: Mapping[str, _Inputs], pair: LanguagePair, workers: Workers
) -> list[Article]:
    sides: dict[str, list[Side]] = {}
    articles = []
    has_source = False
    for name, inputs in files.items():
        suffix = inputs.reference.suffix.lower()
        if suffix in READER.suffixes:
            has_source = inputs.source is not None
            sides[name] = [FileSide(each, READER.read_file) for each in inputs.all()]
        elif suffix in UNITS:
            articles.append(
                of_units(
                    name,
                    load_units(inputs.reference),
                    [load_units(path) for path in inputs.systems],
                    (pair.source, pair.target),
                )
            )
        else:
            lines = of_lines(name, inputs.reference, inputs.systems, inputs.source)
            articles.append(lines)
    return articles + _of_sides(sides, has_source, pair, workers)


def _of_sides(
    sides: Mapping[str, Sequence[Side]],
    has_source: bool,
    pair: LanguagePair,
    workers: Workers,
) -> list[Article]:
    """Read documents and align them."""
    if not sides:
        return []
    read = folders.read_all(chain.from_iterable(sides.values()), workers)
    documents = [
        _document(name, list(islice(read, len(each))), has_source=has_source)
        for name, each in sides.items()
    ]
    return of_documents(documents, pair.target, pair.source, workers=workers)


def _document(name: str, sides: Sequence[Blocks], *, has_source: bool) -> Document:
    systems = sides[1:-1] if has_source else sides[1:]
    return Document(name, sides[0], tuple(systems), sides[-1] if has_source else None)
