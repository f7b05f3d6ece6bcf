"""The command line, ``sphinx-amts``: one thin function for each command.

Exit status: 0 done, 1 found problems, 2 used wrongly.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from sphinx_amts import __version__
from sphinx_amts.build import cost, exchange, po, status
from sphinx_amts.errors import AmtsError

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
ESTIMATE_EXAMPLES = """\
examples:
  sphinx-amts estimate docs -l zh -l es
      what both languages would cost now
  sphinx-amts estimate docs -l zh --engine amazon
      what Amazon Translate would cost for a book that has another engine
  sphinx-amts estimate docs -l zh --json
      the same for a script, with "characters" and "price"
"""
STATUS_EXAMPLES = """\
examples:
  sphinx-amts status docs -l zh
      a table of pages, then what has changed since people translated it
  sphinx-amts status docs -l zh --fail-under 80
      the same in CI, where less than that is a failure
"""


def export_command(arguments: argparse.Namespace) -> int:
    """Write a book's translations, or what it lacks, as TMX or PO."""
    build, book = exchange.read_build(
        Path(arguments.source), arguments.language, sys.stderr
    )
    pair, path = build.hall.pair, Path(arguments.output)
    unwritable = 0
    if arguments.format == "po" and arguments.missing:
        raise AmtsError("--missing is for TMX: in PO, what is missing is empty.")
    if arguments.format == "po":
        written = po.export(build, path)
        total, count = written.messages, written.translated
        unwritable = written.unwritable
    else:
        total = len(book)
        count = (
            exchange.export_missing(book, pair, path)
            if arguments.missing
            else exchange.export(build, book, path)
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


def import_command(arguments: argparse.Namespace) -> int:
    """Take the translations that people reviewed into a memory file."""
    source, given = Path(arguments.source), Path(arguments.file)
    build, _book = exchange.read_build(source, arguments.language, sys.stderr)
    memory = arguments.output
    done = exchange.import_reviewed(
        build,
        sorted(given.rglob("*.po")) if given.is_dir() else [given],
        Path(memory) if memory else exchange.memory_of(build, source),
    )
    for problem in done.problems:
        print(problem, file=sys.stderr)
    if arguments.json:
        print(json.dumps(vars(done), ensure_ascii=False, indent=2))
    else:
        print(f"{done.file}: {done.new} new or changed, {done.known} as they were")
    return 1 if done.problems else 0


def estimate_command(arguments: argparse.Namespace) -> int:
    """Say what translating a book would cost; nothing is sent."""
    source = Path(arguments.source)
    settings = {"amts_engine": arguments.engine} if arguments.engine else {}
    estimates = [
        cost.estimate(*exchange.read_build(source, each, sys.stderr, **settings))
        for each in arguments.language
    ]
    if arguments.json:
        languages = [each.to_json() for each in estimates]
        total = {
            name: sum(each[name] or 0 for each in languages)
            for name in ("segments", "requests", "characters", "price")
        }
        values = {"languages": languages, **total, "currency": cost.CURRENCY}
        print(json.dumps(values, indent=2))
        return 0
    for each in estimates:
        print(f"{each.pair}, engine {each.engine!r}")
        print(f"  to translate  {each.missing}")
        print(f"  in the memory {each.known}")
        if each.is_over:
            print(
                f"  over amts_max_characters ({each.max_characters:,}): no more is sent"
            )
    return 0


def status_command(arguments: argparse.Namespace) -> int:
    """Say what is translated on each page, by whom, and what has changed since."""
    build, _book = exchange.read_build(
        Path(arguments.source), arguments.language, sys.stderr
    )
    found = status.status(build)
    total = found.total
    if arguments.json:
        print(json.dumps(found.to_json(), ensure_ascii=False, indent=2))
    else:
        print("\n".join(found.lines()))
    wanted = arguments.fail_under
    share = total.percent(total.human)
    if wanted is None or share >= wanted:
        return 0
    print(
        f"sphinx-amts: {share:.1f} % of the words are people's, less than {wanted:g} %",
        file=sys.stderr,
    )
    return 1


def _percent(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 100:
        raise ValueError
    return value


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="sphinx-amts",
        description="Machine translation and synchronization of Sphinx books.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    command = commands.add_parser(
        "export",
        help="write a book's translations, or what it lacks, as TMX or PO",
        description="Read a book as sphinx-build would and write its translations as"
        " TMX, sorted for git, or as gettext catalogs. No engine is asked and no"
        " notebook is executed.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("source", help="the folder with conf.py")
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
    command.add_argument("--json", action="store_true", help="report as JSON")
    command.set_defaults(run=export_command)
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
    command.add_argument("source", help="the folder with conf.py")
    command.add_argument(
        "-l", "--language", required=True, help="the language of the file, such as zh"
    )
    command.add_argument(
        "-o",
        "--output",
        help="the memory file, which keeps what it has; without it, the first TMX file"
        " of amts_memory_files",
    )
    command.add_argument("--json", action="store_true", help="report as JSON")
    command.set_defaults(run=import_command)
    command = commands.add_parser(
        "estimate",
        help="say what translating a book would cost, with no account and no request",
        description="Read a book as sphinx-build would and count what its engine would"
        " be sent: segments, characters as they are billed, and their price by"
        " amts_prices. What the memory has costs nothing and is shown too.",
        epilog=ESTIMATE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("source", help="the folder with conf.py")
    command.add_argument(
        "-l",
        "--language",
        required=True,
        action="append",
        help="a language to translate to, such as zh; may be given several times",
    )
    command.add_argument(
        "--engine", help="count for this engine, whatever conf.py says, such as amazon"
    )
    command.add_argument("--json", action="store_true", help="report as JSON")
    command.set_defaults(run=estimate_command)
    command = commands.add_parser(
        "status",
        help="say what is translated on each page, by whom, and what has changed since",
        description="Read a book as sphinx-build would and count the words of the"
        " source by what became of them: human, human but stale because the source has"
        " changed since, machine, untranslated. Stale texts follow, with what changed.",
        epilog=STATUS_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("source", help="the folder with conf.py")
    command.add_argument(
        "-l", "--language", required=True, help="the language to look at, such as zh"
    )
    command.add_argument(
        "--fail-under",
        type=_percent,
        metavar="PERCENT",
        help="exit with 1 if fewer words than this are people's",
    )
    command.add_argument("--json", action="store_true", help="report as JSON")
    command.set_defaults(run=status_command)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except AmtsError as error:
        print(f"sphinx-amts: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("sphinx-amts: interrupted; nothing was written", file=sys.stderr)
        return 130
