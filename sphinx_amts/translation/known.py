"""What is known of segments: by people, and in the store.

`Known` reads and remembers, it changes nothing. What a machine translated stands in the
store under the engine's signature, one *shelf* for each signature; a book may read
several, the best first.
"""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from sphinx_amts.errors import TagError
from sphinx_amts.files import read_json
from sphinx_amts.memory.compose import Part, cut, holds, put_together, sentences_of
from sphinx_amts.memory.normal import optional_tags
from sphinx_amts.memory.people import Match, People
from sphinx_amts.memory.rows import text_keys
from sphinx_amts.memory.store import Store
from sphinx_amts.memory.unit import Origin, Similar, TranslationUnit, unit_key
from sphinx_amts.text.check import check
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Segment, text_key
from sphinx_amts.text.tagged import count_words
from sphinx_amts.text.terms import NO_TERMS, RequiredTerms
from sphinx_amts.translation.keys import derived_key, signatures_key

AT_ONCE = 1000  # segments that are read ahead; all of a book's would be its whole text
SHOWN = 40  # characters of a text, in a warning


@dataclass(frozen=True)
class Shelf:
    """What the store has of one pair under one signature of an engine."""

    store: Store
    pair: LanguagePair
    signature: str
    engine: str = ""  # its name, for what is put here
    version: str = ""  # of what customises it, the same
    terms: RequiredTerms = NO_TERMS

    def key(self, key: str) -> str:
        """Return the store's key for a segment's."""
        return unit_key(key, self.pair, self.signature)

    def find(self, key: str) -> Match | None:
        """Return what is here for a segment's key."""
        row = self.store.get(self.key(key))
        try:
            return None if row is None else self.match(row)
        except (ValueError, TagError) as error:
            self.store.doubt(str(error))
            return None

    def match(self, row: str) -> Match | None:
        """Read a row; None where it lacks terms that there are now.

        Raises `ValueError` and `TagError`.
        """
        return Match.from_json(row) if self._has_terms(row) else None

    def _has_terms(self, row: str) -> bool:
        """Tell whether what was translated before has the terms that there are now.

        What the engine has been asked for with these terms, in vain, is taken.
        """
        if not self.terms:
            return True
        unit = TranslationUnit.from_json(row)
        if not unit.target:
            return True
        if not self.terms.keeps_names(unit.source, unit.target):
            return False
        lacks = self.terms.lacks(unit.source, unit.target)
        return not lacks or lacks == unit.lacks

    def unit(self, key: str) -> TranslationUnit | None:
        """Return all that is kept of a translation."""
        try:
            unit = TranslationUnit.from_json(self.store.get(self.key(key)) or "")
        except ValueError:
            return None
        return unit if key.startswith(f"{text_key(unit.source)}:") else None

    def put(self, targets: Iterable[tuple[Segment, str]]) -> None:
        """Keep what a machine translated."""
        self._put((each, target, "") for each, target in targets)
        self._sign()

    def take(self, rows: Mapping[str, str]) -> None:
        """Keep rows of another store that were checked, by the keys of segments."""
        if rows:
            self.store.put({self.key(key): row for key, row in rows.items()})
            self._sign()

    def _sign(self) -> None:
        """Note whose units are here."""
        known = signatures(self.store, self.pair)
        if known.get(self.signature) != self.engine:
            known[self.signature] = self.engine
            text = json.dumps(known, ensure_ascii=False)
            self.store.put({signatures_key(self.pair): text})

    def refuse(self, reasons: Iterable[tuple[Segment, str]]) -> None:
        """Keep why a machine's translation was not taken."""
        self._put((each, "", reason) for each, reason in reasons)

    def _put(self, rows: Iterable[tuple[Segment, str, str]]) -> None:
        today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        self.store.put(
            {
                self.key(segment.key): TranslationUnit(
                    source=segment.source,
                    target=target,
                    origin=Origin.MACHINE,
                    kinds=",".join(tag.kind for tag in segment.tags),
                    engine=self.engine,
                    date=today,
                    version=self.version,
                    refusal=refusal,
                    lacks=self.terms.lacks(segment.source, target) if target else "",
                ).to_json()
                for segment, target, refusal in rows
            }
        )


def signatures(store: Store, pair: LanguagePair) -> dict[str, str]:
    """Return the names of the engines that have units of a pair, by signature.

    In the order in which they came; what versions before this one kept is not listed.
    """
    try:
        found = read_json(store.get(signatures_key(pair)) or "{}")
    except ValueError:
        found = {}
    known = found.items() if isinstance(found, dict) else ()
    return {sign: name for sign, name in known if isinstance(name, str)}


BEST = ("amazon-batch", "bedrock", "openai", "amazon")
"""Engines whose units are taken before others', where all of them are looked for."""
UNREAL = ("identity", "pseudo")  # engines whose units are no translations


