"""Files of pairs: tables with one language per column, and TMX by the same door.

The first row of a table holds the language codes, the source's first, as Amazon
Translate wants it for parallel data; each row below is one text in these languages.
"""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

from sphinx_amts.errors import FileError, TagError
from sphinx_amts.formats import tmx
from sphinx_amts.text.languages import to_bcp47
from sphinx_amts.text.tagged import (
    collapse,
    escape,
    parse,
    serialize,
)

MAX_CELL = 1_000_000
"""Characters of one cell. A paragraph has some thousands; more is a quotation mark that
is never closed and swallows the rows below."""

DELIMITERS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}


def load_units(path: Path | str) -> Iterator[tmx.Entry]:
    """Yield the units of a TMX, CSV or TSV file, which its suffix tells apart.

    Raises `FileError` at once for another suffix, while iterating for all else.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".tmx":
        return tmx.load(path)
    if suffix in DELIMITERS:
        return load_table(path)
    understood = ", ".join([".tmx", *DELIMITERS])
    raise FileError(path, f"{suffix or 'no suffix'!r} is none of {understood}")


def load_table(path: Path | str) -> Iterator[tmx.Entry]:
    """Yield one unit per row of a CSV or TSV file in UTF-8, quoted as `csv` does it.

    A cell with tags of ours is tagged text, any other is plain. Without a source, or
    without any target, a row is skipped. Raises `FileError` while iterating.
    """
    for row in load_rows(path):
        texts = {code: text for code, text in row.texts.items() if text}
        if next(iter(row.texts)) in texts and len(texts) > 1:
            yield tmx.Entry(texts, line=row.line)


def load_rows(path: Path | str) -> Iterator[tmx.Entry]:
    """Yield every row that is not blank, as `load_table`, with all of its texts.

    The source's comes first; a cell without text is an empty text.
    """
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
    rows = _rows(Path(path))
    line, codes = next(rows, (None, []))
    if line is None:
        raise FileError(path, "is empty; its first row should hold language codes")
    codes = [code.strip() for code in codes]
    _check_codes(codes, path, line)
    for line, row in rows:
        if len(row) != len(codes):
            reason = f"{len(row)} columns where the first row has {len(codes)}"
            raise FileError(path, reason, line)
        texts = [text if text.strip() else "" for text in map(_tagged, row)]
        yield tmx.Entry(dict(zip(codes, texts, strict=True)), line=line)


def _check_codes(codes: list[str], path: Path | str, line: int) -> None:
    try:
        tags = [to_bcp47(code) for code in codes]
    except ValueError as error:
        raise FileError(path, f"first row: {error}", line) from error
    if len(tags) < 2:
        raise FileError(path, "first row: a source and a target are needed", line)
    for number, tag in enumerate(tags):
        if tag in tags[:number]:
            raise FileError(path, f"first row: {tag} has two columns", line)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank with the line where it starts."""
    delimiter = DELIMITERS.get(path.suffix.lower(), ",")
    line = 1
    try:
        with closing(_lines(path)) as lines:  # at once, also after an error
            # Strict, or a quotation mark that is never closed takes the rest of it.
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            for row in reader:
                if any(cell.strip() for cell in row):
                    yield line, row
                line = reader.line_num + 1
    except csv.Error as error:
        raise FileError(
            path, f"not a table with {delimiter!r}: {error}", line
        ) from error
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error


def _lines(path: Path) -> Generator[str, None, None]:
    """Decode line by line, because only so the line of a wrong byte is known."""
    with path.open("rb") as file:
        for number, data in enumerate(file, 1):
            try:
                line = data.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                reason = "is not in UTF-8; save it in this encoding"
                raise FileError(path, reason, number) from error
            if "\0" in line:
                raise FileError(path, "a NUL character; is it a table?", number)
            yield line


def _tagged(cell: str) -> str:
    """Read a cell as tagged text if it has tags, as plain characters otherwise.

    >>> _tagged('a  <x id="1"/> b'), _tagged("a < b")
    ('a <x id="1"/> b', 'a &lt; b')
    """
    try:
        pieces = parse(cell)
    except (TagError, ValueError):
        pieces = ()
    if any(not isinstance(piece, str) for piece in pieces):
        return serialize(pieces).strip(" ")
    return escape(collapse(cell).strip(" "))
