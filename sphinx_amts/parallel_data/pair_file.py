"""Pairs on their way into a file."""

from __future__ import annotations

import csv
import io
import sqlite3
import tempfile
from itertools import chain
from pathlib import Path
from types import TracebackType

from sphinx_amts.errors import FileError
from sphinx_amts.files import write_file
from sphinx_amts.formats import tmx
from sphinx_amts.formats.tables import DELIMITERS
from sphinx_amts.parallel_data.pairs import Pair
from sphinx_amts.text.tagged import collapse, equivalents_of, parse, readable


class PairFile:
    """Pairs on their way into a file: sorted by source, each source once.

    They wait on disk, so that a million need no more memory than ten. The file is
    written by `write`, as a whole or not at all.
    """

    def __init__(
        self, path: Path, codes: tuple[str, str], kind: str | None = None
    ) -> None:
        """Raise `FileError` where the suffix is none of TMX, CSV and TSV.

        ``codes`` are the languages of source and target, as the file has them.
        """
        self.path = path
        self.codes = codes
        self.suffix = f".{kind}" if kind else path.suffix.lower()
        if self.suffix != ".tmx" and self.suffix not in DELIMITERS:
            understood = ", ".join([".tmx", *DELIMITERS])
            reason = f"{self.suffix or 'no suffix'!r} is none of {understood}"
            raise FileError(path, reason)
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._rows = sqlite3.connect(Path(self._folder.name) / "pairs")
        self._rows.execute("PRAGMA journal_mode = OFF")
        self._rows.execute("PRAGMA synchronous = OFF")
        self._rows.execute(
            "CREATE TABLE pairs (source TEXT PRIMARY KEY, target TEXT, written TEXT,"
            " document TEXT, line INTEGER) WITHOUT ROWID"
        )

    @property
    def is_table(self) -> bool:
        """Whether the file holds plain text, one pair in a row."""
        return self.suffix in DELIMITERS

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
        """Add a pair, which replaces an earlier one of the same source.

        Returns document and line of the one replaced, if its target was another.
        """
        source, target, written = self._row(pair) if self.is_table else self._unit(pair)
        found = self._rows.execute(
            "SELECT target, document, line FROM pairs WHERE source = ?", (source,)
        ).fetchone()
        self._rows.execute(
            "REPLACE INTO pairs VALUES (?, ?, ?, ?, ?)",
            (source, target, written, pair.document, pair.line),
        )
        if found is None or found[0] == target:
            return None
        return str(found[1]), int(found[2])

    def write(self) -> None:
        """Write the file; raises `FileError`."""
        found = self._rows.execute("SELECT written FROM pairs ORDER BY source")
        lines = (str(row[0]) for row in found)
        if self.is_table:
            first = self._line(list(self.codes))
            write_file(self.path, chain([first], lines))
        else:
            first = tmx.header(self.codes[0])
            write_file(self.path, chain([first], lines, [tmx.FOOTER]))

    def _row(self, pair: Pair) -> tuple[str, str, str]:
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


def _seen(text: str) -> str:
    return collapse(readable(parse(text), equivalents_of(text))).strip()
