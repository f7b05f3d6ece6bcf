"""``sphinx-amts build``: a book in several languages as one site."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sphinx_amts.book import editions as site
from sphinx_amts.book import jobs
from sphinx_amts.commands.arguments import add_book, add_json, add_languages
from sphinx_amts.commands.batch import read_languages
from sphinx_amts.errors import AmtsError
from sphinx_amts.hosts.host import host_of
from sphinx_amts.translation.cost import dollars

SERVE = "--serve is gone: `sphinx-amts review BOOK -l LANGUAGE` shows a book"
EXAMPLES = """\
examples:
  sphinx-amts build -l zh -l es docs site
      build the book at site, in Chinese at site/zh, in Spanish at site/es
  sphinx-amts build -l zh docs site -- -W -j auto
      the same with options of sphinx-build
"""


def add(commands: Any) -> None:
    """Add the command to those of the command line."""
    command = commands.add_parser(
        "build",
        help="build a book in several languages, as one site",
        description="Build a book in its own language and, in folders below, in others:"
        " each by a sphinx-build of its own, several at a time. With the engine"
        " amazon-batch, languages that lack the same share a batch job. A language that"
        " fails does not end the others, but the exit status tells.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_book(command)
    command.add_argument("out", help="the folder for the site")
    command.add_argument(
        "options", nargs="*", help="options of sphinx-build, after two hyphens"
    )
    add_languages(command)
    command.add_argument(
        "-b", "--builder", default="html", help="the builder of Sphinx, such as dirhtml"
    )
    command.add_argument(
        "--processes",
        type=int,
        help="how many languages to build at a time; by default, one per processor",
    )
    command.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    command.add_argument("--port", help=argparse.SUPPRESS)
    add_json(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Build a book in several languages."""
    if arguments.serve or arguments.port is not None:
        raise AmtsError(f"{SERVE}, with pages that load again after each change")
    editions = []
    source, out = Path(arguments.source), Path(arguments.out)
    host = host_of(source)
    workshop = site.Workshop(
        host.settings(source),
        lambda folder, language, options: host.command(
            source, folder, arguments.builder, language, options
        ),
        host.state,
        lambda: _submit(source, arguments.language),
    )
    for edition in site.build_site(
        workshop,
        source,
        out,
        arguments.language,
        processes=host.processes or arguments.processes,
        options=arguments.options,
    ):
        editions.append(edition)
        _print_log(edition)
    order = [site.SOURCE, *arguments.language]
    editions.sort(key=lambda each: order.index(each.language))
    failed = [each.language for each in editions if not each.is_whole]
    if arguments.json:
        rows = [dataclasses.asdict(each) for each in editions]
        print(json.dumps({"failed": failed, "languages": rows}, indent=2))
        return 1 if failed else 0
    width = max(len(each.language) for each in editions)
    for each in editions:
        result = "built" if each.is_whole else f"FAILED ({each.status})"
        text = f"{each.language:{width}}  {result}, {each.seconds:.0f} s"
        if each.segments:
            text += f", {each.translated:,} of {each.segments:,} segments translated"
        text += f", {each.warnings} warnings" if each.warnings else ""
        text += f", {dollars(each.price)}" if each.price else ""
        print(f"{text}: {each.folder}")
    return 1 if failed else 0


def _submit(source: Path, names: Sequence[str]) -> None:
    """Start what jobs the languages need; who cannot have one finds out by itself."""
    found: list[jobs.Language] = []
    for name in names:
        with contextlib.suppress(AmtsError, SystemExit):  # its own build says why
            found += read_languages(source, [name], show=io.StringIO())
    enough = [each for each in found if each.jobs.is_enough(each.segments)]
    for group in jobs.group(enough):
        plan = jobs.submit_group(group)
        if plan is not None:
            print(
                f"batch job for {', '.join(plan.targets)}: {plan.segments} segments",
                file=sys.stderr,
            )


def _print_log(edition: site.Built) -> None:
    """Show what sphinx-build warned of, and all it said where it failed."""
    for line in edition.log.splitlines():
        if not edition.is_whole or site.is_warning(line):
            print(f"[{edition.language}] {line}", file=sys.stderr)
