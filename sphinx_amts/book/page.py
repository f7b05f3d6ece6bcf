"""One document on its way: units in, what is known, what becomes of each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

from sphinx_amts.book.book import Book
from sphinx_amts.book.purpose import Looks
from sphinx_amts.book.record import Listed
from sphinx_amts.book.unit import Occurrence, Place, Unit
from sphinx_amts.errors import TagError
from sphinx_amts.memory.people import Match
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import Context, equivalents_of, put_into, reads
from sphinx_amts.translation.known import Look

U = TypeVar("U", bound=Unit)


class Translated(NamedTuple):
    """What people's catalog has for a unit."""

    source: Segment  # what the unit said
    text: str = ""  # in markup
    target: str | None = None  # tagged text to put in; None where it is there already
    is_new: bool = False  # it came with the catalog's text: the source has it not


class State(NamedTuple):
    """What the text of a unit is, for readers."""

    name: str  # machine, stale (of people, for an earlier source) or source
    number: int = 0  # within the document, from 1; none for the source's own text


class Standing:
    """A unit and what stands around it."""

    def __init__(
        self, unit: Unit, heading: Standing | None, before: Standing | None
    ) -> None:
        self.unit = unit
        self.heading = heading  # the nearest one above
        self.before = before  # the one that stands before it

    @cached_property
    def reads(self) -> str:
        """The unit's text as readers see it."""
        return reads(self.unit.readable_segment().source)

    @property
    def under(self) -> str:
        """What readers see as the heading above; empty if there is none."""
        return self.heading.reads if self.heading else ""

    def segment(self) -> Segment:
        """Return the segment with what readers see, in its context."""
        segment = self.unit.readable_segment()
        context = Context(self.under, self.before.reads if self.before else "")
        return Segment(put_into(segment.source, context), segment.tags)


