"""Bringing the database of people's units up to date with one memory file.

Only what changed in a file is worked at: a unit is known again by a digest of what the
file has of it, wherever it stands. Its place, which tells later units from earlier
ones, is kept as long as the order allows it.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sphinx_amts.errors import FileError
from sphinx_amts.memory.processes import work_beside
from sphinx_amts.memory.rows import HUMAN, Made, Raw, Row, make_rows, rows_of
from sphinx_amts.memory.unit import Origin, TranslationUnit
from sphinx_amts.memory.units_database import (
    Damaged,
    tidy,
    transaction,
    without_indexes,
    write_at_once,
)
from sphinx_amts.text.languages import LanguagePair, matches

if TYPE_CHECKING:
    from sphinx_amts.formats.tmx import Entry

SHOWN = 3  # unusable units that are named, per file; the rest is counted
BATCH = 500  # units that are looked for and made at a time; SQLite takes 999 values
STEP = 1 << 10  # between the places of two units, for what is put between them later
LARGE_BYTES = 8_000_000
"""Of a file that is worth other processes, which take a third of a second to start, and
new indexes."""
UNSURE_NS = 2_000_000_000
"""A file that changed so shortly before it was read may have changed again since, with
the same time: disks tell it in steps of up to two seconds."""
_HASHED_BYTES = 1 << 20  # at a time


_INSERT = "INSERT INTO row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_TEXT = "INSERT INTO text VALUES (?, ?, ?, ?, ?)"


@dataclass(frozen=True)
class Look:
    """A file as it was found."""

    path: Path
    size: int
    modified: int  # by its owner; nanoseconds, as all that follows
    changed: int  # in any way
    looked: int  # when

    @classmethod
    def at(cls, path: Path) -> Look:
        """Look at a file; raises `FileError`."""
        looked = time.time_ns()
        try:
            found = path.stat()
        except OSError as error:
            raise FileError(path, error.strerror or str(error)) from error
        return cls(path, found.st_size, found.st_mtime_ns, found.st_ctime_ns, looked)

    @property
    def stamp(self) -> tuple[int, int, int, int]:
        """What tells whether it has changed since."""
        is_sure = max(self.modified, self.changed) < self.looked - UNSURE_NS
        return self.size, self.modified, self.changed, self.looked if is_sure else 0

    def content(self) -> str:
        """Return a hash of what the file holds; raises `FileError`."""
        whole = sha256()
        try:
            with self.path.open("rb") as file:
                while data := file.read(_HASHED_BYTES):
                    whole.update(data)
        except OSError as error:
            raise FileError(self.path, error.strerror or str(error)) from error
        return whole.hexdigest()


class Kept(NamedTuple):
    """What the database has of a file."""

    id: int
    content: str
    units: int
    is_human: bool
    messages: tuple[str, ...]  # what is wrong with single units


def bring_up(connection: sqlite3.Connection, path: Path, pair: LanguagePair) -> Kept:
    """Have the units of a file in the database as the file is now.

    Raises `FileError` where the file cannot be read; nothing has changed then.
    """
    look = Look.at(path)
    kept = find(connection, path)
    if kept and _stamp(connection, kept) == look.stamp[:3]:
        return kept
    content = look.content()
    if kept is None or kept.content != content:
        with transaction(connection):
            kept = find(connection, path)  # another process may just have done it
            if kept is None or kept.content != content:
                from sphinx_amts.formats.tables import load_units  # XML: it takes time

                entries = raw_units(load_units(path), pair)
                _Loading(connection, look, content).load(entries)
        tidy(connection)
        kept = find(connection, path)
        if kept is None:
            raise Damaged("a file that was just written is gone")
    else:
        _note(connection, kept, look)
    return kept


def find(connection: sqlite3.Connection, path: Path) -> Kept | None:
    """Return what the database has of a file; raises `Damaged` for what is not ours."""
    query = "SELECT id, content, units, human, messages FROM file WHERE path = ?"
    row = connection.execute(query, (str(path.absolute()),)).fetchone()
    if row is None:
        return None
    try:
        number, content, units, human, text = row
        messages = json.loads(text)
        if not all(isinstance(each, int) for each in (number, units, human)):
            raise TypeError("no number")
        if not isinstance(content, str):
            raise TypeError("no text")
        return Kept(number, content, units, bool(human), tuple(map(str, messages)))
    except (TypeError, ValueError, RecursionError) as error:
        raise Damaged(f"what it has of a file is not ours: {error}") from error


def _stamp(connection: sqlite3.Connection, kept: Kept) -> tuple[object, ...] | None:
    """Return the size and times of a file that is sure to be as it was; else None."""
    query = "SELECT looked, size, modified, changed FROM file WHERE id = ?"
    looked, *stamp = connection.execute(query, (kept.id,)).fetchone()
    return tuple(stamp) if looked else None


def _note(connection: sqlite3.Connection, kept: Kept, look: Look) -> None:
    """Note how a file looks that holds what it held."""
    query = (
        "UPDATE file SET size = ?, modified = ?, changed = ?, looked = ? WHERE id = ?"
    )
    write_at_once(connection, query, (*look.stamp, kept.id))


class _New(NamedTuple):
    """A unit that is not known, and what the database is to have of it."""

    digest: int
    raw: Raw
    place: int


class _Loading:
    """One file that is read, within a transaction."""

    def __init__(
        self, connection: sqlite3.Connection, look: Look, content: str
    ) -> None:
        self._connection = connection
        self._look = look
        query = "SELECT MAX(id) FROM row UNION SELECT MAX(last) FROM block"
        self._next = 1 + max(each or 0 for (each,) in connection.execute(query))
        self._place = 0  # of the last unit
        self._has_human = False
        self._faults: list[str] = []
        self._unusable = 0
        self._digests: set[int] = set()  # of all units of the file
        self._repeated: Counter[int] = Counter()
        self._waiting: deque[list[_New]] = deque()  # whose rows are being made
        self._file, self._is_new = self._begin(content)
        self._step = STEP if self._is_new else 1

    def _begin(self, content: str) -> tuple[int, bool]:
        """Return the file's number, and whether nothing of it is known."""
        path = str(self._look.path.absolute())
        query = "INSERT OR IGNORE INTO file (path, units) VALUES (?, 0)"
        self._connection.execute(query, (path,))
        query = (
            "UPDATE file SET content = ?, size = ?, modified = ?, changed = ?,"
            " looked = ? WHERE path = ?"
        )
        self._connection.execute(query, (content, *self._look.stamp, path))
        query = "SELECT id, units FROM file WHERE path = ?"
        number, units = self._connection.execute(query, (path,)).fetchone()
        return number, not units

    def load(self, units: Iterator[Raw]) -> None:
        """Write the units of the file; raises what ``units`` raises."""
        batches = self._batches(units)
        if self._look.size < LARGE_BYTES:
            self._put_all(map(make_rows, batches))
        elif self._is_new and self._is_most():
            with without_indexes(self._connection):
                self._put_all(work_beside("rows", batches))
        else:
            self._put_all(work_beside("rows", batches))
        if not self._is_new:
            self._drop_gone()
        self._drop_lost_files()
        self._end()

    def _is_most(self) -> bool:
        """Tell whether there is less in all the other files."""
        query = "SELECT TOTAL(size) FROM file WHERE id <> ?"
        (others,) = self._connection.execute(query, (self._file,)).fetchone()
        return bool(self._look.size > others)

    # What is read

    def _batches(self, units: Iterator[Raw]) -> Iterator[list[Raw]]:
        """Yield the units whose rows are to be made; all get their places."""
        while batch := {self._digest(raw): raw for raw in islice(units, BATCH)}:
            known = {} if self._is_new else self._known(batch)
            new = []
            for digest, raw in batch.items():
                if digest in known:
                    self._keep(raw, *known[digest])
                else:
                    self._place += self._step
                    new.append(_New(digest, raw, self._place))
            self._waiting.append(new)
            yield [each.raw for each in new]

    def _digest(self, raw: Raw) -> int:
        """Return what tells a unit from the file's others.

        A unit that is there again is another one: its last place counts.
        """
        parts = (
            raw.source,
            raw.target,
            raw.origin.value,
            str(sorted(raw.kinds.items())),
        )
        hashed = blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=8)
        digest = int.from_bytes(hashed.digest(), "big", signed=True)
        while digest in self._digests:
            self._repeated[digest] += 1
            text = f"{digest} {self._repeated[digest]}".encode()
            hashed = blake2b(text, digest_size=8)
            digest = int.from_bytes(hashed.digest(), "big", signed=True)
        self._digests.add(digest)
        return digest

    def _known(self, digests: Collection[int]) -> dict[int, tuple[int, int, int]]:
        """Return id, place and number of sentences of what is there, by digest."""
        query = (
            "SELECT digest, id, place, parts FROM row WHERE file = ? AND digest IN"
            f" ({','.join('?' * len(digests))})"
        )
        values = (self._file, *digests)
        return {row[0]: row[1:] for row in self._connection.execute(query, values)}

    def _keep(self, raw: Raw, number: int, place: int, parts: int) -> None:
        """Leave a unit where it is, if that is behind the one before."""
        self._has_human |= raw.origin.is_human
        if place <= self._place:
            place = self._place + 1
            query = "UPDATE row SET place = ? WHERE id BETWEEN ? AND ?"
            self._connection.execute(query, (place, number, number + parts))
        self._place = place

    # What is written

    def _put_all(self, batches: Iterable[Sequence[Made]]) -> None:
        for made in batches:
            new = self._waiting.popleft()
            rows: list[Row] = []
            beside: list[tuple[int, int, int | None, int]] = []
            for each, found in zip(new, made, strict=True):
                if isinstance(found, str):
                    self._note_unusable(each.raw.line, found)
                    continue
                self._has_human |= bool(found[0].rank & HUMAN)
                rows += found
                beside.append((self._file, each.place, each.digest, len(found) - 1))
                more = (self._file, each.place, None, 0)
                beside += [more] * (len(found) - 1)
            _insert(self._connection, self._next, beside, rows)
            self._next += len(rows)

    def _note_unusable(self, line: int, reason: str) -> None:
        self._unusable += 1
        if self._unusable <= SHOWN:
            self._faults.append(not_used(self._look.path, line, reason))

    def _drop_gone(self) -> None:
        """Drop the units that the file has no longer."""
        query = "SELECT digest, id, parts FROM row WHERE file = ? AND digest NOT NULL"
        found = self._connection.execute(query, (self._file,))
        self._drop([row[1:] for row in found if row[0] not in self._digests])

    def _drop_lost_files(self) -> None:
        """Drop the files that are not there any more."""
        files = self._connection.execute("SELECT id, path FROM file").fetchall()
        for number, path in files:
            if not Path(path).exists():
                query = "SELECT id, parts FROM row WHERE file = ? AND digest NOT NULL"
                self._drop(self._connection.execute(query, (number,)).fetchall())
                self._connection.execute("DELETE FROM file WHERE id = ?", (number,))

    def _drop(self, units: Sequence[tuple[int, int]]) -> None:
        ranges = [(number, number + parts) for number, parts in units]
        for table in ("row", "text"):
            query = f"DELETE FROM {table} WHERE id BETWEEN ? AND ?"
            self._connection.executemany(query, ranges)
        query = "UPDATE block SET dead = dead + 1 WHERE ? BETWEEN first AND last"
        self._connection.executemany(query, [(number,) for number, _parts in units])

    def _end(self) -> None:
        if self._unusable > SHOWN:
            self._faults.append(more_not_used(self._look.path, self._unusable - SHOWN))
        query = "SELECT COUNT(*) FROM row WHERE file = ? AND digest NOT NULL"
        (units,) = self._connection.execute(query, (self._file,)).fetchone()
        query = "UPDATE file SET units = ?, human = ?, messages = ? WHERE id = ?"
        values = (units, self._has_human, json.dumps(self._faults), self._file)
        self._connection.execute(query, values)


