"""``sphinx-amts doctor``: what a translated build needs, checked."""

from __future__ import annotations

import argparse
import dataclasses
import json
from itertools import chain
from pathlib import Path
from typing import Any

from sphinx_amts import __version__
from sphinx_amts.book import doctor
from sphinx_amts.commands.arguments import add_json
from sphinx_amts.config import Settings
from sphinx_amts.hosts.host import host_of

EXAMPLES = """\
examples:
  sphinx-amts doctor docs -l zh
      check a book before its first build in Chinese
  sphinx-amts doctor --aws
      check the AWS account of this machine
"""


def add(commands: Any) -> None:
    """Add the command to those of the command line."""
    command = commands.add_parser(
        "doctor",
        help="check what a translated build needs",
        description="Check what a translated build needs: versions, settings, engine,"
        " and for Amazon Translate the account, the region, the languages, the"
        " terminology, the bucket and the role. Every line says what to do. Nothing is"
        " translated, and nothing costs money.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "source",
        nargs="?",
        help="the folder with conf.py or myst.yml; without it, the default settings are"
        " checked",
    )
    command.add_argument("-l", "--language", help="the language to build, such as zh")
    command.add_argument(
        "--aws", action="store_true", help="check AWS even if the engine is not Amazon"
    )
    add_json(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Look at everything that a translated build needs."""
    source = Path(arguments.source) if arguments.source else None
    host = host_of(source) if source else None
    findings = []
    own = host.examine(source) if host and source else ()
    of_all = doctor.examine(
        source,
        arguments.language,
        __version__,
        lambda: host.settings(source) if host and source else Settings(),
        with_aws=arguments.aws,
        file=host.file if host else "",
        has_search=host is None or not host.has_own_search,
    )
    for finding in chain(of_all, own):
        findings.append(finding)
        if not arguments.json:
            print(f"{finding.state.value:8}{finding.check}: {finding.says}", flush=True)
    is_well = all(each.state is not doctor.State.FAILED for each in findings)
    if arguments.json:
        checks = [dataclasses.asdict(each) for each in findings]
        print(json.dumps({"ok": is_well, "checks": checks}))
    return 0 if is_well else 1
