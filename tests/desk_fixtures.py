"""Fixtures: translators' desks that serve, and a browser that reads them.

The book is ``roots/test-site``, served by ``sphinx-amts review``. What may be missing
is imported when a test asks for it, which skips the test.
"""

from __future__ import annotations

import functools
import importlib.util
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from books import ROOTS

WAIT_MS = 10_000  # until something is there; a machine that is busy is slow
PAGE = "guide/green.html"
MEMORY = "people.tmx"

Desks = Callable[..., Any]
Visit = Callable[..., Any]


@pytest.fixture(scope="session")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    """Give ``desks(theme, language)``: a desk that serves, each started once."""
    from desks import Desk

    work = tmp_path_factory.mktemp("desks")
    with ExitStack() as stack:

        @functools.cache
        def started(theme: str, language: str) -> Any:
            if importlib.util.find_spec(theme) is None:
                pytest.skip(f"{theme} is not installed")
            book = _copy(work / f"{theme}-{language}", theme)
            memory = str(book / MEMORY)
            return stack.enter_context(
                Desk(book, "--memory", memory, language=language)
            )

        def start(theme: str = "alabaster", language: str = "zh") -> Any:
            return started(theme, language)

        yield start


def _copy(book: Path, theme: str) -> Path:
    shutil.copytree(ROOTS / "test-site", book)
    with (book / "conf.py").open("a", encoding="utf-8") as conf:
        conf.write(f"html_theme = {theme!r}\n")
    path = book / "guide/people.rst"
    text = path.read_text(encoding="utf-8")
    text = text.replace("People translated", "Many people translated")  # stale
    path.write_text(text, encoding="utf-8")
    return book


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Give a browser, of one module: two may not run at once."""
    from chromium import launched

    with launched() as started:
        yield started


@pytest.fixture
def visit(chromium: Any) -> Iterator[Visit]:
    """Give ``visit(desk, page, **context)``: a page in a browser of its own."""
    contexts = []

    def go(desk: Any, name: str = PAGE, **options: Any) -> Any:
        options.setdefault("viewport", {"width": 1280, "height": 800})
        context = chromium.new_context(**options)
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{desk.url}?token={desk.token}")
        page.goto(desk.url + name)
        if not name.startswith("_desk"):
            page.wait_for_selector(".amts-mark")
        return page

    yield go
    for context in contexts:
        context.close()