class Page(ABC, Generic[U]):
    """One document, from its units to its record; then gone.

    A host says in a class of its own how a target is put in, and what people's catalogs
    have.
    """

    def __init__(self, book: Book, name: str, stale: dict[str, int]) -> None:
        self.book = book
        self.name = name
        self.record = book.records.begin(name, stale)
        self.inserted: list[str] = []  # targets that were put in
        self.texts: dict[str, tuple[Segment | None, str]] = {}
        """By gettext's messages, segment and target; of people's catalog the target
        only, in markup. Empty unless `wants_texts`."""
        self._units: dict[str, Standing] = {}  # the first of each segment's key

    # What a host does

    @abstractmethod
    def catalog(self, unit: U) -> Translated | None:
        """Return what people's catalog has for a unit."""

    @abstractmethod
    def place(self, unit: U, source: Segment) -> Place:
        """Return where a unit stands."""

    @abstractmethod
    def put(self, unit: U, target: str) -> None:
        """Put a checked target in; raises `TagError` where that cannot be done."""

    @abstractmethod
    def refuse(self, unit: U, reason: str) -> None:
        """Tell the user that a translation was not taken."""

    def mark(self, unit: U, state: State) -> None:
        """Note on a unit whose text it has, for readers."""

    def note_key(self, unit: U) -> None:
        """Note on a unit which segment it has, for translators."""

    def is_interface(self, unit: U) -> bool:
        """Tell whether a unit's text is the host's own, translated by the host."""
        return False

    def making(self) -> AbstractContextManager[None]:
        """Return what surrounds the making of many small objects."""
        return nullcontext()

    @property
    def wants_texts(self) -> bool:
        """Whether `texts` are wanted."""
        return False

    # The way of the units

    def translate(self, units: Iterable[U]) -> list[U]:
        """Translate units of the document; return those that have another text now."""
        changed, open_ = [], []
        heading = before = None
        for unit in units:
            standing = Standing(unit, heading, before)
            found = self.catalog(unit)
            if found is not None:
                self._count_human(unit, found)
                changed.append(unit)
            elif not self.is_interface(unit):
                open_.append(unit)
                self._units.setdefault(unit.segment.key, standing)
            before = standing
            heading = standing if unit.is_heading else heading
        known = self.book.translator.known
        looks = known.look_all(unit.segment for unit in open_)
        looks = self.book.purpose.meet(self, looks)
        self.record.close(self.book.identity, self.book.translator.failure)
        if self.book.purpose.lists:
            for unit in open_:
                self._list(unit, looks[unit.segment.key])
        with self.making():
            changed += [unit for unit in open_ if self._insert(unit, looks)]
        if self.book.purpose.records:
            self.book.translator.known.keep(looks.values())
        return changed

    def _count_human(self, unit: U, found: Translated) -> None:
        if found.target is not None:
            self.put(unit, found.target)
        self.record.count_human(found.source.source)
        purpose = self.book.purpose
        if found.is_new or not (self.wants_texts or purpose.wants_places):
            return
        place = self.place(unit, found.source)
        self._note_text(place, None, found.text)
        purpose.add(Occurrence(place, found.source, found.text, is_catalog=True))

    def _list(self, unit: U, look: Look) -> None:
        """Note a unit for translators, while it still says what it said."""
        key = unit.segment.key
        self.record.places.append((key, self.place(unit, unit.segment).line))
        self.note_key(unit)
        if key in self.record.listed:
            return
        match = look.match
        is_shown = match is not None and bool(match.target)
        self.record.listed[key] = Listed(
            unit.segment.source,
            dict(equivalents_of(unit.readable_segment().source)),
            match.target if match else "",
            match.origin.value if match and is_shown else "",
            self._units[key].under,
        )

    def _insert(self, unit: U, looks: Looks) -> bool:
        """Put in what is known of a unit; tell whether its text has changed."""
        purpose, source = self.book.purpose, unit.segment
        look = looks[source.key]
        match = look.match
        place = None
        if self.wants_texts or purpose.wants_places:
            place = self.place(unit, source)
            purpose.add(Occurrence(place, source))
        self.record.note(source.key, match.digest if match else "")
        if purpose.records:
            known = self.book.translator.known
            self.record.count(known, look, exactly=purpose.is_exact)
        if match is None:
            self.mark(unit, State("source"))
            return False
        reason = match.refusal
        if not reason and match.target != source.source:
            reason = self._put(unit, look, place)
            if not reason:
                return True
        if reason:
            self.record.unlist(source.key)
            self.mark(unit, State("source"))
            self.refuse(unit, reason)
        return False

    def _put(self, unit: U, look: Look, place: Place | None) -> str:
        """Put a target in; return why that was not possible, if it was not."""
        match, segment = look.match, unit.segment
        assert match is not None
        state = None
        if not match.origin.is_human:
            is_stale = bool(self.record.stale.get(segment.key))
            state = State("stale" if is_stale else "machine", self.record.machine + 1)
            self.mark(unit, state)  # while it still says what it said
        try:
            self.put(unit, match.target)
        except TagError as error:
            return str(error)
        self.inserted.append(match.target)
        if place is not None:
            self._note_text(place, segment, match.target)
        if state is not None:
            self.record.count_machine()
            self._watch(unit, segment, match.target)
        return ""

    def _note_text(self, place: Place, segment: Segment | None, target: str) -> None:
        if self.wants_texts:
            self.texts[place.message] = segment, target

    def _watch(self, unit: U, segment: Segment, target: str) -> None:
        """Note the terms that an engine did not translate as required."""
        terms = self.book.terms
        missed = terms.missed(segment.source, target) if terms else {}
        if missed:
            self.record.note_missed(self.locate(unit), missed.items())

    def locate(self, unit: U) -> str:
        """Return where a unit stands, for people."""
        place = self.place(unit, unit.segment)
        return str(place)

    # For purposes

    def fetch(self, looks: Looks) -> Looks:
        """Take in what other runners share of what is missing."""
        translator = self.book.translator
        missing = [
            piece for look in looks.values() for piece in translator.pieces(look)
        ]
        made = translator.sharing.fetch_all(translator.known, missing)
        if not made:
            return looks
        return {key: translator.complete(look, made) for key, look in looks.items()}

    def to_send(self, looks: Looks) -> list[Segment]:
        """Return, once each, what should be asked for, with what readers see."""
        translator = self.book.translator
        open_ = {key: look for key, look in looks.items() if translator.pieces(look)}
        return translator.to_send(self.readable(open_).values())

    def readable(self, looks: Mapping[str, Look]) -> Looks:
        """Return looks whose segments have what readers see, and their context."""
        parts = self.book.translator.known.parts
        found = {}
        for key, look in looks.items():
            segment = self._units[key].segment()
            cut = tuple(parts(segment)) if look.parts else ()
            found[key] = look._replace(segment=segment, parts=cut)
        return found

    def ask(self, pieces: Sequence[Segment], looks: Looks) -> dict[str, Match]:
        """Say what is asked for and what it costs, then have it translated."""
        if self.book.is_paid:
            self.book.announce(pieces, self.lengths(looks))
        return self.book.ask(pieces)

    def complete(self, look: Look, made: Mapping[str, Match]) -> Look:
        """Return a look with what was made since."""
        return self.book.translator.complete(look, made)

    def lengths(self, looks: Looks) -> dict[str, int]:
        """Return the characters of what is known, by key, where they have a price."""
        if not self.book.is_paid:
            return {}
        known = {key: look for key, look in looks.items() if look.match is not None}
        return {
            key: self.book.translator.characters([look.segment])
            for key, look in self.readable(known).items()
        }
