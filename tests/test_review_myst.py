"""The translators' desk for a book of mystmd, or Jupyter Book 2."""

from __future__ import annotations

import pytest
from desks import Desk, until
from myst_books import PATH, MystBook, why_not

from sphinx_amts.formats import tmx

pytestmark = [
    pytest.mark.myst,
    pytest.mark.newest,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "all is there"),
]


def test_a_book_is_shown_corrected_and_shown_again(tmp_path):
    folder = MystBook.copy(tmp_path / "book").folder
    memory = folder / "memory" / "es.tmx"
    with Desk(
        folder, "--memory", str(memory), language="es", variables={"PATH": PATH}
    ) as desk:
        pages = {each["page"]: each for each in desk.get("progress")["pages"]}
        assert {"index", "guide/spring", "counting"} <= pages.keys()
        assert not [name for name in pages if "#" in name]
        address = pages["guide/spring"]["path"]
        page = desk.http.get(address, follow_redirects=True)
        assert page.text.count("/_desk/desk.js") == 1
        assert "amts-original" not in page.text  # blocks are found by their words
        assert "\u21c4" not in page.text
        segments = desk.get("pages/guide%2Fspring")["segments"]
        shown = [each["shown_source"] for each in segments]
        assert "Open the hive on a warm day." in shown  # a part of the page
        key = desk.key("What to do in spring")
        version = desk.segment(key)["version"]
        assert desk.put(key, "Qué hacer", version=version).status_code == 200
        assert [each.texts["es"] for each in tmx.load(memory)] == ["Qué hacer"]
        until(lambda: "Qué hacer" in desk.http.get(address, follow_redirects=True).text)
