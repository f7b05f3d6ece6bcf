"""What an edition costs a build by mystmd, once all is known: pairs of builds in turns.

::

    python benchmarks/myst_cost.py BOOK --pairs 5

copies the folder BOOK, which has a ``myst.yml`` with ``amts.mjs`` among its plugins and
a theme that needs no network. It translates the copy once, by the engine ``pseudo``,
then builds it by turns as it is and in Spanish. For each pair it prints the seconds by
the clock and those of processors that mystmd took, which other programs disturb less;
then the medians of the ratios, and the ratios of the least. The worker runs beside
mystmd, on another processor: its seconds are not in mystmd's. Last comes what its
process held at most.

``--format html`` builds HTML of the site, too.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from sphinx_amts.hosts.myst import project


class Cost(NamedTuple):
    """What a build took, in seconds."""

    clock: float
    processor: float  # of mystmd


def build(folder: Path, language: str | None, form: str) -> Cost:
    """Build a site; return what that took."""
    variables = {project.LANGUAGE: language, "AMTS_ENGINE": "pseudo"}
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [*project.command(), "build", f"--{form}"],
        cwd=folder,
        env=project.environment(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    clock = time.perf_counter() - began
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return Cost(clock, user + system)


def worker_memory(folder: Path) -> float:
    """Return the MiB that a worker needs at most for a book that is known."""
    code = (
        "import sys, io, resource; from pathlib import Path;"
        " from sphinx_amts.hosts.myst.host import MystHost;"
        " MystHost().collect(Path(sys.argv[1]), 'es', io.StringIO());"
        " print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env=project.environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    unit = 1024 if sys.platform.startswith("linux") else 1024 * 1024
    return int(done.stdout) / unit


def _said(name: str, plain: Cost, warm: Cost) -> str:
    one, other = getattr(plain, name), getattr(warm, name)
    return f"{name}: plain {one:6.2f} s, warm {other:6.2f} s, {other / one:.3f};"


def _summary(name: str, pairs: list[tuple[Cost, Cost]]) -> str:
    found = [(getattr(one, name), getattr(other, name)) for one, other in pairs]
    median = statistics.median(warm / plain for plain, warm in found)
    plain, warm = map(min, zip(*found, strict=True))
    return f"{name}: median {median:.3f}, of the least {warm / plain:.3f}"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("book", type=Path)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--format", choices=["site", "html"], default="site")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "book"
        made = shutil.ignore_patterns("_build", ".amts")
        shutil.copytree(arguments.book, folder, ignore=made)
        build(folder, "es", arguments.format)
        pairs = []
        for _ in range(arguments.pairs):
            plain = build(folder, None, arguments.format)
            warm = build(folder, "es", arguments.format)
            pairs.append((plain, warm))
            print(" ".join(_said(name, plain, warm) for name in Cost._fields))
        for name in Cost._fields:
            print(_summary(name, pairs))
        print(f"worker {worker_memory(folder):.0f} MiB")


if __name__ == "__main__":
    main()
