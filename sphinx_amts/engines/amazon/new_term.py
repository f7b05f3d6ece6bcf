"""Putting a term into a file of terms, where all else stays as it is."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from sphinx_amts.config import NAME_FILES
from sphinx_amts.engines.amazon.languages import code_of
from sphinx_amts.engines.amazon.terminology import MAX_TARGETS, check_term, load
from sphinx_amts.errors import FileError
from sphinx_amts.files import write_file
from sphinx_amts.formats import tmx
from sphinx_amts.formats.tables import DELIMITERS, load_rows
from sphinx_amts.text.languages import LanguagePair, to_bcp47
from sphinx_amts.text.tagged import escape, parse, plain

Rows = list[list[str]]


def put_term(path: Path, pair: LanguagePair, source: str, target: str) -> str:
    """Put a term into a file, which is made if there is none; return its former target.

    The file is whole at any time. Raises `FileError` where it cannot be read or cannot
    hold the term.
    """
    source, target = " ".join(source.split()), " ".join(target.split())
    check_term(path, pair, source, target)
    known = load(path) if path.exists() else None
    if known and known.source and known.source != code_of(pair.source):
        raise FileError(path, f"its terms are in {known.source!r}, not {pair.source!r}")
    before = known.of(pair).get(source, "") if known else ""
    if before == target or (known and target == source in known.names):
        return target
    suffix = path.suffix.lower()
    if suffix in NAME_FILES:
        _put_name(path, source, target)
    elif suffix == ".tmx":
        _put_unit(path, pair, source, target)
    else:
        _put_row(path, pair, source, target)
    return before


def _put_name(path: Path, source: str, target: str) -> None:
    if source != target:
        reason = (
            "it lists names, which stay as they are. For other terms, set"
            ' amts_terminology = "terms.csv", with the names in it as their own targets'
        )
        raise FileError(path, reason)
    write_file(path, [_text(path), f"{source}\n"])


def _put_unit(path: Path, pair: LanguagePair, source: str, target: str) -> None:
    entries = list(tmx.load(path)) if path.exists() else []
    language = tmx.source_language(path) if path.exists() else pair.source
    texts = {language: escape(source), pair.target: escape(target)}
    for number, entry in enumerate(entries):
        if plain(parse(entry.texts.get(language, ""))) == source:
            others = {c: t for c, t in entry.texts.items() if not _is(c, pair.target)}
            entries[number] = tmx.Entry({**others, pair.target: escape(target)})
            break
    else:
        entries.append(tmx.Entry(texts))
    tmx.dump(entries, path, source_language=language)


def _put_row(path: Path, pair: LanguagePair, source: str, target: str) -> None:
    """Put a target into the term's row of a table, or a row at its end."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, [_table(path, [[pair.source, pair.target], [source, target]])])
        return
    text, codes = _text(path), list(next(load_rows(path)).texts)
    read = csv.reader(io.StringIO(text), delimiter=_delimiter(path))
    rows = [row for row in read if any(cell.strip() for cell in row)]
    row = next((r for r in rows[1:] if " ".join(r[0].split()) == source), None)
    column = next((n for n, c in enumerate(codes) if n and _is(c, pair.target)), None)
    if row is None and column is not None:
        row = [source, *[""] * (len(codes) - 1)]
        row[column] = target
        write_file(path, [text, _table(path, [row])])  # no other line changes
        return
    if row is None:
        row = [source, *[""] * (len(codes) - 1)]
        rows.append(row)
    if column is None:
        column = _add_column(path, rows, pair.target)
    row[column] = target
    write_file(path, [_table(path, rows)])


def _add_column(path: Path, rows: Rows, language: str) -> int:
    """Add a target language to a table; return its column."""
    column = len(rows[0])
    if column > MAX_TARGETS:
        raise FileError(
            path, f"has {MAX_TARGETS} target languages, and can have no more"
        )
    for row in rows:
        row.append("")
    rows[0][column] = language
    return column


def _is(code: str, language: str) -> bool:
    return code_of(to_bcp47(code)) == code_of(language)


def _delimiter(path: Path) -> str:
    return DELIMITERS.get(path.suffix.lower(), ",")


def _table(path: Path, rows: Rows) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=_delimiter(path), lineterminator="\n").writerows(rows)
    return out.getvalue()


def _text(path: Path) -> str:
    """Return what a file holds, with an end of its last line."""
    text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    return text if not text or text.endswith("\n") else f"{text}\n"
