"""The database of people's units: a copy of the memory files that answers at once.

One for each language pair, ``people/en-es.db`` beside the store. All that it holds
stands in the files, so it is never mended: one that is damaged, of another version or
of somebody else's making is made anew. What it holds is data, wrong data at worst: it
is used only if its schema is ours to the letter, without triggers and views.

It is written in one transaction for each file; whoever reads sees the file as it was
before or as it is after. Where it cannot be written, one of this process's own takes
its place, in a temporary folder or in memory.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sphinx_amts.files import without_links
from sphinx_amts.memory.database import keep_out_of_git, open_to_read, readable
from sphinx_amts.text.languages import LanguagePair

FOLDER = "people"  # in the cache folder
VERSION = 1
"""Raised when the schema changes, and when rows for the same file would be others:
other borders of sentences, another normal form."""

SCHEMA = {
    # A memory file as it was when it was read. A human one has units of people's.
    "file": "CREATE TABLE file (id INTEGER PRIMARY KEY, path TEXT UNIQUE, content TEXT,"
    " size INTEGER, modified INTEGER, changed INTEGER, looked INTEGER, units INTEGER,"
    " human INTEGER, messages TEXT)",
    # A unit and, with the ids that follow, its sentences. Only the unit has a digest.
    "row": "CREATE TABLE row (id INTEGER PRIMARY KEY, file INTEGER, place INTEGER,"
    " digest INTEGER, parts INTEGER, rank INTEGER, exact INTEGER, normal INTEGER,"
    " sentences INTEGER, start INTEGER, length INTEGER)",
    # Their texts, apart: what is chosen from is read far more often.
    "text": "CREATE TABLE text (id INTEGER PRIMARY KEY, source TEXT, target TEXT,"
    " origin TEXT, kinds TEXT)",
    # Of which units the phrases are indexed, many together; see `phrases`.
    "block": "CREATE TABLE block (id INTEGER PRIMARY KEY, first INTEGER, last INTEGER,"
    " units INTEGER, dead INTEGER)",
    "phrase": "CREATE TABLE phrase (id INTEGER PRIMARY KEY, places BLOB)",
    "digest": "CREATE UNIQUE INDEX digest ON row (file, digest) WHERE digest NOT NULL",
}
INDEXES = {
    "exact": "CREATE INDEX exact ON row (exact, rank, file, place)",
    "normal": "CREATE INDEX normal ON row (normal, rank, file, place)",
    "start": "CREATE INDEX start ON row (start, sentences, rank, file)"
    " WHERE start NOT NULL",
}
"""Made after many rows are written: that is faster than with each."""
_AUTOMATIC = "sqlite_autoindex_file_1"
_STATISTICS = ("sqlite_stat1", "sqlite_stat4")  # where somebody has run ANALYZE

_WAIT_S = 600.0  # for another build that reads a large file
_CACHE_KIB = 8_000
_WRITING_KIB = 40_000  # holds the digests of a million units, which come in any order
_SAYS_DAMAGE = ("no such", "has no column")
_BESIDE = ("", "-wal", "-shm", "-journal")  # what SQLite adds to the name of its files

MAX_REMOVALS = 3
"""How often a damaged database is made anew: after that, it is not the file's fault."""

Fill = Callable[[sqlite3.Connection], None]
T = TypeVar("T")


class Damaged(sqlite3.DatabaseError):
    """It holds what we do not write."""


def database_path(cache_folder: Path, pair: LanguagePair) -> Path:
    """Return where the database of a pair is."""
    return cache_folder / FOLDER / f"{pair.source}-{pair.target}.db"


class UnitsDatabase:
    """The database at ``path``; none is one in memory.

    ``fill`` gets each new connection and brings the database up to date. Opened when
    first used, once in each process; threads may share it.
    """

    def __init__(self, path: Path | None, fill: Fill) -> None:
        self._path = path
        self._is_own = path is None
        self._inode = 0  # of the file that is, or was, open
        self._removals = 0
        self._fill = fill
        self._connection: sqlite3.Connection | None = None
        self.lock = threading.RLock()
        _open_in_this_process.add(self)

    def ask(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows that a query finds."""
        return self.use(lambda connection: connection.execute(query, values).fetchall())

    def use(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what is made with a connection; made again where that was damaged."""
        with self.lock:
            while True:
                connection = self._open()
                try:
                    return work(connection)
                except sqlite3.DatabaseError as error:
                    if self._path is None:
                        raise
                    self.close()
                    self._recover(error)

    def open(self) -> None:
        """Bring it up to date."""
        with self.lock:
            self._open()

    def close(self) -> None:
        """Let go of the file, as before a fork; the next use opens it again."""
        with self.lock:
            if self._connection is not None and self._path is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        while self._connection is None:
            connection = None
            self._inode = _inode(self._path)
            try:
                connection = connect(self._path)
                self._inode = _inode(self._path)
                self._fill(connection)
                self._connection = connection
            except (sqlite3.DatabaseError, OSError) as error:
                if connection is not None:
                    connection.close()
                if self._path is None:
                    raise
                self._recover(error)
        return self._connection

    def _recover(self, error: Exception) -> None:
        """Take away what is damaged, or go on with a database of our own."""
        if self._path is None or self._is_own or not _is_damage(error):
            self._use_own()
            return
        self._removals += 1
        if self._removals > MAX_REMOVALS:
            self._use_own()
        elif self._inode in (0, _inode(self._path)):  # else another was faster
            with suppress(OSError):
                _remove(self._path)

    def _use_own(self) -> None:
        """Go on with a database that nobody else has, until the end."""
        was_own, self._is_own, self._path = self._is_own, True, None
        if not was_own:
            with suppress(OSError):
                folder = Path(tempfile.mkdtemp(prefix="sphinx_amts-"))
                self._path = folder / FOLDER / "units.db"
                weakref.finalize(self, _delete, folder, os.getpid())


_open_in_this_process: weakref.WeakSet[UnitsDatabase] = weakref.WeakSet()


def _before_fork() -> None:
    """Close all: a connection must not be in two processes."""
    for each in _open_in_this_process:
        each.lock.acquire()
        each.close()


def _after_fork() -> None:
    for each in _open_in_this_process:
        each.lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork,
        after_in_child=_after_fork,
    )


