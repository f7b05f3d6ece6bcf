"""``sphinx-amts experiment``: every system of a TOML file on what is held out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from sphinx_amts import __version__
from sphinx_amts.commands.arguments import add_json
from sphinx_amts.commands.reading import READER
from sphinx_amts.evaluation import run as runner
from sphinx_amts.evaluation.experiment import load_experiment
from sphinx_amts.readers import folders

EXAMPLES = """\
examples:
  sphinx-amts experiment act.toml -o results
      align the book without what is held out, translate that, and score it
"""


def add(commands: Any) -> None:
    """Add the command to those of the command line."""
    command = commands.add_parser(
        "experiment",
        help="measure engines with and without parallel data on a book",
        description="Run an experiment that a TOML file describes: make parallel data"
        " of a book and its translation without the articles that are held out,"
        " translate these with every system, and score them. Texts that are held out"
        " and in the parallel data too are refused.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("file", help="the experiment, as TOML")
    command.add_argument(
        "-o", "--output", required=True, help="the folder for the results"
    )
    add_json(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run an experiment; return the exit status."""
    experiment = load_experiment(Path(arguments.file))
    folder = Path(arguments.output)
    folder.mkdir(parents=True, exist_ok=True)
    record = runner.run(experiment, folder, __version__, _read, _say)
    if arguments.json:
        sys.stdout.write(json.dumps(record) + "\n")
    else:
        sys.stdout.write((folder / "table.md").read_text(encoding="utf-8"))
    return 0


def _read(folder: Path) -> runner.Book:
    return folders.read(folder, READER)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
