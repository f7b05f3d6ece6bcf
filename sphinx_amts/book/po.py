"""gettext catalogs: a book's translations for platforms and for Sphinx, and back.

A message is what Sphinx's gettext builder would write, so that the catalogs work in
``locale_dirs`` too. What a machine made is fuzzy, has `MACHINE` as a comment, and says
how doubtful it is. In a file that is there, nothing else changes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.core import UnknownLocaleError

from sphinx_amts.book.book import Book
from sphinx_amts.book.markup import Markup
from sphinx_amts.book.purpose import Collect
from sphinx_amts.book.unit import Occurrence
from sphinx_amts.errors import FileError, TagError
from sphinx_amts.files import replace_files
from sphinx_amts.formats.catalogs import (
    WIDTH,
    Catalog,
    Entry,
    decode,
    encode,
    load,
    new_entry,
)
from sphinx_amts.memory.people import Match
from sphinx_amts.text.check import check
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import escape, parse, plain

MACHINE = "machine translation by sphinx_amts"
DOUBT = "doubt: "  # with a number, in a comment beside `MACHINE`
FOLDER = "LC_MESSAGES"
SUFFIX = ".po"
CATALOG = 2  # the rank of what people's catalog has


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


@dataclass
class Wanted:
    """A message of the book, and what there is for it."""

    places: list[tuple[str, int]]
    is_plain: bool
    text: str = ""
    rank: int = 0  # of the text: `CATALOG`, 1 people's memory, 0 a machine's
    remarks: Sequence[str] = ()

    @property
    def is_machine(self) -> bool:
        """Whether its text waits for a person."""
        return bool(self.text) and self.rank == 0


def export(book: Book, found: Collect, path: Path) -> Written:
    """Write catalogs: one file where ``path`` ends in ``.po``, else one per domain.

    What people have in a file that is there stays as it is. All are written or none.
    Raises `FileError`.
    """
    groups: dict[Path, list[Occurrence]] = {}
    language = book.translator.pair.target.replace("-", "_")
    for each in found.occurrences:
        file = path
        if path.suffix != SUFFIX:
            file = path / language / FOLDER / f"{each.place.domain}{SUFFIX}"
        groups.setdefault(file, []).append(each)
    written = Written()
    contents = {}
    for file, occurrences in groups.items():
        if path.suffix != SUFFIX and not file.resolve().is_relative_to(path.resolve()):
            raise FileError(file, f"it is a link that leads out of {path}")
        wanted = _Messages(book, found, written).of(occurrences)
        for message in wanted.values():
            written.count(message.text)
        domains = {each.place.domain for each in occurrences}
        if path.suffix == SUFFIX:
            domains |= found.messages.keys()
        contents[file] = _updated(file, language, wanted, found.known(domains))
    replace_files(contents)
    return written


class _Messages:
    """Finds out what there is for the messages of a catalog."""

    def __init__(self, book: Book, found: Collect, written: Written) -> None:
        self._book, self._found, self._written = book, found, written

    def of(self, occurrences: Iterable[Occurrence]) -> dict[str, Wanted]:
        """Return the messages, by where they are first."""
        wanted: dict[str, Wanted] = {}
        for each in occurrences:
            place = each.place
            new = Wanted([(place.path, place.line)], place.is_plain)
            self._fill(new, each)
            if not place.message:
                continue
            old = wanted.setdefault(place.message, new)
            if old is not new:
                self._join(old, new)
        for message in wanted.values():
            message.places = sorted({*message.places})
        return dict(sorted(wanted.items(), key=lambda item: item[1].places))

    def _fill(self, wanted: Wanted, each: Occurrence) -> None:
        if each.text:
            wanted.text, wanted.rank = each.text, CATALOG
            return
        match = _match(self._found, each)
        if match is None or not match.target:
            return
        try:
            if not each.place.message:
                raise TagError("gettext has no such message")
            wanted.text = _markup(each).write(match.target)
        except TagError:
            self._written.leave_out()
            return
        wanted.rank = int(match.origin.is_human)
        if not match.origin.is_human:
            doubt = self._book.doubt.of(each.segment.source, match.target)
            wanted.remarks = [MACHINE, f"{DOUBT}{doubt:.2f}"]

    def _join(self, old: Wanted, new: Wanted) -> None:
        """Put the better of two together: people's catalog is for all places."""
        old.places += new.places
        is_better = bool(new.text) and (not old.text or new.rank > old.rank)
        if is_better:
            old.text, old.rank, old.remarks = new.text, new.rank, new.remarks
        elif new.text not in ("", old.text) and old.is_plain != new.is_plain:
            if old.rank == CATALOG:
                return
            old.text, old.remarks = "", ()  # markup here, and characters there
            self._written.leave_out()


def _updated(
    path: Path,
    language: str,
    wanted: Mapping[str, Wanted],
    messages: Mapping[str, tuple[str, int]],
) -> bytes:
    """Return the content of a catalog; what gettext has no more becomes obsolete."""
    if not path.exists():
        catalog, before = _new(language), b""
    else:
        catalog, before = load(path), path.read_bytes()
    _Update(catalog).to(wanted, messages)
    return encode(catalog.text(), before)


