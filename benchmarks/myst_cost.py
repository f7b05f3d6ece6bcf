"""What an edition costs a build by mystmd, once all is known: pairs of builds in turns.

::

    python benchmarks/myst_cost.py BOOK --pairs 5

copies the folder BOOK, which has a ``myst.yml`` with ``amts.mjs`` among its plugins and
a theme that needs no network. It translates the copy once, by the engine ``pseudo``,
then builds it by turns as it is and in Spanish, and prints the seconds of each pair,
their ratio, the ratio of the fastest builds, which on a busy machine is the one to
trust, and what the worker's process held at most.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sphinx_amts.hosts.myst import project


def build(folder: Path, language: str | None) -> float:
    """Build a site; return how many seconds that took."""
    variables = {project.LANGUAGE: language, "AMTS_ENGINE": "pseudo"}
    began = time.perf_counter()
    subprocess.run(
        [*project.command(), "build", "--site"],
        cwd=folder,
        env=project.environment(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began


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


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("book", type=Path)
    parser.add_argument("--pairs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "book"
        made = shutil.ignore_patterns("_build", ".amts")
        shutil.copytree(arguments.book, folder, ignore=made)
        build(folder, "es")
        pairs = []
        for _ in range(arguments.pairs):
            plain, warm = build(folder, None), build(folder, "es")
            pairs.append((plain, warm))
            print(f"plain {plain:6.2f} s  warm {warm:6.2f} s  {warm / plain:.3f}")
        print(f"median {statistics.median(warm / plain for plain, warm in pairs):.3f}")
        plain, warm = map(min, zip(*pairs, strict=True))
        print(f"fastest {warm / plain:.3f}")
        print(f"worker {worker_memory(folder):.0f} MiB")


if __name__ == "__main__":
    main()
