"""What every command does for whoever calls it: options, streams, ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from books import environment

pytestmark = [pytest.mark.newest, pytest.mark.sphinx]

START = "import sys; from sphinx_amts.cli import main; sys.exit(main())"
CONF = 'extensions = ["sphinx_amts"]\namts_engine = "{}"\n'
PAGES = {
    "conf.py": CONF.format("local"),
    "index.rst": "Boats\n=====\n\nA *boat.\n\n.. toctree::\n\n   empty\n",
    "empty.rst": ":orphan:\n",
}


def test_a_warning_is_shown_once_and_without_colours_in_a_file(write_book):
    book = write_book(PAGES)
    done = subprocess.run(
        [sys.executable, "-c", START, "estimate", ".", "-l", "es", "-l", "fr"],
        cwd=book.source,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stderr.count("Inline emphasis start-string") == 1
    assert "\x1b" not in done.stderr


def test_an_estimate_without_a_price_says_so(write_book):
    book = write_book(PAGES)
    assert (
        "no price for it; --engine amazon"
        in book.amts("estimate", ".", "-l", "es").stdout
    )
    with_price = book.amts("estimate", ".", "-l", "es", "--engine", "amazon").stdout
    assert "$" in with_price
    assert "no price" not in with_price


def test_a_page_without_words_has_no_shares(write_book):
    lines = write_book(PAGES).amts("status", ".", "-l", "es").stdout.splitlines()
    shares = {line.split()[0]: line.split()[1:] for line in lines}
    assert shares["empty"] == ["-"] * 4
    assert shares["index"] == ["0", "%", "0", "%", "0", "%", "100", "%"]


def test_what_another_engine_has_translated_is_seen(write_book):
    book = write_book(PAGES)
    book.build(language="es", engine="pseudo")
    words = [".", "-l", "es", "--json"]
    found = json.loads(book.amts("status", *words).stdout)["total"]
    assert found["machine"] == 0
    found = json.loads(book.amts("status", *words, "--engine", "pseudo").stdout)
    assert found["total"]["machine"] == 3
    export = ["export", *words, "-o", "es.tmx", "--engine", "pseudo"]
    assert json.loads(book.amts(*export).stdout)["written"] == 2


@pytest.mark.parametrize("command", ["export", "import"])
def test_a_name_that_promises_another_format_is_refused(write_book, command):
    book = write_book({**PAGES, "es.po": 'msgid ""\nmsgstr ""\n'})
    given = ["es.po", "."] if command == "import" else ["."]
    result = book.amts(command, *given, "-l", "es", "-o", "x.xlsx", expected=2)
    assert "x.xlsx: TMX is what is written" in result.stderr
    assert not (book.source / "x.xlsx").exists()


def test_a_site_is_not_built_among_its_sources(write_book):
    book = write_book(PAGES)
    result = book.amts("build", "-l", "es", ".", ".", expected=2)
    assert "cannot be where its sources are" in result.stderr
    assert {path.name for path in book.source.iterdir()} == PAGES.keys()


@pytest.mark.parametrize(
    "settings", ["amts_requests_per_second = 40", "amts_batch_min_characters = 0"]
)
def test_numbers_as_people_write_them(write_book, settings):
    book = write_book({**PAGES, "conf.py": f"{CONF.format('memory')}{settings}\n"})
    result = book.build(engine=None)
    assert "amts_" not in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="such signals are POSIX's")
def test_whoever_reads_may_go(write_book):
    book = write_book(PAGES)
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", START, "status", ".", "-l", "es"],
        cwd=book.source,
        env=environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    os.close(writer)
    assert done.returncode == 128 + signal.SIGPIPE
    assert "Broken" not in done.stderr


SLOW = """\
import time


def wait(app):
    open("began", "w").close()
    time.sleep(60)


def setup(app):
    app.connect("builder-inited", wait)
"""


@pytest.mark.skipif(os.name == "nt", reason="such signals are POSIX's")
def test_an_interrupted_command_promises_nothing(write_book):
    book = write_book({**PAGES, "conf.py": CONF.format("memory") + SLOW})
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import signal; signal.signal(signal.SIGINT,"
            f" signal.default_int_handler); {START}",
            "status",
            ".",
            "-l",
            "es",
        ],
        cwd=book.source,
        env=environment(),
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    while not (book.source / "began").exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert said == "sphinx-amts: interrupted\n"
