"""A build that ends at any moment loses what is in flight, and builds share a store."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from books import environment

pytestmark = pytest.mark.newest

ENGINE = "broken_engines:Slow"
TEXTS = 60


def heed_interrupts():
    """Undo what a shell does to programs that it runs in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def work(write_book, tmp_path):
    """A book of three pages, and builds of it that run beside the test."""
    pages = {
        f"page{number}.rst": f"Page {number}\n======\n\n"
        + "\n\n".join(
            f"Text {number}.{each} of the page." for each in range(TEXTS // 3)
        )
        for number in range(3)
    }
    index = "Book\n====\n\n.. toctree::\n   :glob:\n\n   page*\n"
    book = write_book({"index.rst": index, **pages})
    record = tmp_path / "record"

    def start(out, language="es"):
        command = [sys.executable, "-m", "sphinx", "-q", f"-Dlanguage={language}"]
        folder = tmp_path / out
        return subprocess.Popen(
            [*command, f"-Damts_engine={ENGINE}", str(book.source), str(folder)],
            env=environment(AMTS_RECORD=str(record)),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=heed_interrupts if os.name == "posix" else None,
        )

    def asked():
        if not record.exists():
            return []
        return [
            text
            for line in record.read_text().splitlines()
            for text in json.loads(line)
        ]

    start.asked = asked
    start.read = lambda out, name: (tmp_path / out / name).read_text()
    return start


def finish(process):
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    assert "Traceback" not in output
    assert "WARNING" not in output
    return output


@pytest.mark.parametrize("kind", ["SIGKILL", "SIGINT"])
@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_killed_build_loses_at_most_the_request_in_flight(work, kind):
    process = work("out")
    deadline = time.monotonic() + 60
    while len(work.asked()) < 10 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(getattr(signal, kind))
    process.communicate(timeout=60)
    first = work.asked()
    assert 10 <= len(first) < TEXTS
    finish(work("out"))
    second = work.asked()[len(first) :]
    assert len(set(first) & set(second)) <= 1
    assert "Ţéxţ 2.19 öf ţĥé påĝé." in work.read("out", "page2.html")


def test_two_languages_at_once(work):
    for process in [work("es", "es"), work("de", "de")]:
        finish(process)
    for language in ("es", "de"):
        page = work.read(language, "page1.html")
        assert f'lang="{language}"' in page
        assert "Ţéxţ 1.7 öf ţĥé påĝé." in page


def test_the_same_language_twice_at_once(work):
    for process in [work("one"), work("two")]:
        finish(process)
    before = len(work.asked())
    finish(work("three"))
    assert len(work.asked()) == before
    assert work.read("one", "page1.html") == work.read("two", "page1.html")
