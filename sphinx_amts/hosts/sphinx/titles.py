"""Texts for readers that stand in a book's configuration: its titles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sphinx.config import Config

from sphinx_amts.hosts.sphinx.raw_places import is_same_tex
from sphinx_amts.hosts.sphinx.workarounds import is_set
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import collapse, escape, has_words, parse, plain
from sphinx_amts.translation.known import Known

TITLES = ("html_title", "html_short_title", "epub_title")
_DOCUMENTS = "latex_documents"
_TITLE = 2  # its place in an entry of latex_documents
_TEX = set("\\#$%&^_{}")


def find_titles(config: Config) -> list[Segment]:
    """Return the titles that authors have set, as segments."""
    texts = [config[name] for name in TITLES if _has(config, name)]
    texts += [entry[_TITLE] for entry in _documents(config)]
    return [
        _segment(text) for text in texts if isinstance(text, str) and has_words(text)
    ]


def insert_titles(config: Config, known: Known, builder: str) -> None:
    """Put what is known into the configuration; pages are written from it."""
    for name in TITLES:
        if _has(config, name):
            title = _target(config[name], known)
            if builder == "htmlhelp" and isinstance(title, str):
                title = title.replace('"', "'")  # see `raw_places`
            config[name] = title
    documents = list(_documents(config))
    if documents:
        for entry in documents:
            title = _target(entry[_TITLE], known)
            if is_same_tex(str(entry[_TITLE]), str(title)):
                entry[_TITLE] = title
        config[_DOCUMENTS] = [tuple(entry) for entry in documents]


def _has(config: Config, name: str) -> bool:
    return name in config and is_set(config, name)


def _documents(config: Config) -> Iterator[list[Any]]:
    if _has(config, _DOCUMENTS):
        yield from map(list, config[_DOCUMENTS])


def _segment(text: str) -> Segment:
    return Segment(escape(collapse(text).strip()))


def _target(text: Any, known: Known) -> Any:
    if not isinstance(text, str) or not has_words(text):
        return text
    match = known.find(_segment(text))
    return text if match is None or match.refusal else plain(parse(match.target))
