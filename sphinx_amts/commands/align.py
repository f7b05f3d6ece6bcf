"""``sphinx-amts align``: a book and its translation become a file of parallel data."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from sphinx_amts.commands.arguments import add_json, number_to
from sphinx_amts.errors import AmtsError, FileError, SettingError
from sphinx_amts.files import write_file
from sphinx_amts.formats.tables import load_units
from sphinx_amts.hosts.sphinx.files import SUFFIXES, read_file
from sphinx_amts.hosts.sphinx.messages import read_catalog
from sphinx_amts.hosts.sphinx.project import is_project, named_memories, read_project
from sphinx_amts.parallel_data.align import Aligner, Document
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.parallel_data.checks import (
    ACTIONS,
    CHOICES,
    Checks,
    Finding,
    choose,
    excerpt,
)
from sphinx_amts.parallel_data.known import both_texts, read_known
from sphinx_amts.parallel_data.lexicon import Pairs
from sphinx_amts.parallel_data.pair_file import PairFile
from sphinx_amts.parallel_data.pairs import Pair, Texts, paired_blocks
from sphinx_amts.readers import segments
from sphinx_amts.text.languages import LanguagePair

BILINGUAL = (".csv", ".po", ".tab", ".tmx", ".tsv")
"""Files that hold both sides; they need no aligning."""
LEARNED = 400
"""Documents that are learnt from at most, evenly taken: more of a book change nothing,
and the time and the memory that learning takes stay the same."""
_SKIPPED_FOLDERS = {"_build", ".git", ".ipynb_checkpoints", "node_modules"}

EXAMPLES = """\
examples:
  sphinx-amts align docs docs-zh --source-language en --target-language zh -o zh.tmx
      pair the sentences of two folders, file by file
  sphinx-amts align a a --source-suffix _en --source-language en --target-language zh -o zh.csv
      one folder holds both: index_en.md is the source of index.md
  sphinx-amts align es.po es.po --source-language en --target-language es -o es.tmx
      a file that holds both sides is only checked
"""  # noqa: E501, a command is on one line


@dataclass
class _Text:
    """A document in both languages, read when it is needed."""

    name: str
    read_source: Callable[[], Sequence[Block]]
    read_target: Callable[[], Sequence[Block]]

    @cached_property
    def document(self) -> Document:
        """Both sides, kept once they have been read."""
        return self.read()

    def read(self) -> Document:
        """Read both sides."""
        return self.read_source(), self.read_target()


@dataclass
class _Report:
    """What was found, for the terminal and for machines."""

    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    without_partner: list[str] = field(default_factory=list)  # files
    documents: int = 0
    source_characters: int = 0
    covered_characters: int = 0

    def add(self, *findings: Finding) -> None:
        self.counts.update(each.code for each in findings)
        self.findings += findings


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
    command.add_argument("source", help="a file or a folder in the source language")
    command.add_argument("target", help="its translation, laid out alike")
    for side, example in (("source", "en"), ("target", "zh")):
        command.add_argument(
            f"--{side}-language",
            required=True,
            help=f"the {side}'s language, such as {example}",
        )
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
        " be given again. Memories that the source's conf.py names are taken anyway",
    )
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
    command.add_argument("--report", help="write what was found to this JSON file")
    add_json(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Align, check and write; return the exit status."""
    try:
        pair = LanguagePair.of(arguments.source_language, arguments.target_language)
    except ValueError as error:
        raise SettingError(str(error)) from error
    if pair.is_same:
        raise SettingError(f"source and target are both {pair.source}")
    actions = choose(*(_codes(each) for each in (arguments.drop, arguments.keep)))
    source, target = Path(arguments.source), Path(arguments.target)
    report = _Report()
    with PairFile(Path(arguments.output), pair, arguments.format) as file:
        checks = Checks(
            pair, file.is_table, min_quality=arguments.min_quality, actions=actions
        )
        if target.suffix.lower() in BILINGUAL and target.is_file():
            pairs: Iterator[Pair] = _bilingual(target, pair, report)
        else:
            texts = _match(source, target, arguments, report)
            by_sentence = arguments.granularity == "sentence"
            memories = [*map(Path, arguments.lexicon), *_memories(source, target)]
            aligner = _learn(texts, list(read_known(memories, pair)))
            checks = replace(checks, ratio=aligner.ratio)
            pairs = _aligned(aligner, texts, pair, report, by_sentence=by_sentence)
        for each in pairs:
            kept, findings = checks.run(each)
            report.add(*findings)
            if kept is not None and (lost := file.add(kept)):
                place = Finding("P105", ACTIONS["P105"], *lost, excerpt(each.source))
                report.add(place)
        written = len(file)
        if not written:
            raise AmtsError(
                f"{source}, {target}: not one pair is left to write"
                f" ({_counts(report) or 'there is no text'})"
            )
        file.write()
    summary = _summary(report, written, pair, arguments.output)
    if arguments.report:
        found = {"findings": [asdict(each) for each in report.findings]}
        text = json.dumps({**summary, **found}, ensure_ascii=False, indent=1)
        write_file(Path(arguments.report), [text, "\n"])
    _tell(summary, report, is_json=arguments.json)
    return 0


def _codes(text: str) -> list[str]:
    return [code.strip() for code in text.split(",") if code.strip()]


def _memories(*sides: Path) -> list[Path]:
    """Return the memories that are named where either side is configured."""
    return [path for side in sides if side.is_dir() for path in named_memories(side)]


