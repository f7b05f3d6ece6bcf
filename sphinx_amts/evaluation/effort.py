"""What machine translation saved translators, by the log of what they corrected.

A segment counts by the first text of a machine that somebody was shown and the last
text of a person. What was taken back does not count, nor what had no machine's text.

=============  =====================================================================
accepted       words of the source whose translation stayed as it was
edit rate      HTER: edits from the machine's text to the person's, for one word of
               the person's, of the segments that were changed
words an hour  words of the source by the time at the desk, where that is known
share          1 - HTER of all segments, the accepted ones too: how much of the work
               the machine took
=============  =====================================================================

Edits are sacrebleu's TER. A sign of a script without blanks, such as Chinese, is a
word; code, formulas and all else that stands in a placeholder is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any

from sphinx_amts.errors import TagError
from sphinx_amts.evaluation import metrics
from sphinx_amts.memory.corrections import COMMENTED, UNDONE, Correction
from sphinx_amts.parallel_data.words import UNSPACED
from sphinx_amts.text.languages import matches
from sphinx_amts.text.tagged import parse, plain

HOUR_S = 3600
MAX_LENGTH = 4000
"""Characters of a text whose edits are counted, which takes the square of it. The
longest paragraphs of books have half of that; of a longer one, all counts as edited."""
_SIGN = re.compile(f"([{UNSPACED}])")

DEFINITION = {
    "accepted": "words of the source whose translation stayed as the machine had it",
    "hter": "of the segments that were changed: edits (TER) from the machine's text to"
    " the last text of a person, for one word of the person's; signs of scripts without"
    " blanks are words, placeholders are none",
    "words_per_hour": "words of the source by the hours at the desk, of the segments"
    " whose time is known",
    "share": "1 - HTER of all segments, accepted ones too: the share of the work that"
    " the machine took",
}
"""What each figure is, for whoever is shown one."""


@dataclass(frozen=True)
class Edited:
    """A segment: the first text of a machine's, and what people made of it."""

    key: str
    machine: str  # tagged text
    target: str  # tagged text, the last
    engine: str
    document: str
    words: int  # of the source
    seconds: float  # of all that was done about it; 0: not known

    @property
    def is_accepted(self) -> bool:
        """Whether the machine's text is people's as it was."""
        return self.machine == self.target


@dataclass
class Work:
    """The work on some segments, summed up."""

    segments: int = 0
    accepted_segments: int = 0
    words: int = 0  # of the sources
    accepted: int = 0  # words of those that stayed as they were
    edits: float = 0.0
    length: float = 0.0  # words of people's texts
    changed_length: float = 0.0  # of those that were changed
    seconds: float = 0.0
    timed_words: int = 0  # of the sources, where seconds are known

    def add(self, each: Edited, edits: float, length: float) -> None:
        """Count a segment."""
        self.segments += 1
        self.words += each.words
        self.edits += edits
        self.length += length
        if each.is_accepted:
            self.accepted_segments += 1
            self.accepted += each.words
        else:
            self.changed_length += length
        if each.seconds:
            self.seconds += each.seconds
            self.timed_words += each.words

    @property
    def hter(self) -> float | None:
        """Edits for one word, where texts were changed; none where none was."""
        return self.edits / self.changed_length if self.changed_length else None

    @property
    def share(self) -> float | None:
        """The share of the work that the machine took, 0 to 1; none of no words."""
        return max(0.0, 1 - self.edits / self.length) if self.length else None

    @property
    def words_per_hour(self) -> float | None:
        """Words of the source; none where no time is known."""
        return self.timed_words * HOUR_S / self.seconds if self.seconds else None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "segments": self.segments,
            "accepted_segments": self.accepted_segments,
            "words": self.words,
            "accepted": self.accepted,
            "hter": _rounded(self.hter, 3),
            "seconds": round(self.seconds, 1),
            "words_per_hour": _rounded(self.words_per_hour, 0),
            "share": _rounded(self.share, 3),
        }


@dataclass(frozen=True)
class Effort:
    """The work saved: by page, by engine, and in all."""

    language: str  # BCP 47 tag
    pages: dict[str, Work] = field(default_factory=dict)
    engines: dict[str, Work] = field(default_factory=dict)
    total: Work = field(default_factory=Work)
    unaided: int = 0  # segments that people wrote with no machine's text before them
    signature: str = ""  # all that may change edits, as sacrebleu writes it

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "language": self.language,
            "pages": {name: each.to_json() for name, each in self.pages.items()},
            "engines": {name: each.to_json() for name, each in self.engines.items()},
            "total": self.total.to_json(),
            "unaided": self.unaided,
            "signature": self.signature,
            "definition": DEFINITION,
        }

    def lines(self) -> Iterator[str]:
        """Yield it as lines for a terminal."""
        if not self.total.segments:
            yield "no machine's text has been accepted or corrected yet"
            return
        rows = [*self.pages.items(), ("total", self.total)]
        yield from _table("document", rows)
        if len(self.engines) > 1:
            yield ""
            yield from _table("engine", list(self.engines.items()))
        yield ""
        for name, meaning in DEFINITION.items():
            yield f"{_HEADS[name]}: {meaning}"
        yield f"TER: {self.signature}"


