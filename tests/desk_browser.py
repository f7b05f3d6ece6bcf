"""The translators' desk in a browser: what its tests do there again and again."""

from __future__ import annotations

from chromium import CHROMIUM  # noqa: F401, skips the tests where there is none
from desk_fixtures import MEMORY, WAIT_MS
from desks import Desk
from playwright.sync_api import Page

MARK = ".amts-mark"
EDITOR = ".amts-editor"
STEPS = "#steps p.amts-block"  # with code, a formula, a link and strong words


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


def memory(desk: Desk) -> str:
    return (desk.source / MEMORY).read_text(encoding="utf-8")
