"""The search for garbage spares what stays, and is as it was when a build ends."""

from __future__ import annotations

import gc
import io
import re

import pytest

from sphinx_amts.hosts.sphinx.extension import LARGE
from sphinx_amts.hosts.sphinx.garbage import keep, no_search, release, search_rarely
from sphinx_amts.hosts.sphinx.project import application

pytestmark = pytest.mark.newest

WATCHED = """
import gc

extensions = ["sphinx_amts"]

def setup(app):
    for event in ("doctree-read", "html-page-context"):
        app.connect(event, lambda *_, event=event: tell(event))
    app.connect("build-finished", lambda *_: tell("build-finished"), priority=900)

usual = gc.get_threshold()

def tell(event):
    state = gc.isenabled(), gc.get_threshold() == usual, gc.get_freeze_count() > 0
    print(f"\\n{event}: {state}")
"""


@pytest.mark.parametrize(
    ("language", "read", "written"),
    [
        ("es", (True, False, False), (True, False, True)),
        (None, (True, True, False), (True, True, False)),
    ],
)
def test_only_a_localized_build_searches_less_and_keeps_what_it_has_read(
    write_book, language, read, written
):
    book = write_book({"conf.py": WATCHED, "index.rst": "Trees\n=====\n\nOaks.\n"})
    for _ in range(2):  # once with nothing to read
        said = book.build("-a", language=language).stdout.splitlines()
        seen = {line for line in said if line.endswith(("True)", "False)"))}
        assert seen - {f"doctree-read: {read}"} == {
            f"html-page-context: {written}",
            f"build-finished: {(True, True, False)}",
        }


HELD = """
extensions = ["sphinx_amts"]

def setup(app):
    app.connect("env-updated", tell, priority=999)

def tell(app, env):
    held = getattr(env, "_write_doc_doctree_cache", {})
    print(f"\\nheld: {sorted(held)}")
"""


def test_no_document_of_a_large_book_is_held_from_reading_to_writing(write_book):
    pages = {f"more/oak-{number}.rst": ":orphan:\n" for number in range(LARGE)}
    pages["index.rst"] = "Trees\n=====\n\n.. toctree::\n\n   oak\n"
    book = write_book({**pages, "oak.rst": "Oaks\n====\n", "conf.py": HELD})
    done = book.build(language="es", engine="pseudo")
    assert "held: []" in done.stdout.splitlines()
    assert "Oaks" not in re.sub("<[^>]+>", "", done.read("oak.html"))


def test_work_goes_without_a_search_and_ends_with_one():
    def work():
        with no_search():
            assert not gc.isenabled()
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        work()
    assert gc.isenabled()
    gc.disable()
    try:
        with no_search():
            pass
        assert not gc.isenabled()  # somebody else's choice
    finally:
        gc.enable()


def test_a_look_leaves_the_search_as_it_was(write_book):
    book = write_book(
        {"conf.py": 'extensions = ["sphinx_amts"]\n', "index.rst": "Oaks\n====\n"}
    )
    usual = gc.get_threshold()
    with application(book.source, io.StringIO(), {"language": "es"}):
        assert gc.get_threshold() != usual
    assert gc.get_threshold() == usual


def test_what_is_kept_is_searched_again_after_its_release():
    usual = gc.get_threshold()
    before = search_rarely()
    keep()
    kept = gc.get_freeze_count()
    release(before)
    assert kept > 0
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == usual
