"""A unit: a place in a document that holds one segment, whatever builds the book."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from sphinx_amts.text.segment import Segment


class Unit(ABC):
    """What a host takes a segment from, and puts its target back into.

    ``segment`` is what is there now.
    """

    segment: Segment
    is_heading = False  # whether what follows it is about it

    @abstractmethod
    def insert(self, target: str) -> None:
        """Put a checked target in the source's place."""

    def readable_segment(self) -> Segment:
        """Return the segment with what readers see in its placeholders' places.

        Takes its time: for what is to be translated only.
        """
        return self.segment


@dataclass(frozen=True)
class Place:
    """Where a segment stands in a book."""

    document: str  # name
    line: int = 0  # 1-based, of the document or of what it includes; 0: not known
    message: str = ""  # as gettext has it, in markup; empty where gettext has none
    path: str = ""  # of the document's file, relative to the book
    domain: str = ""  # of gettext
    is_plain: bool = False  # the message is characters: no markup is read in it

    def __str__(self) -> str:
        return f"{self.path or self.document}:{self.line}"

    @property
    def is_rst(self) -> bool:
        """Whether the message is reStructuredText; else it is MyST."""
        return Path(self.path).suffix not in (".md", ".ipynb", ".myst")


@dataclass(frozen=True)
class Occurrence:
    """A segment at one place of a book."""

    place: Place
    segment: Segment  # of the source
    text: str = ""  # of people's catalog, in markup
    is_catalog: bool = False  # people's catalog has translated it
