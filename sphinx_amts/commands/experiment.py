"""``sphinx-amts experiment``: every system of a TOML file on what is held out."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

from sphinx_amts import __version__
from sphinx_amts.commands.arguments import add_json, add_workers
from sphinx_amts.commands.reading import READER
from sphinx_amts.evaluation import run as runner
from sphinx_amts.evaluation.experiment import load_experiment
from sphinx_amts.readers import folders
from sphinx_amts.workers.choice import shares, workers_for
from sphinx_amts.workers.contract import Workers

EXAMPLES = """\
examples:
  sphinx-amts experiment act.toml -o results
      align the book without what is held out, translate that, and score it
  sphinx-amts experiment local.toml -o results --scheduler tcp://10.0.0.5:8786
      the same on a cluster, where each worker has the models of the local engine
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
    add_workers(command)
    add_json(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run an experiment; return the exit status."""
    number, scheduler = arguments.workers, arguments.scheduler
    file = Path(arguments.file)
    # As the workers of a cluster understand it.
    experiment = load_experiment(file.absolute() if scheduler else file)
    folder = Path(arguments.output)
    folder.mkdir(parents=True, exist_ok=True)
    sizes = folders.sizes(experiment.book.values(), READER.suffixes)
    with workers_for(shares(sizes, number), number, scheduler) as workers:
        work = runner.Work(partial(_read, workers), workers, _say)
        record = runner.run(experiment, folder, __version__, work)
    if arguments.json:
        sys.stdout.write(json.dumps(record) + "\n")
    else:
        sys.stdout.write((folder / "table.md").read_text(encoding="utf-8"))
    return 0


def _read(workers: Workers, folder: Path) -> runner.Book:
    return folders.read(folder, READER, workers)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
