"""Measure how long a corpus takes to be aligned, and the memory of who asks for it.

Usage::

    python benchmarks/corpora.py SOURCE TARGET [--documents 139 1000 2000] [--lines N]

SOURCE and TARGET are folders of Markdown with the same paths. They are multiplied until
there are so many documents; each copy has numbers of its own in its sentences, so that
its pairs are no other's. ``--scheduler ADDRESS`` has a cluster of Dask do it. The
processor time is of all processes of this computer, the memory of the first alone; it
is the most that it ever had. The last line is what the largest two say of 50,000
documents, if time and memory grow on as they do between them.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOAL = 50_000  # documents
_END = re.compile(r"([.。])$")
_RUN = """
import json, resource, sys, time
from sphinx_amts.cli import main
status = main(sys.argv[1:])
whose = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
own, children = map(resource.getrusage, whose)
times = [each.ru_utime + each.ru_stime for each in (own, children)]
print(json.dumps({"status": status, "own_s": times[0], "workers_s": times[1],
                  "megabytes": own.ru_maxrss / 1024}))
"""


def numbered(text: str, number: int, most: int | None = None) -> str:
    """Put a number at the end of what ends with a full stop, outside of code.

    Only ``most`` lines are taken.
    """
    lines, is_code = [], False
    for line in text.splitlines()[:most]:
        is_code ^= line.lstrip().startswith("```")
        made = line if is_code or not number else _END.sub(rf" {number}\1", line)
        lines.append(made)
    return "\n".join(lines) + "\n"


def multiply(
    folder: Path, to: Path, names: list[Path], documents: int, lines: int | None
) -> None:
    """Write copies of documents until there are enough."""
    for place in range(documents):
        number, which = divmod(place, len(names))
        path = to / str(number) / names[which]
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (folder / names[which]).read_text(encoding="utf-8")
        path.write_text(numbered(text, number, lines), encoding="utf-8")


def measure(
    folders: list[Path], documents: int, lines: int | None, options: list[str]
) -> dict[str, float]:
    """Align so many documents; return seconds and megabytes."""
    names = sorted(
        path.relative_to(folders[0])
        for path in folders[0].rglob("*.md")
        if (folders[1] / path.relative_to(folders[0])).is_file()
    )
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for folder, side in zip(folders, ("source", "target"), strict=True):
            multiply(folder, work / side, names, documents, lines)
        languages = ["--source-language", "en", "--target-language", "zh"]
        command = ["align", "source", "target", *languages, "-o", "out.tmx", *options]
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", _RUN, *command],
            cwd=work,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found = json.loads(done.stdout.splitlines()[-1])
        return {**found, "wall_s": time.monotonic() - began}


def main() -> None:
    """Print a line for each number of documents."""
    parser = argparse.ArgumentParser(description="Measure the alignment of corpora.")
    parser.add_argument("folders", nargs=2, type=Path, metavar="FOLDER")
    parser.add_argument("--documents", nargs="+", type=int, default=[139, 1000, 2000])
    parser.add_argument("--lines", type=int, help="of each document, at most")
    parser.add_argument("--workers", default="2")
    parser.add_argument("--scheduler")
    arguments = parser.parse_args()
    options = ["--workers", arguments.workers]
    if arguments.scheduler:
        options = ["--scheduler", arguments.scheduler]
    rows = []
    for documents in sorted(arguments.documents):
        found = measure(arguments.folders, documents, arguments.lines, options)
        rows.append((documents, found))
        print(
            f"{documents:6} documents: {found['wall_s']:7.1f} s, processors"
            f" {found['own_s']:6.1f} s here and {found['workers_s']:7.1f} s in workers,"
            f" {found['megabytes']:5.0f} MB here",
            flush=True,
        )
    if len(rows) > 1:
        (few, one), (many, other) = rows[-2:]
        grown = {
            key: other[key] + (other[key] - one[key]) * (GOAL - many) / (many - few)
            for key in ("own_s", "workers_s", "megabytes")
        }
        print(
            f"{GOAL:6} documents by these: {grown['own_s']:.0f} s here,"
            f" {grown['workers_s']:.0f} s in workers, {grown['megabytes']:.0f} MB here"
        )


if __name__ == "__main__":
    main()
