"""The store's database, which may have come from elsewhere: what it is and may not do.

Whoever writes into a database runs its triggers, and diskcache takes settings of SQLite
from a table. Neither is ours, so both go before anything is written; what is no store
of ours at all is not used.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

DATABASE = "cache.db"  # diskcache's name for its file
FORMAT_KEY = "amts:format"
FORMAT = "1"
_HEADER = b"SQLite format 3\x00"
_TABLES = {"Cache", "Settings", "sqlite_sequence", "sqlite_stat1", "sqlite_stat4"}
_COMPUTES = re.compile(r"\b(?:VIRTUAL|GENERATED|AS|CHECK)\b", re.IGNORECASE)
_TRIGGERS = {
    f"CREATE TRIGGER Settings_{name} AFTER {event} ON Cache FOR EACH ROW BEGIN UPDATE"
    f' Settings SET value = value {change} WHERE key = "{name[: name.index("_")]}"; END'
    for name, event, change in (
        ("count_insert", "INSERT", "+ 1"),
        ("count_delete", "DELETE", "- 1"),
        ("size_insert", "INSERT", "+ NEW.size"),
        ("size_update", "UPDATE", "+ NEW.size - OLD.size"),
        ("size_delete", "DELETE", "- OLD.size"),
    )
}
"""Diskcache's own, which makes them again where they are not."""


def open_to_read(database: Path) -> sqlite3.Connection:
    """Open a database that is never written to; raises `sqlite3.Error`.

    On a disk that cannot be written, SQLite has to be told so: it makes files beside.
    """
    address = f"{database.resolve().as_uri()}?mode=ro"
    for options in ("", "&immutable=1"):
        connection = sqlite3.connect(
            address + options, uri=True, check_same_thread=False
        )
        connection.text_factory = readable
        try:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            if options:
                raise
        else:
            break
    return connection


def readable(data: bytes) -> str:
    """Read text, with signs of doubt where it is not in UTF-8."""
    return data.decode("utf-8", "replace")


def keep_out_of_git(cache_folder: Path) -> None:
    """Have git not see the cache folder, which is there."""
    ignore = cache_folder / ".gitignore"
    if not os.path.lexists(ignore):  # nor a link
        ignore.write_text("*\n", encoding="utf-8")


def foreign(folder: Path) -> str:
    """Say why ``folder`` holds something else than a store of ours; empty if not."""
    database = folder / DATABASE
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        return "a file is in the place of its folder"
    if database.is_symlink():
        return "a link is in the place of its file"
    if not database.exists():
        return ""
    with database.open("rb") as file:
        header = file.read(len(_HEADER))
    if not header:
        return ""  # perhaps being created by another process just now
    if header != _HEADER:
        return "not a database"
    try:
        connection = open_to_read(database)
        try:
            return _foreign(connection)
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        return "" if "locked" in str(error) else str(error)
    except sqlite3.DatabaseError as error:
        return str(error)


def _foreign(connection: sqlite3.Connection) -> str:
    query = "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view')"
    tables = dict(connection.execute(query))
    if tables.keys() - _TABLES:
        return "a database of something else"
    if "Cache" not in tables:
        return ""
    if any(_COMPUTES.search(sql or "") for sql in tables.values()):
        return "a database of something else"
    (count,) = connection.execute("SELECT COUNT(*) FROM Cache").fetchone()
    query = "SELECT value FROM Cache WHERE key = ? AND raw = 1"
    found = connection.execute(query, (FORMAT_KEY,)).fetchone()
    if count and (found is None or found[0] != FORMAT):
        return "a store of another program or version"
    return ""


def disarm(database: Path, settings: Mapping[str, object]) -> None:
    """Take out of a database what would run; ``settings`` are those that it may have.

    Raises `sqlite3.Error` where that cannot be done.
    """
    if not database.exists() or not database.stat().st_size:
        return
    connection = open_to_read(database)
    try:
        wanted = list(_disarming(connection, settings))
    finally:
        connection.close()
    if wanted:
        connection = sqlite3.connect(database, isolation_level=None)
        try:
            for statement, values in wanted:
                connection.execute(statement, values)
        finally:
            connection.close()


def _disarming(
    connection: sqlite3.Connection, settings: Mapping[str, object]
) -> Iterator[tuple[str, tuple[object, ...]]]:
    query = "SELECT type, name, sql FROM sqlite_master WHERE type IN (?, ?)"
    found = list(connection.execute(query, ("trigger", "table")))
    for kind, name, sql in found:
        if kind == "trigger" and " ".join(str(sql).split()) not in _TRIGGERS:
            quoted = str(name).replace('"', '""')
            yield f'DROP TRIGGER "{quoted}"', ()
    if ("table", "Settings") in [each[:2] for each in found]:
        for number, key, value in connection.execute(
            "SELECT rowid, key, value FROM Settings"
        ):
            is_known = key in settings
            if not is_known or (key.startswith("sqlite_") and value != settings[key]):
                yield "DELETE FROM Settings WHERE rowid = ?", (number,)
