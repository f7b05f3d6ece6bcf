"""The documents that are done, beside the file that they are for until it is written.

So a run that was killed goes on where it was. What is kept of a document counts while
both its sides are what they were, and while pairs are made the same way: by the same
version, with the same lexicon and the same checks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from types import TracebackType

from sphinx_amts import __version__
from sphinx_amts.errors import FileError
from sphinx_amts.files import without_links
from sphinx_amts.parallel_data.made import Made, dump, load

SUFFIX = ".part"
_TABLES = {
    "way": "CREATE TABLE way (way TEXT)",
    "made": "CREATE TABLE made (name TEXT PRIMARY KEY, digest TEXT, made TEXT)"
    " WITHOUT ROWID",
}


class Finished:
    """Keeps what documents have become; nothing, where there is no place for it."""

    def __init__(self, output: Path | None) -> None:
        """Keep it beside ``output``."""
        self._names: set[str] = set()
        self._path = None
        if output is not None and output.parent.is_dir():
            self._path = without_links(output.parent, f".{output.name}{SUFFIX}")
        self._rows = self._opened()

    def begin(
        self, way: str, digests: Callable[[Collection[str]], Iterator[tuple[str, str]]]
    ) -> None:
        """Forget what was made another ``way``, and what is no longer as it was.

        ``digests`` yields names and digests of the documents that it is asked for.
        """
        way = f"{__version__} {way}"
        try:
            is_same = self._way() == way
        except sqlite3.Error:
            is_same = False
        if not is_same:
            try:
                self._begin_anew(way)
            except (OSError, sqlite3.Error):  # what cannot be written there is not kept
                self._path = None
                self._begin_anew(way)
        known = dict(self._rows.execute("SELECT name, digest FROM made"))
        self._names = {
            name for name, digest in digests(known.keys()) if known[name] == digest
        }

    def _way(self) -> str | None:
        """Return how what is there was made; None where it is none of ours, or broken.

        Raises `sqlite3.Error` too where it is.
        """
        found = self._rows.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql != ''"
        )
        if dict(found) != _TABLES:  # such as triggers, which whoever made it put there
            return None
        if self._rows.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
            return None
        row = self._rows.execute("SELECT way FROM way").fetchone()
        return str(row[0]) if row else None

    def _begin_anew(self, way: str) -> None:
        self._rows.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        self._rows = self._opened()
        # What a power cut breaks is made again; what a kill leaves is whole.
        self._rows.execute("PRAGMA synchronous = OFF")
        for statement in _TABLES.values():
            self._rows.execute(statement)
        self._rows.execute("INSERT INTO way VALUES (?)", (way,))
        self._rows.commit()

    def names(self) -> Collection[str]:
        """Return the documents that are done."""
        return self._names

    def get(self, name: str) -> Made:
        """Return what a document has become; raises `FileError`."""
        row = self._rows.execute("SELECT made FROM made WHERE name = ?", (name,))
        try:
            return load(row.fetchone()[0])
        except (ValueError, TypeError, RecursionError) as error:
            reason = f"it is damaged, delete it: {error}"
            raise FileError(self._path or "", reason) from error

    def put(self, name: str, made: Made) -> None:
        """Keep what a document has become; raises `FileError`."""
        if self._path is not None:
            row = (name, made.digest, dump(made))
            try:
                self._rows.execute("REPLACE INTO made VALUES (?, ?, ?)", row)
                self._rows.commit()
            except sqlite3.Error as error:
                raise FileError(self._path, f"cannot be written: {error}") from error

    def remove(self) -> None:
        """Take it away: the file has been written."""
        self._rows.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def __enter__(self) -> Finished:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._rows.close()

    def _opened(self) -> sqlite3.Connection:
        return sqlite3.connect("" if self._path is None else self._path)
