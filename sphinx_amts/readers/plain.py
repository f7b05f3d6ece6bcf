"""Plain text as blocks: paragraphs with blank lines between, or one in each line."""

from __future__ import annotations

import re

from sphinx_amts.parallel_data.blocks import Block, Kind
from sphinx_amts.text.tagged import collapse, escape

_BETWEEN = re.compile(r"\n[ \t\r]*\n")


def read_plain(text: str) -> list[Block]:
    r"""Read a text; without a blank line in it, each line is a paragraph.

    >>> [block.text for block in read_plain("A tree\nstands.\n\nA leaf & more.\n")]
    ['A tree stands.', 'A leaf &amp; more.']
    >>> [block.line for block in read_plain("One.\nTwo.")]
    [1, 2]
    """
    is_spaced = _BETWEEN.search(text.strip())
    parts = _BETWEEN.split(text) if is_spaced else text.split("\n")
    blocks, line = [], 1
    for part in parts:
        words = collapse(part).strip()
        if words:
            start = line + part[: len(part) - len(part.lstrip())].count("\n")
            blocks.append(Block(Kind.TEXT, escape(words), line=start))
        line += part.count("\n") + (2 if is_spaced else 1)
    return blocks
