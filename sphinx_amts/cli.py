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
from sphinx_amts.build import cost, exchange
from sphinx_amts.commands import align
from sphinx_amts.errors import AmtsError

EXAMPLES = """\
examples:
  sphinx-amts export docs -l zh -o docs/memory/zh.tmx
      write what the Chinese book uses to a file that is committed and reviewed
  sphinx-amts export docs -l zh -o todo.tmx --missing
      write what is not translated yet, for a translator
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


def export_command(arguments: argparse.Namespace) -> int:
    """Write a book's translations, or what it lacks, as TMX."""
    pair, book = exchange.read_book(
        Path(arguments.source), arguments.language, sys.stderr
    )
    write = exchange.export_missing if arguments.missing else exchange.export
    count = write(book, pair, Path(arguments.output))
    if arguments.json:
        print(
            json.dumps(
                {
                    "source_language": pair.source,
                    "target_language": pair.target,
                    "segments": len(book),
                    "written": count,
                    "file": arguments.output,
                }
            )
        )
    else:
        what = "without a translation" if arguments.missing else "translated"
        print(f"{arguments.output}: {count} of {len(book)} segments, {what} ({pair})")
    return 0


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
        help="write a book's translations, or what it lacks, as TMX",
        description="Read a book as sphinx-build would and write its translations as"
        " TMX, sorted for git. No engine is asked and no notebook is executed.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("source", help="the folder with conf.py")
    command.add_argument(
        "-l", "--language", required=True, help="the language to write, such as zh"
    )
    command.add_argument("-o", "--output", required=True, help="the TMX file to write")
    command.add_argument(
        "--missing",
        action="store_true",
        help="write the segments that have no translation instead, sources only",
    )
    command.add_argument("--json", action="store_true", help="report as JSON")
    command.set_defaults(run=export_command)
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
    align.add(commands)
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
