"""``sphinx-amts export`` and ``import``: to translators' tools and back."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from sphinx_amts.book import exchange, po, xliff_files
from sphinx_amts.book.book import Book
from sphinx_amts.book.purpose import Collect
from sphinx_amts.commands.arguments import (
    Warnings,
    add_book,
    add_engine,
    add_json,
    engine_settings,
)
from sphinx_amts.errors import AmtsError
from sphinx_amts.formats import xliff
from sphinx_amts.hosts.host import host_of
from sphinx_amts.memory.corrections import log_of

EXAMPLES = """\
examples:
  sphinx-amts export docs -l zh -o docs/memory/zh.tmx
      write what the Chinese book uses to a file that is committed and reviewed
  sphinx-amts export docs -l zh -o todo.tmx --missing
      write what is not translated yet, for a translator
  sphinx-amts export docs -l zh --format po -o docs/locale
      write gettext catalogs, in which a machine's translations are fuzzy
  sphinx-amts export docs -l zh --format xliff -o book.zh.xlf
      write XLIFF 1.2 for OmegaT, memoQ or Trados; --missing for what nobody has
"""
IMPORT_EXAMPLES = """\
examples:
  sphinx-amts import zh.po docs -l zh
      take what a translation platform gave back
  sphinx-amts import docs/locale/zh_CN docs -l zh -o docs/memory/people.tmx
      the same for a folder of catalogs and another memory file
  sphinx-amts import book.zh.xlf docs -l zh
      take what a translator's program has saved
"""


def add(commands: Any) -> None:
    """Add the commands to those of the command line."""
    _add_export(commands)
    _add_import(commands)


def _add_export(commands: Any) -> None:
    command = commands.add_parser(
        "export",
        help="write a book's translations, or what it lacks, as TMX, PO or XLIFF",
        description="Read a book as sphinx-build would and write its translations as"
        " TMX, sorted for git, as gettext catalogs, or as XLIFF for the programs of"
        " translators. No engine is asked and no notebook is executed.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_book(command)
    command.add_argument(
        "-l", "--language", required=True, help="the language to write, such as zh"
    )
    command.add_argument(
        "-o",
        "--output",
        required=True,
        help="the file to write; for PO also a folder of `locale_dirs`",
    )
    command.add_argument(
        "--format",
        choices=("tmx", "po", "xliff"),
        default="tmx",
        help="`tmx` for a memory file, `po` for translators' platforms and for Sphinx,"
        " `xliff` for OmegaT, memoQ, Trados and their like",
    )
    command.add_argument(
        "--xliff-version",
        choices=xliff.VERSIONS,
        help=f"the version of XLIFF; without it, {xliff.VERSIONS[0]}, which all read",
    )
    command.add_argument(
        "--missing",
        action="store_true",
        help="write only the segments that have no translation, sources only",
    )
    add_engine(command, "write what this engine has translated")
    add_json(command)
    command.set_defaults(run=run_export)


def _add_import(commands: Any) -> None:
    command = commands.add_parser(
        "import",
        help="take the translations that people reviewed into a memory file",
        description="Read PO, XLIFF or TMX files that translators worked on, and put"
        " what they reviewed into a memory file: in PO, all that is neither empty nor"
        " fuzzy; in XLIFF, all that is reviewed, final, or another than was exported."
        " What cannot be used is named with its line.",
        epilog=IMPORT_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "file", help="a PO, XLIFF or TMX file, or a folder with PO or XLIFF files"
    )
    add_book(command)
    command.add_argument(
        "-l", "--language", required=True, help="the language of the file, such as zh"
    )
    command.add_argument(
        "-o",
        "--output",
        help="the memory file, which keeps what it has; without it, the first TMX file"
        " of amts_memory_files",
    )
    add_json(command)
    command.set_defaults(run=run_import)


def run_export(arguments: argparse.Namespace) -> int:
    """Write a book's translations, or what it lacks, as TMX, PO or XLIFF."""
    source, path = Path(arguments.source), Path(arguments.output)
    _check_form(arguments, path)
    book, found = host_of(source).collect(
        source, arguments.language, Warnings(), **engine_settings(arguments)
    )
    pair = book.translator.pair
    written = _write(arguments, book, found, path)
    if arguments.json:
        values = {
            "source_language": pair.source,
            "target_language": pair.target,
            "segments": written.messages,
            "written": written.translated,
            "file": arguments.output,
        }
        print(json.dumps(values))
        return 0
    what = _WRITTEN.get(arguments.format, "translated")
    if arguments.missing:
        what = "without a translation"
    print(
        f"{arguments.output}: {written.translated} of {written.messages} segments,"
        f" {what} ({pair})"
    )
    if written.unwritable:
        print(
            f"sphinx-amts: {written.unwritable} translations are not in it: their"
            " markup cannot be told from their words. TMX has them.",
            file=sys.stderr,
        )
    return 0


