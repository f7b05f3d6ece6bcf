"""gettext catalogs: a book's translations for platforms and for Sphinx, and back.

A message is what Sphinx's gettext builder would write, so that the catalogs work in
``locale_dirs`` too. What a machine made is fuzzy and has `MACHINE` as a comment.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.core import UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

from sphinx_amts.book.book import Book
from sphinx_amts.book.markup import Markup
from sphinx_amts.book.purpose import Collect
from sphinx_amts.book.unit import Occurrence
from sphinx_amts.errors import FileError, TagError
from sphinx_amts.files import replace_files
from sphinx_amts.memory.people import Match
from sphinx_amts.text.check import check
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import escape, parse, plain

MACHINE = "machine translation by sphinx_amts"
FUZZY = "fuzzy"
FOLDER = "LC_MESSAGES"
_GUESSED = {"python-format", "python-brace-format"}
"""Flags that babel gives to what looks so; platforms would refuse good translations."""
WIDTH = 79  # columns of a line, as Sphinx writes them


@dataclass
class Written:
    """What became of a book's texts."""

    messages: int = 0
    translated: int = 0
    unwritable: int = 0  # translations whose markup cannot be told from their words

    def count(self, text: str) -> None:
        """Count a message with its translation, if it has one."""
        self.messages += 1
        self.translated += bool(text)

    def leave_out(self) -> None:
        """Count a translation that cannot be written."""
        self.unwritable += 1


def export(book: Book, found: Collect, path: Path) -> Written:
    """Write catalogs: one file where ``path`` ends in ``.po``, else one per domain.

    What people have in a file that is there stays as it is. All are written or none.
    Raises `FileError`.
    """
    groups: dict[Path, list[Occurrence]] = {}
    language = book.translator.pair.target.replace("-", "_")
    for each in found.occurrences:
        file = path
        if path.suffix != ".po":
            file = path / language / FOLDER / f"{each.place.domain}.po"
        groups.setdefault(file, []).append(each)
    written = Written()
    contents = {}
    for file, occurrences in groups.items():
        catalog = _catalog(found, occurrences, language, written)
        if path.suffix != ".po" and not file.resolve().is_relative_to(path.resolve()):
            raise FileError(file, f"it is a link that leads out of {path}")
        if file.exists():
            domains = {each.place.domain for each in occurrences}
            if path.suffix == ".po":
                domains |= found.messages.keys()
            messages = {}
            for domain in sorted(domains):
                messages.update(found.messages.get(domain, {}))
            _keep(catalog, load(file), messages)
        contents[file] = _to_bytes(catalog)
    replace_files(contents)
    return written


def _catalog(
    found: Collect, occurrences: Iterable[Occurrence], language: str, written: Written
) -> Catalog:
    catalog = _new(language)
    plain_ones: dict[str, bool] = {}  # whether a message is only characters, as found
    for each in occurrences:
        place = each.place
        if not place.message:
            match = _match(found, each)
            if match is not None and match.target:
                written.leave_out()
            continue
        twin = catalog.get(place.message)
        location = (place.path, place.line)
        if twin is not None:
            twin.locations = sorted({*twin.locations, location})
            if plain_ones[place.message] != place.is_plain:
                _agree(twin, _text(found, each, written)[0], written)
            continue
        plain_ones[place.message] = place.is_plain
        text, is_machine = _text(found, each, written)
        written.count(text)
        message = catalog.add(
            place.message,
            text,
            locations=[location],
            flags=[FUZZY] if text and is_machine else [],
            auto_comments=[MACHINE] if text and is_machine else [],
        )
        message.flags -= _GUESSED
    return catalog


def _agree(message: Message, text: str, written: Written) -> None:
    """Leave a text out that is markup in one place and characters in another."""
    if message.string and message.string != text:
        message.string, message.flags, message.auto_comments = "", set(), []
        written.leave_out()


def _new(language: str) -> Catalog:
    header = "# Translations of a book, written by sphinx_amts."
    try:
        return Catalog(locale=language, header_comment=header, fuzzy=False)
    except (UnknownLocaleError, ValueError):
        return Catalog(header_comment=header, fuzzy=False)


