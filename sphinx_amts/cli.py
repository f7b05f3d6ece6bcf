"""The command line, ``sphinx-amts``: one thin module of `commands` for each command.

Exit status: 0 done, 1 found problems, 2 used wrongly.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from sphinx_amts import __version__
from sphinx_amts.commands import (
    align,
    batch,
    build,
    doctor,
    estimate,
    evaluate,
    exchange,
    experiment,
    init,
    memory,
    parallel_data,
    review,
    status,
    terminology,
)
from sphinx_amts.errors import AmtsError

INTERRUPTED, UNREAD = 130, 141
"""Exit statuses as shells have them for the signals SIGINT and SIGPIPE."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="sphinx-amts",
        description="Machine translation and synchronization of Sphinx books.",
        epilog=exchange.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    init.add(commands)
    build.add(commands)
    exchange.add(commands)
    status.add(commands)
    review.add(commands)
    estimate.add(commands)
    align.add(commands)
    evaluate.add(commands)
    experiment.add(commands)
    terminology.add(commands)
    doctor.add(commands)
    parallel_data.add(commands)
    batch.add(commands)
    memory.add(commands)
    return top


def _parsed(words: list[str]) -> argparse.Namespace:
    """Read the command line; argparse alone loses what follows ``--json --``."""
    if words[:1] not in (["build"], ["review"]) or "--" not in words:
        return parser().parse_args(words)
    place = words.index("--")
    arguments = parser().parse_args(words[:place])
    vars(arguments)["options"] = words[place + 1 :]
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    arguments = _parsed(sys.argv[1:] if argv is None else list(argv))
    try:
        status = int(arguments.run(arguments))
        sys.stdout.flush()
        return status
    except AmtsError as error:
        print(f"sphinx-amts: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        # What was written until then is whole: see `files`.
        print("sphinx-amts: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has gone. Python would write what is left when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
