"""Message catalogs (PO): texts that come with their translations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from babel.messages.pofile import PoFileError, read_po

from sphinx_amts.errors import FileError
from sphinx_amts.hosts.sphinx.prose import read_myst, read_rst
from sphinx_amts.parallel_data.blocks import Block

_MARKDOWN = {".ipynb", ".markdown", ".md", ".myst"}


def read_catalog(path: Path) -> Iterator[tuple[Block, Block, int]]:
    """Yield source and target of each message that a person has translated, and a line.

    Fuzzy and obsolete messages are left out. A message is in the markup of the file
    that it is from, as Sphinx extracts it; the first of several tells. Raises
    `FileError`.
    """
    try:
        with path.open("rb") as file:
            catalog = read_po(file, abort_invalid=True)
    except (PoFileError, ValueError, LookupError, OSError) as error:
        raise FileError(path, f"not a PO file in its encoding: {error}") from error
    for message in catalog:
        source, target = message.id, message.string
        if not isinstance(source, str) or not isinstance(target, str):
            continue
        if not source or not target or message.fuzzy:
            continue
        origin = Path(message.locations[0][0]) if message.locations else path
        read: Callable[[str, Path], list[Block]] = read_rst
        if origin.suffix.lower() in _MARKDOWN:
            read = read_myst
        sides = [
            [block for block in read(text, path) if block.kind.is_prose]
            for text in (source, target)
        ]
        if len(sides[0]) == len(sides[1]) == 1:
            yield sides[0][0], sides[1][0], message.lineno or 0
