"""The command line, ``sphinx-amts``: one thin function for each command.

Exit status: 0 done, 1 found problems, 2 used wrongly.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sphinx_amts import __version__, terminology
from sphinx_amts.aws import Access
from sphinx_amts.build import cost, doctor, exchange, jobs, site
from sphinx_amts.errors import AmtsError
from sphinx_amts.parallel_data import upload

EXAMPLES = """\
examples:
  sphinx-amts export docs -l zh -o docs/memory/zh.tmx
      write what the Chinese book uses to a file that is committed and reviewed
  sphinx-amts export docs -l zh -o todo.tmx --missing
      write what is not translated yet, for a translator
"""
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

PARALLEL_DATA_EXAMPLES = """\
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
BUILD_EXAMPLES = """\
examples:
  sphinx-amts build -l zh -l es docs site
      build the book at site, in Chinese at site/zh, in Spanish at site/es
  sphinx-amts build -l zh docs site -- -W -j auto
      the same with options of sphinx-build
"""
BATCH_EXAMPLES = """\
examples:
  sphinx-amts batch submit docs -l zh -l es
      start one job for what both languages lack
  sphinx-amts batch collect docs
      keep what the jobs have brought, for the next build
  sphinx-amts batch submit docs -l zh --refresh
      translate again what was made with other parallel data
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


def export_command(arguments: argparse.Namespace) -> int:
    """Write a book's translations, or what it lacks, as TMX."""
    pair, book = exchange.read_book(
        Path(arguments.source), arguments.language, sys.stderr
    )
    write = exchange.export_missing if arguments.missing else exchange.export
    count = write(book, pair, Path(arguments.output))
    if arguments.json:
        print(
            json.dumps(
                {
                    "source_language": pair.source,
                    "target_language": pair.target,
                    "segments": len(book),
                    "written": count,
                    "file": arguments.output,
                }
            )
        )
    else:
        what = "without a translation" if arguments.missing else "translated"
        print(f"{arguments.output}: {count} of {len(book)} segments, {what} ({pair})")
    return 0


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
        cost.estimate(*exchange.read_build(source, each, sys.stderr, **settings))
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


def create_command(arguments: argparse.Namespace) -> int:
    """Create parallel data from a file and see what becomes of it."""
    file = upload.PairsFile.read(Path(arguments.file))
    name = arguments.name or file.name()
    resources, place = _parallel_data(arguments)
    tags = dict(arguments.tag or ())
    is_new = resources.create(file, name, place, tags)
    return _show_import(arguments, resources, file, name, is_new)


def update_command(arguments: argparse.Namespace) -> int:
    """Put another content under a name and see what becomes of it."""
    file = upload.PairsFile.read(Path(arguments.file))
    resources, place = _parallel_data(arguments)
    is_new = resources.update(arguments.name, file, place)
    return _show_import(arguments, resources, file, arguments.name, is_new)


