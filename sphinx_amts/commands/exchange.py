"""``sphinx-amts export`` and ``import``: to translators' tools and back."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from sphinx_amts.book import exchange, po
from sphinx_amts.commands.arguments import (
    Warnings,
    add_book,
    add_engine,
    add_json,
    engine_settings,
)
from sphinx_amts.errors import AmtsError
from sphinx_amts.hosts.host import host_of

EXAMPLES = """\
examples:
  sphinx-amts export docs -l zh -o docs/memory/zh.tmx
      write what the Chinese book uses to a file that is committed and reviewed
  sphinx-amts export docs -l zh -o todo.tmx --missing
      write what is not translated yet, for a translator
  sphinx-amts export docs -l zh --format po -o docs/locale
      write gettext catalogs, in which a machine's translations are fuzzy
"""
IMPORT_EXAMPLES = """\
examples:
  sphinx-amts import zh.po docs -l zh
      take what a translation platform gave back
  sphinx-amts import docs/locale/zh_CN docs -l zh -o docs/memory/people.tmx
      the same for a folder of catalogs and another memory file
"""


def add(commands: Any) -> None:
    """Add the commands to those of the command line."""
    command = commands.add_parser(
        "export",
        help="write a book's translations, or what it lacks, as TMX or PO",
        description="Read a book as sphinx-build would and write its translations as"
        " TMX, sorted for git, or as gettext catalogs. No engine is asked and no"
        " notebook is executed.",
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
        choices=("tmx", "po"),
        default="tmx",
        help="`tmx` for a memory file, `po` for translators' platforms and for Sphinx",
    )
    command.add_argument(
        "--missing",
        action="store_true",
        help="write the segments that have no translation instead, sources only",
    )
    add_engine(command, "write what this engine has translated")
    add_json(command)
    command.set_defaults(run=run_export)
    command = commands.add_parser(
        "import",
        help="take the translations that people reviewed into a memory file",
        description="Read PO or TMX files that translators worked on, and put what they"
        " reviewed into a memory file: in PO, all that is neither empty nor fuzzy. What"
        " cannot be used is named with its line.",
        epilog=IMPORT_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("file", help="a PO or TMX file, or a folder with PO files")
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
    """Write a book's translations, or what it lacks, as TMX or PO."""
    source, path = Path(arguments.source), Path(arguments.output)
    if arguments.format == "po" and arguments.missing:
        raise AmtsError("--missing is for TMX: in PO, what is missing is empty.")
    if arguments.format == "tmx":
        _check_tmx(path)
    book, found = host_of(source).collect(
        source, arguments.language, Warnings(), **engine_settings(arguments)
    )
    pair = book.translator.pair
    unwritable = 0
    if arguments.format == "po":
        written = po.export(book, found, path)
        total, count = written.messages, written.translated
        unwritable = written.unwritable
    else:
        total = len(found.looks)
        count = (
            exchange.export_missing(found, pair, path)
            if arguments.missing
            else exchange.export(book, found, path)
        )
    if arguments.json:
        values = {
            "source_language": pair.source,
            "target_language": pair.target,
            "segments": total,
            "written": count,
            "file": arguments.output,
        }
        print(json.dumps(values))
        return 0
    what = "without a translation" if arguments.missing else "translated"
    print(f"{arguments.output}: {count} of {total} segments, {what} ({pair})")
    if unwritable:
        print(
            f"sphinx-amts: {unwritable} translations are not in it: their markup cannot"
            " be told from their words. TMX has them.",
            file=sys.stderr,
        )
    return 0


def run_import(arguments: argparse.Namespace) -> int:
    """Take the translations that people reviewed into a memory file."""
    source, given = Path(arguments.source), Path(arguments.file)
    memory = arguments.output
    if memory:
        _check_tmx(Path(memory))
    book, found = host_of(source).collect(source, arguments.language, Warnings())
    done = exchange.import_reviewed(
        book,
        found,
        sorted(given.rglob("*.po")) if given.is_dir() else [given],
        Path(memory) if memory else exchange.memory_of(book),
    )
    for problem in done.problems:
        print(problem, file=sys.stderr)
    if arguments.json:
        print(json.dumps(vars(done), ensure_ascii=False, indent=2))
    else:
        print(f"{done.file}: {done.new} new or changed, {done.known} as they were")
    return 1 if done.problems else 0


def _check_tmx(path: Path) -> None:
    if path.suffix.lower() != ".tmx":
        raise AmtsError(f"{path}: TMX is what is written; give a name ending in .tmx.")
