"""``sphinx-amts parallel-data``: pairs of texts in Amazon Translate."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sphinx_amts.aws.errors import Access
from sphinx_amts.commands.arguments import add_aws, add_json
from sphinx_amts.engines.amazon import parallel_data as upload

EXAMPLES = """\
examples:
  sphinx-amts parallel-data create pairs.tmx --bucket our-books
      bring pairs to Amazon Translate, under a name with their hash
  sphinx-amts parallel-data create pairs.tmx --name our-book --bucket our-books
      the same under a name of your own
  sphinx-amts parallel-data update our-book pairs.tmx --bucket our-books
      put other pairs in the place of the former ones
  sphinx-amts parallel-data status our-book
      show what the service made of them
"""


def add(commands: Any) -> None:
    """Add the command to those of the command line."""
    command = commands.add_parser(
        "parallel-data",
        help="bring pairs of texts to Amazon Translate, to customise its translations",
        description="Bring pairs of texts to Amazon Translate as parallel data, which"
        " customise the translations of the engine amazon-batch. The service reads one"
        " file at a time, which takes minutes.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    create = actions.add_parser(
        "create",
        help="make parallel data of a file",
        description="Check a file of pairs, bring it to S3, make parallel data of it,"
        " and compare what was imported with what was sent. Where the same content is"
        " there already, nothing is done.",
    )
    create.add_argument("file", help="the pairs: TMX, CSV or TSV")
    create.add_argument(
        "--name", help="the name; without it, the file's name and the content's hash"
    )
    create.add_argument(
        "--tag",
        action="append",
        type=_tag,
        metavar="KEY=VALUE",
        help="a tag of the resource; may be given several times",
    )
    create.set_defaults(run=run_create)
    update = actions.add_parser(
        "update",
        help="put another content under a name",
        description="Put the pairs of a file in the place of the former ones. Until"
        " they are imported, jobs use the former ones, and for good if that fails.",
    )
    update.add_argument("name", help="the name of the parallel data")
    update.add_argument("file", help="the pairs: TMX, CSV or TSV")
    update.set_defaults(run=run_update)
    for action in (create, update):
        _add_import_options(action)
    status, lists, delete = _add_others(actions)
    for action in (create, update, status, lists, delete):
        add_aws(action)
        action.add_argument(
            "--poll",
            type=float,
            default=upload.FIRST_PAUSE_S,
            metavar="SECONDS",
            help="how long to wait before the state is asked for again; grows",
        )
        add_json(action)


def _add_others(actions: Any) -> tuple[argparse.ArgumentParser, ...]:
    status = actions.add_parser(
        "status",
        help="show what the service made of parallel data",
        description="Show the state of parallel data, how many pairs were imported,"
        " and what the service says of those that were not.",
    )
    status.set_defaults(run=run_status)
    lists = actions.add_parser(
        "list",
        help="list what the service has",
        description="List the parallel data of the account in the region.",
    )
    lists.set_defaults(run=run_list)
    delete = actions.add_parser(
        "delete",
        help="delete parallel data",
        description="Delete parallel data in Amazon Translate. Its file in S3 stays.",
    )
    delete.set_defaults(run=run_delete)
    for action in (status, delete):
        action.add_argument("name", help="the name of the parallel data")
    return status, lists, delete


def _add_import_options(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--bucket", required=True, help="the S3 bucket for the file, in the same region"
    )
    action.add_argument(
        "--prefix", default="sphinx-amts", help="the folder for the file in the bucket"
    )
    action.add_argument(
        "--key", help="the KMS key, as id or ARN, that encrypts the file and the pairs"
    )
    action.add_argument(
        "--threshold",
        type=float,
        default=95.0,
        metavar="PERCENT",
        help="how many of the pairs have to be imported for the command to succeed",
    )
    action.add_argument(
        "--no-wait", action="store_true", help="do not wait for the import to end"
    )


def _tag(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is not like key=value")
    return key, value


def run_create(arguments: argparse.Namespace) -> int:
    """Create parallel data from a file and see what becomes of it."""
    file = upload.Upload.read(Path(arguments.file))
    name = arguments.name or file.name()
    resources, place = _resources_and_place(arguments)
    tags = dict(arguments.tag or ())
    is_new = resources.create(file, name, place, tags)
    return _show_import(arguments, resources, file, name, is_new)


def run_update(arguments: argparse.Namespace) -> int:
    """Put another content under a name and see what becomes of it."""
    file = upload.Upload.read(Path(arguments.file))
    resources, place = _resources_and_place(arguments)
    is_new = resources.update(arguments.name, file, place)
    return _show_import(arguments, resources, file, arguments.name, is_new)


def _show_import(
    arguments: argparse.Namespace,
    resources: upload.Resources,
    file: upload.Upload,
    name: str,
    is_new: bool,
) -> int:
    if arguments.no_wait:
        found, problems = resources.get(name), []
    else:
        found = resources.wait(name)
        problems = found.problems(file.records, arguments.threshold / 100)
    errors = upload.read_errors(found) if problems else []
    if arguments.json:
        values = {"was_there": not is_new, "sent": file.records, "problems": problems}
        print(json.dumps({**dataclasses.asdict(found), **values, "errors": errors}))
        return 1 if problems else 0
    done = "" if is_new else ", was already there"
    print(f"{name}: {found.status}{done}; {file.records} pairs sent, {found.counts}")
    for line in [*problems, *errors]:
        print(f"{name}: {line}")
    if not problems:
        print(f'In conf.py: amts_parallel_data = "{name}"')
    return 1 if problems else 0


def run_status(arguments: argparse.Namespace) -> int:
    """Show what the service made of parallel data."""
    resources = _resources(arguments)
    found = resources.get(arguments.name)
    errors = upload.read_errors(found)
    if arguments.json:
        print(json.dumps({**dataclasses.asdict(found), "errors": errors}))
    else:
        _print(found)
        for line in filter(None, [found.message, *errors]):
            print(f"  {line}")
    return 1 if found.status == "FAILED" else 0


def run_list(arguments: argparse.Namespace) -> int:
    """List the parallel data that Amazon Translate has."""
    found = _resources(arguments).list()
    if arguments.json:
        print(json.dumps([dataclasses.asdict(each) for each in found]))
        return 0
    for each in found:
        _print(each)
    return 0


def _print(data: upload.ParallelData) -> None:
    languages = f"{data.source} to {', '.join(data.targets)}, " if data.source else ""
    print(f"{data.name}: {data.status}, {languages}{data.counts}, of {data.changed}")


def run_delete(arguments: argparse.Namespace) -> int:
    """Delete parallel data."""
    _resources(arguments).delete(arguments.name)
    print(json.dumps({"deleted": arguments.name}) if arguments.json else "deleted")
    return 0


def _resources(arguments: argparse.Namespace) -> upload.Resources:
    access = Access(arguments.region, arguments.profile)
    return upload.Resources(access, _progress(arguments), arguments.poll)


def _resources_and_place(
    arguments: argparse.Namespace,
) -> tuple[upload.Resources, upload.Folder]:
    resources = _resources(arguments)
    place = upload.Folder(
        arguments.bucket, arguments.prefix.strip("/"), resources.access, arguments.key
    )
    return resources, place


def _progress(arguments: argparse.Namespace) -> Callable[[str], None]:
    """Return what shows progress: on a terminal only, and not beside JSON."""
    if arguments.json or not sys.stderr.isatty():
        return lambda text: None
    return lambda text: print(text, file=sys.stderr)
