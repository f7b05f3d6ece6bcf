"""``sphinx-amts batch``: batch jobs outside of a build."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from sphinx_amts.book import jobs
from sphinx_amts.commands.arguments import (
    Warnings,
    add_book,
    add_json,
    add_languages,
    agrees,
    warn,
)
from sphinx_amts.hosts.host import host_of, settings_of
from sphinx_amts.text.segment import Segment

EXAMPLES = """\
examples:
  sphinx-amts batch submit docs -l zh -l es
      start one job for what both languages lack
  sphinx-amts batch collect docs
      keep what the jobs have brought, for the next build
  sphinx-amts batch submit docs -l zh --refresh
      translate again what was made with other parallel data
"""


def add(commands: Any) -> None:
    """Add the command to those of the command line."""
    command = commands.add_parser(
        "batch",
        help="translate by batch jobs of Amazon Translate, outside of a build",
        description="Start, watch, collect and stop the batch jobs of a book whose"
        " engine is amazon-batch. A build does the same by itself; these commands are"
        " for what runs by the clock.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    submit = actions.add_parser(
        "submit",
        help="start jobs for what languages lack",
        description="Read a book and start a batch job for what no job has translated,"
        " however little it is. Languages that lack the same share a job.",
    )
    add_languages(submit)
    submit.add_argument(
        "--refresh",
        action="store_true",
        help="translate again what was made with other parallel data",
    )
    submit.add_argument(
        "--yes", action="store_true", help="agree to the price of --refresh"
    )
    submit.set_defaults(run=run_submit)
    status = actions.add_parser(
        "status",
        help="show the jobs of a book",
        description="Show the jobs that are not done, as the service says.",
    )
    status.add_argument("--all", action="store_true", help="show what is done too")
    status.set_defaults(run=run_status)
    collect = actions.add_parser(
        "collect",
        help="keep what jobs have brought",
        description="Check what the jobs that are done have brought, and keep it for"
        " the next build.",
    )
    collect.add_argument(
        "-l",
        "--language",
        action="append",
        help="a language to collect; without it, all",
    )
    collect.add_argument(
        "--wait", action="store_true", help="wait for the jobs that are not done"
    )
    collect.set_defaults(run=run_collect)
    stop = actions.add_parser(
        "stop",
        help="end jobs",
        description="Ask the service to end jobs. What they have translated so far is"
        " collected, and may have to be paid for.",
    )
    stop.set_defaults(run=run_stop)
    for action in (submit, status, collect, stop):
        add_book(action)
        add_json(action)
    stop.add_argument("job", nargs="*", help="ids of jobs; without any, all")


def run_submit(arguments: argparse.Namespace) -> int:
    """Start batch jobs for what languages of a book lack."""
    languages = read_languages(
        Path(arguments.source), arguments.language, refresh=arguments.refresh
    )
    costs = {str(each.jobs.pair): each.cost for each in languages}
    show = sys.stderr if arguments.json else sys.stdout
    for pair, each in costs.items():
        print(f"{pair}: {each}", file=show)
    groups = jobs.group(languages)
    if (
        arguments.refresh
        and groups
        and not (arguments.yes or agrees("Submit?", "not submitted"))
    ):
        return 1
    plans, problems = [], []
    for group in groups:
        if plan := jobs.submit_group(group):
            plans.append(plan)
        problems += [problem.message for problem in group[0].book.problems]
    if arguments.json:
        values = {
            "languages": {
                pair: dataclasses.asdict(each) for pair, each in costs.items()
            },
            "jobs": [
                {
                    "job_id": languages[0].jobs.ledger.job_id(plan),
                    "targets": plan.targets,
                    "segments": plan.segments,
                    "characters": plan.characters,
                }
                for plan in plans
            ],
            "problems": problems,
        }
        print(json.dumps(values, indent=2))
        return 1 if problems else 0
    for plan in plans:
        job_id = languages[0].jobs.ledger.job_id(plan)
        print(f"job {job_id}: {plan.segments} segments, {', '.join(plan.targets)}")
    for text in problems:
        print(f"sphinx-amts: {text}", file=sys.stderr)
    if not plans and not problems:
        print("nothing to submit")
    return 1 if problems else 0


def read_languages(
    source: Path,
    names: Sequence[str],
    *,
    refresh: bool = False,
    show: TextIO | None = None,
) -> list[jobs.Language]:
    """Read a book in each language; find what its next job should bring.

    Warnings go to ``show``, or to the terminal.
    """
    host, warnings = host_of(source), show or Warnings()
    known: dict[str, Segment] = {}  # one object for a segment of all languages
    return [
        jobs.language_of(
            *host.collect(source, name, warnings),
            known,
            warn,
            refresh=refresh,
        )
        for name in names
    ]


def run_status(arguments: argparse.Namespace) -> int:
    """Show the batch jobs of a book."""
    source = Path(arguments.source)
    found = jobs.jobs_of(settings_of(source), source, every=arguments.all)
    if arguments.json:
        print(json.dumps([dataclasses.asdict(each) for each in found], indent=2))
    for each in () if arguments.json else found:
        print(
            f"{each.job_id or 'not started'}: {each.status}, {each.source} to"
            f" {', '.join(each.targets)}, {each.segments} segments, of {each.made[:16]}"
        )
        if each.message:
            print(f"  {each.message}")
        for target, outcome in each.languages.items():
            counts = [f"{outcome[name]} {name}" for name in ("kept", "refused", "lost")]
            print(f"  {target}: {outcome['state']}, {', '.join(counts)}")
    return 1 if any(each.status == "FAILED" for each in found) else 0


def run_collect(arguments: argparse.Namespace) -> int:
    """Keep what the batch jobs of a book have brought."""
    found = []
    source = Path(arguments.source)
    names = arguments.language or ()
    for each in jobs.collect(
        settings_of(source), source, names, warn, wait=arguments.wait
    ):
        said = [problem.message for problem in each.problems]
        values = {"language": each.language, "is_done": each.is_done, "problems": said}
        found.append(values)
        if not arguments.json:
            print(
                f"{each.language}: {'collected' if each.is_done else 'still running'}"
            )
            for text in said:
                print(f"sphinx-amts: {text}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(found))
    elif not found:
        print("no job is running")
    return 1 if any(each["problems"] for each in found) else 0


def run_stop(arguments: argparse.Namespace) -> int:
    """Ask the service to end batch jobs of a book."""
    source = Path(arguments.source)
    found = dict(jobs.stop(settings_of(source), source, arguments.job))
    if arguments.json:
        print(json.dumps(found))
    else:
        for job_id, status in found.items():
            print(f"{job_id}: {status}")
    return 0
