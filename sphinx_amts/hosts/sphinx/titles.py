"""Texts for readers that stand in a book's configuration: titles, labels, news."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sphinx.config import Config

from sphinx_amts.hosts.sphinx.raw_places import is_same_tex
from sphinx_amts.hosts.sphinx.workarounds import is_set, raw_values
from sphinx_amts.text.segment import Placeholder, Segment
from sphinx_amts.text.tagged import collapse, escape, has_words, parse, plain
from sphinx_amts.translation.known import Known

TEXTS = (
    "html_title",
    "html_short_title",
    "html_theme_options.announcement",
    "epub_title",
    "epub_description",
    "numfig_format",
    "math_eqref_format",
)
"""Settings whose texts are always translated, where an author has set them."""
DOCUMENTS = {"latex_documents": (2,), "man_pages": (2,), "texinfo_documents": (2, 5)}
"""Settings with a list of documents: the places of their titles and descriptions."""
_PART = re.compile(r"(%\(\w+\)[sd]|%[sd]|\{\w*\})")
"""Where something is put in, in formats."""

Translate = Callable[[str], str]


def find_titles(config: Config, further: Iterable[str] = ()) -> list[Segment]:
    """Return the texts that authors have set, as segments.

    ``further`` names settings, with a point before each key of a dictionary.
    """
    found: list[Segment] = []

    def note(text: str) -> str:
        found.append(_segment(text)[0])
        return text

    _each(config, further, note)
    return [segment for segment in found if has_words(plain(parse(segment.source)))]


def insert_titles(
    config: Config, known: Known, further: Iterable[str] = (), *, builder: str = ""
) -> dict[str, str]:
    """Put what is known into the configuration; pages are written from it.

    Returns the targets by the texts in whose place they are.
    """
    targets: dict[str, str] = {}

    def insert(text: str) -> str:
        target = _target(text, known)
        if builder == "htmlhelp":
            target = target.replace('"', "'")  # see `raw_places`
        if target != text:
            targets[text] = target
        return target

    _each(config, further, insert)
    return targets


def _each(config: Config, further: Iterable[str], translate: Translate) -> None:
    """Put a text in the place of each."""
    for name in dict.fromkeys((*TEXTS, *further)):
        setting, *keys = name.split(".")
        if setting in config and is_set(config, setting) and setting not in DOCUMENTS:
            _change(config, [setting, *keys], raw_values(config), translate)
    for setting, places in DOCUMENTS.items():
        if setting in config and is_set(config, setting):
            make = _kept_as_tex(translate) if setting.startswith("latex") else translate
            config[setting] = [
                tuple(
                    make(each) if place in places and isinstance(each, str) else each
                    for place, each in enumerate(entry)
                )
                for entry in config[setting]
            ]


def _change(holder: Any, keys: list[str], written: Any, translate: Translate) -> None:
    """Change the value at the end of a way of keys; dictionaries stay themselves.

    Of a dictionary only what is in ``written``: the rest is an extension's.
    """
    key, *below = keys
    try:
        value = holder[key]
    except (KeyError, TypeError, IndexError, AttributeError):
        return
    own = written.get(key, {}) if isinstance(written, Mapping) else {}
    if below:
        _change(value, below, own, translate)
    elif isinstance(value, str):
        holder[key] = translate(value)
    elif isinstance(value, dict):
        for each in value:
            if each in own:
                _change(value, [each], own, translate)
    elif isinstance(value, list | tuple):
        made = [translate(each) if isinstance(each, str) else each for each in value]
        holder[key] = type(value)(made)


def _kept_as_tex(translate: Translate) -> Translate:
    """Return a way to translate TeX: what means something in it may end the PDF."""

    def made(text: str) -> str:
        target = translate(text)
        return target if is_same_tex(text, target) else text

    return made


def _segment(text: str) -> tuple[Segment, list[str]]:
    """Return a text as a segment, and what its placeholders stand for."""
    parts = _PART.split(collapse(text).strip())
    source = "".join(
        f'<x id="{place // 2 + 1}"/>' if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )
    put_in = parts[1::2]
    tags = tuple(Placeholder(number, "text") for number in range(1, len(put_in) + 1))
    return Segment(source, tags), put_in


def _target(text: str, known: Known) -> str:
    segment, put_in = _segment(text)
    if not has_words(plain(parse(segment.source))):
        return text
    match = known.find(segment)
    if match is None or match.refusal or match.target == segment.source:
        return text
    return "".join(
        put_in[piece - 1] if isinstance(piece, int) else plain((piece,))
        for piece in parse(match.target)
    )
