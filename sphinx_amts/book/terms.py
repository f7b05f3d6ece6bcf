"""Terms of a book: where its translation differs, and what settling one costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sphinx_amts.book.book import Book
from sphinx_amts.book.purpose import Collect
from sphinx_amts.config import PREFIX
from sphinx_amts.engines.amazon.new_term import put_term
from sphinx_amts.engines.amazon.terminology import is_file
from sphinx_amts.errors import SettingError, TagError
from sphinx_amts.parallel_data.consistency import (
    SHOWN,
    Difference,
    Passage,
    find_differences,
)
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.terms import RequiredTerms
from sphinx_amts.translation.asking import MEMORY
from sphinx_amts.translation.cost import Cost, cost_of

Read = Callable[..., tuple[Book, Collect]]
"""Reads a book as it is now, with settings that come before its own."""


def differences(book: Book, found: Collect) -> list[Difference]:
    """Return the terms that a collected book translates in several ways."""
    return find_differences(_passages(found), book.terms)


def _passages(found: Collect) -> Iterator[Passage]:
    for each in found.occurrences:
        look = found.looks.get(each.segment.key)
        if look is not None and look.match is not None and not each.is_catalog:
            yield Passage(each.segment.source, look.match.target, str(each.place))


def lines(found: list[Difference]) -> Iterator[str]:
    """Yield differences as lines for a terminal, with what to do about them."""
    if not found:
        yield "no term that is translated in several ways was found"
        return
    yield "terms that are translated in several ways, the surest first"
    yield from (f"  {each}" for each in found[:SHOWN])
    if len(found) > SHOWN:
        yield f"  and {len(found) - SHOWN} more: see --json"
    yield "settle one: sphinx-amts terminology settle SOURCE TARGET BOOK -l LANGUAGE"


@dataclass(frozen=True)
class Settled:
    """What a term that was settled changes."""

    file: str
    source: str
    target: str
    before: str  # its former target; empty if it is new
    texts: int  # that have the term
    engine: str
    again: Cost  # what will be asked for again
    places: tuple[str, ...]  # of it
    people: tuple[str, ...]  # places of people's texts without the target

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**vars(self), "again": asdict(self.again)}

    def lines(self) -> Iterator[str]:
        """Yield it as lines for a terminal."""
        was = f", was {self.before!r}" if self.before not in ("", self.target) else ""
        yield f"{self.file}: {self.source!r} is {self.target!r} now{was}"
        if not self.texts:
            yield "  no text has it: a term counts where it stands exactly so"
        yield f"  engine {self.engine!r} will be asked again for {self.again}"
        yield from (f"    {place}" for place in self.places[:SHOWN])
        if self.people:
            yield "  people have it otherwise, which stays as it is"
            yield from (f"    {place}" for place in self.people[:SHOWN])


def settle(read: Read, folder: Path, file: str, source: str, target: str) -> Settled:
    """Put a term into a book's file of terms; say what that changes. Asks nobody.

    ``file`` is the book's ``amts_terminology``; it is made if there is none. Raises
    `SettingError` where it is no file, and `FileError`.
    """
    if not is_file(file):
        name = f"{file!r} is the name of a terminology" if file else "it is not set"
        raise SettingError(
            f'amts_terminology: {name}. Set it to a file, such as "terms.csv", first'
        )
    is_new = not (folder / file).exists()
    book, found = read(**{f"{PREFIX}terminology": None} if is_new else {})
    was_missing = {each.key for each in _missing(book, found)}
    before = put_term(folder / file, book.translator.pair, source, target)
    return _settled(file, before, (source, target), was_missing, *read())


def _settled(
    file: str,
    before: str,
    term: tuple[str, str],
    was_missing: set[str],
    book: Book,
    found: Collect,
) -> Settled:
    pair, prices = book.translator.pair, book.settings.prices
    again = [each for each in _missing(book, found) if each.key not in was_missing]
    quote = book.translator.quote(again)
    keys = {each.key for each in again}
    wanted = RequiredTerms(dict([term]), pair.source)
    having, people, places = set(), [], []
    for each in found.occurrences:
        segment, look = each.segment, found.looks.get(each.segment.key)
        place = str(each.place)
        if segment.key in keys:
            places.append(place)
        if not wanted.wanted(segment.source):
            continue
        having.add(segment.key)
        match = look.match if look else None
        if match and match.origin.is_human and _misses(wanted, segment, match.target):
            people.append(place)
    return Settled(
        file,
        *term,
        before,
        len(having),
        quote.engine,
        cost_of(quote, pair, prices),
        tuple(places),
        tuple(people),
    )


def _misses(wanted: RequiredTerms, segment: Segment, target: str) -> bool:
    try:
        return bool(wanted.missed(segment.source, target))
    except TagError:
        return False


def _missing(book: Book, found: Collect) -> list[Segment]:
    """Return what a build would ask for."""
    if book.translator.engine_name == MEMORY:
        return []
    pieces = {
        piece.key: piece
        for look in found.looks.values()
        for piece in book.translator.pieces(look)
    }
    return list(pieces.values())
