"""The local store: text by key, on disk, for all languages of a book.

The only room that knows `diskcache`. Promises beyond what it gives:

* reading never unpickles: a store that came from elsewhere (a cache that CI restored)
  can hold wrong text but cannot run code, names no file and changes no setting;
* a store that cannot be read is set aside, never deleted, and a new one begun;
* a store that cannot be written is read all the same.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import diskcache
from diskcache.core import DEFAULT_SETTINGS, METADATA, MODE_RAW

from sphinx_amts.memory.database import (
    DATABASE,
    FORMAT,
    FORMAT_KEY,
    disarm,
    foreign,
    keep_out_of_git,
    open_to_read,
    readable,
)

FOLDER = "memory"  # in the cache folder, beside what other rooms keep there
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

    def remove(self, file_path: object) -> None:
        """Leave the files alone that a row may name: none is ours."""


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
        self._is_read = False  # though it cannot be written
        self._is_doubted = False
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
            return self._fallback.get(key) or self._read_only(key)
        if key in self._ahead:
            return self._ahead.pop(key)
        found = self._try(lambda _cache: self._read(key), None)
        return found if isinstance(found, str) else None

    def _read(self, key: str) -> object:
        """Return what a key holds; ten times faster than through diskcache."""
        assert self._reader is not None
        row = self._reader.execute(_QUERY, (key, MODE_RAW)).fetchone()
        return row[0] if row else None

    def _read_only(self, key: str) -> str | None:
        """Return what a store has that cannot be written."""
        try:
            if self._is_read and (self._reader is None or self._pid != os.getpid()):
                self._reader = open_to_read(self.folder / DATABASE)
                self._pid = os.getpid()
            found = self._read(key) if self._is_read else None
        except (sqlite3.Error, OSError):
            self._is_read = False
            return None
        return found if isinstance(found, str) else None

    def doubt(self, reason: str) -> None:
        """Tell, the first time, that it has something that cannot be used."""
        if not self._is_doubted:
            self._is_doubted = True
            self._warn(
                f"the translation memory in {self.folder} has entries that cannot be"
                f" used ({reason}). They count as unknown. If the folder is not your"
                " own, delete it: it will be made anew."
            )

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
                    self._give_up(str(error), is_read=True)
                    return otherwise
            except sqlite3.DatabaseError as error:
                self._set_aside(str(error))
            except OSError as error:
                self._give_up(str(error), is_read=True)
                return otherwise
        self._give_up("it cannot be repaired")
        return otherwise

    def _open(self) -> diskcache.Cache | None:
        if self._cache is not None and self._pid == os.getpid():
            return self._cache
        if self._fallback is not None:
            return None
        if reason := foreign(self.folder):
            self._inode = _inode(self.folder)
            self._set_aside(reason)
        self.folder.mkdir(parents=True, exist_ok=True)
        keep_out_of_git(self.folder.parent)
        self._inode = _inode(self.folder)
        disarm(self.folder / DATABASE, {**DEFAULT_SETTINGS, **METADATA})
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
        self._reader.text_factory = readable
        self._reader.execute("PRAGMA query_only = ON")
        self._cache, self._pid = cache, os.getpid()
        return cache

    def _set_aside(self, reason: str) -> None:
        damaged = self._inode
        self.close()
        if not os.path.lexists(self.folder) or _inode(self.folder) != damaged:
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

    def _is_ours(self) -> bool:
        try:
            return (self.folder / DATABASE).exists() and not foreign(self.folder)
        except OSError:
            return False

    def _give_up(self, reason: str, *, is_read: bool = False) -> None:
        self.close()
        if self._fallback is None:
            self._fallback = {}
            self._is_read = is_read and self._is_ours()
            cannot = "can be read only" if self._is_read else "cannot be used"
            self._warn(
                f"the translation memory in {self.folder} {cannot} ({reason}). "
                "What this build translates will not be kept: make the folder "
                "writable, or set amts_cache_dir."
            )


def _inode(folder: Path) -> int:
    try:
        return (folder / DATABASE).stat().st_ino
    except OSError:
        return 0