def load(connection: sqlite3.Connection, units: Iterable[TranslationUnit]) -> None:
    """Write units into an empty database, as those of its file 1."""
    number = 0
    with transaction(connection):
        for place, unit in enumerate(units):
            rows = list(rows_of(unit))
            parts = len(rows) - 1
            beside = [(1, place, place, parts), *[(1, place, None, 0)] * parts]
            _insert(connection, number + 1, beside, rows)
            number += len(rows)
        query = "INSERT INTO file (id, units, human) SELECT 1, COUNT(*), MAX(rank) & ?"
        connection.execute(f"{query} FROM row", (HUMAN,))


def _insert(
    connection: sqlite3.Connection,
    first: int,
    beside: Sequence[tuple[int, int, int | None, int]],
    rows: Sequence[Row],
) -> None:
    """Write rows with ids from ``first`` on.

    ``beside`` has file, place, digest and number of sentences of each.
    """
    keys = [
        (number, *where, row.rank, *row.keys, len(row.source) + len(row.target))
        for number, where, row in zip(count(first), beside, rows, strict=False)
    ]
    texts = [
        (number, row.source, row.target, row.origin, row.kinds)
        for number, row in enumerate(rows, first)
    ]
    connection.executemany(_INSERT, keys)
    connection.executemany(_INSERT_TEXT, texts)


