"""``sphinx-amts terminology``: terms of a book, here and in Amazon Translate."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from sphinx_amts.aws.errors import Access
from sphinx_amts.book import terms
from sphinx_amts.book.book import Book
from sphinx_amts.book.purpose import Collect
from sphinx_amts.commands.arguments import (
    Warnings,
    add_aws,
    add_book,
    add_engine,
    add_json,
    engine_settings,
)
from sphinx_amts.engines.amazon import terminology
from sphinx_amts.errors import FileError
from sphinx_amts.hosts.host import host_of

EXAMPLES = """\
examples:
  sphinx-amts terminology settle "learning rate" "taxa de aprendizado" docs -l pt
      require one translation of a term, and say what is asked for again
  sphinx-amts terminology push docs/terms.csv --region eu-west-1
      bring the terms of a book to Amazon Translate
  sphinx-amts terminology list
      show what is there, former versions too
  sphinx-amts terminology delete terms-0f3c5a9b12de
      delete a version that no book uses any more
"""


def add(commands: Any) -> None:
    """Add the command to those of the command line."""
    command = commands.add_parser(
        "terminology",
        help="settle terms with a required translation; bring them to Amazon Translate",
        description="Settle terms with a required translation, and bring them to Amazon"
        " Translate, as a custom terminology. The name has the content's hash in it:"
        " changed terms are another terminology beside the former one.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    push = actions.add_parser(
        "push",
        help="bring a file of terms to the service",
        description="Check a file of terms and bring it to the service. Where it"
        " already is, nothing is done.",
    )
    push.add_argument(
        "file",
        help="CSV or TSV with language codes in the first row, the source's first; or"
        " TMX",
    )
    push.add_argument(
        "--name", help="how the name begins; without it, with the file's name"
    )
    push.set_defaults(run=run_push)
    lists = actions.add_parser(
        "list",
        help="list what the service has",
        description="List the custom terminologies of the account in the region.",
    )
    lists.set_defaults(run=run_list)
    delete = actions.add_parser(
        "delete",
        help="delete a terminology",
        description="Delete a custom terminology. The files of terms stay.",
    )
    delete.add_argument("name", help="the whole name, as the list shows it")
    delete.set_defaults(run=run_delete)
    for action in (push, lists, delete):
        add_aws(action)
        add_json(action)
    _add_settle(actions)


def _add_settle(actions: Any) -> None:
    settle = actions.add_parser(
        "settle",
        help="require one translation of a term of a book",
        description="Put a term into the book's file of terms, amts_terminology, and"
        " say what its engine will be asked for again and what that costs. Nothing is"
        " sent now, and what people wrote stays.",
    )
    settle.add_argument("term", help="the words of the source, exactly as they stand")
    settle.add_argument("target", help="their translation; the same words: a name")
    add_book(settle)
    settle.add_argument(
        "-l", "--language", required=True, help="the language, such as pt"
    )
    add_engine(settle, "count for this engine")
    add_json(settle)
    settle.set_defaults(run=run_settle)


def run_settle(arguments: argparse.Namespace) -> int:
    """Require one translation of a term of a book."""
    folder = Path(arguments.source)
    host, warnings = host_of(folder), Warnings()
    given = engine_settings(arguments)

    def read(**settings: Any) -> tuple[Book, Collect]:
        settings = {**given, **settings}
        return host.collect(folder, arguments.language, warnings, **settings)

    file = host.settings(folder).terminology or ""
    done = terms.settle(read, folder, file, arguments.term, arguments.target)
    if arguments.json:
        print(json.dumps(done.to_json(), ensure_ascii=False, indent=2))
    else:
        print("\n".join(done.lines()))
    return 0


def run_push(arguments: argparse.Namespace) -> int:
    """Bring a file of terms to Amazon Translate."""
    given = terminology.load(arguments.file)
    if given.names:
        reason = "names stay with every engine; there is nothing to push"
        raise FileError(arguments.file, reason)
    name = given.name(arguments.name)
    there = terminology.Terminologies(_access(arguments))
    found, was_there = there.push(given, name)
    if arguments.json:
        print(json.dumps({**dataclasses.asdict(found), "was_there": was_there}))
    else:
        done = "was already there" if was_there else "is there now"
        print(f"{name}: {found.count}, {done} ({there.access})")
        setting = name if arguments.name else Path(arguments.file).name
        print(f'In conf.py: amts_terminology = "{setting}"')
        if found.skipped:
            print(f"{name}: the service did not take {found.skipped} of the terms")
    return 1 if found.skipped else 0


def run_list(arguments: argparse.Namespace) -> int:
    """List the terminologies that Amazon Translate has."""
    found = terminology.Terminologies(_access(arguments)).list()
    if arguments.json:
        print(json.dumps([dataclasses.asdict(each) for each in found]))
        return 0
    for each in found:
        languages = f"{each.source} to {', '.join(each.targets)}"
        print(f"{each.name}: {each.count}, {languages}, of {each.changed}")
    return 0


def run_delete(arguments: argparse.Namespace) -> int:
    """Delete a terminology."""
    terminology.Terminologies(_access(arguments)).delete(arguments.name)
    print(json.dumps({"deleted": arguments.name}) if arguments.json else "deleted")
    return 0


def _access(arguments: argparse.Namespace) -> Access:
    return Access(arguments.region, arguments.profile)
