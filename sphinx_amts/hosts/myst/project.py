"""Running mystmd, or Jupyter Book 2: to read a book, and to build an edition of it."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, TextIO

from sphinx_amts.book import listing
from sphinx_amts.config import PREFIX
from sphinx_amts.errors import AmtsError, MissingHostError
from sphinx_amts.files import read_json, replace_file
from sphinx_amts.hosts.myst.config import NAME, index_of, read_config
from sphinx_amts.hosts.myst.page import name_of

LANGUAGE = "AMTS_LANGUAGE"
COLLECT = "AMTS_COLLECT"
STATE = "AMTS_STATE"
"""Variables that the plugin and its worker read: the language of a build; the file to
which pages are written, where nothing is to be built; the folder for the `Result`."""
INSTALL = "python -m pip install 'jupyter-book>=2'"
MODULES = ("jupyter_book", "mystmd_py")
"""The packages of PyPI that bring mystmd; both are programs."""
SHOWN_LINES = 20  # of what mystmd said, where it failed

Pages = Sequence[Mapping[str, Any]]
"""What the plugin has written down: ``do`` is the stage, the rest a page."""


def command() -> list[str]:
    """Return how mystmd is started here; raises `MissingHostError`."""
    for name in MODULES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        folder = Path(spec.origin).parent
        if any(folder.glob("*.cjs")) or any(folder.glob("dist/*.cjs")):
            return [sys.executable, "-m", name]
    found = shutil.which("jupyter-book") or shutil.which("myst")
    if found is None or importlib.util.find_spec("jupyter_book"):  # that is version 1
        found = shutil.which("myst")
    if found is None:
        raise MissingHostError(
            f"this needs mystmd or Jupyter Book 2, which are not installed: {INSTALL}"
        )
    return [found]


def environment(variables: Mapping[str, str | None]) -> dict[str, str]:
    """Return the environment of a build; a variable without a value is left out.

    Programs beside this Python can be found: node may be one of them.
    """
    found = {**os.environ, "AMTS_PYTHON": sys.executable, "PYTHONUTF8": "1"}
    beside = str(Path(sys.executable).parent)
    found["PATH"] = os.pathsep.join([found.get("PATH", os.defpath), beside])
    for name, value in variables.items():
        found.pop(name, None)
        if value is not None:
            found[name] = value
    return found


def read_pages(folder: Path, warnings: TextIO) -> Pages:
    """Read a book as its build would; no code is executed, no site is written.

    Raises `AmtsError`.
    """
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "pages"
        done = subprocess.run(
            [*command(), "build", "--site"],
            cwd=folder,
            env=environment({COLLECT: str(file), LANGUAGE: None}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            lines = []
    pages = [json.loads(line) for line in lines]
    read = {page["path"] for page in pages if page["do"] == "document"}
    linked = {page["path"] for page in pages if page["do"] == "project"}
    if not read or read != linked:
        # Without a template, mystmd fails after that, which is no matter here.
        raise AmtsError(f"{folder}: {_reason(pages)}\n{_tail(done.stdout)}")
    for line in done.stdout.splitlines():
        if "amts" in line and "loaded:" not in line:
            warnings.write(f"{line}\n")
    return pages


def _reason(pages: Pages) -> str:
    if pages:
        return "mystmd cannot read it:"
    return (
        "mystmd has not loaded amts.mjs. Is it in project.plugins of myst.yml?"
        " `sphinx-amts init` puts it there. What mystmd said:"
    )


def _tail(text: str) -> str:
    lines = text.rstrip().splitlines()[-SHOWN_LINES:]
    return "\n".join(f"  {line}" for line in lines)


def build(
    folder: Path, out: Path, place: str, language: str | None, options: Sequence[str]
) -> int:
    """Build an edition as HTML and put it into ``out``; return the exit status.

    ``place`` is where the edition is below the site's root, with a slash at its end.
    """
    settings, others = _settings_in(options)
    base = os.environ.get("BASE_URL", "").rstrip("/")
    with tempfile.TemporaryDirectory() as scratch:
        with suppress(OSError):  # what an earlier build for the desk has found out
            shutil.copy(out / ".amts" / listing.NAME, scratch)
        variables: dict[str, str | None] = {
            LANGUAGE: language,
            STATE: scratch,
            "BASE_URL": f"{base}/{place}".rstrip("/") or None,
            **settings,
        }
        status = subprocess.run(
            [*command(), "build", "--html", *others],
            cwd=folder,
            env=environment(variables),
            stdin=subprocess.DEVNULL,
            check=False,
        ).returncode
        if status:
            return status
        if (Path(scratch) / listing.NAME).exists():
            listing.set_paths(Path(scratch), _addresses(folder))
        _publish(folder / "_build" / "html", out, is_whole=bool(place))
        for file in Path(scratch).iterdir():
            text = file.read_text(encoding="utf-8")
            (out / ".amts").mkdir(exist_ok=True)
            replace_file(out / ".amts" / file.name, [text])
    return 0


def _addresses(folder: Path) -> dict[str, str]:
    """Return the addresses of pages by their names, from what mystmd has written."""
    index = index_of(read_config(folder / NAME), folder)
    found = {}
    for path in (folder / "_build" / "site" / "content").glob("*.json"):
        try:
            page = read_json(path.read_text(encoding="utf-8"))
            file, slug = str(page["location"]), str(page["slug"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # not mystmd's
        place = slug.removesuffix(".index").replace(".", "/")
        name = name_of(PurePosixPath(file.lstrip("/")))
        found[name] = "" if name == index else f"{place}/"
    return found


def _publish(built: Path, out: Path, *, is_whole: bool) -> None:
    """Put what was built into a folder; what an earlier build left there goes.

    The source's edition has the others in folders below it: there, nothing goes.
    """
    if is_whole and (out / ".amts").is_dir():
        shutil.rmtree(out)
    shutil.copytree(built, out, dirs_exist_ok=True)


def _settings_in(options: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Take settings, as ``-D amts_engine=pseudo``, out of options, as variables."""
    settings, others = {}, []
    rest: Iterator[str] = iter(options)
    for option in rest:
        if option != "-D":
            others.append(option)
            continue
        name, _, value = next(rest, "").partition("=")
        if not name.startswith(PREFIX):
            raise AmtsError(f"-D {name}: it is no setting of sphinx_amts")
        settings[name.upper()] = value
    return settings, others