def connect(path: Path | None) -> sqlite3.Connection:
    """Open a database of ours, made if there is none; what is another is taken away.

    Raises `sqlite3.DatabaseError` or `OSError`.
    """
    if path is None:
        connection = _connect(":memory:")
        _make(connection)
        return connection
    for suffix in _BESIDE:
        without_links(path.parent.parent, f"{FOLDER}/{path.name}{suffix}")
    path.parent.mkdir(parents=True, exist_ok=True)
    keep_out_of_git(path.parent.parent)
    # We never leave a journal, and one of others may name a file to be deleted.
    if path.with_name(f"{path.name}-journal").exists():
        _remove(path)
    if not path.exists():
        _create(path)
    try:
        return _checked(_connect(path))
    except sqlite3.OperationalError as error:
        if _is_damage(error):
            raise
        return _checked(open_to_read(path))


def _connect(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False
    )
    connection.text_factory = readable
    return connection


def _checked(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Return a connection to a database that is ours; raises `Damaged`."""
    try:
        query = "SELECT name, sql FROM sqlite_master"
        found = dict(connection.execute(query).fetchall())
        for name in (_AUTOMATIC, *_STATISTICS):
            found.pop(name, None)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if found != {**SCHEMA, **INDEXES} or version != VERSION:
            raise Damaged("a database of another version or program")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    except BaseException:
        connection.close()
        raise
    return connection


def _create(path: Path) -> None:
    """Make an empty database, at once as a whole: several builds may be doing so."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    connection = _connect(draft)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise OSError("no database can be shared here")
        _make(connection)
        connection.close()
        with suppress(FileExistsError):  # another was faster
            _publish(draft, path)
    finally:
        connection.close()
        _remove(draft)


def _publish(draft: Path, path: Path) -> None:
    """Give a file its name, unless another has it; raises `FileExistsError`."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # no links on this disk
        draft.replace(path)


def _make(connection: sqlite3.Connection) -> None:
    for statement in (*SCHEMA.values(), *INDEXES.values()):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def tidy(connection: sqlite3.Connection) -> None:
    """Put what was written where it belongs, beside which it stands at first."""
    write_at_once(connection, "PRAGMA wal_checkpoint(TRUNCATE)", ())


def write_at_once(
    connection: sqlite3.Connection, statement: str, values: Sequence[object]
) -> None:
    """Write what may be left as well, if nobody else is writing."""
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute(statement, values)
    except sqlite3.OperationalError:
        pass  # another build is writing, or nobody can
    finally:
        connection.execute(f"PRAGMA busy_timeout = {round(1000 * _WAIT_S)}")


@contextmanager
def without_indexes(connection: sqlite3.Connection) -> Iterator[None]:
    """Write many rows, and the indexes after them; within a transaction."""
    connection.execute(f"PRAGMA cache_size = -{_WRITING_KIB}")
    for name in INDEXES:
        connection.execute(f"DROP INDEX {name}")
    yield
    for statement in INDEXES.values():
        connection.execute(statement)
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all or nothing; waits until no other process is writing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # SQLite itself may have ended it
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _is_damage(error: Exception) -> bool:
    """Tell an error in the database from one in what is around it."""
    if isinstance(error, sqlite3.OperationalError):
        return any(each in str(error) for each in _SAYS_DAMAGE)
    return isinstance(error, sqlite3.DatabaseError)


def _remove(path: Path) -> None:
    for suffix in _BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _delete(folder: Path, pid: int) -> None:
    """Delete a folder of this process's own; its forks leave it alone."""
    if os.getpid() == pid:
        shutil.rmtree(folder, ignore_errors=True)


def _inode(path: Path | None) -> int:
    try:
        return 0 if path is None else path.stat().st_ino
    except OSError:
        return 0
