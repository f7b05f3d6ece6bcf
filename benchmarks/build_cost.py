"""What a localized build costs beside the plain build of the same book, in CPU time.

    python benchmarks/build_cost.py docs
    python benchmarks/build_cost.py docs --runs 9 --set nb_execution_mode=off

Every figure is the median of ratios, each of two builds run one after the other, in
turns in either order, because the speed of a machine drifts. The book is copied;
nothing is written beside it.

* warm, fresh: everything known, environment read anew (``-E``) / plain, the same
* warm, no change: everything known, nothing changed / plain, the same
* warm, longer: as the first, with texts a third longer, which Sphinx has to write too
* cold, identity: an empty memory, identity engine / plain, ``-E``
* cold, gathered: an empty memory, an engine that wants all texts at once / plain
* gettext: people's catalogs with the same text, by Sphinx alone / plain, ``-E``
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from babel.messages.pofile import read_po, write_po

from sphinx_amts.engines.base import Engine

LANGUAGE = "es"  # has interface texts, and no word splitter of its own to start
MARKING = "build_cost:Marking"
TARGETS = {
    "warm, fresh": 1.05,
    "warm, no change": 1.05,
    "cold, identity": 1.35,
}


class Marking(Engine):
    """Answers with the source and a sign: all is put in, and no word is another."""

    name = "marking"
    repeats = True
    mark = "~"

    def signature(self, pair: object) -> str:
        """Return the name."""
        return self.name

    def translate(self, sources: Sequence[str], pair: object) -> list[str]:
        """Answer with the sources and the mark."""
        return [source + self.mark for source in sources]


class Gathering(Marking):
    """Answers with the sources, but asks for the texts of the whole book."""

    name = "gathering"
    gathers = True
    mark = ""


class Bench:
    """A copy of a book and its builds."""

    def __init__(self, source: Path, work: Path, settings: Sequence[str]) -> None:
        self.plain_source = work / "plain"
        self.source = work / "localized"
        self.catalogs_source = work / "catalogs"
        self.work = work
        self.settings = [part for each in settings for part in ("-D", each)]
        for copy in (self.plain_source, self.source, self.catalogs_source):
            shutil.copytree(
                source, copy, ignore=shutil.ignore_patterns(".amts", "_build")
            )
        with (self.source / "conf.py").open("a", encoding="utf-8") as conf:
            conf.write('\nextensions = [*extensions, "sphinx_amts"]\n')

    def folder(self, name: str) -> Path:
        """Return where a build goes; MyST-NB writes beside that folder too."""
        return self.work / f"out-{name}" / "pages"

    def build(self, source: Path, name: str, *arguments: str) -> float:
        """Run sphinx-build; return its CPU time in seconds, children included."""
        command = [sys.executable, "-m", "sphinx", "-q", *self.settings, *arguments]
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parent),
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "",  # imports as those of an installed package
        }
        before = os.times()
        done = subprocess.run(
            [*command, str(source), str(self.folder(name))],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        after = os.times()
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}\n{done.stderr[-3000:]}")
        return (
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system
        )

    def plain(self, *arguments: str) -> float:
        """Build without the extension."""
        return self.build(
            self.plain_source, "plain", *arguments, "-D", f"language={LANGUAGE}"
        )

    def localized(self, engine: str, *arguments: str) -> float:
        """Build with the extension."""
        options = (f"language={LANGUAGE}", f"amts_engine={engine}")
        return self.build(
            self.source,
            engine.replace(":", "-"),
            *arguments,
            *(part for each in options for part in ("-D", each)),
        )

    def cold(self, engine: str) -> float:
        """Build with an empty memory."""
        shutil.rmtree(self.source / ".amts", ignore_errors=True)
        return self.localized(engine, "-E", "-a")

    def gettext(self) -> float:
        """Build with catalogs, without the extension."""
        return self.build(
            self.catalogs_source, "gettext", "-E", "-a", "-D", f"language={LANGUAGE}"
        )

    def write_catalogs(self) -> None:
        """Give the book catalogs in which every message is translated."""
        self.build(self.plain_source, "pot", "-b", "gettext")
        for pot in sorted(self.folder("pot").rglob("*.pot")):
            with pot.open("rb") as file:
                catalog = read_po(file, locale=LANGUAGE)
            for message in catalog:
                if message.id and isinstance(message.id, str):
                    message.string = f"{message.id} \u2026"
            relative = pot.relative_to(self.folder("pot")).with_suffix(".po")
            path = (
                self.catalogs_source / "locales" / LANGUAGE / "LC_MESSAGES" / relative
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                write_po(file, catalog)


def measure_pair(
    ours: Callable[[], float], plain: Callable[[], float], run: int
) -> tuple[float, float]:
    """Measure both, in turns which one first: a machine may get slower or faster."""
    if run % 2:
        theirs = plain()
        return ours(), theirs
    return ours(), plain()


def main() -> int:
    """Measure and print; status 1 where a target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("book", type=Path, help="the folder with conf.py")
    parser.add_argument("--runs", type=int, default=5, help="pairs for each row")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="-D of all builds",
    )
    parser.add_argument("--row", action="append", help="only this row; may be repeated")
    arguments = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments.book, Path(folder), arguments.set)
        bench.write_catalogs()
        bench.plain()
        bench.gettext()
        bench.localized(MARKING)
        bench.localized("pseudo")
        rows = {
            "warm, fresh": (
                lambda: bench.localized(MARKING, "-E", "-a"),
                lambda: bench.plain("-E", "-a"),
            ),
            "warm, no change": (lambda: bench.localized(MARKING), bench.plain),
            "warm, longer": (
                lambda: bench.localized("pseudo", "-E", "-a"),
                lambda: bench.plain("-E", "-a"),
            ),
            "gettext": (bench.gettext, lambda: bench.plain("-E", "-a")),
            "cold, identity": (
                lambda: bench.cold("identity"),
                lambda: bench.plain("-E", "-a"),
            ),
            "cold, gathered": (
                lambda: bench.cold("build_cost:Gathering"),
                lambda: bench.plain("-E", "-a"),
            ),
        }
        print(
            f"{'':<18}{'ratio':>8}{'least':>8}{'most':>8}{'plain s':>10}{'target':>8}"
        )
        for name, (ours, plain) in rows.items():
            if arguments.row and name not in arguments.row:
                continue
            bench_pairs = [
                measure_pair(ours, plain, run) for run in range(arguments.runs)
            ]
            ratios = [mine / theirs for mine, theirs in bench_pairs]
            ratio = statistics.median(ratios)
            target = TARGETS.get(name)
            missed += target is not None and ratio > target
            print(
                f"{name:<18}{ratio:>8.3f}{min(ratios):>8.3f}{max(ratios):>8.3f}"
                f"{statistics.median(each for _, each in bench_pairs):>10.2f}"
                f"{target or '':>8}",
                flush=True,
            )
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
