"""The command line, ``sphinx-amts``: one thin function for each command.

Exit status: 0 done, 1 found problems, 2 used wrongly.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sphinx_amts import __version__, terminology
from sphinx_amts.aws import Access
from sphinx_amts.build import cost, doctor
from sphinx_amts.build.exchange import read_build
from sphinx_amts.commands import (
    align,
    batch,
    build,
    evaluate,
    exchange,
    experiment,
    init,
    parallel_data,
    status,
)
from sphinx_amts.errors import AmtsError

ESTIMATE_EXAMPLES = """\
examples:
  sphinx-amts estimate docs -l zh -l es
      what both languages would cost now
  sphinx-amts estimate docs -l zh --engine amazon
      what Amazon Translate would cost for a book that has another engine
  sphinx-amts estimate docs -l zh --json
      the same for a script, with "characters" and "price"
"""

DOCTOR_EXAMPLES = """\
examples:
  sphinx-amts doctor docs -l zh
      check a book before its first build in Chinese
  sphinx-amts doctor --aws
      check the AWS account of this machine
"""

TERMINOLOGY_EXAMPLES = """\
examples:
  sphinx-amts terminology push docs/terms.csv --region eu-west-1
      bring the terms of a book to Amazon Translate
  sphinx-amts terminology list
      show what is there, former versions too
  sphinx-amts terminology delete terms-0f3c5a9b12de
      delete a version that no book uses any more
"""


def push_command(arguments: argparse.Namespace) -> int:
    """Bring a file of terms to Amazon Translate."""
    terms = terminology.load(arguments.file)
    name = terms.name(arguments.name)
    there = terminology.Terminologies(_access(arguments))
    found, was_there = there.push(terms, name)
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


def list_command(arguments: argparse.Namespace) -> int:
    """List the terminologies that Amazon Translate has."""
    found = terminology.Terminologies(_access(arguments)).list()
    if arguments.json:
        print(json.dumps([dataclasses.asdict(each) for each in found]))
        return 0
    for each in found:
        languages = f"{each.source} to {', '.join(each.targets)}"
        print(f"{each.name}: {each.count}, {languages}, of {each.changed}")
    return 0


def delete_command(arguments: argparse.Namespace) -> int:
    """Delete a terminology."""
    terminology.Terminologies(_access(arguments)).delete(arguments.name)
    print(json.dumps({"deleted": arguments.name}) if arguments.json else "deleted")
    return 0


def doctor_command(arguments: argparse.Namespace) -> int:
    """Look at everything that a translated build needs."""
    source = Path(arguments.source) if arguments.source else None
    findings = []
    for finding in doctor.examine(
        source, arguments.language, __version__, with_aws=arguments.aws
    ):
        findings.append(finding)
        if not arguments.json:
            print(f"{finding.state.value:8}{finding.check}: {finding.says}", flush=True)
    is_well = all(each.state is not doctor.State.FAILED for each in findings)
    if arguments.json:
        checks = [dataclasses.asdict(each) for each in findings]
        print(json.dumps({"ok": is_well, "checks": checks}))
    return 0 if is_well else 1


def _access(arguments: argparse.Namespace) -> Access:
    return Access(arguments.region, arguments.profile)


def estimate_command(arguments: argparse.Namespace) -> int:
    """Say what translating a book would cost; nothing is sent."""
    source = Path(arguments.source)
    settings = {"amts_engine": arguments.engine} if arguments.engine else {}
    estimates = [
        cost.estimate(*read_build(source, each, sys.stderr, **settings))
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
        if each.is_over:
            print(
                f"  over amts_max_characters ({each.max_characters:,}): no more is sent"
            )
    return 0


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
    command = commands.add_parser(
        "estimate",
        help="say what translating a book would cost, with no account and no request",
        description="Read a book as sphinx-build would and count what its engine would"
        " be sent: segments, characters as they are billed, and their price by"
        " amts_prices. What the memory has costs nothing and is shown too.",
        epilog=ESTIMATE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("source", help="the folder with conf.py")
    command.add_argument(
        "-l",
        "--language",
        required=True,
        action="append",
        help="a language to translate to, such as zh; may be given several times",
    )
    command.add_argument(
        "--engine", help="count for this engine, whatever conf.py says, such as amazon"
    )
    command.add_argument("--json", action="store_true", help="report as JSON")
    command.set_defaults(run=estimate_command)
    align.add(commands)
    evaluate.add(commands)
    experiment.add(commands)
    _add_terminology(commands)
    _add_doctor(commands)
    parallel_data.add(commands)
    batch.add(commands)
    return top


def _add_doctor(commands: Any) -> None:
    command = commands.add_parser(
        "doctor",
        help="check what a translated build needs",
        description="Check what a translated build needs: versions, settings, engine,"
        " and for Amazon Translate the account, the region, the languages, the"
        " terminology, the bucket and the role. Every line says what to do. Nothing is"
        " translated, and nothing costs money.",
        epilog=DOCTOR_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "source",
        nargs="?",
        help="the folder with conf.py; without it, the default settings are checked",
    )
    command.add_argument("-l", "--language", help="the language to build, such as zh")
    command.add_argument(
        "--aws", action="store_true", help="check AWS even if the engine is not Amazon"
    )
    command.add_argument("--json", action="store_true", help="report as JSON")
    command.set_defaults(run=doctor_command)


def _add_terminology(commands: Any) -> None:
    command = commands.add_parser(
        "terminology",
        help="bring terms with a required translation to Amazon Translate",
        description="Bring terms with a required translation to Amazon Translate, as a"
        " custom terminology. The name has the content's hash in it: changed terms are"
        " another terminology beside the former one.",
        epilog=TERMINOLOGY_EXAMPLES,
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
    push.set_defaults(run=push_command)
    lists = actions.add_parser(
        "list",
        help="list what the service has",
        description="List the custom terminologies of the account in the region.",
    )
    lists.set_defaults(run=list_command)
    delete = actions.add_parser(
        "delete",
        help="delete a terminology",
        description="Delete a custom terminology. The files of terms stay.",
    )
    delete.add_argument("name", help="the whole name, as the list shows it")
    delete.set_defaults(run=delete_command)
    for action in (push, lists, delete):
        action.add_argument(
            "--region", help="the AWS region; without it, the configured one"
        )
        action.add_argument(
            "--profile", help="the profile of the AWS configuration with credentials"
        )
        action.add_argument("--json", action="store_true", help="report as JSON")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except AmtsError as error:
        print(f"sphinx-amts: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("sphinx-amts: interrupted; nothing was written", file=sys.stderr)
        return 130
