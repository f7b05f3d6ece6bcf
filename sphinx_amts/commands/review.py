"""``sphinx-amts review``: the translators' desk."""

from __future__ import annotations

import argparse
import json
import os
import sys
import webbrowser
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx_amts.commands.arguments import add_book, add_json
from sphinx_amts.config import PREFIX, Settings
from sphinx_amts.errors import AmtsError
from sphinx_amts.formats import tmx
from sphinx_amts.hosts.host import host_of
from sphinx_amts.memory.fetched import own_paths
from sphinx_amts.text.languages import LanguagePair, matches

if TYPE_CHECKING:
    from sphinx_amts.review.serving import Opened

INSTALL = "python -m pip install 'sphinx_amts[review]'"
PASSWORD = "AMTS_REVIEW_PASSWORD"
"""Variable with the password of a desk that others can reach."""
SHORTEST = 12  # characters of a password

EXAMPLES = """\
examples:
  sphinx-amts review docs -l zh
      build the book in Chinese and open it in a browser, to be read and corrected
  sphinx-amts review docs -l zh --author "Li Hua" --memory translations/zh.tmx
      keep the corrections in this file, with a name
"""


def add(commands: Any) -> None:
    """Add the command to those of the command line."""
    command = commands.add_parser(
        "review",
        help="open a book in a browser, to read its translation and correct it",
        description="Build one edition of a book and show it on this machine, as a desk"
        " for translators: each block can be judged and corrected where it stands, the"
        " most doubtful first. What is saved goes to a memory file at once. Pages load"
        " again when sources change.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_book(command)
    command.add_argument(
        "options", nargs="*", help="options of sphinx-build, after two hyphens"
    )
    command.add_argument(
        "-l", "--language", required=True, help="the language to review, such as zh"
    )
    command.add_argument(
        "--memory",
        help="the TMX file for what people write; by default, of amts_memory_files the"
        " one that is named after the language, else the first",
    )
    command.add_argument("--author", default="", help="your name, kept with each text")
    command.add_argument(
        "--out", help="where to build the edition; by default, below amts_cache_dir"
    )
    command.add_argument(
        "--port",
        type=int,
        help="the port of this machine, 0 for any that is free (default: 8765, or any"
        " if that is taken)",
    )
    command.add_argument(
        "--host",
        default="",
        help="an address of this machine, for others to reach the desk by; needs a"
        f" password in the variable {PASSWORD}",
    )
    command.add_argument(
        "--no-browser", action="store_true", help="do not open the browser"
    )
    add_json(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the desk, until it is interrupted."""
    password = _password(arguments.host)
    try:
        from sphinx_amts.review.building import Workshop
        from sphinx_amts.review.serving import LOOPBACK, Where, serve
        from sphinx_amts.review.subject import Subject
    except ImportError as error:
        raise AmtsError(f"{error.name} is missing. Install it: {INSTALL}") from error
    source = Path(arguments.source)
    host = host_of(source)
    settings = host.settings(source)
    pair = _pair(settings, arguments.language)
    memory = _memory(settings, source, pair, arguments.memory)
    options = []
    if memory not in own_paths(settings.memory_files, source):
        names = [*settings.memory_files, os.path.relpath(memory, source)]
        settings = replace(settings, memory_files=tuple(names))
        options = ["-D", f"{PREFIX}memory_files={','.join(names)}"]
        _say(f"name {names[-1]} in amts_memory_files: other builds do not know it")
    options += arguments.options
    out = Path(arguments.out or source / settings.cache_dir / "review" / pair.target)
    workshop = Workshop(
        host.desk_command(source, out, arguments.language, options),
        out,
        host.state(out),
    )
    _say(f"building {source} in {arguments.language}")
    subject = Subject.of(settings, source, pair)
    where = Where(arguments.host or LOOPBACK, arguments.port, password)
    with suppress(KeyboardInterrupt):  # that is how one closes it
        ready = _ready(arguments, password)
        serve(subject, workshop, memory, where, ready, arguments.author)
    return 0


def _ready(arguments: argparse.Namespace, password: str) -> Any:
    def ready(opened: Opened) -> None:
        key = "" if password else f"?token={opened.token}"
        address = f"{opened.url}{key}"
        if arguments.json:
            print(json.dumps(vars(opened)), flush=True)
        else:
            print(f"The desk is open at {address} (Ctrl+C closes it)", flush=True)
        if not arguments.no_browser:
            webbrowser.open(address)

    return ready


def _say(text: str) -> None:
    print(f"sphinx-amts: {text}", file=sys.stderr)


def _password(host: str) -> str:
    """Return the password that a desk of several people needs; empty on loopback."""
    if not host or host in ("127.0.0.1", "localhost", "::1"):
        return ""
    password = os.environ.get(PASSWORD, "")
    if len(password) < SHORTEST:
        raise AmtsError(
            f"--host {host}: others could write to the book's memory. Put a password of"
            f" at least {SHORTEST} characters into the variable {PASSWORD}."
        )
    return password


def _pair(settings: Settings, language: str) -> LanguagePair:
    try:
        pair = LanguagePair.of(settings.source_language, language)
    except ValueError as error:
        raise AmtsError(f"--language {language}: {error}") from error
    if pair.is_same:
        raise AmtsError(f"--language {language}: that is the language of the book")
    return pair


def _memory(
    settings: Settings, source: Path, pair: LanguagePair, given: str | None
) -> Path:
    """Return the memory file that corrections go to; an empty one where it is not."""
    files = own_paths(settings.memory_files, source)
    found = [path for path in files if path.suffix.lower() == ".tmx"]
    named = [path for path in found if matches(path.stem, pair.target)]
    if given is None and not found:
        raise AmtsError(
            "amts_memory_files has no TMX file that corrections could go to. Name one,"
            f" in {host_of(source).file}, or with --memory."
        )
    path = Path(given) if given is not None else (named or found)[0]
    if path.suffix.lower() != ".tmx":
        raise AmtsError(f"--memory {path}: a TMX file is needed, such as zh.tmx")
    same = [each for each in files if each.resolve() == path.resolve()]
    path = same[0] if same else path
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        tmx.dump([], path, source_language=pair.source)
        _say(f"{path} is new: corrections go there")
    return path
