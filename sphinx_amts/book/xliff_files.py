"""A book as XLIFF, for the programs that translators work with, and what comes back.

What people have written is final, what a machine has made is for review, with its doubt
in a note; what nobody has translated waits. On the way back, all counts that its state
calls translated by a person, and what is no longer what was exported: several programs
leave states as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sphinx_amts.book.book import Book
from sphinx_amts.book.po import Reviewed
from sphinx_amts.book.purpose import Collect
from sphinx_amts.book.unit import Place
from sphinx_amts.errors import FileError, TagError
from sphinx_amts.formats import xliff
from sphinx_amts.formats.xliff import Item, State
from sphinx_amts.memory.normal import optional_tags
from sphinx_amts.text.check import check
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import context_of
from sphinx_amts.translation.known import Look


def export(
    book: Book, found: Collect, path: Path, version: str, *, missing: bool = False
) -> int:
    """Write the texts of a book with what there is of them; return how many.

    ``missing``: only those that have no translation.
    """
    places: dict[str, Place] = {}
    for each in found.occurrences:
        places.setdefault(each.segment.key, each.place)
    items = [
        _item(look, places.get(key, Place("")), book)
        for key, look in found.looks.items()
        if not missing or look.match is None or not look.match.target
    ]
    items.sort(key=lambda item: item.document)  # else in the order of the book
    return xliff.dump(items, path, book.translator.pair, version)


def _item(look: Look, place: Place, book: Book) -> Item:
    segment, match = look.segment, look.match
    notes = [str(place)] if place.document else []
    if heading := context_of(segment.source).heading:
        notes.append(f"under: {heading}")
    for _text, then in book.translator.known.stale(segment) if look.lacks else ():
        notes.append(f"before: {then.source}\n{then.target}")
    state, target = State.INITIAL, ""
    if match is not None and match.target:
        target = match.target
        state = State.FINAL if match.origin.is_human else State.TRANSLATED
        if not match.origin.is_human:
            notes.append(f"doubt: {book.doubt.of(segment.source, target):.2f}")
    return Item(
        segment.key,
        place.document,
        segment.source,
        target,
        {tag.id: tag.kind for tag in segment.tags},
        state,
        notes,
    )


def reviewed(found: Collect, path: Path) -> Iterator[Reviewed]:
    """Yield what a file has of people's for texts of a book; raises `FileError`."""
    for item in xliff.load(path):
        if isinstance(item, FileError):
            yield Reviewed(item.line or 0, Segment(""), problem=item.reason)
            continue
        look = found.looks.get(item.id)
        if look is None:
            if item.state in (State.REVIEWED, State.FINAL):
                problem = f"{item.source[:60]!r} is not a text of the book"
                yield Reviewed(item.line, Segment(""), problem=problem)
        elif _is_people_s(item, look):
            yield _checked(item, look.segment)


def _is_people_s(item: Item, look: Look) -> bool:
    if not item.target:
        return False
    if item.state in (State.REVIEWED, State.FINAL):
        return True
    known = look.match.target if look.match is not None else ""
    return item.target != known


def _checked(item: Item, segment: Segment) -> Reviewed:
    try:
        target = check(segment.source, item.target, optional_tags(segment.tags))
    except TagError as error:
        return Reviewed(item.line, segment, problem=str(error))
    return Reviewed(item.line, segment, target)
