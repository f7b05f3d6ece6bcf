"""Files of terms and of parallel data, as the service reads them.

======  ===============================================================================
CSV     first row: language codes, the source first; UTF-8 without a byte order mark
TSV     the same with tabs
TMX     ``srclang`` in the header, a ``tuv`` for each language
======  ===============================================================================

In parallel data a field of CSV or TSV can neither span lines nor start with one of
``+ - = @``. What one record breaks is counted; what the file breaks is a `FileError`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

from amazon_server.languages import LANGUAGES

MAX_TERM_BYTES = 200
MAX_SEGMENT_BYTES = 1000
MAX_TARGETS = 10  # languages of one terminology
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_SEPARATORS = {"CSV": ",", "TSV": "\t"}
_FORMULA = ("+", "-", "=", "@")

Record = dict[str, str]
"""Texts by language code."""


class FileError(Exception):
    """A file that cannot be taken; the message says why."""


@dataclass
class Table:
    """What a file holds; ``records`` have the source and at least one target."""

    source: str
    targets: list[str]
    records: list[Record] = field(default_factory=list)
    skipped: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)  # content, reason

    def lookup(self, source: str, target: str) -> dict[str, str]:
        """Return targets by their sources, for either direction; the last one wins."""
        return {
            record[source]: record[target]
            for record in self.records
            if source in record and target in record
        }


def load_terms(data: bytes, form: str) -> Table:
    """Read a terminology; terms that are too long or have no source are skipped."""
    if form == "TMX":
        table = _tmx(data)
    else:
        rows = list(csv.reader(io.StringIO(_text(data)), delimiter=_SEPARATORS[form]))
        table = _header(rows[0] if rows else [])
        table.records = [_record(table, row) for row in rows[1:] if row]
    if len(table.targets) > MAX_TARGETS:
        raise FileError(f"more than {MAX_TARGETS} target languages")
    return _limited(table, MAX_TERM_BYTES)


def load_parallel_data(data: bytes, form: str) -> Table:
    """Read parallel data; the last of several records with one source counts."""
    if form == "TMX":
        table = _tmx(data)
    else:
        lines = _text(data).splitlines()
        separator = _SEPARATORS[form]
        table = _header(_fields(lines[0], separator) or [] if lines else [])
        for line in lines[1:]:
            row = _fields(line, separator)
            if row is None:
                table.failed.append((line, "a quoted field is not closed on its line"))
            elif any(cell.startswith(_FORMULA) for cell in row):
                table.failed.append((line, "a field starts with +, -, = or @"))
            elif len(row) > 1 + len(table.targets):
                table.failed.append((line, "more fields than the header has"))
            else:
                table.records.append(_record(table, row))
    table = _limited(table, MAX_SEGMENT_BYTES)
    last = {record[table.source]: record for record in table.records}
    table.skipped += len(table.records) - len(last)
    table.records = list(last.values())
    return table


def dump_terms(table: Table, form: str) -> bytes:
    """Write a terminology in another form."""
    codes = [table.source, *table.targets]
    if form in _SEPARATORS:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=_SEPARATORS[form])
        writer.writerow(codes)
        writer.writerows(
            [record.get(code, "") for code in codes] for record in table.records
        )
        return out.getvalue().encode()
    root = ElementTree.Element("tmx", version="1.4")
    ElementTree.SubElement(root, "header", srclang=table.source)
    body = ElementTree.SubElement(root, "body")
    for record in table.records:
        unit = ElementTree.SubElement(body, "tu")
        for code, text in record.items():
            variant = ElementTree.SubElement(unit, "tuv", {_LANG: code})
            ElementTree.SubElement(variant, "seg").text = text
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileError(f"not UTF-8: {error}") from error


def _header(codes: Sequence[str]) -> Table:
    unknown = [code for code in codes if code not in LANGUAGES]
    if len(codes) < 2 or unknown or len(set(codes)) < len(codes):
        raise FileError(
            "the first row must have the source language's code and then those of the"
            f" targets, each once, not {list(codes)}"
        )
    return Table(codes[0], list(codes[1:]))


def _fields(line: str, separator: str) -> list[str] | None:
    """Return the fields of one line, None where a quoted one does not end on it."""
    if line.count('"') % 2:
        return None
    return next(csv.reader([line], delimiter=separator), [])


def _record(table: Table, row: Sequence[str]) -> Record:
    codes = [table.source, *table.targets]
    return dict(zip(codes, row, strict=False))


def _limited(table: Table, max_bytes: int) -> Table:
    """Leave out fields that are empty or too long, and records without their source."""
    kept = []
    for record in table.records:
        fits = {
            code: text
            for code, text in record.items()
            if text.strip() and len(text.encode()) <= max_bytes
        }
        if table.source in fits and len(fits) > 1:
            kept.append(fits)
        else:
            table.skipped += 1
    table.records = kept
    return table


def _tmx(data: bytes) -> Table:
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise FileError(f"no TMX: {error}") from error
    header = root.find("header")
    source = header.get("srclang", "") if header is not None else ""
    dated = sorted(_units(root), key=lambda pair: pair[0])
    records = [record for _date, record in dated]
    codes = list(dict.fromkeys(code for record in records for code in record))
    unknown = [code for code in (source, *codes) if code not in LANGUAGES]
    if root.tag != "tmx" or unknown:
        raise FileError(f"language codes that are not supported: {unknown}")
    table = Table(source, [code for code in codes if code != source])
    for record in records:
        if source in record:
            table.records.append(record)
        else:
            table.failed.append((str(record), f"no tuv in {source}"))
    return table


def _units(root: ElementTree.Element) -> Iterator[tuple[str, Record]]:
    """Yield date and texts of each unit; one without a date comes first."""
    for unit in root.iter("tu"):
        record = {}
        for variant in unit.iter("tuv"):
            segment = variant.find("seg")
            if segment is not None:
                code = variant.get(_LANG) or variant.get("lang", "")
                record[code] = "".join(segment.itertext())
        yield unit.get("changedate", ""), record
