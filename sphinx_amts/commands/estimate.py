"""``sphinx-amts estimate``: what a book would cost, before anything is sent."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from sphinx_amts.book.estimate import estimate
from sphinx_amts.commands.arguments import (
    Warnings,
    add_book,
    add_engine,
    add_json,
    add_languages,
    engine_settings,
)
from sphinx_amts.hosts.host import host_of
from sphinx_amts.translation import cost

EXAMPLES = """\
examples:
  sphinx-amts estimate docs -l zh -l es
      what both languages would cost now
  sphinx-amts estimate docs -l zh --engine amazon
      what Amazon Translate would cost for a book that has another engine
  sphinx-amts estimate docs -l zh --json
      the same for a script, with "characters" and "price"
"""


def add(commands: Any) -> None:
    """Add the command to those of the command line."""
    command = commands.add_parser(
        "estimate",
        help="say what translating a book would cost, with no account and no request",
        description="Read a book as sphinx-build would and count what its engine would"
        " be sent: segments, characters as they are billed, and their price by"
        " amts_prices. What the memory has costs nothing and is shown too.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_book(command)
    add_languages(command)
    add_engine(command, "count for this engine")
    add_json(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Say what translating a book would cost; nothing is sent."""
    source = Path(arguments.source)
    settings = engine_settings(arguments)
    host, warnings = host_of(source), Warnings()
    estimates = [
        estimate(*host.collect(source, each, warnings, **settings))
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
        if each.missing.price is None:
            print(
                "  amts_prices has no price for it; --engine amazon counts for Amazon"
                " Translate"
            )
        if each.is_over:
            print(
                f"  over amts_max_characters ({each.max_characters:,}): no more is sent"
            )
    return 0
