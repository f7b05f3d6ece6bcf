"""``sphinx-amts align``: a book and its translation become a file of parallel data."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from sphinx_amts.book.additions import find_configuration
from sphinx_amts.commands import asking
from sphinx_amts.commands.arguments import add_json, number_to
from sphinx_amts.commands.reading import READER
from sphinx_amts.engines.amazon.languages import file_codes
from sphinx_amts.errors import AmtsError, FileError, SettingError
from sphinx_amts.files import write_file
from sphinx_amts.formats.tables import load_units
from sphinx_amts.hosts.host import read_markup
from sphinx_amts.parallel_data import corpus
from sphinx_amts.parallel_data.checks import CHOICES, Checks, choose
from sphinx_amts.parallel_data.corpus import Bitext, Report
from sphinx_amts.parallel_data.known import read_known
from sphinx_amts.parallel_data.pair_file import PairFile
from sphinx_amts.parallel_data.pairs import Pair
from sphinx_amts.parallel_data.scoring import Heard
from sphinx_amts.readers import folders
from sphinx_amts.readers.catalogs import read_catalog
from sphinx_amts.text.languages import LanguagePair

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
    command.add_argument("--report", help="write what was found to this JSON file")
    add_json(command)
    command.set_defaults(run=run)


def _add_sides(command: argparse.ArgumentParser) -> None:
    command.add_argument("source", help="a file or a folder in the source language")
    command.add_argument("target", help="its translation, laid out alike")
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
        "--map", help="a CSV file of source and target paths that differ otherwise"
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


class _Made(NamedTuple):
    """Pairs on their way, and what is known before the first one."""

    pairs: Iterator[Pair]
    ratio: float = 1.0  # visible characters of the target per one of the source
    without_partner: Sequence[str] = ()  # files


def run(arguments: argparse.Namespace) -> int:
    """Align, check and write; return the exit status."""
    pair = _language_pair(arguments)
    actions = choose(*(_codes(each) for each in (arguments.drop, arguments.keep)))
    report = Report()
    codes = file_codes(pair)
    with PairFile(Path(arguments.output), codes, arguments.format) as file:
        made = _make(arguments, pair, report)
        checks = Checks(pair, file.is_table, made.ratio, arguments.min_quality, actions)
        corpus.fill(file, made.pairs, checks, report)
        written = len(file)
        if not written:
            counts = ", ".join(f"{c}: {n}" for c, n in sorted(report.counts.items()))
            raise AmtsError(
                f"{Path(arguments.source)}, {Path(arguments.target)}: not one pair is"
                f" left to write ({counts or 'there is no text'})"
            )
        file.write()
    summary = _summary(arguments.output, pair, written, report, made.without_partner)
    if arguments.report:
        found = {"findings": [asdict(each) for each in report.findings]}
        text = json.dumps({**summary, **found}, ensure_ascii=False, indent=1)
        write_file(Path(arguments.report), [text, "\n"])
    _tell(summary, report, is_json=arguments.json)
    return 0


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


def _make(arguments: argparse.Namespace, pair: LanguagePair, report: Report) -> _Made:
    """Read what is to be paired; raises `AmtsError`."""
    source, target = Path(arguments.source), Path(arguments.target)
    if target.suffix.lower() in BILINGUAL and target.is_file():
        return _Made(_given(target, pair, report))
    matched = folders.match_paths(source, target, READER, _naming(arguments))
    bitexts, without_partner = matched
    lexicons = [*map(Path, arguments.lexicon), *_memories(source, target)]
    heard: Heard = {}
    if arguments.engine:
        blocks = (block for each in bitexts for block in each.read_source())
        output = Path(arguments.output)
        heard = asking.ask(arguments.engine, source, output, pair, blocks)
    aligner = corpus.learn(
        _progress(corpus.sample(bitexts), "learning"), read_known(lexicons, pair), heard
    )
    pairs = corpus.aligned(
        aligner,
        _progress(bitexts, "aligning"),
        pair,
        report,
        by_sentence=arguments.granularity == "sentence",
    )
    return _Made(pairs, aligner.ratio, without_partner)


def _memories(*sides: Path) -> Iterator[Path]:
    """Yield the memories that either side's configuration names, if they are there."""
    for side in sides:
        with suppress(FileError):  # what is broken there is no matter here
            if side.is_dir() and (found := find_configuration(side)):
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


def _progress(bitexts: Sequence[Bitext], what: str) -> Iterator[Bitext]:
    is_shown = sys.stderr.isatty()
    yield from tqdm(bitexts, what, unit="file", disable=not is_shown, leave=False)


def _summary(
    output: str,
    pair: LanguagePair,
    written: int,
    report: Report,
    without_partner: Sequence[str],
) -> dict[str, Any]:
    covered = report.covered
    return {
        "source_language": pair.source,
        "target_language": pair.target,
        "file": output,
        "documents": report.documents,
        "pairs": written,
        "covered": None if covered is None else round(covered, 4),
        "without_partner": list(without_partner),
        "counts": dict(sorted(report.counts.items())),
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
        actions = Counter(x.action.value for x in report.findings if x.code == code)
        what = ", ".join(sorted(actions))
        lines.append(f"  {code}: {count} {what}")
    lines += [f"  without a partner: {name}" for name in summary["without_partner"]]
    sys.stdout.write("\n".join(lines) + "\n")
