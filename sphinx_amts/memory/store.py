"""The local store: text by key, on disk, for all languages of a book.

The only room that knows `diskcache`. Two promises beyond what it gives:

* reading never unpickles: a store that came from elsewhere (a cache that CI restored)
  can hold wrong text but cannot run code;
* a store that cannot be read is set aside, never deleted, and a new one begun.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import diskcache
from diskcache.core import MODE_RAW

FORMAT_KEY = "amts:format"
FORMAT = "1"
FOLDER = "memory"  # in the cache folder, beside what other rooms keep there
DATABASE = "cache.db"  # diskcache's name for its file
_TABLES = {"Cache", "Settings", "sqlite_sequence"}
_HEADER = b"SQLite format 3\x00"
_QUERY = (
    "SELECT value FROM Cache"
    " WHERE key = ? AND raw = 1 AND mode = ? AND filename IS NULL"
)
_QUERY_MANY = (
    "SELECT key, value FROM Cache"
    " WHERE raw = 1 AND mode = ? AND filename IS NULL AND key IN ({})"
)
_READ_AHEAD = 200  # keys in one query; SQLite takes at least 999 values
_BUSY_S = 60.0  # how long to wait for a build that is writing
_INLINE_BYTES = 1 << 40  # all text stays in the database: no file is ever named by it

T = TypeVar("T")


class _TextDisk(diskcache.Disk):  # type: ignore[misc]
    """Stores and fetches text only."""

    def put(self, key: object) -> tuple[str, bool]:
        if not isinstance(key, str):
            raise TypeError("keys are text")
        return key, True

    def get(self, key: object, raw: object) -> object:
        return key if raw and isinstance(key, str) else ""

    def store(self, value: object, read: object, key: object = None) -> Any:
        if not isinstance(value, str):
            raise TypeError("values are text")
        return 0, MODE_RAW, None, value

    def fetch(self, mode: object, filename: object, value: object, read: object) -> Any:
        if mode == MODE_RAW and filename is None and isinstance(value, str):
            return value
        return None


class Store:
    """Text by key in ``folder``; opened when first used, once in each process.

    ``warn`` is called with a sentence when a store had to be set aside or cannot be
    used; the store then goes on empty, or, where nothing can be written, in memory
    only.
    """

    def __init__(self, folder: Path, warn: Callable[[str], None]) -> None:
        self.folder = folder / FOLDER
        self._warn = warn
        self._cache: diskcache.Cache | None = None  # for writing
        self._reader: sqlite3.Connection | None = None
        self._pid = 0
        self._inode = 0
        self._fallback: dict[str, str] | None = None
        self._ahead: dict[str, str | None] = {}

    def read_ahead(self, keys: Sequence[str]) -> None:
        """Read what `get` is going to be asked for: many keys at a time are faster."""
        nothing: dict[str, str] = {}
        found = self._try(lambda _cache: dict(self._rows(keys)), nothing)
        self._ahead = {key: found.get(key) for key in keys} if found else {}

    def _rows(self, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
        assert self._reader is not None
        for start in range(0, len(keys), _READ_AHEAD):
            part = keys[start : start + _READ_AHEAD]
            query = _QUERY_MANY.format(",".join("?" * len(part)))
            for key, text in self._reader.execute(query, (MODE_RAW, *part)):
                if isinstance(text, str):
                    yield key, text

    def get(self, key: str) -> str | None:
        """Return the text of a key, or ``None``."""
        if self._fallback is not None:
            return self._fallback.get(key)
        if key in self._ahead:
            return self._ahead.pop(key)
        found = self._try(lambda _cache: self._read(key), None)
        return found if isinstance(found, str) else None

    def _read(self, key: str) -> object:
        """Return what a key holds; ten times faster than through diskcache."""
        assert self._reader is not None
        row = self._reader.execute(_QUERY, (key, MODE_RAW)).fetchone()
        return row[0] if row else None

    def put(self, texts: Mapping[str, str]) -> None:
        """Keep all of ``texts``, or after an interruption none of them."""
        self._ahead.clear()

        def write(cache: diskcache.Cache) -> None:
            with cache.transact(retry=True):
                for key, text in texts.items():
                    cache.set(key, text)

        if texts and self._fallback is None:
            self._try(write, None)
        if self._fallback is not None:
            self._fallback.update(texts)

    def close(self) -> None:
        """Let go of the file, as before a fork; the next use opens it again."""
        if self._cache is not None and self._pid == os.getpid():
            self._cache.close()
            if self._reader is not None:
                self._reader.close()
        self._cache = self._reader = None

    def _try(self, use: Callable[[diskcache.Cache], T], otherwise: T) -> T:
        for _attempt in range(2):
            try:
                cache = self._open()
                return otherwise if cache is None else use(cache)
            except diskcache.Timeout:
                return otherwise
            except sqlite3.OperationalError as error:
                if "no such" in str(error) or "has no column" in str(error):
                    self._set_aside(str(error))
                else:
                    self._give_up(str(error))
                    return otherwise
            except sqlite3.DatabaseError as error:
                self._set_aside(str(error))
            except OSError as error:
                self._give_up(str(error))
                return otherwise
        self._give_up("it cannot be repaired")
        return otherwise

    def _open(self) -> diskcache.Cache | None:
        if self._cache is not None and self._pid == os.getpid():
            return self._cache
        if self._fallback is not None:
            return None
        reason = _foreign(self.folder)
        if reason:
            self._inode = _inode(self.folder)
            self._set_aside(reason)
        self.folder.mkdir(parents=True, exist_ok=True)
        ignore = self.folder.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        self._inode = _inode(self.folder)
        try:
            cache = diskcache.Cache(
                str(self.folder),
                disk=_TextDisk,
                disk_min_file_size=_INLINE_BYTES,
                eviction_policy="none",
                cull_limit=0,
                statistics=0,
                tag_index=0,
            )
        except (TypeError, ValueError, AttributeError) as error:
            raise sqlite3.DatabaseError(f"its settings are damaged: {error}") from error
        if cache.get(FORMAT_KEY) != FORMAT:
            cache.set(FORMAT_KEY, FORMAT)
        self._inode = _inode(self.folder)
        self._reader = sqlite3.connect(
            self.folder / DATABASE, timeout=_BUSY_S, isolation_level=None
        )
        self._cache, self._pid = cache, os.getpid()
        return cache

    def _set_aside(self, reason: str) -> None:
        damaged = self._inode
        self.close()
        if not self.folder.exists() or _inode(self.folder) != damaged:
            return  # another process was faster
        number = 1
        while (aside := self.folder.with_name(f"{FOLDER}.damaged-{number}")).exists():
            number += 1
        try:
            self.folder.rename(aside)
        except OSError as error:
            self._give_up(f"{reason}; it cannot be moved: {error}")
            return
        self._warn(
            f"the translation memory in {self.folder} could not be read ({reason}). "
            f"It was set aside as {aside.name}; a new one was begun."
        )

    def _give_up(self, reason: str) -> None:
        self.close()
        if self._fallback is None:
            self._fallback = {}
            self._warn(
                f"the translation memory in {self.folder} cannot be used ({reason}). "
                "What this build translates will not be kept: make the folder "
                "writable, or set amts_cache_dir."
            )


def _inode(folder: Path) -> int:
    try:
        return (folder / DATABASE).stat().st_ino
    except OSError:
        return 0


def _foreign(folder: Path) -> str:
    """Say why ``folder`` holds something else than a store of ours; empty if not."""
    database = folder / DATABASE
    if folder.exists() and not folder.is_dir():
        return "a file is in the place of its folder"
    if not database.exists():
        return ""
    with database.open("rb") as file:
        header = file.read(len(_HEADER))
    if not header:
        return ""  # perhaps being created by another process just now
    if header != _HEADER:
        return "not a database"
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = {name for (name,) in rows}
        if tables - _TABLES:
            return "a database of something else"
        if "Cache" not in tables:
            return ""
        (count,) = connection.execute("SELECT COUNT(*) FROM Cache").fetchone()
        query = "SELECT value FROM Cache WHERE key = ? AND raw = 1"
        found = connection.execute(query, (FORMAT_KEY,)).fetchone()
    except sqlite3.OperationalError as error:
        return "" if "locked" in str(error) else str(error)
    except sqlite3.DatabaseError as error:
        return str(error)
    finally:
        connection.close()
    if count and (found is None or found[0] != FORMAT):
        return "a store of another program or version"
    return ""
