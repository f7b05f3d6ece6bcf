"""Documents in both languages, read where and when they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from sphinx_amts.parallel_data.align import Document
from sphinx_amts.parallel_data.blocks import Block

LEARNED = 400
"""Documents that are learnt from at most, evenly taken: more of a book change nothing,
and the time and the memory that learning takes stay the same."""


class Side(Protocol):
    """One side of a document. It can be pickled, and does not hold what it reads."""

    def __call__(self) -> Sequence[Block]:
        """Read it; raises `FileError`."""

    def digest(self) -> str:
        """Return what changes with the content; raises `FileError`."""

    def size(self) -> int:
        """Return about how many bytes it has; 0 where it cannot be read."""


@dataclass(frozen=True)
class Given:
    """A side that has been read already."""

    blocks: Sequence[Block]

    def __call__(self) -> Sequence[Block]:
        """Return its blocks."""
        return self.blocks

    def digest(self) -> str:
        """Return what changes with the blocks."""
        parts = [
            (
                each.kind.value,
                each.text,
                sorted(each.tags.items()),
                each.level,
                each.line,
            )
            for each in self.blocks
        ]
        return sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def size(self) -> int:
        """Return how many characters it has."""
        return sum(len(each.text) for each in self.blocks)


@dataclass(frozen=True)
class Bitext:
    """A document in both languages."""

    name: str
    source: Side
    target: Side

    def read(self) -> Document:
        """Read both sides; raises `FileError`."""
        return self.source(), self.target()

    def digest(self) -> str:
        """Return what changes with either side; raises `FileError`."""
        return f"{self.source.digest()} {self.target.digest()}"

    def size(self) -> int:
        """Return about how many bytes both sides have."""
        return self.source.size() + self.target.size()


def sample(bitexts: Sequence[Bitext]) -> Sequence[Bitext]:
    """Return what is learnt from."""
    step = -(-len(bitexts) // LEARNED)
    return bitexts[::step]
