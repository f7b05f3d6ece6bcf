"""What a book is read for: to see what is missing, to look at it, or to publish it.

=========  ====================  ======================================================
purpose    asks                  and
=========  ====================  ======================================================
`Gather`   nobody                notes what is missing; the document is not written
`Collect`  nobody                keeps every segment, its places, and the words
`Publish`  for what is missing   puts the targets in and records them
`Review`   for what is missing   the same, and lists the segments with their places
=========  ====================  ======================================================
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sphinx_amts.book.record import Records, Words
from sphinx_amts.book.unit import Occurrence
from sphinx_amts.memory.people import Match
from sphinx_amts.text.segment import Segment
from sphinx_amts.translation.known import Known, Look

REVIEW = "AMTS_REVIEW"
"""Variable by which a build is one for the translators' desk; any text but none."""

Looks = dict[str, Look]
"""What is known, by the keys of segments."""


class Open(Protocol):
    """What a page lets a purpose do with what is not known."""

    def fetch(self, looks: Looks) -> Looks:
        """Take in what other runners share; return what is known now."""

    def to_send(self, looks: Looks) -> list[Segment]:
        """Return, once each, what should be asked for, with what readers see."""

    def readable(self, looks: Mapping[str, Look]) -> Looks:
        """Return looks whose segments have what readers see in placeholders' places."""

    def lengths(self, looks: Looks) -> dict[str, int]:
        """Return the characters of what is known, by key, where they have a price."""

    def ask(self, pieces: Sequence[Segment], looks: Looks) -> dict[str, Match]:
        """Say what is asked for and what it costs, then have it translated."""

    def complete(self, look: Look, made: Mapping[str, Match]) -> Look:
        """Return a look with what was made since."""


class Purpose(ABC):
    """What a book is read for."""

    forbids: str = ""  # why no engine may be asked; empty if it may
    records: bool = True  # whether it is noted what became of a document
    is_exact: bool = False  # whether words are counted exactly
    wants_places: bool = False  # whether `add` gets all segments with their places
    lists: bool = False  # whether the records list the segments, for translators

    @abstractmethod
    def meet(self, page: Open, looks: Looks) -> Looks:
        """Do what is to be done about segments of a page; return what is known now."""

    def add(self, occurrence: Occurrence) -> None:  # noqa: B027, most want none
        """Take a segment at its place."""


@dataclass
class Gather(Purpose):
    """Notes what documents lack, each segment once, and what they need not ask for."""

    segments: dict[str, Segment] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    """Characters of what is known, by key, where they have a price."""
    forbids = "this only looks for what is missing"
    records = False

    def meet(self, page: Open, looks: Looks) -> Looks:
        """Note what is missing."""
        pieces = page.to_send(looks)
        self.segments.update((piece.key, piece) for piece in pieces)
        self.lengths.update(page.lengths(looks))
        return looks

    def update(self, other: Gather) -> None:
        """Take over what another process noted."""
        self.segments.update(other.segments)
        self.lengths.update(other.lengths)


@dataclass
class Collect(Purpose):
    """Keeps all that a book has to translate, and asks nobody."""

    looks: Looks = field(default_factory=dict)  # with what readers see
    occurrences: list[Occurrence] = field(default_factory=list)
    messages: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)
    """All that gettext has, by domain: each message with a file and a line of it."""
    forbids = "not asked by this command"
    is_exact = True
    wants_places = True

    def meet(self, page: Open, looks: Looks) -> Looks:
        """Keep the segments, and take in what others share of them: that is free."""
        looks = page.fetch(looks)
        self._keep(page.readable(looks))
        return looks

    def _keep(self, looks: Looks) -> None:
        for key, look in looks.items():
            self.looks.setdefault(key, look)  # in the context of the first place

    def add(self, occurrence: Occurrence) -> None:
        """Keep a segment's place."""
        self.occurrences.append(occurrence)

    def add_message(self, domain: str, message: str, location: tuple[str, int]) -> None:
        """Keep what gettext has at a place, translated here or not."""
        self.messages.setdefault(domain, {}).setdefault(message, location)

    def known(self, domains: Iterable[str]) -> dict[str, tuple[str, int]]:
        """Return all that gettext has in some domains."""
        found: dict[str, tuple[str, int]] = {}
        for domain in sorted(domains):
            found.update(self.messages.get(domain, {}))
        return found

    def add_titles(self, known: Known, segments: Iterable[Segment]) -> None:
        """Keep texts that stand in no document."""
        self._keep(known.look_all(segments))

    def words(self, records: Records) -> dict[str, Words]:
        """Return the words of each document."""
        return {name: record.words for name, record in records.items()}


@dataclass
class Publish(Purpose):
    """Has everything translated."""

    def meet(self, page: Open, looks: Looks) -> Looks:
        """Ask for what is missing."""
        looks = page.fetch(looks)
        pieces = page.to_send(looks)
        if not pieces:
            return looks
        made = page.ask(pieces, looks)
        return {key: page.complete(look, made) for key, look in looks.items()}


@dataclass
class Review(Publish):
    """Has everything translated, for the desk of translators."""

    lists = True


def publishing() -> Publish:
    """Return what a build is for that writes pages, by its environment."""
    return Review() if os.environ.get(REVIEW) else Publish()
