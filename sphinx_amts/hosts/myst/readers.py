"""What readers see at the top of a page: the menu of languages, and a notice.

It is put into pages when they are written, as nodes that any theme shows. Addresses
have `PAGE` where mystmd's name of the page comes, which only the writing knows.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from sphinx_amts.addresses import is_url
from sphinx_amts.book.phrases import phrases_for
from sphinx_amts.book.record import Words
from sphinx_amts.book.site import Edition, Site
from sphinx_amts.config import Settings
from sphinx_amts.text.languages import LanguagePair

PAGE = "{page}"
BASE_URL = "BASE_URL"
"""Variable with the path of the edition that mystmd builds."""

Nodes = list[dict[str, Any]]


class Bar:
    """What stands at the top of the pages of an edition."""

    def __init__(self, settings: Settings, pair: LanguagePair) -> None:
        self._has_notice = settings.html_notice and not pair.is_same
        self._texts, _tag = phrases_for(pair.target)
        self._site = self._root = None
        if not settings.languages:
            return
        self._site = Site.of(settings.languages, pair, "")
        if self._site:
            self._root = _root(self._site.current)

    @property
    def show(self) -> str:
        """Words that lead to the originals of a page; empty where none are shown."""
        return self._texts.show if self._has_notice else ""

    def nodes(self, words: Words, *, is_machine: bool) -> Nodes:
        """Return the nodes of a page; ``is_machine``: it has a machine's text."""
        found = self._menu()
        if self._has_notice and is_machine:
            found.append(self._notice(words))
        return found

    def _menu(self) -> Nodes:
        """Return the editions as links to the same page."""
        if self._site is None:
            return []
        names: Nodes = []
        for each in self._site.editions:
            url = self._url(each)
            if each == self._site.current:
                names.append({"type": "strong", "children": [_text(each.name)]})
            elif url is not None:
                names.append(_link(url, each.name))
        if len(names) < 2:
            return []
        parts = [part for name in names for part in (_text(" · "), name)]
        return [_node("paragraph", "amts-languages", parts[1:])]

    def _notice(self, words: Words) -> dict[str, Any]:
        texts = self._texts
        said = texts.notice
        percent = int(words.percent(words.human))
        if percent:
            said += f" {texts.share.format(percent=percent)}"
        children = [_text(said)]
        url = self._url(self._site.source) if self._site else None
        if url:
            children += [_text(" "), _link(url, texts.original)]
        inside = {"type": "paragraph", "children": children}
        return {**_node("admonition", "amts-notice simple", [inside]), "kind": "note"}

    def _url(self, edition: Edition) -> str | None:
        """Return the address of the page; None where it is not known."""
        if is_url(edition.place):
            return edition.place + PAGE
        return None if self._root is None else self._root + edition.place + PAGE


def _root(current: Edition) -> str | None:
    """Return the path of the site; None where this edition is built for elsewhere."""
    base = os.environ.get(BASE_URL, "").rstrip("/") + "/"
    return base.removesuffix(current.place) if base.endswith(current.place) else None


def _text(value: str) -> dict[str, Any]:
    return {"type": "text", "value": value}


def _link(url: str, words: str) -> dict[str, Any]:
    return {"type": "link", "url": url, "children": [_text(words)]}


def _node(kind: str, name: str, children: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"type": kind, "class": name, "children": list(children)}
