"""``sphinx-amts status``: what is people's, stale, a machine's, untranslated."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from sphinx_amts.book import status, terms
from sphinx_amts.book.book import Book
from sphinx_amts.commands.arguments import (
    Warnings,
    add_book,
    add_engine,
    add_json,
    engine_settings,
    number_to,
)
from sphinx_amts.evaluation.effort import Effort, effort
from sphinx_amts.hosts.host import host_of
from sphinx_amts.memory.corrections import log_of, read
from sphinx_amts.memory.fetched import own_paths

EXAMPLES = """\
examples:
  sphinx-amts status docs -l zh
      a table of pages, then what has changed since people translated it
  sphinx-amts status docs -l zh --fail-under 80
      the same in CI, where less than that is a failure
  sphinx-amts status docs -l zh --doubt
      with a column that says which pages a translator should look at first
  sphinx-amts status docs -l zh --terms
      and the terms that are translated in several ways, with their places
  sphinx-amts status docs -l zh --effort
      and how much of the translators' work the machine took
"""


def add(commands: Any) -> None:
    """Add the command to those of the command line."""
    command = commands.add_parser(
        "status",
        help="say what is translated on each page, by whom, and what has changed since",
        description="Read a book as sphinx-build would and count the words of the"
        " source by what became of them: human, human but stale because the source has"
        " changed since, machine, untranslated. Stale texts follow, with what changed.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_book(command)
    command.add_argument(
        "-l", "--language", required=True, help="the language to look at, such as zh"
    )
    command.add_argument(
        "--fail-under",
        type=number_to(100),
        metavar="PERCENT",
        help="exit with 1 if fewer words than this are people's",
    )
    command.add_argument(
        "--doubt",
        action="store_true",
        help="say how doubtful each page's machine translations are: the share that"
        " a translator is expected to change",
    )
    command.add_argument(
        "--terms",
        action="store_true",
        help="list the terms that are translated in several ways, too",
    )
    command.add_argument(
        "--effort",
        action="store_true",
        help="say how much of the translators' work the machine took, by the logs of"
        " corrections that lie beside the memory files",
    )
    add_engine(command, "count what this engine has translated")
    add_json(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Say what is translated on each page, by whom, and what has changed since."""
    source = Path(arguments.source)
    book, collected = host_of(source).collect(
        source, arguments.language, Warnings(), **engine_settings(arguments)
    )
    found = status.status(book, collected, with_doubt=arguments.doubt)
    total = found.total
    values, lines = found.to_json(), list(found.lines())
    if arguments.terms:
        differences = terms.differences(book, collected)
        values["terms"] = [each.to_json() for each in differences]
        lines += ["", *terms.lines(differences)]
    if arguments.effort:
        saved = _effort(book)
        values["effort"] = saved.to_json()
        lines += ["", *saved.lines()]
    if arguments.json:
        print(json.dumps(values, ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines))
    wanted = arguments.fail_under
    share = total.percent(total.human)
    if wanted is None or share >= wanted:
        return 0
    print(
        f"sphinx-amts: {share:.1f} % of the words are people's, less than {wanted:g} %",
        file=sys.stderr,
    )
    return 1


def _effort(book: Book) -> Effort:
    """Return what the logs beside a book's memory files say."""
    memories = own_paths(book.settings.memory_files, book.folder)
    logs = dict.fromkeys(map(log_of, memories))  # two may have the same one
    skipped: list[int] = []
    found = (each for log in logs for each in read(log, skipped.append))
    saved = effort(found, book.translator.pair.target)
    if skipped:
        print(
            f"sphinx-amts: {len(skipped)} lines of {', '.join(map(str, logs))} are none"
            f" of ours and not counted; the first is line {skipped[0]}",
            file=sys.stderr,
        )
    return saved
