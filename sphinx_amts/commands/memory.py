"""``sphinx-amts memory``: the memory that the runners of a book share."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from sphinx_amts.book import shared
from sphinx_amts.book.book import Book
from sphinx_amts.book.purpose import Collect
from sphinx_amts.commands.arguments import (
    Warnings,
    add_book,
    add_engine,
    add_json,
    engine_settings,
)
from sphinx_amts.config import PREFIX, Settings, read_settings
from sphinx_amts.hosts.host import host_of
from sphinx_amts.memory.shared import SharedMemory
from sphinx_amts.translation.translator import Report

EXAMPLES = """\
examples:
  sphinx-amts memory create docs
      make the table that amts_shared_memory names; once, by who may
  sphinx-amts memory status docs -l zh
      what the table is, what one may do there, how much of the book it has
  sphinx-amts memory push docs -l zh -l es
      let all runners have what this machine has paid for
  sphinx-amts memory pull docs -l zh
      get what others have paid for, as before a journey without network
"""

_ACTIONS = {
    "create": (
        "make the table",
        "Make the table that amts_shared_memory names, paid on demand, and wait until"
        " it can be used. Where it is already, see that it is as it should be.",
    ),
    "status": (
        "say what is there",
        "Say what the table is and what this identity may do there; with a language,"
        " how many units of the book it has. Nothing is translated.",
    ),
    "push": (
        "bring the units of the local store to the table",
        "Put into the table what the local store has translated of a book by machine"
        " and the table does not have. What is there stays.",
    ),
    "pull": (
        "bring the units of the table to the local store",
        "Put into the local store what the table has of a book and the store does not."
        " A build does so by itself for what it lacks.",
    ),
}

Move = Callable[[Book, Collect, SharedMemory, Report], shared.Moved]


def add(commands: Any) -> None:
    """Add the command to those of the command line."""
    command = commands.add_parser(
        "memory",
        help="share what was translated among the runners of a book",
        description="Look after the memory that the runners of a book share: a table"
        " of Amazon DynamoDB, which amts_shared_memory names. Builds use it by"
        " themselves.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    runs = {
        "create": run_create,
        "status": run_status,
        "push": lambda arguments: _run_move(arguments, shared.push, "put"),
        "pull": lambda arguments: _run_move(arguments, shared.pull, "taken over"),
    }
    for name, (text, description) in _ACTIONS.items():
        action = actions.add_parser(name, help=text, description=description)
        add_book(action)
        if name != "create":
            action.add_argument(
                "-l",
                "--language",
                action="append",
                default=[],
                required=name != "status",
                help="a language of the book, such as zh; may be given several times",
            )
            add_engine(action, "take the units of this engine")
        action.add_argument(
            "--memory",
            metavar="ADDRESS",
            help="the table, whatever conf.py says, such as"
            " dynamodb://books?region=eu-west-1",
        )
        add_json(action)
        action.set_defaults(run=runs[name])


def run_create(arguments: argparse.Namespace) -> int:
    """Make the table."""
    memory = _memory(arguments)
    is_new = memory.create()
    region = memory.table.access.region
    if arguments.json:
        values = {"memory": str(memory), "region": region, "was_there": not is_new}
        print(json.dumps(values))
        return 0
    done = "is there now" if is_new else "was already there"
    print(f"{memory}: {done} (region {region!r})")
    print(f'In conf.py: amts_shared_memory = "{memory}"')
    return 0


def run_status(arguments: argparse.Namespace) -> int:
    """Say what is there."""
    memory = _memory(arguments)
    overview = shared.Overview.of(memory)
    languages = []
    if overview.may_read:
        for language in arguments.language:
            book, found = _collect(arguments, language)
            languages.append(shared.count(book, found, memory))
    if arguments.json:
        values = {"languages": [each.to_json() for each in languages]}
        print(json.dumps({**overview.to_json(), **values}, indent=2))
    else:
        print("\n".join(overview.lines()))
        for each in languages:
            print(f"  {each.line()}")
    return 0 if overview.may_read else 1


def _run_move(arguments: argparse.Namespace, move: Move, done: str) -> int:
    memory = _memory(arguments)
    moved = []
    for language in arguments.language:
        book, found = _collect(arguments, language)
        told = len(book.problems)
        with tqdm(
            desc=f"units for {language}", unit="unit", disable=None, leave=False
        ) as bar:
            moved.append(move(book, found, memory, bar.update))
        for problem in book.problems.since(told):
            print(f"WARNING: {problem.message}", file=sys.stderr)
        book.translator.store.close()
    if arguments.json:
        print(json.dumps({"languages": [each.to_json() for each in moved]}, indent=2))
    else:
        for each in moved:
            print(each.line(done))
    return 1 if any(each.unusable for each in moved) else 0


def _settings(arguments: argparse.Namespace) -> Settings:
    settings = host_of(Path(arguments.source)).settings(Path(arguments.source))
    if arguments.memory is None:
        return settings
    values = {PREFIX + name: value for name, value in vars(settings).items()}
    return read_settings({**values, f"{PREFIX}shared_memory": arguments.memory})


def _memory(arguments: argparse.Namespace) -> SharedMemory:
    return shared.memory_of(_settings(arguments))


def _collect(arguments: argparse.Namespace, language: str) -> tuple[Book, Collect]:
    """Read a book as it is on this machine, without what others share."""
    source = Path(arguments.source)
    settings = {**engine_settings(arguments), f"{PREFIX}shared_memory": ""}
    return host_of(source).collect(source, language, Warnings(), **settings)
