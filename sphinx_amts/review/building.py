"""Building the edition for the desk, at first and after each change, in a thread.

A build is the host's own, in a process of its own, with the engine of the book: what is
missing is asked for as ``sphinx-amts build`` would. It is told by the environment that
it is for a desk, and lists what it has come to.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sphinx_amts.book import listing
from sphinx_amts.book.purpose import REVIEW
from sphinx_amts.errors import AmtsError
from sphinx_amts.review.lock import locked

QUIET_S = 0.3  # seconds without a change after which a build begins
WIDTH = 78  # of the line that says what a build does
WARNINGS = ("WARNING: ", "ERROR: ", "CRITICAL: ")


@dataclass(frozen=True)
class Workshop:
    """What builds the edition: a command, and where it puts what."""

    command: Sequence[str]
    out: Path  # the pages
    state: Path  # the listing

    def build(self, tell: Callable[[str], object] = len) -> tuple[int, str]:
        """Build; return the exit status and what was said, of which ``tell`` hears.

        A build that outlives its desk has the folder for itself until it ends.
        """
        variables = {k: v for k, v in os.environ.items() if k != "AMTS_LANGUAGE"}
        self.out.parent.mkdir(parents=True, exist_ok=True)
        with locked(self.out.with_name(f".{self.out.name}.lock")) as lock:
            process = subprocess.Popen(
                self.command,
                env={**variables, REVIEW: "1", "PYTHONUTF8": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                pass_fds=() if os.name == "nt" else (lock.fileno(),),
            )
            said = []
            with process:
                for line in process.stdout or ():
                    said.append(line)
                    tell(line)
        return process.returncode, "".join(said)

    def first(self) -> listing.Listing:
        """Build, and return what that has listed; raises `AmtsError`."""
        is_seen = sys.stderr.isatty()
        status, said = self.build(_show_last if is_seen else len)
        if is_seen:
            _show_last("")
        if status:
            raise AmtsError(f"the book cannot be built:\n{said.rstrip()}")
        show(said)
        return listing.read(self.state)


def _show_last(line: str) -> None:
    """Show what a build does now, in the place of what it did before."""
    sys.stderr.write(f"\r\x1b[K{line.rstrip()[:WIDTH]}")
    sys.stderr.flush()


def show(said: str) -> None:
    """Show what a build has warned of."""
    for line in said.splitlines():
        if any(each in line for each in WARNINGS):
            sys.stderr.write(f"{line}\n")


class Rebuilding:
    """Builds again, some time after it was asked to.

    ``changes`` tells how many changes there are when a build begins; ``built`` gets
    the listing, that number and the pages that are new, ``failed`` what was said.
    """

    def __init__(
        self,
        workshop: Workshop,
        changes: Callable[[], int],
        built: Callable[[listing.Listing, int, list[str]], object],
        failed: Callable[[str], object],
    ) -> None:
        self._workshop = workshop
        self._changes = changes
        self._built = built
        self._failed = failed
        self._wanted = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to wait for requests."""
        self._thread.start()

    def request(self) -> None:
        """Have the edition built again."""
        self._wanted.set()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            while self._wanted.is_set():  # more changes come, as from git
                self._wanted.clear()
                time.sleep(QUIET_S)
            self._build()

    def _build(self) -> None:
        changes, began = self._changes(), time.time()
        status, said = self._workshop.build()
        show(said)
        if status:
            self._failed(said)
            return
        try:
            found = listing.read(self._workshop.state)
        except AmtsError as error:
            self._failed(str(error))
            return
        new = [
            page.name
            for page in found.pages
            if _is_new(self._workshop.out / page.path, began)
        ]
        self._built(found, changes, new)


def _is_new(path: Path, began: float) -> bool:
    try:
        return path.stat().st_mtime >= began - 1  # clocks of disks are coarse
    except OSError:
        return False
