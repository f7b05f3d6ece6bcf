"""Pairs on their way into a file."""

from __future__ import annotations

import csv
import io
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from sphinx_amts.errors import FileError
from sphinx_amts.files import write_file
from sphinx_amts.formats import tmx
from sphinx_amts.formats.tables import DELIMITERS
from sphinx_amts.parallel_data.checks import excerpt
from sphinx_amts.parallel_data.pairs import Pair
from sphinx_amts.text.tagged import (
    byte_length,
    collapse,
    equivalents_of,
    parse,
    readable,
)

MAX_SHARD = 5_000_000_000
"""Bytes of one file, of Amazon Translate's quotas for parallel data."""


class Row(NamedTuple):
    """A pair as it will be in a file."""

    source: str  # what it is sorted by; each source is there once
    target: str
    written: str
    document: str
    line: int
    excerpt: str  # of the source, for people


@dataclass(frozen=True)
class Form:
    """What pairs are written as."""

    suffix: str
    codes: tuple[str, str]  # of source and target, as the file has them

    @property
    def is_table(self) -> bool:
        """Whether the file holds plain text, one pair in a row."""
        return self.suffix in DELIMITERS

    def row(self, pair: Pair) -> Row:
        """Return how a pair is written."""
        made = self._cells(pair) if self.is_table else self._unit(pair)
        return Row(*made, pair.document, pair.line, excerpt(pair.source))

    def ends(self) -> tuple[str, str]:
        """Return what comes before all pairs, and what after them."""
        if self.is_table:
            return self._line(list(self.codes)), ""
        return tmx.header(self.codes[0]), tmx.FOOTER

    def _cells(self, pair: Pair) -> tuple[str, str, str]:
        source, target = map(_seen, (pair.source, pair.target))
        return source, target, self._line([source, target])

    def _line(self, cells: list[str]) -> str:
        line = io.StringIO()
        delimiter = DELIMITERS[self.suffix]
        csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(cells)
        return line.getvalue()

    def _unit(self, pair: Pair) -> tuple[str, str, str]:
        entry = tmx.Entry(
            dict(zip(self.codes, (pair.source, pair.target), strict=True)),
            pair.kinds,
            {"origin": "human", "quality": f"{pair.quality:.2f}"},
        )
        source, written = tmx.block(entry, self.codes[0], is_readable=True)
        return source, str(pair.target), written


class PairFile:
    """Pairs on their way into a file: sorted by source, each source once.

    They wait on disk, so that a million need no more memory than ten. The file is
    written by `write`, as a whole or not at all.
    """

    def __init__(
        self,
        path: Path,
        codes: tuple[str, str],
        kind: str | None = None,
        max_bytes: int = MAX_SHARD,
    ) -> None:
        """Raise `FileError` where the suffix is none of TMX, CSV and TSV.

        ``codes`` are the languages of source and target, as the file has them. What
        would be longer than ``max_bytes`` is written as several files.
        """
        self.path = path
        self.form = Form(f".{kind}" if kind else path.suffix.lower(), codes)
        self._max_bytes = max_bytes
        if self.form.suffix != ".tmx" and not self.form.is_table:
            understood = ", ".join([".tmx", *DELIMITERS])
            reason = f"{self.form.suffix or 'no suffix'!r} is none of {understood}"
            raise FileError(path, reason)
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._rows = sqlite3.connect(Path(self._folder.name) / "pairs")
        self._rows.execute("PRAGMA journal_mode = OFF")
        self._rows.execute("PRAGMA synchronous = OFF")
        self._rows.execute(
            "CREATE TABLE pairs (source TEXT PRIMARY KEY, target TEXT, written TEXT,"
            " document TEXT, line INTEGER) WITHOUT ROWID"
        )

    def __enter__(self) -> PairFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._rows.close()
        self._folder.cleanup()

    def __len__(self) -> int:
        return int(self._rows.execute("SELECT count(*) FROM pairs").fetchone()[0])

    def add(self, pair: Pair) -> tuple[str, int] | None:
        """Add a pair; what `put` returns."""
        return self.put(self.form.row(pair))

    def put(self, row: Row) -> tuple[str, int] | None:
        """Add a row, which replaces an earlier one of the same source.

        Returns document and line of the one replaced, if its target was another.
        """
        found = self._rows.execute(
            "SELECT target, document, line FROM pairs WHERE source = ?", (row.source,)
        ).fetchone()
        self._rows.execute("REPLACE INTO pairs VALUES (?, ?, ?, ?, ?)", row[:5])
        if found is None or found[0] == row.target:
            return None
        return str(found[1]), int(found[2])

    def write(self) -> list[Path]:
        """Write the file, or as many as it takes, and return them.

        The second is named like ``pairs-2.tmx``. Raises `FileError`.
        """
        first, last = self.form.ends()
        found = self._rows.execute("SELECT written FROM pairs ORDER BY source")
        lines = (str(row[0]) for row in found)
        room = self._max_bytes - byte_length(first) - byte_length(last)
        paths = []
        for number, shard in enumerate(_shards(lines, room), 1):
            name = f"{self.path.stem}-{number}{self.path.suffix}"
            paths.append(self.path if number == 1 else self.path.with_name(name))
            write_file(paths[-1], chain([first], shard, [last]))
        return paths


def _shards(lines: Iterator[str], room: int) -> Iterator[Iterator[str]]:
    """Yield runs of lines, each at most ``room`` bytes; each is taken to its end.

    A line that is longer is alone.
    """
    line = next(lines, None)

    def shard() -> Iterator[str]:
        nonlocal line
        left = room
        while line is not None and (left == room or byte_length(line) <= left):
            left -= byte_length(line)
            yield line
            line = next(lines, None)

    yield shard()
    while line is not None:
        yield shard()


def _seen(text: str) -> str:
    return collapse(readable(parse(text), equivalents_of(text))).strip()
