"""Blocks of a book as lines of JSON, which the builder ``segments`` writes.

One line is one block: ``document``, ``kind``, ``text``, ``tags`` (kind by id), ``seen``
(what readers see in a placeholder's place, by id), ``level`` and ``line``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sphinx_amts.errors import FileError, TagError
from sphinx_amts.files import read_json
from sphinx_amts.parallel_data.blocks import Block, Kind
from sphinx_amts.text.tagged import TaggedText, equivalents_of, tag_ids

NAME = "segments.jsonl"
_WRONG = (
    *(ValueError, TypeError, KeyError, AttributeError),
    *(OverflowError, TagError),  # a number without an end; tags that are not ours
)


def dump(documents: Mapping[str, Iterable[Block]]) -> Iterator[str]:
    """Yield a line for each block, documents in the order of their names."""
    for name in sorted(documents):
        for block in documents[name]:
            values = {
                "document": name,
                "kind": block.kind.value,
                "text": block.text,
                "tags": block.tags,
                "seen": equivalents_of(block.text),
                "level": block.level,
                "line": block.line,
            }
            kept = {key: value for key, value in values.items() if value}
            yield json.dumps(kept, ensure_ascii=False) + "\n"


def load(path: Path) -> dict[str, list[Block]]:
    """Read the lines of `dump`; raises `FileError`."""
    found: dict[str, list[Block]] = {}
    try:
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            try:
                name, block = _block(read_json(line))
            except _WRONG as error:
                raise FileError(path, f"not a block: {error!r}", number) from error
            found.setdefault(name, []).append(block)
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error
    return found


def _block(values: Mapping[str, Any]) -> tuple[str, Block]:
    tags, seen = (
        {int(number): str(text) for number, text in dict(values.get(key, {})).items()}
        for key in ("tags", "seen")
    )
    name, text = values["document"], TaggedText(values["text"], seen)
    if not isinstance(name, str) or not {*tag_ids(text)} <= tags.keys():
        raise TypeError("no name, or tags that stand for nothing")
    kind, level, line = Kind(values["kind"]), values.get("level"), values.get("line")
    return name, Block(kind, text, tags, int(level or 0), int(line or 0))
