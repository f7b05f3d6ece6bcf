"""Nothing of a hostile translation runs in a reader's browser, with any Sphinx.

Older Sphinx puts titles that the search finds into its page as HTML, themes do so with
other texts: see `sphinx_amts.hosts.sphinx.raw_places`. `tox.ini` has a browser beside
such a Sphinx.
"""

from __future__ import annotations

import functools
import html
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sphinx
from books import po
from chromium import launched, serving
from playwright.sync_api import Page

from sphinx_amts.formats.tmx import Entry, dump

pytestmark = pytest.mark.sphinx

IMAGE = "<img src=evil onerror=document.body.dataset.evil=1>"
SCRIPT = "<script>document.body.dataset.evil=1</script>"
TARGETS = {
    "Harbours": f"Puertos {IMAGE}",
    "Boats": f"Barcos {IMAGE}",
    "More lamps": f"Luces {SCRIPT}",
    "lamp": f"luz {IMAGE}",
    "The old lamp": f'Luz"> {IMAGE}',
    "A lamp in the harbour.": rf"\(\href{{javascript:alert(1)}}{{x}}\) {SCRIPT}",
    "mooring": f"amarre {SCRIPT}",
    "Where boats stay.": f"`Donde <javascript:document.body.dataset.evil=1>`_ {IMAGE}",
    "Book": f"Libro {IMAGE}",
}
FILES = {
    "conf.py": """\
project = "Book"
extensions = ["sphinx_amts"]
amts_engine = "memory"
amts_memory_files = ["people.tmx"]
html_title = "Book"
locale_dirs = ["locale"]
""",
    "index.rst": """\
Harbours
========

.. index:: lamp

A lamp in the harbour.

.. image:: lamp.png
   :alt: The old lamp

.. toctree::
   :caption: More lamps

   two
""",
    "two.rst": """\
Boats
=====

.. glossary::

   mooring
     Where boats stay.
""",
    "lamp.png": "",
}
PAGES = ("index.html", "two.html", "genindex.html")
TITLE = "onerror=document.body.dataset.evil"  # titles are found by a half of theirs
FOUND = {  # what has a result: where a target is refused, its source
    "memory": ("harbours", "boats", "mooring"),
    "catalog": ("barcos", "document.body.dataset.evil=1", TITLE),
}


class Silent(SimpleHTTPRequestHandler):
    """Serves a folder, each time anew, and says nothing."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Give ``serve(folder)``: the address at which it can be read."""
    with serving() as start:
        yield functools.partial(start, Silent)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as started:
        yield started


@pytest.fixture
def page(browser: Any) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def has_run(page: Page, root: str, asked: list[str]) -> bool:
    """Tell whether anything ran on the page, might, or was asked for elsewhere."""
    foreign = [x for x in asked if not x.startswith(root) or x.endswith("/evil")]
    links = page.locator("a[href^=javascript]").count()
    return bool(page.locator("[data-evil]").count() or foreign or links)


def search(page: Page, root: str, word: str) -> None:
    """Search the site for a word that it has, until what is found is shown."""
    page.goto(f"{root}/search.html?q={quote(word)}")
    page.wait_for_selector("#search-results li")
    page.wait_for_load_state("networkidle")


def build(write_book: Any, messages: dict[str, str], targets: dict[str, str]) -> Path:
    catalog = "locale/es/LC_MESSAGES/{}.po"
    catalogs = {catalog.format(name): po(messages) for name in ("index", "two")}
    book = write_book({**FILES, **catalogs})
    entries = [
        Entry(
            {"en": html.escape(source, False), "es": html.escape(target, False)},
            properties={"origin": "machine"},
        )
        for source, target in targets.items()
    ]
    dump(entries, book.source / "people.tmx", source_language="en")
    out: Path = book.build(language="es", engine=None).out
    return out


@pytest.mark.parametrize("where", FOUND)
def test_nothing_runs(write_book, serve, page, where):
    is_catalog = where == "catalog"
    out = build(write_book, TARGETS if is_catalog else {}, TARGETS)
    root, asked = serve(out), []
    page.on("request", lambda request: asked.append(request.url))
    for name in PAGES:
        page.goto(f"{root}/{name}", wait_until="networkidle")
        assert not has_run(page, root, asked), name
    for word in FOUND[where]:
        search(page, root, word)
        assert not has_run(page, root, asked), word
    if is_catalog and sphinx.version_info < (9,):  # else it would be seen
        index = out / "searchindex.js"
        text = index.read_text(encoding="utf-8").replace("\\uff1c", "<")
        index.write_text(text.replace("\uff1c", "<"), encoding="utf-8")
        search(page, root, TITLE)
        assert has_run(page, root, asked)
