"""The blocks of a document, as the readers give them and the aligner takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Kind(str, Enum):
    """What a block is; only blocks of one kind are ever aligned with each other."""

    TITLE = "title"
    TEXT = "text"  # paragraphs and items of lists: translators turn one into the other
    CELL = "cell"  # of a table
    CAPTION = "caption"  # of a figure or a table, an image's alternative text
    LABEL = "label"  # index entries, captions of contents: text that has no place
    CODE = "code"
    MATH = "math"
    IMAGE = "image"

    @property
    def is_prose(self) -> bool:
        """Whether it is text for readers; the others are only landmarks."""
        return self not in (Kind.CODE, Kind.MATH, Kind.IMAGE)


@dataclass(frozen=True)
class Block:
    """One block of a document."""

    kind: Kind
    text: str  # prose: tagged text, a `TaggedText` as a rule; else its own characters
    tags: Mapping[int, str] = field(default_factory=dict)  # id of a tag -> its kind
    level: int = 0  # of a title: how many it is under
    line: int = 0  # 1-based; 0 where it is not known

    @classmethod
    def of_text(cls, text: str, tags: Mapping[int, str]) -> Block:
        """Make a block of a tagged text that has no place."""
        return cls(Kind.TEXT, text, tags)