def _show_import(
    arguments: argparse.Namespace,
    resources: upload.Resources,
    file: upload.PairsFile,
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


def parallel_data_status_command(arguments: argparse.Namespace) -> int:
    """Show what the service made of parallel data."""
    resources = _resources(arguments)
    found = resources.get(arguments.name)
    errors = upload.read_errors(found)
    if arguments.json:
        print(json.dumps({**dataclasses.asdict(found), "errors": errors}))
    else:
        _print_parallel_data(found)
        for line in filter(None, [found.message, *errors]):
            print(f"  {line}")
    return 1 if found.status == "FAILED" else 0


def parallel_data_list_command(arguments: argparse.Namespace) -> int:
    """List the parallel data that Amazon Translate has."""
    found = _resources(arguments).list()
    if arguments.json:
        print(json.dumps([dataclasses.asdict(each) for each in found]))
        return 0
    for each in found:
        _print_parallel_data(each)
    return 0


def _print_parallel_data(data: upload.ParallelData) -> None:
    languages = f"{data.source} to {', '.join(data.targets)}, " if data.source else ""
    print(f"{data.name}: {data.status}, {languages}{data.counts}, of {data.changed}")


def parallel_data_delete_command(arguments: argparse.Namespace) -> int:
    """Delete parallel data."""
    _resources(arguments).delete(arguments.name)
    print(json.dumps({"deleted": arguments.name}) if arguments.json else "deleted")
    return 0


def _resources(arguments: argparse.Namespace) -> upload.Resources:
    return upload.Resources(_access(arguments), _progress(arguments), arguments.poll)


def _parallel_data(
    arguments: argparse.Namespace,
) -> tuple[upload.Resources, upload.Place]:
    resources = _resources(arguments)
    place = upload.Place(
        arguments.bucket, arguments.prefix.strip("/"), resources.access, arguments.key
    )
    return resources, place


def _progress(arguments: argparse.Namespace) -> Callable[[str], None]:
    """Return what shows progress: on a terminal only, and not beside JSON."""
    if arguments.json or not sys.stderr.isatty():
        return lambda text: None
    return lambda text: print(text, file=sys.stderr)


def build_command(arguments: argparse.Namespace) -> int:
    """Build a book in several languages."""
    editions = []
    for edition in site.build_site(
        Path(arguments.source),
        Path(arguments.out),
        arguments.language,
        builder=arguments.builder,
        processes=arguments.processes,
        options=arguments.options,
        report=lambda text: print(text, file=sys.stderr),
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
        text += f", {cost.dollars(each.price)}" if each.price else ""
        print(f"{text}: {each.folder}")
    return 1 if failed else 0


def _print_log(edition: site.Edition) -> None:
    """Show what sphinx-build warned of, and all it said where it failed."""
    for line in edition.log.splitlines():
        if not edition.is_whole or site.is_warning(line):
            print(f"[{edition.language}] {line}", file=sys.stderr)


def submit_command(arguments: argparse.Namespace) -> int:
    """Start batch jobs for what languages of a book lack."""
    languages = jobs.read_languages(
        Path(arguments.source),
        arguments.language,
        sys.stderr,
        refresh=arguments.refresh,
    )
    costs = {str(each.hall.pair): each.cost for each in languages}
    show = sys.stderr if arguments.json else sys.stdout
    for pair, each in costs.items():
        print(f"{pair}: {each}", file=show)
    groups = jobs.group(languages)
    if arguments.refresh and groups and not (arguments.yes or _agrees()):
        return 1
    plans, problems = [], []
    for group in groups:
        if plan := jobs.submit_group(group):
            plans.append(plan)
        problems += [text for _subtype, text in group[0].hall.notices]
    if arguments.json:
        values = {
            "languages": {
                pair: dataclasses.asdict(each) for pair, each in costs.items()
            },
            "jobs": [
                {
                    "job_id": languages[0].hall.ledger.job_id(plan),
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
        job_id = languages[0].hall.ledger.job_id(plan)
        print(f"job {job_id}: {plan.segments} segments, {', '.join(plan.targets)}")
    for text in problems:
        print(f"sphinx-amts: {text}", file=sys.stderr)
    if not plans and not problems:
        print("nothing to submit")
    return 1 if problems else 0


def _agrees() -> bool:
    """Ask whether that price is to be paid; no where there is nobody to ask."""
    if not sys.stdin.isatty():
        print("sphinx-amts: not submitted; agree with --yes", file=sys.stderr)
        return False
    return input("Submit? [y/N] ").strip().lower() in ("y", "yes")


def batch_status_command(arguments: argparse.Namespace) -> int:
    """Show the batch jobs of a book."""
    found = jobs.jobs_of(Path(arguments.source), sys.stderr, every=arguments.all)
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


def collect_command(arguments: argparse.Namespace) -> int:
    """Keep what the batch jobs of a book have brought."""
    found = []
    for target, is_done, said in jobs.collect(
        Path(arguments.source),
        arguments.language or (),
        sys.stderr,
        wait=arguments.wait,
    ):
        found.append({"language": target, "is_done": is_done, "problems": said})
        if not arguments.json:
            print(f"{target}: {'collected' if is_done else 'still running'}")
            for text in said:
                print(f"sphinx-amts: {text}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(found))
    elif not found:
        print("no job is running")
    return 1 if any(each["problems"] for each in found) else 0


def stop_command(arguments: argparse.Namespace) -> int:
    """Ask the service to end batch jobs of a book."""
    found = dict(jobs.stop(Path(arguments.source), arguments.job, sys.stderr))
    if arguments.json:
        print(json.dumps(found))
    else:
        for job_id, status in found.items():
            print(f"{job_id}: {status}")
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="sphinx-amts",
        description="Machine translation and synchronization of Sphinx books.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_build(commands)
    command = commands.add_parser(
        "export",
        help="write a book's translations, or what it lacks, as TMX",
        description="Read a book as sphinx-build would and write its translations as"
        " TMX, sorted for git. No engine is asked and no notebook is executed.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("source", help="the folder with conf.py")
    command.add_argument(
        "-l", "--language", required=True, help="the language to write, such as zh"
    )
    command.add_argument("-o", "--output", required=True, help="the TMX file to write")
    command.add_argument(
        "--missing",
        action="store_true",
        help="write the segments that have no translation instead, sources only",
    )
    command.add_argument("--json", action="store_true", help="report as JSON")
    command.set_defaults(run=export_command)
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
    _add_terminology(commands)
    _add_doctor(commands)
    _add_parallel_data(commands)
    _add_batch(commands)
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


def _add_parallel_data(commands: Any) -> None:
    command = commands.add_parser(
        "parallel-data",
        help="bring pairs of texts to Amazon Translate, to customise its translations",
        description="Bring pairs of texts to Amazon Translate as parallel data, which"
        " customise the translations of the engine amazon-batch. The service reads one"
        " file at a time, which takes minutes.",
        epilog=PARALLEL_DATA_EXAMPLES,
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
    create.set_defaults(run=create_command)
    update = actions.add_parser(
        "update",
        help="put another content under a name",
        description="Put the pairs of a file in the place of the former ones. Until"
        " they are imported, jobs use the former ones, and for good if that fails.",
    )
    update.add_argument("name", help="the name of the parallel data")
    update.add_argument("file", help="the pairs: TMX, CSV or TSV")
    update.set_defaults(run=update_command)
    for action in (create, update):
        _add_import_options(action)
    status = actions.add_parser(
        "status",
        help="show what the service made of parallel data",
        description="Show the state of parallel data, how many pairs were imported,"
        " and what the service says of those that were not.",
    )
    status.set_defaults(run=parallel_data_status_command)
    lists = actions.add_parser(
        "list",
        help="list what the service has",
        description="List the parallel data of the account in the region.",
    )
    lists.set_defaults(run=parallel_data_list_command)
    delete = actions.add_parser(
        "delete",
        help="delete parallel data",
        description="Delete parallel data in Amazon Translate. Its file in S3 stays.",
    )
    delete.set_defaults(run=parallel_data_delete_command)
    for action in (status, delete):
        action.add_argument("name", help="the name of the parallel data")
    for action in (create, update, status, lists, delete):
        action.add_argument(
            "--region", help="the AWS region; without it, the configured one"
        )
        action.add_argument(
            "--profile", help="the profile of the AWS configuration with credentials"
        )
        action.add_argument(
            "--poll",
            type=float,
            default=upload.FIRST_PAUSE_S,
            metavar="SECONDS",
            help="how long to wait before the state is asked for again; grows",
        )
        action.add_argument("--json", action="store_true", help="report as JSON")


def _add_build(commands: Any) -> None:
    command = commands.add_parser(
        "build",
        help="build a book in several languages, as one site",
        description="Build a book in its own language and, in folders below, in others:"
        " each by a sphinx-build of its own, several at a time. With the engine"
        " amazon-batch, languages that lack the same share a batch job. A language that"
        " fails does not end the others, but the exit status tells.",
        epilog=BUILD_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("source", help="the folder with conf.py")
    command.add_argument("out", help="the folder for the site")
    command.add_argument(
        "options", nargs="*", help="options of sphinx-build, after two hyphens"
    )
    command.add_argument(
        "-l",
        "--language",
        required=True,
        action="append",
        help="a language to translate to, such as zh; may be given several times",
    )
    command.add_argument(
        "-b", "--builder", default="html", help="the builder of Sphinx, such as dirhtml"
    )
    command.add_argument(
        "--processes",
        type=int,
        help="how many languages to build at a time; by default, one per processor",
    )
    command.add_argument("--json", action="store_true", help="report as JSON")
    command.set_defaults(run=build_command)


def _add_batch(commands: Any) -> None:
    command = commands.add_parser(
        "batch",
        help="translate by batch jobs of Amazon Translate, outside of a build",
        description="Start, watch, collect and stop the batch jobs of a book whose"
        " engine is amazon-batch. A build does the same by itself; these commands are"
        " for what runs by the clock.",
        epilog=BATCH_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    submit = actions.add_parser(
        "submit",
        help="start jobs for what languages lack",
        description="Read a book and start a batch job for what no job has translated,"
        " however little it is. Languages that lack the same share a job.",
    )
    submit.add_argument(
        "-l",
        "--language",
        required=True,
        action="append",
        help="a language to translate to, such as zh; may be given several times",
    )
    submit.add_argument(
        "--refresh",
        action="store_true",
        help="translate again what was made with other parallel data",
    )
    submit.add_argument(
        "--yes", action="store_true", help="agree to the price of --refresh"
    )
    submit.set_defaults(run=submit_command)
    status = actions.add_parser(
        "status",
        help="show the jobs of a book",
        description="Show the jobs that are not done, as the service says.",
    )
    status.add_argument("--all", action="store_true", help="show what is done too")
    status.set_defaults(run=batch_status_command)
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
    collect.set_defaults(run=collect_command)
    stop = actions.add_parser(
        "stop",
        help="end jobs",
        description="Ask the service to end jobs. What they have translated so far is"
        " collected, and may have to be paid for.",
    )
    stop.set_defaults(run=stop_command)
    for action in (submit, status, collect, stop):
        action.add_argument("source", help="the folder with conf.py")
        action.add_argument("--json", action="store_true", help="report as JSON")
    stop.add_argument("job", nargs="*", help="ids of jobs; without any, all")


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
