"""Articles on web pages: their main text, without menus and advertisements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from sphinx_amts.errors import FileError
from sphinx_amts.parallel_data.blocks import Block, Kind
from sphinx_amts.text.tagged import collapse, escape, has_words

_KINDS = {
    "head": Kind.TITLE,
    "p": Kind.TEXT,
    "item": Kind.TEXT,
    "quote": Kind.TEXT,
    "cell": Kind.CELL,
    "code": Kind.CODE,
}


def read_page(text: str, path: Path) -> list[Block]:
    """Read the main text of an HTML page; raises `FileError` where there is none."""
    try:
        from trafilatura import extract
    except ImportError as error:
        reason = "web pages need trafilatura: pip install 'sphinx_amts[html]'"
        raise FileError(path, reason) from error
    try:
        found = extract(
            text,
            output_format="xml",
            favor_recall=True,
            include_comments=False,
            deduplicate=False,
        )
        main = fromstring(found).find("main") if found else None
        if main is not None:
            return list(_blocks(main))
    except (ValueError, SyntaxError, RecursionError) as error:
        raise FileError(path, f"cannot be read: {error}") from error
    raise FileError(path, "no main text found on the page")


def _blocks(element: Element) -> Iterator[Block]:
    for child in element:
        kind = _KINDS.get(child.tag)
        text = collapse("".join(child.itertext())).strip()
        if kind is None or (child.tag == "quote" and len(child)):
            yield from _blocks(child)
        elif text and (has_words(text) or not kind.is_prose):
            rank = child.get("rend", "")[1:]
            level = int(rank) if kind is Kind.TITLE and rank.isdigit() else 0
            yield Block(kind, escape(text) if kind.is_prose else text, level=level)
