"""Message catalogs (PO): texts that come with their translations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sphinx_amts.errors import MissingHostError
from sphinx_amts.formats.catalogs import load
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.text.markup import may_be_markup
from sphinx_amts.text.tagged import collapse, escape

MARKDOWN = (".ipynb", ".markdown", ".md", ".myst")
"""Suffixes of files whose messages are MyST; all others are reStructuredText."""

ReadMarkup = Callable[[str, bool, Path], "list[Block]"]
"""Reads markup as blocks: the text, whether it is MyST, and a file for errors."""


def read_catalog(
    path: Path, read_markup: ReadMarkup, left_out: list[int]
) -> Iterator[tuple[Block, Block, int]]:
    """Yield source and target of each message that a person has translated, and a line.

    Fuzzy and obsolete messages are left out. A message is in the markup of the file
    that it is from, as Sphinx extracts it; the first of several tells. ``read_markup``
    is asked only where there may be any; where it cannot read, the message is left out
    and its line noted in ``left_out``. Raises `FileError`.
    """
    for entry in load(path).reviewed():
        source, target = entry.id, entry.string
        if not entry.is_plain:
            continue
        origin = Path(entry.place) if entry.place else path
        is_myst = origin.suffix.lower() in MARKDOWN
        try:
            sides = [
                _read(each, is_myst, path, read_markup) for each in (source, target)
            ]
        except MissingHostError:
            left_out.append(entry.line)
            continue
        if len(sides[0]) == len(sides[1]) == 1:
            yield sides[0][0], sides[1][0], entry.line


def _read(text: str, is_myst: bool, path: Path, read_markup: ReadMarkup) -> list[Block]:
    if not may_be_markup(text) and text.strip()[:1].isalpha():
        return [Block.of_text(escape(collapse(text).strip()), {})]
    return [block for block in read_markup(text, is_myst, path) if block.kind.is_prose]
