"""What is on the pages: per document the segments used and what became of them.

A host keeps the records, so that the next build finds the documents to read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sphinx_amts.memory.rows import text_keys
from sphinx_amts.text.tagged import count_words
from sphinx_amts.translation.known import Known, Look
from sphinx_amts.translation.translator import Translating

REFUSED = "!"  # the digest of a refused segment: `Match.digest`


@dataclass(frozen=True)
class Missed:
    """A term whose target is not where it should be."""

    place: str  # file and line
    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source!r}, required {self.target!r} ({self.place})"


@dataclass
class Words:
    """How many words of the source are translated, and by whom."""

    human: int = 0
    stale: int = 0  # a person translated them in an earlier form of the text
    machine: int = 0  # and not stale
    untranslated: int = 0  # and not stale

    @property
    def total(self) -> int:
        """All words."""
        return self.human + self.stale + self.machine + self.untranslated

    def add(self, other: Words) -> None:
        """Count the words of ``other`` too."""
        self.human += other.human
        self.stale += other.stale
        self.machine += other.machine
        self.untranslated += other.untranslated

    def percent(self, count: int) -> float:
        """Return a part of all words in percent; of no words, all are everything."""
        return 100 * count / self.total if self.total else 100.0

    def __str__(self) -> str:
        """Say it in one line.

        >>> str(Words(human=120, stale=30, machine=50))
        '60 % human, 15 % human but stale, 25 % machine, 0 % untranslated'
        """
        names = {"stale": "human but stale"}
        return ", ".join(
            f"{self.percent(count):.0f} % {names.get(name, name)}"
            for name, count in vars(self).items()
        )


class Listed(NamedTuple):
    """A segment as the desk of translators has it."""

    source: str  # tagged
    equivalents: dict[int, str]  # what readers see in the place of its tags
    target: str = ""  # tagged; empty where the page shows the source
    origin: str = ""  # of the target, a value of `Origin`
    heading: str = ""  # the nearest one above, as readers see it


@dataclass
class Record:
    """One document as it was last read."""

    keys: dict[str, str] = field(default_factory=dict)
    """Segment key -> `Match.digest` of what is on the page; empty for the source."""
    texts: dict[str, list[str]] = field(default_factory=dict)
    """Segment key -> `text_keys`, of those that have no translation."""
    human: int = 0  # units that a catalog of people translated
    machine: int = 0  # units with an engine's text
    words: Words = field(default_factory=Words)
    stale: dict[str, int] = field(default_factory=dict)
    """Segment key -> its stale words, of those that are not people's as a whole."""
    identity: str = ""  # of the memory files and the engine
    failure: str = ""  # why the engine could not be asked
    missed: tuple[Missed, ...] = ()  # terms that an engine's text lacks
    listed: dict[str, Listed] = field(default_factory=dict)
    """Segment key -> what a translator is shown; only where the build lists them."""
    places: list[tuple[str, int]] = field(default_factory=list)
    """Segment key and line of each unit that is listed, in order."""
    catalog_words: int = 0  # of `words`, those that a catalog of people has translated

    def count_human(self, source: str) -> None:
        """Count a unit that people's catalog has translated."""
        self.human += 1
        self.catalog_words += count_words(source)
        self.words.human += count_words(source)

    def count_machine(self) -> int:
        """Count a unit with an engine's text; return how many there are."""
        self.machine += 1
        return self.machine

    def count(self, known: Known, look: Look, *, exactly: bool) -> None:
        """Count the words of a segment by what became of it.

        Not ``exactly``, and where there is nothing of people's, what has spaces around
        it is a word.
        """
        key, source, match = look.segment.key, look.segment.source, look.match
        human = stale = 0
        if match is None:
            self.texts[key] = text_keys(source)
        if known.people.has_human or exactly:
            total = count_words(source)
            human = known.human_words(look)
        else:
            total = source.count(" ") + 1
        if known.people.has_human and (match is None or not match.origin.is_human):
            if key not in self.stale:
                earlier = (text.source for text, _then in known.stale(look.segment))
                self.stale[key] = sum(map(count_words, earlier))
            stale = min(self.stale[key], total - human)
        self.words.human += human
        self.words.stale += stale
        if match is None or match.refusal:
            self.words.untranslated += total - human - stale
        else:
            self.words.machine += total - human - stale

    def note(self, key: str, digest: str) -> None:
        """Note what is on the page for a segment."""
        self.keys[key] = digest

    def note_missed(self, place: str, terms: Iterable[tuple[str, str]]) -> None:
        """Note terms that an engine did not translate as required."""
        self.missed += tuple(Missed(place, *term) for term in terms)

    def unlist(self, key: str) -> None:
        """Note that the page shows the source of a segment all the same."""
        if key in self.listed:
            self.listed[key] = self.listed[key]._replace(target="", origin="")

    def close(self, identity: str, failure: str) -> None:
        """Note by what it was translated, and why not where it was not."""
        self.identity, self.failure = identity, failure

    def is_outdated(self, translator: Translating, identity: str) -> bool:
        """Tell whether reading the document again would change its text.

        A text that has gone from the memory is not asked for again as long as the
        engine is the same: it is still on the page.
        """
        is_changed = self.identity != identity
        if not is_changed and "" not in self.keys.values():
            return False
        known = translator.known
        for key, digest in self.keys.items():
            match = known.find_key(key)
            if is_changed and known.is_improvable(key, self.texts.get(key, ())):
                return True
            if match is not None:
                if match.digest != digest:
                    return True
            elif (not digest or is_changed) and translator.may_ask(key):
                return True
        return False


