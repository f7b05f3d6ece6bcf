"""The translators' desk in a browser: what its tests do there again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from desks import Desk
from playwright.sync_api import Page

WAIT_MS = 10_000  # until something is there; a machine that is busy is slow
MARK = ".amts-mark"
EDITOR = ".amts-editor"

Visit = Callable[..., Page]


@contextmanager
def visiting(browser: Any) -> Iterator[Visit]:
    """Give ``visit(desk, page, **context)``: a page of a desk in a browser of its own."""
    contexts = []

    def go(desk: Desk, name: str, **options: Any) -> Page:
        options.setdefault("viewport", {"width": 1280, "height": 800})
        context = browser.new_context(**options)
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        page: Page = context.new_page()
        page.goto(f"{desk.url}?token={desk.token}")
        page.goto(desk.url + name)
        if not name.startswith("_desk"):
            page.wait_for_selector(MARK)
        return page

    yield go
    for context in contexts:
        context.close()


def open_desk(page: Page, block: str) -> None:
    page.locator(f"{block} > {MARK}").first.focus()
    page.keyboard.press("Enter")
    at_desk(page)


def at_desk(page: Page) -> None:
    """Wait until the editor has the focus and the server has answered."""
    page.wait_for_function(
        f"document.activeElement?.matches('{EDITOR}')"
        " && document.querySelector('.amts-desk').ariaBusy === 'false'"
    )


def tagged(page: Page) -> str:
    """Return the editor's text as it would be saved."""
    text: str = page.evaluate(
        """async () => {
          const { read } = await import('/_desk/caret.js');
          const { serialize } = await import('/_desk/tagged.js');
          return serialize(read(document.querySelector('.amts-editor')));
        }"""
    )
    return text


def wait_for_said(page: Page, text: str, timeout: float = WAIT_MS) -> None:
    page.wait_for_function(
        "text => document.querySelector('.amts-said').textContent.includes(text)",
        arg=text,
        timeout=timeout,
    )


def write(page: Page, text: str) -> None:
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
