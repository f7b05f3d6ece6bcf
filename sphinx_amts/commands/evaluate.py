"""``sphinx-amts evaluate``: translations against what people wrote."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sphinx_amts.commands.arguments import add_json
from sphinx_amts.engines.amazon import terminology
from sphinx_amts.errors import AmtsError, FileError, SettingError
from sphinx_amts.evaluation import page, report
from sphinx_amts.evaluation.gate import load_gate
from sphinx_amts.evaluation.metrics import METRICS, SAMPLES, TESTS
from sphinx_amts.evaluation.results import Plan, Results, evaluate, failures
from sphinx_amts.evaluation.testset import (
    Article,
    Document,
    TestSet,
    check,
    of_documents,
    of_lines,
    of_units,
)
from sphinx_amts.files import write_file
from sphinx_amts.formats.tables import load_units
from sphinx_amts.hosts.host import host_of, is_book, read_file
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.readers.files import SUFFIXES
from sphinx_amts.text.languages import LanguagePair

UNITS = (".csv", ".tab", ".tmx", ".tsv")
"""Files of memories; their units are put together by source."""

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
        "-o",
        "--output",
        action="append",
        default=[],
        help="write a report: .html, .md, .csv, .json or .txt; may be given several"
        " times",
    )
    command.add_argument("--gate", help="a TOML file with the least that is accepted")
    add_json(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Score, report, and check the gate; return the exit status."""
    writers = {Path(path): _writer(Path(path)) for path in arguments.output}
    bounds = load_gate(Path(arguments.gate)) if arguments.gate else []
    pair = _pair(arguments)
    plan = _plan(arguments, pair)
    results = evaluate(read_test_set(arguments, pair), plan)
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
        pair.target, tuple(dict.fromkeys(names)), arguments.test, samples, terms
    )


Writer = Callable[[Results, float], str]
WRITERS: Mapping[str, Writer] = {
    ".html": page.to_html,
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


def read_test_set(arguments: argparse.Namespace, pair: LanguagePair) -> TestSet:
    """Read what is to be scored; raises `AmtsError`."""
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
    articles = _articles(inputs, pair)
    return check(TestSet(names, tuple(articles)))


def _named(text: str) -> tuple[str, Path]:
    name, mark, path = text.partition("=")
    if mark and not Path(text).exists():
        return name, Path(path)
    return (Path(text).stem or text), Path(text)


def _articles(inputs: _Inputs, pair: LanguagePair) -> list[Article]:
    if not inputs.reference.is_dir():
        return _of_files({inputs.reference.name: inputs}, pair)
    if any(is_book(folder) for folder in inputs.all()):
        return _of_projects(inputs, pair)
    sides = [_files(folder) for folder in inputs.all()]
    shared = [name for name in sides[0] if all(name in side for side in sides)]
    if not shared:
        raise AmtsError("no file is in all folders; files are matched by their paths")
    count = len(inputs.systems) + 1
    return _of_files(
        {
            name: _Inputs(
                sides[0][name],
                tuple(side[name] for side in sides[1:count]),
                sides[-1][name] if inputs.source else None,
            )
            for name in shared
        },
        pair,
    )


def _files(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix.lower() in (*SUFFIXES, *UNITS, ".txt"):
            place = path.relative_to(folder).with_suffix("").as_posix()
            found.setdefault(place, path)
    return found


def _of_files(files: Mapping[str, _Inputs], pair: LanguagePair) -> list[Article]:
    documents = []
    articles = []
    for name, inputs in files.items():
        suffix = inputs.reference.suffix.lower()
        if suffix in SUFFIXES:
            documents.append(_document(name, inputs))
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
    if documents:
        articles += of_documents(documents, pair.target, pair.source)
    return articles


def _document(name: str, inputs: _Inputs) -> Document:
    return Document(
        name,
        read_file(inputs.reference),
        tuple(read_file(path) for path in inputs.systems),
        read_file(inputs.source) if inputs.source else None,
    )


def _of_projects(inputs: _Inputs, pair: LanguagePair) -> list[Article]:
    """Make articles of folders of which some are Sphinx projects."""
    sides = [_project(folder) for folder in inputs.all()]
    count = len(inputs.systems) + 1
    documents = [
        Document(
            name,
            sides[0][name],
            tuple(side[name] for side in sides[1:count]),
            sides[-1][name] if inputs.source else None,
        )
        for name in sorted(sides[0])
        if all(name in side for side in sides)
    ]
    if not documents:
        raise AmtsError(
            "no document is in all folders; they are matched by their names"
        )
    return of_documents(documents, pair.target, pair.source)


def _project(folder: Path) -> Mapping[str, Sequence[Block]]:
    if is_book(folder):
        return host_of(folder).blocks(folder)
    return {
        name: read_file(path)
        for name, path in _files(folder).items()
        if path.suffix.lower() in SUFFIXES
    }
