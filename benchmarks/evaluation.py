"""Measure scoring beside sacrebleu's own command, and the search for similar pairs.

Usage::

    python benchmarks/evaluation.py FOLDER_OF_MARKDOWN [--segments 100000]

Lines of the files are drawn as references; hypotheses lack some of their characters. It
prints what a query costs among as many pairs, made of halves of lines, then the
processor time of ``sacrebleu`` and of ``sphinx-amts evaluate`` for each metric.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median, quantiles

from sphinx_amts.memory.retrieval import Retrieval
from sphinx_amts.text.tagged import escape

LOST = 0.2  # share of the characters
QUERIES = 500
FOUND = 5  # pairs for a query


def read_lines(folder: Path) -> list[str]:
    """Return lines of prose."""
    found = [
        line
        for path in sorted(folder.rglob("*.md"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [line for line in found if 25 < len(line) < 200 and line[0].isalpha()]


def cpu_s(command: list[str]) -> float:
    """Run a command; return the processor's time that it took."""
    before = getrusage(RUSAGE_CHILDREN).ru_utime
    subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)
    return getrusage(RUSAGE_CHILDREN).ru_utime - before


def measure_scores(lines: list[str], count: int) -> None:
    """Score drawn lines by both commands."""
    draw = random.Random(1)
    references = [draw.choice(lines) for _ in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        people, machine = Path(folder, "people.txt"), Path(folder, "machine.txt")
        people.write_text("\n".join(references) + "\n", encoding="utf-8")
        lossy = ["".join(c for c in r if draw.random() > LOST) for r in references]
        machine.write_text("\n".join(lossy) + "\n", encoding="utf-8")
        files = [str(people), str(machine)]
        for metric in ("bleu", "chrf", "ter"):
            theirs = cpu_s(["sacrebleu", files[0], "-i", files[1], "-m", metric])
            options = ["-t", "en", "--metrics", metric, "--samples", "0"]
            ours = cpu_s(["sphinx_amts", "evaluate", *files, *options])
            print(f"{metric}: sacrebleu {theirs:.1f} s, evaluate {ours:.1f} s")


def measure_retrieval(lines: list[str], count: int) -> None:
    """Search among pairs that are made of halves of lines."""
    draw = random.Random(2)
    sources: set[str] = set()
    while len(sources) < count:
        one, other = (draw.choice(lines).split() for _ in range(2))
        words = one[: max(3, len(one) // 2)] + other[len(other) // 2 :]
        sources.add(escape(" ".join(words)))
    began = time.process_time()
    memory = Retrieval(((each, each) for each in sorted(sources)), "en")
    print(f"index of {len(memory)} pairs: {time.process_time() - began:.1f} s")
    times = []
    for query in draw.sample(lines, QUERIES):
        began = time.process_time()
        memory.find(escape(query), FOUND)
        times.append(1000 * (time.process_time() - began))
    high = quantiles(times, n=100)[98]
    print(f"a query: median {median(times):.1f} ms, 99 of 100 under {high:.1f} ms")


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--segments", type=int, default=100_000)
    arguments = parser.parse_args()
    lines = read_lines(arguments.folder)
    measure_retrieval(lines, arguments.segments)
    measure_scores(lines, arguments.segments)


if __name__ == "__main__":
    main()
