"""What is translated on each page, by whom, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sphinx_amts.book.book import Book
from sphinx_amts.book.purpose import Collect
from sphinx_amts.book.record import Words
from sphinx_amts.text.differences import GONE, NEW, SAME, changes
from sphinx_amts.text.tagged import (
    count_words,
    equivalents_of,
    parse,
    readable,
    tag_ids,
)


@dataclass(frozen=True)
class Stale:
    """A text that people translated in an earlier form; texts as readers see them.

    Where it is not known what a reader sees, a tag's number stands in braces.
    """

    document: str
    line: int  # 1-based; 0: not known
    source: str  # now
    source_then: str
    target: str  # a person's, of what the source was then
    similarity: int  # of the two sources, 75 to 100, of 100

    @property
    def diff(self) -> str:
        """The words that differ, as git's word difference shows them."""
        return word_diff(self.source_then, self.source)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**vars(self), "diff": self.diff}


@dataclass(frozen=True)
class Status:
    """What a book in one language is made of."""

    pages: dict[str, Words]
    stale: list[Stale]
    doubt: dict[str, float] | None = None
    """Of pages with machine translations, how doubtful they are, 0 to 1; see `Doubt`.
    None where nobody asked."""

    @property
    def total(self) -> Words:
        """The words of all pages."""
        total = Words()
        for words in self.pages.values():
            total.add(words)
        return total

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        pages: dict[str, Any] = {name: vars(each) for name, each in self.pages.items()}
        if self.doubt is not None:
            pages = {
                name: {**words, "doubt": self.doubt.get(name)}
                for name, words in pages.items()
            }
        return {
            "pages": pages,
            "total": vars(self.total),
            "stale": [each.to_json() for each in self.stale],
        }

    def lines(self) -> Iterator[str]:
        """Yield it as lines for a terminal."""
        width = max(map(len, [*self.pages, "document"]))
        names = list(vars(Words())) + ([] if self.doubt is None else ["doubt"])
        yield "  ".join(["document".ljust(width), *(f"{n:>12}" for n in names)])
        for name, words in [*sorted(self.pages.items()), ("total", self.total)]:
            shares = (
                f"{words.percent(count):.0f} %" if words.total else "-"
                for count in vars(words).values()
            )
            columns = [*shares, *self._doubt_of(name)]
            yield "  ".join([name.ljust(width), *(f"{each:>12}" for each in columns)])
        for each in self.stale:
            yield ""
            yield f"{each.document}:{each.line}: stale ({each.similarity} % the same)"
            yield f"  {each.diff}"
            yield f"  {each.target}"

    def _doubt_of(self, page: str) -> Iterator[str]:
        if self.doubt is not None:
            yield f"{self.doubt[page]:.2f}" if page in self.doubt else "-"


def status(book: Book, found: Collect, *, with_doubt: bool = False) -> Status:
    """Sum up a book that was collected."""
    return Status(
        dict(sorted(found.words(book.records).items())),
        list(_stale(book, found)),
        _doubt(book, found) if with_doubt else None,
    )


def _doubt(book: Book, found: Collect) -> dict[str, float]:
    """Return each page's mean doubt of machine translations, by words."""
    sums: dict[str, list[float]] = {}
    known: dict[str, float] = {}
    for each in found.occurrences:
        look = found.looks.get(each.segment.key)
        if each.is_catalog or look is None or look.match is None:
            continue
        target = look.match.target
        words = count_words(each.segment.source)
        if look.match.origin.is_human or not target or not words:
            continue
        key = each.segment.key
        if key not in known:
            known[key] = book.doubt.of(each.segment.source, target)
        total = sums.setdefault(each.place.document, [0.0, 0.0])
        total[0] += words * known[key]
        total[1] += words
    return {name: round(total / words, 3) for name, (total, words) in sums.items()}


def _stale(book: Book, found: Collect) -> Iterator[Stale]:
    for each in found.occurrences:
        look = found.looks.get(each.segment.key)
        if each.is_catalog or look is None:
            continue
        if look.match is not None and look.match.origin.is_human:
            continue
        for now, then in book.translator.known.stale(look.segment):
            yield Stale(
                document=each.place.document,
                line=each.place.line,
                source=_shown(now.source),
                source_then=_shown(then.source),
                target=_shown(then.target),
                similarity=min(99, round(100 * then.similarity)),
            )


def _shown(tagged: str) -> str:
    known = equivalents_of(tagged)
    numbers = {number: known.get(number, f"{{{number}}}") for number in tag_ids(tagged)}
    return readable(parse(tagged), numbers)


def word_diff(then: str, now: str) -> str:
    """Write what changed between two texts, word by word.

    >>> word_diff("a b c", "a c d")
    'a [-b-] c {+d+}'
    """
    runs = changes(then.split(), now.split())
    return " ".join(_SHOWN[sign].format(" ".join(words)) for sign, words in runs)


_SHOWN = {SAME: "{}", GONE: "[-{}-]", NEW: "{{+{}+}}"}