def _learn(texts: Sequence[_Text], known: Pairs) -> Aligner:
    step = -(-len(texts) // LEARNED)
    learned = _progress(texts[::step], "learning")
    return Aligner.learn((text.document for text in learned), known)


def _progress(texts: Sequence[_Text], what: str) -> Iterator[_Text]:
    is_shown = sys.stderr.isatty()
    yield from tqdm(texts, what, unit="file", disable=not is_shown, leave=False)


def _aligned(
    aligner: Aligner,
    texts: Sequence[_Text],
    pair: LanguagePair,
    report: _Report,
    *,
    by_sentence: bool,
) -> Iterator[Pair]:
    for text in _progress(texts, "aligning"):
        source, target = vars(text).pop("document", None) or text.read()
        alignment = aligner.align(source, target)
        report.documents += 1
        for bead in alignment.beads:
            sources = [alignment.sources[i] for i in bead.sources]
            targets = [alignment.targets[j] for j in bead.targets]
            length = sum(each.length for each in sources)
            report.source_characters += length
            report.covered_characters += length if targets else 0
            if sources and targets:
                continue
            for each, blocks in [(x, source) for x in sources] + [
                (x, target) for x in targets
            ]:
                line = blocks[each.block].line
                place = (text.name, line, excerpt(each.text))
                report.add(Finding("P106", ACTIONS["P106"], *place))
        made = Texts(text.name, source, target, pair)
        yield from (
            made.sentences(alignment) if by_sentence else made.paragraphs(alignment)
        )


def _bilingual(path: Path, pair: LanguagePair, report: _Report) -> Iterator[Pair]:
    report.documents += 1
    if path.suffix.lower() == ".po":
        for source, target, line in read_catalog(path):
            yield paired_blocks(source, target, pair, path.name, line)
        return
    for entry in load_units(path):
        texts = both_texts(entry, pair)
        if all(texts):
            first, second = (Block.of_text(text, entry.kinds) for text in texts)
            yield paired_blocks(first, second, pair, path.name, entry.line)
        else:
            words = excerpt(next(iter(entry.texts.values()), ""))
            place = (path.name, entry.line, words)
            report.add(Finding("P106", ACTIONS["P106"], *place))


def _match(
    source: Path, target: Path, arguments: argparse.Namespace, report: _Report
) -> list[_Text]:
    """Return the documents that both sides have, by name; raises `AmtsError`."""
    for path in (source, target):
        if not path.exists():
            raise FileError(path, "there is no such file or folder")
    if source.is_file() and target.is_file():
        return [_Text(source.name, *(partial(read_file, p) for p in (source, target)))]
    if source.is_file() or target.is_file():
        raise AmtsError(f"{source}, {target}: give two files or two folders")
    endings = arguments.source_suffix, arguments.target_suffix
    if source.resolve() == target.resolve() and endings[0] == endings[1]:
        raise SettingError(
            "source and target are one folder; tell them apart by --source-suffix"
            " or --target-suffix"
        )
    sides = [
        _documents(folder, ending, other)
        for folder, ending, other in (
            (source, endings[0], endings[1]),
            (target, endings[1], endings[0]),
        )
    ]
    renamed = _renamed(Path(arguments.map)) if arguments.map else {}
    partners = {name: renamed.get(name, name) for name in sides[0]}
    found = sorted(name for name, other in partners.items() if other in sides[1])
    taken = {partners[name] for name in found}
    report.without_partner = [
        str(source / n) for n in sorted(sides[0].keys() - {*found})
    ]
    report.without_partner += [str(target / n) for n in sorted(sides[1].keys() - taken)]
    if not found:
        raise AmtsError(
            f"{source}, {target}: no file of one has a partner in the other. Files are"
            " matched by their paths; see --source-suffix, --target-suffix and --map"
        )
    return [_Text(name, sides[0][name], sides[1][partners[name]]) for name in found]


def _documents(
    folder: Path, ending: str, other: str
) -> dict[str, Callable[[], Sequence[Block]]]:
    """Return what reads each document of a folder, by its path without suffix."""
    written = folder / segments.NAME
    if written.is_file() or is_project(folder):
        blocks = segments.load(written) if written.is_file() else read_project(folder)
        return {name: partial(blocks.__getitem__, name) for name in blocks}
    found: dict[str, Callable[[], Sequence[Block]]] = {}
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if path.suffix.lower() not in SUFFIXES or _SKIPPED_FOLDERS & {*place.parts}:
            continue
        name = place.with_suffix("").as_posix()
        is_others = not ending and bool(other) and name.endswith(other)
        if name.endswith(ending) and not is_others and path.is_file():
            found.setdefault(name.removesuffix(ending), partial(read_file, path))
    return found


def _renamed(path: Path) -> dict[str, str]:
    """Read a mapping of names: a source and a target path in each row."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if any(row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileError(path, f"cannot be read: {error}") from error
    for number, row in enumerate(rows, 1):
        if len(row) != 2:
            raise FileError(path, "each row needs a source and a target path", number)
    return {_name(source): _name(target) for source, target in rows}


def _name(text: str) -> str:
    path = Path(text.strip())
    return (
        path.with_suffix("") if path.suffix.lower() in SUFFIXES else path
    ).as_posix()


def _counts(report: _Report) -> str:
    return ", ".join(f"{code}: {n}" for code, n in sorted(report.counts.items()))


def _summary(
    report: _Report, written: int, pair: LanguagePair, output: str
) -> dict[str, Any]:
    covered = report.covered_characters / max(1, report.source_characters)
    return {
        "source_language": pair.source,
        "target_language": pair.target,
        "file": output,
        "documents": report.documents,
        "pairs": written,
        "covered": round(covered, 4) if report.source_characters else None,
        "without_partner": report.without_partner,
        "counts": dict(sorted(report.counts.items())),
    }


def _tell(summary: dict[str, Any], report: _Report, *, is_json: bool) -> None:
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
    lines += [f"  without a partner: {name}" for name in report.without_partner]
    sys.stdout.write("\n".join(lines) + "\n")
