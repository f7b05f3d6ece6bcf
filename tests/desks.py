"""Translators' desks to test with: the real command, on a copy of a book."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from books import ROOTS, environment


@dataclass(frozen=True)
class Desk:
    """A desk that serves."""

    url: str  # ends with a slash
    token: str
    book: Path

    @property
    def entry(self) -> str:
        """The address that lets a browser in."""
        return f"{self.url}?token={self.token}"

    def memory(self) -> str:
        """Return the text of the memory file."""
        return (self.book / "people.tmx").read_text(encoding="utf-8")


def copied_book(folder: Path, theme: str, change: Callable[[Path], object]) -> Path:
    """Copy ``roots/test-site`` with a theme, and change it further."""
    shutil.copytree(ROOTS / "test-site", folder)
    with (folder / "conf.py").open("a", encoding="utf-8") as conf:
        conf.write(f"html_theme = {theme!r}\n")
    change(folder)
    return folder


@contextmanager
def serving_desk(book: Path, language: str) -> Iterator[Desk]:
    """Run ``sphinx-amts review`` for a book until the end of the block."""
    command = [sys.executable, "-m", "sphinx_amts", "review", str(book), "-l", language]
    options = ["--json", "--no-browser", "--port", "0", "--memory"]
    with subprocess.Popen(
        [*command, *options, str(book / "people.tmx")],
        env=environment(),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            yield Desk(said["url"], said["token"], book)
        finally:
            process.terminate()