class Records:
    """The records of a book, by the names of its documents."""

    def __init__(self) -> None:
        self._all: dict[str, Record] = {}
        self._new: set[str] = set()  # names of documents read in this build

    def __getstate__(self) -> dict[str, Any]:
        return {"_all": self._all, "_new": set()}

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def items(self) -> Iterator[tuple[str, Record]]:
        """Yield documents with their records."""
        yield from self._all.items()

    def new(self) -> Iterator[tuple[str, Record]]:
        """Yield the documents that were read in this build."""
        return ((name, each) for name, each in self._all.items() if name in self._new)

    def get(self, name: str) -> Record:
        """Return the record of a document; an empty one if there is none."""
        return self._all.get(name, Record())

    def begin(self, name: str, stale: dict[str, int]) -> Record:
        """Begin the record of a document that is being read.

        ``stale`` is what is known of its stale words.
        """
        self._new.add(name)
        record = self._all[name] = Record(stale=stale)
        return record

    def drop(self, name: str) -> None:
        """Forget a document."""
        self._all.pop(name, None)

    def merge(self, names: Iterable[str], other: Records) -> None:
        """Take over the records of documents that another process has read."""
        for name in names:
            if name in other._all:
                self._all[name] = other._all[name]
                self._new.add(name)

    def settle(self) -> None:
        """End a build: nothing is new any more."""
        self._new.clear()

    def count(self) -> tuple[int, int, int]:
        """Return how many segments there are, are missing, were refused; by place."""
        digests = [
            digest for each in self._all.values() for digest in each.keys.values()
        ]
        human = sum(record.human for record in self._all.values())
        return len(digests) + human, digests.count(""), digests.count(REFUSED)

    def count_missing(self, is_wanted: Callable[[str], bool]) -> int:
        """Return how many places lack a translation of such a segment."""
        return sum(
            not digest and is_wanted(key)
            for record in self._all.values()
            for key, digest in record.keys.items()
        )

    def missed(self) -> list[Missed]:
        """Return all missed terms; none where this build has read nothing with one."""
        if not any(record.missed for _name, record in self.new()):
            return []
        return [
            missed for name in sorted(self._all) for missed in self._all[name].missed
        ]

    def hits(self, made: Set[str]) -> int:
        """Return how many segments of this build's documents the memory had."""
        found = {
            key
            for _name, record in self.new()
            for key, digest in record.keys.items()
            if digest not in ("", REFUSED)
        }
        return len(found - made)

    def words(self) -> Words:
        """Return the words of all documents."""
        total = Words()
        for record in self._all.values():
            total.add(record.words)
        return total

    def failures(self) -> list[str]:
        """Return why segments are missing in documents read by this build."""
        reasons = (record.failure for _name, record in self.new())
        return list(dict.fromkeys(filter(None, reasons)))