def all_shelves(store: Store, pair: LanguagePair, first: Shelf) -> list[Shelf]:
    """Return a shelf of each engine that has units of a pair, the best first.

    Of those that are alike, the latest.
    """
    ranks = {name: rank for rank, name in enumerate(BEST)}
    found = [each for each in signatures(store, pair).items() if each[1] not in UNREAL]
    found.reverse()
    found.sort(key=lambda each: ranks.get(each[1], len(BEST)))
    # Nobody can be asked for a term now: what there is does.
    first = replace(first, terms=first.terms.stays)
    others = (replace(first, signature=sign, engine=name) for sign, name in found)
    return [first, *others]


class Look(NamedTuple):
    """What a look for a segment has found."""

    segment: Segment
    match: Match | None = None
    parts: tuple[Part, ...] = ()
    """Where people know some sentences, and others are still to be had: all of them."""
    composed: bool = False  # made just now of people's units: worth keeping

    @property
    def lacks(self) -> bool:
        """Whether there is no translation, or people know it in part only."""
        return self.match is None or bool(self.parts)


class Known:
    """Finds what there is for segments of one pair.

    ``read_people`` is called when the first text is looked for. ``collected`` changes
    when jobs have brought better translations. Nothing of it changes the store but
    `keep`.
    """

    def __init__(
        self,
        read_people: Callable[[], People],
        shelves: Sequence[Shelf],
        collected: str = "",
    ) -> None:
        self._read_people = read_people
        self.shelves = tuple(shelves)
        self.collected = collected
        self.lookups = 0
        """How often a segment of a page was looked for."""
        self._matches: dict[str, Match] = {}
        self._store = self.shelves[0].store
        self._pair = self.shelves[0].pair

    @cached_property
    def people(self) -> People:
        """People's units."""
        return self._read_people()

    # By segment

    def look(self, segment: Segment) -> Look:
        """Return what is known of a segment: its target, or that it was refused."""
        match = self._matches.get(segment.key)
        if match is not None:
            return Look(segment, match)
        found = self._look(segment)
        if found.match is not None and not found.parts:
            self._matches[segment.key] = found.match
        return found

    def look_all(self, segments: Iterable[Segment]) -> dict[str, Look]:
        """Look for segments, each once; returns what is known by their keys."""
        unique = {segment.key: segment for segment in segments}
        self.lookups += len(unique)
        keys = list(unique)
        found: dict[str, Look] = {}
        for start in range(0, len(keys), AT_ONCE):
            part = keys[start : start + AT_ONCE]
            self.read_ahead(part)
            found.update((key, self.look(unique[key])) for key in part)
        return found

    def find(self, segment: Segment) -> Match | None:
        """Return what is known of a segment; see `look`."""
        return self.look(segment).match

    def _look(self, segment: Segment) -> Look:
        """Ask people's whole units, then their sentences, then the store."""
        people = self.people
        exact = self._usable(segment, people.find_exactly(segment.key))
        if not people.has_human or (exact is not None and exact.origin.is_human):
            return Look(segment, exact or self._stored(segment))
        if derived := self._usable(segment, self._derived(segment.key)):
            return Look(segment, derived)
        match = exact or self._usable(segment, people.find(segment))
        if match is not None and match.origin.is_human:
            return Look(segment, match, composed=True)
        parts = self.parts(segment)
        whole = match or self._stored(segment)
        if not parts or (whole is not None and holds(whole, parts)):
            return Look(segment, whole)
        # A committed memory serves whoever cannot ask: no sentence that happens to
        # stand in another unit too is a reason to send the rest.
        is_enough = match is not None and all(
            part.match is None or part.match.is_part for part in parts
        )
        found = {
            part.segment.key: each
            for part in parts
            if part.match is None
            and (each := self.of_machine(part.segment)) is not None
        }
        composed = self.compose(Look(segment, whole, tuple(parts)), found)
        if composed.parts and is_enough:
            return Look(segment, whole)
        return composed

    def compose(self, look: Look, found: Mapping[str, Match]) -> Look:
        """Put a segment together of people's sentences and of those in ``found``.

        ``found`` has matches by the keys of the other parts. Where one is missing, the
        parts stay to be had; where one was refused, the whole is all there is.
        """
        segment = look.segment
        every = [part.match or found.get(part.segment.key) for part in look.parts]
        matches = [match for match in every if match is not None and not match.refusal]
        if len(matches) < len(look.parts):
            is_refused = any(each is not None and each.refusal for each in every)
            return look._replace(parts=()) if is_refused else look
        try:
            made = put_together(segment, look.parts, matches, self._pair.target)
        except TagError:
            return look._replace(parts=())
        return Look(segment, made, composed=True)

    def parts(self, segment: Segment) -> list[Part]:
        """Return the parts of a segment, where people know some of them."""
        return cut(segment, self.people, self._pair.source)

    def keep(self, looks: Iterable[Look]) -> None:
        """Keep what was made of people's units, found again by its key alone."""
        self._store.put(
            {
                self._derived_key(look.segment.key): json.dumps(
                    {
                        "source": look.segment.source,
                        "target": look.match.target,
                        "origin": look.match.origin.value,
                        "people": self.people.digest,
                    },
                    ensure_ascii=False,
                )
                for look in looks
                if look.composed and look.match is not None
            }
        )

    # By key

    def find_key(self, key: str) -> Match | None:
        """As `find`, for a segment of which only the key is known."""
        exact = self._matches.get(key) or self.people.find_exactly(key)
        if self.people.has_human:
            if exact is not None and exact.origin.is_human:
                return exact
            return self._derived(key) or exact or self.stored(key)
        match = exact or self.stored(key)
        if match is not None:
            self._matches[key] = match  # as `look` would
        return match

    def stored(self, key: str) -> Match | None:
        """Return what machines translated: the first target, else the last refusal."""
        refused = None
        for shelf in self.shelves:
            match = shelf.find(key)
            if match is not None and match.target:
                return match
            refused = match or refused
        return refused

    def _stored(self, segment: Segment) -> Match | None:
        """As `stored`, for what can be in the segment's place."""
        refused = None
        for shelf in self.shelves:
            match = self._usable(segment, shelf.find(segment.key))
            if match is not None and match.target:
                return match
            refused = match or refused
        return refused

    def of_machine(self, segment: Segment) -> Match | None:
        """Return what is known of a part of a segment that people do not know."""
        return self._matches.get(segment.key) or self._stored(segment)

    def _usable(self, segment: Segment, match: Match | None) -> Match | None:
        """Return a match whose target passes what an engine's has to pass."""
        if match is None or match.refusal:
            return match
        try:
            check(segment.source, match.target, optional_tags(segment.tags))
        except TagError as error:
            shown = segment.source[:SHOWN]
            self._store.doubt(f"a translation of {shown!r}: {error}")
            return None
        return match

    def unit(self, key: str) -> TranslationUnit | None:
        """Return all that is kept of a machine's translation of a segment."""
        units = [unit for shelf in self.shelves if (unit := shelf.unit(key))]
        return next(
            (unit for unit in units if unit.target), units[0] if units else None
        )

    def is_improvable(self, key: str, texts: Collection[str] = ()) -> bool:
        """Tell whether people know part of a segment of which only the key is left.

        A segment's key leads to whole units in their exact form only. ``texts`` are its
        `text_keys`, where nobody has translated it.
        """
        if not self.people.has_human:
            return False
        match = self.find_key(key)
        if match is not None and match.origin.is_human:
            return False
        try:
            return self.people.knows_any(texts or text_keys(self._source(key)))
        except TagError:
            return False  # what is stored is no text of ours

    def remember(self, matches: Mapping[str, Match]) -> None:
        """Know what an engine has just made, whatever becomes of the store."""
        self._matches.update(matches)

    def read_ahead(self, keys: Iterable[str]) -> None:
        """Get ready to look for these segments: many at a time are found faster."""
        keys = list(keys)
        self.people.read_ahead(key for key in keys if key not in self._matches)
        if not self.people.has_human:  # else most are looked for in other places first
            first = self.shelves[0]
            unknown = [first.key(key) for key in keys if key not in self._matches]
            self._store.read_ahead(unknown)

    def _source(self, key: str) -> str:
        """Return the source of a segment that has a translation; empty if unknown."""
        if source := self.people.source(key):
            return source
        for stored in (self.shelves[0].key(key), self._derived_key(key)):
            with contextlib.suppress(ValueError, AttributeError):
                source = read_json(self._store.get(stored) or "{}").get("source")
                if isinstance(source, str) and key.startswith(f"{text_key(source)}:"):
                    return source
        return ""

    def _derived(self, key: str) -> Match | None:
        """Return what an earlier build made of people's units as they are now."""
        text = self._store.get(self._derived_key(key))
        try:
            values = read_json(text or "{}")
            if values.get("people") == self.people.digest:
                return Match.from_json(text or "")
        except (ValueError, AttributeError):
            pass  # not what we keep there
        return None

    def _derived_key(self, key: str) -> str:
        return derived_key(self.shelves[0].key(key), self.collected)

    # Of people's

    def human_words(self, look: Look) -> int:
        """Return how many words of a segment have a translation by people."""
        match, segment = look.match, look.segment
        if match is None or match.refusal or match.origin is Origin.MACHINE:
            return 0
        if match.origin.is_human:
            return count_words(segment.source)
        return sum(
            count_words(part.segment.source)
            for part in self.parts(segment)
            if part.match is not None and part.match.origin.is_human
        )

    def stale(self, segment: Segment) -> list[tuple[Segment, Similar]]:
        """Return what people translated in an earlier form: text now, unit then.

        The whole segment, if it is like a unit; else those of its sentences that are,
        without those that people know.
        """
        if not self.people.has_human:
            return []
        parts = self.parts(segment)
        unknown = [part.segment for part in parts if part.match is None]
        if not parts:
            if nearest := self.people.similar(segment.source):
                return [(segment, nearest[0])]
            if self.people.by_sentence:
                unknown = sentences_of(segment)
        return [
            (text, nearest[0])
            for text in unknown
            if (nearest := self.people.similar(text.source))
        ]