def raw_units(entries: Iterable[Entry], pair: LanguagePair) -> Iterator[Raw]:
    """Yield the units that have texts in both languages."""
    for entry in entries:
        source, target = texts_of(entry, pair)
        if source and target:
            yield Raw(entry.line, source, target, entry.kinds, origin_of(entry))


def texts_of(entry: Entry, pair: LanguagePair) -> tuple[str, str]:
    """Return the texts of a unit in both languages; empty where it has none."""
    return _text(entry, pair.source), _text(entry, pair.target)


def _text(entry: Entry, language: str) -> str:
    exact = entry.texts.get(language)
    if exact is not None:
        return exact
    return next(
        (text for tag, text in entry.texts.items() if matches(tag, language)), ""
    )


def origin_of(entry: Entry) -> Origin:
    """Return who made a unit; people, where it is not told."""
    try:
        return Origin(entry.properties.get("origin", Origin.HUMAN.value))
    except ValueError:
        return Origin.HUMAN


def not_used(path: Path, line: int, reason: str) -> str:
    """Say why a unit of a file cannot be used."""
    return f"memory file {path}:{line}: not used: {reason}"


def more_not_used(path: Path, count: int) -> str:
    """Say how many units of a file cannot be used, beside those that are named."""
    return f"memory file {path}: {count} more units not used"