def _text(found: Collect, each: Occurrence, written: Written) -> tuple[str, bool]:
    """Return a message's translation, and whether a machine had a part in it."""
    if each.text:
        return each.text, False
    match = _match(found, each)
    if match is None or not match.target:
        return "", False
    try:
        return _markup(each).write(match.target), not match.origin.is_human
    except TagError:
        written.leave_out()
        return "", False


def _match(found: Collect, each: Occurrence) -> Match | None:
    look = found.looks.get(each.segment.key)
    return look.match if look else None


@dataclass(frozen=True)
class _Characters:
    """The form of messages in which Sphinx reads no markup, as of a toctree's caption.

    It has what `Markup` has.
    """

    segment: Segment

    def write(self, target: str) -> str:
        """Write a target as its characters."""
        return plain(parse(target))

    def read(self, written: str) -> str:
        """Read characters as a target; raises `TagError`."""
        return check(self.segment.source, escape(written))


def _markup(each: Occurrence) -> Markup | _Characters:
    if each.place.is_plain:
        return _Characters(each.segment)
    return Markup.of(each.place.message, each.segment, is_rst=each.place.is_rst)


def _keep(
    catalog: Catalog, old: Catalog, messages: Mapping[str, tuple[str, int]]
) -> None:
    """Take over what people wrote; what gettext has no more, ``messages``, is obsolete.

    What had been so and is there again is taken over, too.
    """
    catalog.creation_date = old.creation_date
    catalog.revision_date = old.revision_date
    catalog.header_comment = old.header_comment
    for message in (*old.obsolete.values(), *old):
        if not message.id or (message.fuzzy and MACHINE in message.auto_comments):
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        new = catalog.get(key)
        if new is None and key in messages:
            message.locations = [messages[key]]
            catalog[key] = message
        elif new is not None and message.string:
            new.string = message.string
            new.flags = set(message.flags) - _GUESSED
            new.auto_comments = []
            new.user_comments = message.user_comments
        elif new is None and message.string:
            message.locations = []  # where it was; nor could Babel sort all of them
            catalog.obsolete[str(message.id)] = message


def load(path: Path) -> Catalog:
    """Read a catalog; raises `FileError` with the line."""
    try:
        data = path.read_bytes()
        return read_po(io.BytesIO(data), abort_invalid=True)
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error
    except PoFileError as error:
        reason = str(error).rpartition(" on ")[0]  # babel counts lines from 0
        raise FileError(
            path, f"is not a catalog: {reason}", error.lineno + 1
        ) from error
    except (UnicodeError, LookupError, ValueError) as error:
        raise FileError(path, f"is not a catalog: {error}") from error


def _to_bytes(catalog: Catalog) -> bytes:
    """Return a catalog as a file has it, sorted by where its messages are."""
    written = io.BytesIO()
    write_po(written, catalog, width=WIDTH, sort_by_file=True)
    return written.getvalue()


@dataclass(frozen=True)
class Reviewed:
    """A translation by people, as a catalog has it."""

    line: int
    segment: Segment
    target: str = ""  # tagged text; empty where `problem` is set
    problem: str = ""


def reviewed(found: Collect, path: Path) -> Iterator[Reviewed]:
    """Yield what a catalog has of people's for texts of a book; raises `FileError`.

    Fuzzy and empty messages are left out.
    """
    known: dict[str, list[Occurrence]] = {}
    for each in found.occurrences:
        known.setdefault(each.place.message, []).append(each)
    for message in load(path):
        if not message.id or message.fuzzy or not message.string:
            continue
        line = message.lineno or 0
        if not isinstance(message.id, str) or not isinstance(message.string, str):
            yield Reviewed(line, Segment(""), problem="it has plural forms")
            continue
        meant = {each.segment.key: each for each in known.get(message.id, ())}
        if not meant:
            problem = f"{message.id[:60]!r} is not a text of the book"
            yield Reviewed(line, Segment(""), problem=problem)
        for each in meant.values():
            yield _reviewed(message, each, line)


def _reviewed(message: Message, each: Occurrence, line: int) -> Reviewed:
    try:
        target = _markup(each).read(str(message.string))
    except TagError as error:
        return Reviewed(line, each.segment, problem=str(error))
    return Reviewed(line, each.segment, target)
