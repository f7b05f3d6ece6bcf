"""What several commands have in common: arguments, and asking for consent."""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Callable
from typing import Any

from sphinx_amts.warnings_ import Subtype


def add_book(command: argparse.ArgumentParser) -> None:
    """Let a command take the folder of a book, as ``source``."""
    command.add_argument("source", help="the folder with conf.py or myst.yml")


def add_languages(command: argparse.ArgumentParser) -> None:
    """Let a command take languages, as ``language``."""
    command.add_argument(
        "-l",
        "--language",
        required=True,
        action="append",
        help="a language to translate to, such as zh; may be given several times",
    )


def add_engine(command: argparse.ArgumentParser, purpose: str) -> None:
    """Let a command take an engine, as ``engine``; ``purpose`` says what for."""
    command.add_argument(
        "--engine", help=f"{purpose}, whatever conf.py says, such as amazon"
    )


def engine_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that an engine of `add_engine` is."""
    return {"amts_engine": arguments.engine} if arguments.engine else {}


def add_aws(command: argparse.ArgumentParser) -> None:
    """Let a command take where AWS is asked, and as whom."""
    command.add_argument(
        "--region", help="the AWS region; without it, the configured one"
    )
    command.add_argument(
        "--profile", help="the profile of the AWS configuration with credentials"
    )


def add_json(command: argparse.ArgumentParser) -> None:
    """Let a command report as JSON."""
    command.add_argument("--json", action="store_true", help="report as JSON")


def add_workers(command: argparse.ArgumentParser) -> None:
    """Let a command take who shares its work, as ``workers`` or ``scheduler``."""
    where = command.add_mutually_exclusive_group()
    where.add_argument(
        "--workers",
        type=_at_least_one,
        help="processes that share the work (default: one for each processor; what is"
        " little takes one)",
    )
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="share the work among the workers of a Dask cluster, such as"
        " tcp://10.0.0.5:8786, which can read the same paths and addresses",
    )


def _at_least_one(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def number_to(limit: float) -> Callable[[str], float]:
    """Return a type of argument: a number from 0 to ``limit``."""

    def read(text: str) -> float:
        value = float(text)
        if not 0 <= value <= limit:
            raise argparse.ArgumentTypeError(f"{text} is not between 0 and {limit:g}")
        return value

    read.__name__ = "number"  # for argparse's message of what is none
    return read


class Warnings(io.StringIO):
    """Takes the warnings of the books that a command reads, for the terminal.

    What comes again, for another language, is shown once. There are colours only where
    somebody sees them.
    """

    _COLOR = re.compile(r"\x1b\[[0-9;]*m")

    def __init__(self) -> None:
        super().__init__()
        self._shown: set[str] = set()

    def isatty(self) -> bool:
        """Tell whether somebody sees them."""
        return sys.stderr.isatty()

    def write(self, text: str) -> int:
        """Show a text."""
        plain = self._COLOR.sub("", text)
        if not plain.strip() or plain not in self._shown:
            self._shown.add(plain)
            sys.stderr.write(text if self.isatty() else plain)
        return len(text)


def warn(subtype: Subtype, text: str) -> None:
    """Show a warning of a book."""
    print(f"WARNING: {text} [amts.{subtype.value}]", file=sys.stderr)


def agrees(question: str, otherwise: str) -> bool:
    """Ask a user; where there is nobody to ask, say what ``--yes`` would have done."""
    if not sys.stdin.isatty():
        print(f"sphinx-amts: {otherwise}; agree with --yes", file=sys.stderr)
        return False
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
