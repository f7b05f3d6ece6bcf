"""The translators' desk for a book of mystmd, in a real browser.

Its pages have no marks: blocks are found by their texts.
"""

from __future__ import annotations

import pytest
from desk_browser import EDITOR, MARK, at_desk, write
from desks import Desk
from myst_books import PATH, MystBook, why_not

from sphinx_amts.formats import tmx

pytestmark = [
    pytest.mark.myst,
    pytest.mark.newest,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "all is there"),
]


def test_three_texts_by_keys_alone(tmp_path, visit):
    folder = MystBook.copy(tmp_path / "book").folder
    memory = folder / "memory" / "es.tmx"
    arguments = ("--memory", str(memory))
    variables = {"PATH": PATH}
    with Desk(folder, *arguments, language="es", variables=variables) as desk:
        pages = {each["page"]: each for each in desk.get("progress")["pages"]}
        page = visit(desk, pages["guide/spring"]["path"])
        page.locator(MARK).first.focus()
        page.keyboard.press("Enter")
        at_desk(page)
        texts = ("Qué hacer", "Abre la colmena", "Mira los panales")
        for text in texts:
            source = page.locator(".amts-source").inner_text()
            if page.locator(f"{EDITOR} .amts-chip").count():
                page.keyboard.press("Control+End")
                page.keyboard.insert_text(text)
            else:
                write(page, text)
            page.keyboard.press("Control+Enter")
            page.locator(
                ".amts-block[data-amts-whose=people]", has_text=text
            ).wait_for()
            at_desk(page)
            assert page.locator(".amts-source").inner_text() != source
        page.keyboard.press("Escape")
        assert page.locator(EDITOR).is_hidden()
        assert page.evaluate("document.activeElement.className") == "amts-mark"
        found = {each.texts["es"] for each in tmx.load(memory)}
        assert len(found) == len(texts)