class _Update:
    """Brings a catalog to what a book has, and leaves all else as it is."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.width, self.end = catalog.width, catalog.end
        self.gone: dict[str, Entry] = {}  # obsolete ones that may come back
        for entry in catalog.entries:
            if entry.is_obsolete:
                self.gone.setdefault(entry.id, entry)

    def to(
        self, wanted: Mapping[str, Wanted], messages: Mapping[str, tuple[str, int]]
    ) -> None:
        """Change what is to change."""
        known = {*messages, *wanted}
        kept, gone, there = [], [], set()
        for entry in self.catalog.entries:
            if entry.is_obsolete or not entry.id or not entry.is_plain:
                kept.append(entry)
            elif entry.id in known:
                there.add(entry.id)
                kept.append(self._filled(entry, wanted.get(entry.id)))
            elif entry.string and not is_ours(entry):
                gone.append(entry.obsolete())
        self.catalog.entries = kept
        self._add(gone)
        back = {
            message: [place]
            for message, place in messages.items()
            if message in self.gone and message not in wanted
        }
        places = {message: each.places for message, each in wanted.items()}
        new = {**places, **back}
        self._insert({k: v for k, v in new.items() if k not in there}, wanted, places)

    def _filled(self, entry: Entry, wanted: Wanted | None) -> Entry:
        """Return an entry with what there is for it, unless it has a person's text."""
        if wanted is None or (entry.string and not is_ours(entry)):
            return entry
        if not (entry.string or wanted.text) or (entry.string, entry.is_fuzzy) == (
            wanted.text,
            wanted.is_machine,
        ):
            return entry
        return entry.changed(
            wanted.text,
            is_fuzzy=wanted.is_machine,
            remarks=wanted.remarks if wanted.is_machine else (),
            without=(MACHINE, DOUBT),
            width=self.width,
        )

    def _insert(
        self,
        new: Mapping[str, Sequence[tuple[str, int]]],
        wanted: Mapping[str, Wanted],
        order: Iterable[str],
    ) -> None:
        """Put new messages behind those that stand before them in the book."""
        behind: dict[str, list[Entry]] = {}
        before = ""
        for message in [*order, *(each for each in new if each not in wanted)]:
            if message not in new:
                before = message
                continue
            behind.setdefault(before, []).append(self._made(message, new, wanted))
        placed, catalog = set(), self.catalog
        old, catalog.entries = catalog.entries, []
        taken = {id(self.gone[message]) for message in new if message in self.gone}
        is_start = not (old and not old[0].id)
        if is_start:
            self._add(behind.pop("", []))
        for entry in old:
            if id(entry) in taken:
                continue
            catalog.entries.append(entry)
            if not entry.is_obsolete and entry.id not in placed:
                placed.add(entry.id)
                self._add(behind.get(entry.id, []))

    def _add(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self.catalog.add(entry, len(self.catalog.entries))

    def _made(
        self,
        message: str,
        new: Mapping[str, Sequence[tuple[str, int]]],
        wanted: Mapping[str, Wanted],
    ) -> Entry:
        entry = new_entry(message, new[message], width=self.width, end=self.end)
        old = self.gone.get(message)
        if old is None or not old.string:
            return self._filled(entry, wanted.get(message))
        return old.back(entry)


def is_ours(entry: Entry) -> bool:
    """Tell whether a translation is a machine's that no person has looked at."""
    return entry.is_fuzzy and MACHINE in entry.remarks


def _new(language: str) -> Catalog:
    from babel.messages.catalog import Catalog as Template  # no build needs it
    from babel.messages.pofile import write_po

    header = "# Translations of a book, written by sphinx_amts."
    try:
        made = Template(locale=language, header_comment=header, fuzzy=False)
    except (UnknownLocaleError, ValueError):
        made = Template(header_comment=header, fuzzy=False)
    written = io.BytesIO()
    write_po(written, made, width=WIDTH)
    text = decode(written.getvalue()).rstrip("\n") + "\n"
    return Catalog.parse(text)


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


@dataclass(frozen=True)
class Reviewed:
    """A translation by people, as a file of theirs has it."""

    line: int
    segment: Segment
    target: str = ""  # tagged text; empty where `problem` is set
    problem: str = ""


def reviewed(found: Collect, catalog: Catalog, left: list[int]) -> Iterator[Reviewed]:
    """Yield what a catalog has of people's for texts of a book.

    Fuzzy, empty and obsolete messages are left out. The lines of those that gettext has
    of the book, and no memory takes, such as code and numbers, are noted in ``left``.
    """
    known: dict[str, list[Occurrence]] = {}
    for each in found.occurrences:
        known.setdefault(each.place.message, []).append(each)
    others = found.known(found.messages)
    for entry in catalog.reviewed():
        if not entry.is_plain:
            problem = "it has plural forms or a context, which Sphinx does not use"
            yield Reviewed(entry.line, Segment(""), problem=problem)
            continue
        meant = {each.segment.key: each for each in known.get(entry.id, ())}
        if not meant and entry.id in others:
            left.append(entry.line)
        elif not meant:
            problem = f"{entry.id[:60]!r} is not a text of the book"
            yield Reviewed(entry.line, Segment(""), problem=problem)
        for each in meant.values():
            yield _reviewed(entry, each)


def _reviewed(entry: Entry, each: Occurrence) -> Reviewed:
    try:
        target = _markup(each).read(entry.string)
    except TagError as error:
        return Reviewed(entry.line, each.segment, problem=str(error))
    return Reviewed(entry.line, each.segment, target)
