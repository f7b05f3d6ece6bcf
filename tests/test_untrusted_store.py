"""A book is built with whatever its store holds; what is wrong there is unknown."""

from __future__ import annotations

import json
import os
import sqlite3

import pytest

from sphinx_amts.memory.database import DATABASE
from sphinx_amts.memory.store import FOLDER

WRONG = {
    "no object": lambda unit: "[]",
    "nothing": lambda unit: "null",
    "no JSON": lambda unit: "{",
    "too deep": lambda unit: "[" * 100_000,
    "too large a number": lambda unit: "9" * 10_000,
    "a number": lambda unit: changed(unit, target=5),
    "no text": lambda unit: changed(unit, target=""),
    "no origin": lambda unit: changed(unit, origin=["machine"]),
    "half of a pair": lambda unit: changed(unit, target="a\ud800"),
    "a control": lambda unit: changed(unit, target="a\x00"),
    "an element": lambda unit: changed(unit, target="<img src=x onerror=y>"),
    "an escaped element": lambda unit: changed(
        unit, target="&lt;script&gt;y&lt;/a&gt;"
    ),
    "an override": lambda unit: changed(unit, target="a\u202eb"),
    "nothing to see": lambda unit: changed(unit, target="\u200b\u200b"),
    "tags of others": lambda unit: changed(unit, target='a <x id="7"/>'),
    "a broken tag": lambda unit: changed(unit, target='<g id="1">a'),
    "too much": lambda unit: changed(unit, target="a" * 100_000),
    "bytes": lambda unit: b"\xff\xfe",
    "an integer": lambda unit: 7,
}


def changed(unit, **values):
    return json.dumps({**json.loads(unit), **values})


def poison(book):
    """Put a wrong row in the place of each unit; return how many there were."""
    path = book.source / ".amts" / FOLDER / DATABASE
    with sqlite3.connect(path) as connection:
        query = "SELECT rowid, value FROM Cache WHERE length(key) = 64"
        rows = connection.execute(query).fetchall()
        for (number, unit), wrong in zip(rows, [*WRONG.values()] * 3, strict=False):
            update = "UPDATE Cache SET value = ? WHERE rowid = ?"
            connection.execute(update, (wrong(unit), number))
        update = "UPDATE Cache SET value = '[[]]' WHERE length(key) < 64 AND key LIKE ?"
        connection.execute(update, ("doc:%",))
    return len(rows)


@pytest.fixture
def poisoned(write_book):
    texts = "\n\n".join(f"The oak number {n} is old." for n in range(len(WRONG) - 1))
    book = write_book({"index.rst": f"Trees\n=====\n\n{texts}\n"})
    right = book.build(language="es").read("index.html")
    assert poison(book) == len(WRONG)
    return book, right


def test_wrong_rows_are_asked_for_again(poisoned):
    book, right = poisoned
    result = book.build("-E", language="es")
    (warning,) = result.warnings
    assert "has entries that cannot be used" in warning
    assert FOLDER in warning
    assert "delete it" in warning
    assert result.read("index.html") == right
    again = book.build("-E", language="es")
    assert again.warnings == []
    assert again.read("index.html") == right


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize(
    "name", ["", FOLDER, f"{FOLDER}/{DATABASE}", ".gitignore", "receipts", "jobs"]
)
def test_links_to_nowhere_end_no_build(write_book, name):
    book = write_book({"index.rst": "Trees\n=====\n\nAn oak.\n"})
    link = book.source / ".amts" / name
    link.parent.mkdir(parents=True, exist_ok=True)
    outside = book.work / "outside"
    link.symlink_to(outside)
    result = book.build(language="es")
    assert len(result.warnings) <= 1
    assert "An oak." not in result.read("index.html")
    assert not outside.exists()
