"""What is on the pages: per document the segments used and what became of them.

Kept in Sphinx's environment, so that the next build finds the documents to read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field

from sphinx.environment import BuildEnvironment

from sphinx_amts.memory.people import Match, text_keys
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import count_words
from sphinx_amts.translation.translator import Hall


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
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)

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
    base: str = ""  # identity of the memory files and the engine
    failure: str = ""  # why the engine could not be asked
    missed: tuple[Missed, ...] = ()  # terms that an engine's text lacks
    is_new: bool = True  # read in this build

    def count(
        self, hall: Hall, segment: Segment, match: Match | None, *, exactly: bool
    ) -> None:
        """Count the words of a segment by what became of it.

        Not ``exactly``, and where there is nothing of people's, what has spaces around
        it is a word.
        """
        key, source = segment.key, segment.source
        human = stale = 0
        if match is None:
            self.texts[key] = text_keys(source)
        if hall.people.has_human or exactly:
            total = count_words(source)
            human = hall.human_words(segment, match)
        else:
            total = source.count(" ") + 1
        if hall.people.has_human and (match is None or not match.origin.is_human):
            if key not in self.stale:
                now = (text.source for text, _then in hall.stale(segment))
                self.stale[key] = sum(map(count_words, now))
            stale = min(self.stale[key], total - human)
        self.words.human += human
        self.words.stale += stale
        if match is None or match.refusal:
            self.words.untranslated += total - human - stale
        else:
            self.words.machine += total - human - stale

    def is_outdated(self, hall: Hall, base: str) -> bool:
        """Tell whether reading the document again would change its text.

        A text that has gone from the memory is not asked for again as long as the
        engine is the same: it is still on the page.
        """
        changed_base = self.base != base
        if not changed_base and "" not in self.keys.values():
            return False
        for key, digest in self.keys.items():
            match = hall.find_key(key)
            if changed_base and hall.is_improvable(key, self.texts.get(key, ())):
                return True
            if match is not None:
                if match.digest != digest:
                    return True
            elif (not digest or changed_base) and hall.may_ask(key):
                return True
        return False


class Records(dict[str, Record]):
    """Records by document name."""

    @staticmethod
    def of(env: BuildEnvironment) -> Records:
        """Return the environment's records."""
        found = getattr(env, "amts", None)
        if not isinstance(found, Records):
            found = Records()
            env.amts = found  # type: ignore[attr-defined]
        return found

    def merge(self, docnames: Iterable[str], other: Records) -> None:
        """Take over the records of ``docnames``."""
        self.update((name, other[name]) for name in docnames if name in other)

    def count(self) -> tuple[int, int, int]:
        """Return how many segments there are, are missing, were refused; by place."""
        digests = [
            digest for record in self.values() for digest in record.keys.values()
        ]
        human = sum(record.human for record in self.values())
        return len(digests) + human, digests.count(""), digests.count("!")

    def count_missing(self, is_wanted: Callable[[str], bool]) -> int:
        """Return how many places lack a translation of such a segment."""
        return sum(
            not digest and is_wanted(key)
            for record in self.values()
            for key, digest in record.keys.items()
        )

    @property
    def has_new(self) -> bool:
        """Whether any document was read in this build."""
        return any(record.is_new for record in self.values())

    def missed(self) -> list[Missed]:
        """Return all missed terms; none where this build has read nothing with one."""
        if not any(each.is_new and each.missed for each in self.values()):
            return []
        return [missed for name in sorted(self) for missed in self[name].missed]

    def hits(self, made: Set[str]) -> int:
        """Return how many segments of this build's documents the memory had."""
        found = {
            key
            for record in self.values()
            if record.is_new
            for key, digest in record.keys.items()
            if digest not in ("", "!")
        }
        return len(found - made)

    def words(self) -> Words:
        """Return the words of all documents."""
        total = Words()
        for record in self.values():
            total.add(record.words)
        return total

    def failures(self) -> list[str]:
        """Return why segments are missing in documents read by this build."""
        reasons = (each.failure for each in self.values() if each.is_new)
        return list(dict.fromkeys(filter(None, reasons)))