_WRITTEN = {"xliff": "with and without a translation"}
"""What an export has of a book, if not its translations alone."""


def _check_form(arguments: argparse.Namespace, path: Path) -> None:
    """Refuse what does not go together; raises `AmtsError`."""
    form = arguments.format
    if form == "po" and arguments.missing:
        raise AmtsError(
            "--missing is for TMX and XLIFF: in PO, what is missing is empty."
        )
    if form != "xliff" and arguments.xliff_version:
        raise AmtsError("--xliff-version is for --format xliff.")
    if form == "tmx":
        _check_tmx(path)
    if form == "xliff" and path.suffix.lower() not in xliff.SUFFIXES:
        names = " or ".join(xliff.SUFFIXES)
        raise AmtsError(
            f"{path}: XLIFF is what is written; give a name ending in {names}."
        )


def _write(
    arguments: argparse.Namespace, book: Book, found: Collect, path: Path
) -> po.Written:
    """Write a book in the form that is wanted; return what became of its texts."""
    is_missing, total = arguments.missing, len(found.looks)
    if arguments.format == "po":
        return po.export(book, found, path)
    if arguments.format == "xliff":
        version = arguments.xliff_version or xliff.VERSIONS[0]
        count = xliff_files.export(book, found, path, version, missing=is_missing)
    elif is_missing:
        count = exchange.export_missing(found, book.translator.pair, path)
    else:
        count = exchange.export(book, found, path)
    return po.Written(total, count)


def run_import(arguments: argparse.Namespace) -> int:
    """Take the translations that people reviewed into a memory file."""
    source = Path(arguments.source)
    host = host_of(source)
    if arguments.output:
        memory = Path(arguments.output)
        _check_tmx(memory)
    else:
        memory = exchange.memory_of(host.settings(source), source)
    files = exchange.files_of(Path(arguments.file))
    book, found = host.collect(source, arguments.language, Warnings())
    done = exchange.import_reviewed(book, found, files, memory)
    for problem in done.problems:
        print(problem, file=sys.stderr)
    if done.problems:
        print(
            "sphinx-amts: a memory has the code and the addresses of the source. From a"
            " catalog below locale_dirs, Sphinx takes others too.",
            file=sys.stderr,
        )
    if arguments.json:
        print(json.dumps(vars(done), ensure_ascii=False, indent=2))
    else:
        print(f"{done.file}: {done.new} new or changed, {done.known} as they were")
        if done.corrections:
            log = log_of(memory)
            print(f"{log}: {done.corrections} more, of what was translated before")
        if done.left:
            print(
                f"{done.left} messages have no text for a memory, such as code or a"
                " number: they stay in their catalogs"
            )
    return 1 if done.problems else 0


def _check_tmx(path: Path) -> None:
    if path.suffix.lower() != ".tmx":
        raise AmtsError(f"{path}: TMX is what is written; give a name ending in .tmx.")