_HEADS = {
    "segments": "segments",
    "words": "words",
    "accepted": "accepted",
    "hter": "edit rate",
    "words_per_hour": "words/hour",
    "share": "share",
}


def _table(title: str, rows: Sequence[tuple[str, Work]]) -> Iterator[str]:
    # A log may come from elsewhere: no name may do anything to a terminal.
    names = [name if name.isprintable() else ascii(name) for name, _ in rows]
    width = max(len(each) for each in [*names, title])
    yield "  ".join([title.ljust(width), *(f"{each:>10}" for each in _HEADS.values())])
    for name, (_, work) in zip(names, rows, strict=True):
        yield "  ".join([name.ljust(width), *(f"{each:>10}" for each in _cells(work))])


def _cells(work: Work) -> Iterator[str]:
    yield str(work.segments)
    yield str(work.words)
    yield f"{100 * work.accepted / work.words:.0f} %" if work.words else "-"
    yield "-" if work.hter is None else f"{100 * work.hter:.0f} %"
    yield "-" if work.words_per_hour is None else f"{work.words_per_hour:.0f}"
    yield "-" if work.share is None else f"{100 * work.share:.0f} %"


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


Edits = tuple[float, float]
"""How many edits, and how many words people's text has."""


def effort(
    corrections: Iterable[Correction],
    language: str,
    known: MutableMapping[bytes, Edits] | None = None,
) -> Effort:
    """Sum up what a log says of a language, a BCP 47 tag.

    Counting edits takes some milliseconds for each segment: who asks often keeps
    ``known``. Raises `SettingError` where sacrebleu is missing.
    """
    is_in = cache(lambda tag: not tag or matches(tag, language))
    found, unaided = edited(each for each in corrections if is_in(each.language))
    made = Effort(language, unaided=unaided, signature=_signature(found, language))
    counted = count_edits(found, language, {} if known is None else known)
    for each, (edits, length) in zip(found, counted, strict=True):
        for work in (
            made.pages.setdefault(each.document, Work()),
            made.engines.setdefault(each.engine, Work()),
            made.total,
        ):
            work.add(each, edits, length)
    return Effort(
        language,
        dict(sorted(made.pages.items())),
        dict(sorted(made.engines.items())),
        made.total,
        unaided,
        made.signature,
    )


def edited(corrections: Iterable[Correction]) -> tuple[list[Edited], int]:
    """Return segments with their first and last texts, and how many had no machine's.

    In the order in which they were first seen.
    """
    standing: dict[str, list[Correction]] = {}
    seconds: dict[str, float] = {}
    for each in corrections:
        done = standing.setdefault(each.key, [])
        seconds[each.key] = seconds.get(each.key, 0.0) + each.seconds
        if each.action != UNDONE:
            done.append(each)
        elif done:
            done.pop()
    made, unaided = [], 0
    for key, all_done in standing.items():
        done = [x for x in all_done if x.action != COMMENTED and x.target]
        first = next((each for each in done if each.machine), None)
        if first is not None:
            made.append(_edited(first, done[-1], seconds[key]))
        unaided += bool(done) and first is None
    return made, unaided


def _edited(first: Correction, last: Correction, seconds: float) -> Edited:
    return Edited(
        key=first.key,
        machine=first.machine,
        target=last.target,
        engine=first.engine,
        document=last.document or first.document,
        words=first.words,
        seconds=seconds,
    )


def count_edits(
    found: Sequence[Edited], language: str, known: MutableMapping[bytes, Edits]
) -> list[Edits]:
    """Return the edits of each segment, and how many words people's text has."""
    names = [_name(each, language) for each in found]
    new = dict(zip(names, found, strict=True))
    for name in new.keys() & known.keys():
        del new[name]
    people = [_seen(each.target) for each in new.values()]
    machine = [_seen(each.machine) for each in new.values()]
    for place, each in enumerate(new.values()):
        if max(len(each.machine), len(each.target)) > MAX_LENGTH:
            machine[place] = people[place] if each.is_accepted else ""
    if new:
        rows = metrics.count(people, [machine], "ter", language).rows[0]
        known.update((name, (a, b)) for name, (a, b) in zip(new, rows, strict=True))
    return [known[name] for name in names]


def _signature(found: Sequence[Edited], language: str) -> str:
    # sacrebleu tells it of what it has scored: any text does.
    return metrics.count(["."], [["."]], "ter", language).signature if found else ""


def _name(each: Edited, language: str) -> bytes:
    texts = "\0".join((language, each.machine, each.target))
    return sha256(texts.encode()).digest()


def _seen(tagged: str) -> str:
    """Return the words of a tagged text, each sign of a script without blanks one."""
    try:
        text = plain(parse(tagged))
    except TagError:
        text = tagged  # a log may have anything
    return _SIGN.sub(r" \1 ", text).strip()
