"""How fast the translators' desk is with a large book, and how much memory it takes.

::

    python benchmarks/review_speed.py [--pages 1000] [--folder FOLDER]

Writes a book of pages with 50 segments each, of which people have translated half, has
it built for the desk, and opens a desk on what was built: in a process of its own, over
HTTP. The first build of 50,000 segments takes minutes; with ``--folder`` it is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from sphinx_amts.book import listing
from sphinx_amts.book.purpose import REVIEW
from sphinx_amts.formats import tmx
from sphinx_amts.hosts.host import host_of

TEXTS = 49  # of a page, beside its title
OFTEN = 30  # times that each question is asked
LANGUAGE = "zh"
CONF = """\
project = "Large"
extensions = ["sphinx_amts"]
amts_engine = "pseudo"
amts_memory_files = ["zh.tmx"]
html_theme = "basic"
html_copy_source = False
"""
OPEN = """\
import json, sys, time
from pathlib import Path
from sphinx_amts.hosts.host import host_of
from sphinx_amts.review.building import Workshop
from sphinx_amts.review.serving import Where, serve
from sphinx_amts.review.subject import Subject
from sphinx_amts.text.languages import LanguagePair
folder, out = Path(sys.argv[1]), Path(sys.argv[2])
host = host_of(folder)
subject = Subject.of(host.settings(folder), folder, LanguagePair.of("en", "zh"))
class Built(Workshop):
    def build(self, tell=len):
        time.sleep(20)  # in less, Sphinx has not found that there is nothing new
        ended.append(time.time())
        return 0, ""
ended = []
shop = Built([], out, host.state(out))
def ready(opened):
    values = {"url": opened.url, "token": opened.token, "s": time.time() - ended[0]}
    print(json.dumps(values), flush=True)
serve(subject, shop, folder / "zh.tmx", Where(port=0), ready)
"""
"""A desk on what was built: a build that does nothing has taken the place of Sphinx."""


def words(random_: random.Random, count: int) -> str:
    """Return a sentence that no other page has."""
    made = ("".join(random_.choices("aeioubdklmnrst", k=6)) for _ in range(count))
    return " ".join(made).capitalize() + "."


def write(folder: Path, pages: int) -> None:
    """Write the book and its memory file."""
    random_ = random.Random(1)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    names = [f"page{number:04}" for number in range(pages)]
    toc = "\n".join(f"   {name}" for name in names)
    index = f"Large\n=====\n\n.. toctree::\n\n{toc}\n"
    (folder / "index.rst").write_text(index, encoding="utf-8")
    entries = []
    for name in names:
        texts = [words(random_, random_.randint(8, 20)) for _ in range(TEXTS)]
        title = f"Page {name}"
        page = "\n\n".join([f"{title}\n{'=' * len(title)}", *texts])
        (folder / f"{name}.rst").write_text(page + "\n", encoding="utf-8")
        entries += [tmx.Entry({"en": t, "zh-CN": f"译文：{t}"}) for t in texts[::2]]
    tmx.dump(entries, folder / "zh.tmx", source_language="en")


def build(folder: Path, out: Path) -> float:
    """Build the edition for a desk; return the seconds it took."""
    began = time.monotonic()
    command = host_of(folder).desk_command(folder, out, LANGUAGE, ["-q"])
    subprocess.run(command, env={**os.environ, REVIEW: "1"}, check=True)
    return time.monotonic() - began


def memory_mb(process: int) -> tuple[float, float]:
    """Return what a process has and had at most, in MB; Linux only."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    values = dict(line.split(":", 1) for line in lines)
    now, most = (int(values[name].split()[0]) for name in ("VmRSS", "VmHWM"))
    return now / 1000, most / 1000


def timed(ask: Callable[[], Any]) -> float:
    """Return the milliseconds that an answer takes."""
    began = time.monotonic()
    ask().raise_for_status()
    return 1000 * (time.monotonic() - began)


def show(name: str, times: Sequence[float], limit: float | None = None) -> None:
    """Print a row of the table."""
    middle, most = statistics.median(times), max(times)
    bound = "" if limit is None else f"{limit:>8.0f}"
    print(f"{name:34} {middle:>9.1f} {most:>9.1f} {bound}")


def measure(folder: Path, out: Path) -> None:
    """Open a desk and print what it takes."""
    with subprocess.Popen(
        [sys.executable, "-c", OPEN, str(folder), str(out)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            opened = json.loads(process.stdout.readline())
            print(f"{'':34} {'median':>9} {'most':>9} {'at most':>8}")
            show("open, after the build (ms)", [1000 * opened["s"]], 2000)
            bearer = {"authorization": f"Bearer {opened['token']}"}
            with httpx.Client(
                base_url=opened["url"], headers=bearer, timeout=300
            ) as http:
                ask_all(http)
            now, most = memory_mb(process.pid)
            show("memory (MB)", [now], 400)
            show("memory at most (MB)", [most], 400)
        finally:
            process.kill()


def ask_all(http: httpx.Client) -> None:
    """Ask for all that a translator would, and print how long that takes."""
    first = timed(lambda: http.get("api/segments"))
    show("the first queue (ms)", [first])
    for queue in ("doubt", "stale", "page"):
        query = {"queue": queue, "limit": 50}
        times = [
            timed(lambda q=query: http.get("api/segments", params=q))
            for _ in range(OFTEN)
        ]
        show(f"queue {queue} (ms)", times, 100)
    show(
        "progress (ms)", [timed(lambda: http.get("api/progress")) for _ in range(OFTEN)]
    )
    show("a page (ms)", [timed(lambda: http.get("api/pages/page0010"))])
    answer = http.get("api/segments", params={"limit": 2 * OFTEN}).json()
    paths = [f"api/segments/{quote(e['key'], safe='')}" for e in answer["segments"]]
    show("a segment, the first (ms)", [timed(lambda: http.get(paths[0]))])
    show("a segment (ms)", [timed(lambda p=p: http.get(p)) for p in paths[1:OFTEN]])
    show("a text, checked (ms)", [check(http, path) for path in paths[:OFTEN]])
    show("saving, the first (ms)", [save(http, paths[0], 0)])
    show("saving (ms)", [save(http, p, n) for n, p in enumerate(paths[1:], 1)], 300)


def check(http: httpx.Client, path: str) -> float:
    """Return how long the check of a text takes."""
    return timed(lambda: http.post(f"{path}/check", json={"target": "一个译文。"}))


def save(http: httpx.Client, path: str, number: int) -> float:
    """Return how long it takes to save a text."""
    return timed(lambda: http.put(path, json={"target": f"一个译文，{number}。"}))


def main() -> None:
    """Build, open, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder or Path(scratch) / "book"
        out = folder / ".amts" / "review" / "zh-CN"
        if not (folder / "conf.py").exists():
            write(folder, arguments.pages)
            print(f"first build: {build(folder, out):.0f} s")
        print(f"build with nothing new: {build(folder, out):.1f} s")
        found = listing.read(host_of(folder).state(out))
        print(f"{len(found.pages):,} pages, {len(found.segments):,} segments")
        measure(folder, out)


if __name__ == "__main__":
    main()
