"""``sphinx-amts init``: what an existing project lacks, written into it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from sphinx_amts.book.additions import Additions, Project
from sphinx_amts.commands.arguments import add_json, add_languages, agrees

EXAMPLES = """\
examples:
  sphinx-amts init docs -l zh -l es --dry-run
      show what would be added to a project, and add nothing
  sphinx-amts init docs -l zh --install '-r docs/requirements.txt sphinx_amts'
      show it, ask, then write it
"""


def add(commands: Any) -> None:
    """Add the command to those of the command line."""
    command = commands.add_parser(
        "init",
        help="add what a project lacks: settings, memory, a workflow for GitHub Pages",
        description="Show, as a difference, what an existing project lacks for editions"
        " in other languages, and write it when you agree: the extension in conf.py or"
        " _config.yml, the plugin in myst.yml, the memory files, lines for git, and a"
        " workflow that publishes all editions on GitHub Pages. Nothing that is there"
        " is taken away. To run it twice does no harm.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "source",
        nargs="?",
        default=".",
        help="the folder with conf.py, myst.yml or _config.yml",
    )
    add_languages(command)
    command.add_argument(
        "--install",
        default="",
        help="what pip installs in the workflow; without it, requirements.txt if there"
        " is one, and sphinx_amts",
    )
    command.add_argument(
        "--branch",
        default="",
        help="the branch that is published; without it, the one that is checked out",
    )
    command.add_argument(
        "--dry-run", action="store_true", help="show the difference and write nothing"
    )
    command.add_argument("--yes", action="store_true", help="write without asking")
    add_json(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Add what a project lacks."""
    project = Project(
        Path(arguments.source).resolve(),
        tuple(arguments.language),
        arguments.install,
        arguments.branch,
    )
    found = Additions.of(project)
    for each in () if arguments.json else found.files:
        print(each.diff(), end="")
    is_agreed = bool(found.files) and not arguments.dry_run
    if is_agreed and not arguments.yes:
        is_agreed = agrees("Write this?", "not written")
    if is_agreed:
        found.write()
    if arguments.json:
        values = {
            "files": [each.name for each in found.files],
            "is_written": is_agreed,
            "by_hand": found.by_hand,
        }
        print(json.dumps(values, indent=2))
    else:
        _say(found, is_agreed)
    is_refused = bool(found.files) and not is_agreed and not arguments.dry_run
    return 1 if found.by_hand or is_refused else 0


def _say(found: Additions, is_written: bool) -> None:
    for text in found.by_hand:
        print(f"sphinx-amts: {text}", file=sys.stderr)
    if is_written:
        print(f"written: {', '.join(each.name for each in found.files)}")
    elif not found.files and not found.by_hand:
        print("nothing is missing")
