"""What a book of many pages costs beside its plain build, and how that grows.

    python benchmarks/large_book.py 500 2000
    python benchmarks/large_book.py 10000

For each number of pages: a book of 20 segments a page is written, built plainly, built
in another language with an empty memory (identity engine), and both anew, with a full
one, where Sphinx finds what it wrote before; then come the commands that only look, the
first of which has to read the book. Each is compared with the last plain build. A
figure is CPU time of all processes in seconds and peak memory of the largest in MB.
From one number to the next, time should grow as the pages do; what grows much faster is
marked.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

TEXTS = 19  # of a page, beside its title
FOLDER = 100  # pages
LANGUAGE = "es"
TOO_FAST = 1.3  # growth of time for one of pages
CONF = """\
project = "Large"
extensions = ["sphinx_amts"]
amts_engine = "identity"
html_theme = "basic"
html_copy_source = False
"""
PLAIN = ("-C", "-D", "html_theme=basic", "-D", "html_copy_source=0")
"""The same without the extension."""


class Spent(NamedTuple):
    """What a command has cost."""

    cpu_s: float
    peak_mb: float


def words(random_: random.Random, count: int) -> str:
    """Return a sentence that nothing else has."""
    made = ("".join(random_.choices("aeioubdklmnrst", k=6)) for _ in range(count))
    return " ".join(made).capitalize() + "."


def write(folder: Path, pages: int) -> None:
    """Write a book with folders, links between pages, code and lists."""
    random_ = random.Random(1)
    folders = range(-(-pages // FOLDER))
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    tree = "\n".join(f"   f{each}/index" for each in folders)
    toctree = f".. toctree::\n   :maxdepth: 1\n\n{tree}\n"
    (folder / "index.rst").write_text(f"Large\n=====\n\n{toctree}", encoding="utf-8")
    for each in folders:
        inner = folder / f"f{each}"
        inner.mkdir()
        names = [f"p{n}" for n in range(min(FOLDER, pages - each * FOLDER))]
        tree = "\n".join(f"   {name}" for name in names)
        title = f"Part {each}\n=========\n\n"
        (inner / "index.rst").write_text(
            f"{title}.. toctree::\n   :maxdepth: 1\n\n{tree}\n", encoding="utf-8"
        )
        for name in names:
            texts = [f"{words(random_, 12)} See :doc:`index`." for _ in range(TEXTS)]
            title = words(random_, 3)
            body = "\n\n".join([title, "=" * len(title), *texts, "::\n\n   code()"])
            body = body.replace(f"{title}\n\n", f"{title}\n", 1)
            (inner / f"{name}.rst").write_text(f"{body}\n", encoding="utf-8")


def _watch(process: subprocess.Popen[bytes], peaks: list[float]) -> None:
    """Note the most memory of a process, which only its end tells."""
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    peaks += [usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]


def spend(command: Sequence[str | Path], folder: Path) -> Spent:
    """Run a command and return what it has cost."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", *map(str, command)],
            cwd=folder,
            stdout=said,
            stderr=said,
        )
        spent: list[float] = []
        thread = threading.Thread(target=_watch, args=(process, spent))
        thread.start()
        thread.join()
        if process.returncode:
            said.seek(0)
            raise SystemExit(said.read().decode(errors="replace")[-3000:])
    return Spent(*spent)


def measure(work: Path, pages: int) -> dict[str, Spent]:
    """Measure a book of so many pages."""
    source = work / f"book-{pages}"
    source.mkdir()
    write(source, pages)
    sphinx = ["sphinx", "-q", "-E", "-b", "html"]
    localized = [*sphinx, "-D", f"language={LANGUAGE}"]
    plain = [*localized, *PLAIN, source, work / "plain"]
    commands: dict[str, Sequence[str | Path]] = {
        "plain": plain,
        "empty memory": [*localized, source, work / LANGUAGE],
        "plain, again": plain,
        "full memory": [*localized, source, work / LANGUAGE],
        "first look": ["sphinx_amts", "status", source, "-l", LANGUAGE, "--json"],
        "status": ["sphinx_amts", "status", source, "-l", LANGUAGE, "--json"],
        "estimate": ["sphinx_amts", "estimate", source, "-l", LANGUAGE],
        "export": ["sphinx_amts", "export", source, "-l", LANGUAGE, "-o", "es.tmx"],
    }
    found = {}
    for name, command in commands.items():
        began = time.monotonic()
        found[name] = spend(command, work)
        base = found.get("plain, again", found["plain"])
        ratio = found[name].cpu_s / base.cpu_s
        memory = found[name].peak_mb / base.peak_mb
        print(
            f"{pages:6,} pages  {name:13} {found[name].cpu_s:8.1f} s CPU"
            f" ({ratio:.2f} of plain), {found[name].peak_mb:6.0f} MB ({memory:.2f}),"
            f" {time.monotonic() - began:.0f} s in all",
            flush=True,
        )
    shutil.rmtree(source)
    return found


def main() -> None:
    """Measure books, and how cost grows from one to the next."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", type=int, nargs="+")
    arguments = parser.parse_args()
    before: dict[str, Spent] = {}
    last = 0
    for pages in arguments.pages:
        with tempfile.TemporaryDirectory() as work:
            found = measure(Path(work), pages)
        for name, spent in found.items():
            if name in before:
                growth = spent.cpu_s / before[name].cpu_s / (pages / last)
                mark = "  TOO FAST" if growth > TOO_FAST else ""
                print(f"{name:13} grows by {growth:.2f} for one of pages{mark}")
        before, last = found, pages


if __name__ == "__main__":
    main()
