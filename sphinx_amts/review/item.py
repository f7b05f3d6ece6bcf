"""A segment at the desk: what it says, whose its text is, where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

from sphinx_amts.book.listing import ListedSegment, Listing
from sphinx_amts.memory.unit import Origin
from sphinx_amts.text.segment import InlineTag, Placeholder, Segment, State
from sphinx_amts.text.tagged import (
    TaggedText,
    parse,
    readable,
    spans,
    tag_places,
)

PEOPLE, STALE, MIXED, MACHINE, SOURCE = "people", "stale", "mixed", "machine", "source"
WHOSE = (PEOPLE, STALE, MIXED, MACHINE, SOURCE)
"""Whose a text is: people's; stale, of an earlier source; of both; a machine's; or the
source's own, because there is no other."""


class Place(NamedTuple):
    """Where a segment stands."""

    page: str  # name
    path: str  # of the page's address, from the root
    line: int  # 1-based; 0: not known


class Text(NamedTuple):
    """What a segment says now."""

    target: str  # tagged; empty where there is none
    origin: str  # of the target, a value of `Origin`; empty where there is none
    is_reviewed: bool = False
    comment: str = ""


class Item:
    """One segment, as it is now."""

    __slots__ = ("listed", "places", "text")

    def __init__(self, listed: ListedSegment) -> None:
        self.listed = listed
        self.text = Text(listed.target, listed.origin)
        self.places: list[Place] = []

    @property
    def words(self) -> int:
        """The words of the source."""
        return self.listed.words

    def say(self, text: Text) -> None:
        """Say something else."""
        self.text = text

    @property
    def target(self) -> str:
        """The target as tagged text; empty where there is none."""
        return self.text.target

    @property
    def key(self) -> str:
        """The segment's key."""
        return self.listed.key

    @property
    def source(self) -> str:
        """The source as tagged text."""
        return self.listed.source

    @property
    def is_human(self) -> bool:
        """Whether people stand behind the text."""
        return bool(self.target) and self.text.origin not in _OF_MACHINES

    @property
    def whose(self) -> str:
        """Whose the text is: one of `WHOSE`."""
        if self.is_human:
            return PEOPLE
        if self.listed.is_stale:
            return STALE
        if not self.target:
            return SOURCE
        return MIXED if self.text.origin == Origin.MIXED.value else MACHINE

    @property
    def doubt(self) -> float | None:
        """How doubtful the text is, where a machine has made it."""
        is_listed = self.target == self.listed.target and not self.is_human
        return self.listed.doubt if is_listed else None

    @property
    def engine(self) -> str:
        """The engine that has made the text, where one has."""
        return "" if self.is_human else self.listed.engine

    @property
    def date(self) -> str:
        """When an engine has made it, ISO 8601."""
        return "" if self.is_human else self.listed.date

    @property
    def version(self) -> str:
        """What changes with the text and with whose it is."""
        what = f"{self.is_human} {self.target}"
        return sha256(what.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def state(self) -> State:
        """How far the translation is."""
        if not self.target:
            return State.INITIAL
        return State.REVIEWED if self.text.is_reviewed else State.TRANSLATED

    def segment(self) -> Segment:
        """Return the segment, with what readers see in the place of its tags."""
        source = TaggedText(self.source, self.listed.equivalents)
        return Segment(source, tuple(_tags(self.source, self.key)))

    def show(self, tagged: str) -> str:
        """Return a tagged text of the segment's as readers see it."""
        return readable(parse(tagged), self.listed.equivalents)

    def summary(self) -> dict[str, Any]:
        """Return what a list of segments has of it."""
        place = self.places[0] if self.places else Place("", "", 0)
        return {
            "key": self.key,
            "page": place.page,
            "path": place.path,
            "line": place.line,
            "source": self.source,
            "target": self.target,
            "shown_source": self.show(self.source),
            "shown_target": self.show(self.target),
            "whose": self.whose,
            "state": self.state.value,
            "doubt": self.doubt,
            "words": self.words,
            "comment": self.text.comment,
        }

    def tags(self) -> list[dict[str, Any]]:
        """Return what the tags of the source are, in the order of their ids."""
        pieces = parse(self.source)
        inside = {each.id: each.children for each in spans(pieces)}
        known = self.listed.equivalents
        return [
            {
                "id": tag.id,
                "kind": tag.kind,
                "is_span": isinstance(tag, InlineTag),
                "shown": readable(inside.get(tag.id, (tag.id,)), known),
            }
            for tag in _tags(self.source, self.key)
        ]


_OF_MACHINES = ("", Origin.MACHINE.value, Origin.MIXED.value)


def _tags(source: str, key: str) -> Iterator[Placeholder | InlineTag]:
    kinds = key.partition(":")[2].split(",")
    for number, (_parent, is_span) in sorted(tag_places(parse(source))):
        kind = kinds[number - 1] if number <= len(kinds) else ""
        yield InlineTag(number, kind) if is_span else Placeholder(number, kind)


@dataclass(frozen=True)
class Sheet:
    """A page of the book with its items, in order."""

    name: str
    path: str
    title: str
    items: Sequence[Item]
    catalog_words: int


class Items:
    """All items of a book by their keys, and its pages."""

    def __init__(self, listing: Listing) -> None:
        self.by_key: Mapping[str, Item] = {
            key: Item(each) for key, each in listing.segments.items()
        }
        self.pages = [
            Sheet(
                page.name,
                page.path,
                page.title,
                [self.by_key[key] for key, _line in page.places if key in self.by_key],
                page.catalog_words,
            )
            for page in listing.pages
        ]
        for page in listing.pages:
            for key, line in page.places:
                if key in self.by_key:
                    place = Place(page.name, page.path, line)
                    self.by_key[key].places.append(place)

    def __iter__(self) -> Iterator[Item]:
        """Yield all items, each once, in the order of the book."""
        return iter(self.by_key.values())

    @cached_property
    def by_source(self) -> Mapping[str, list[Item]]:
        """The items by their sources, whatever their tags stand for."""
        found: dict[str, list[Item]] = {}
        for item in self:
            found.setdefault(item.source, []).append(item)
        return found

    def page(self, name: str) -> Sheet | None:
        """Return a page by its name."""
        return next((each for each in self.pages if each.name == name), None)
