"""The segments of a book with their places, as a file for the translators' desk.

JSON lines beside a build's output: a head, the segments, each once, then the pages in
the order in which a reader turns them. The file is written by builds with
`sphinx_amts.book.purpose.REVIEW` in the environment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sphinx_amts.book.book import Book
from sphinx_amts.book.record import Listed, Record
from sphinx_amts.errors import FileError
from sphinx_amts.files import read_json, replace_file, without_links
from sphinx_amts.memory.unit import Origin
from sphinx_amts.text.tagged import count_words, parse, readable

NAME = "amts-review.jsonl"
FORM = 2  # raised when the lines change their meaning


@dataclass(frozen=True)
class ListedSegment:
    """A segment of a book, and what its pages show for it."""

    key: str
    source: str  # tagged
    words: int  # of the source
    equivalents: dict[int, str] = field(default_factory=dict)
    target: str = ""  # tagged; empty where pages show the source
    origin: str = ""  # of the target, a value of `Origin`
    is_stale: bool = False  # people translated it, or part of it, in an earlier form
    heading: str = ""
    doubt: float | None = None  # 0 to 1, of a machine's target
    engine: str = ""  # that has made it
    date: str = ""  # when, ISO 8601


@dataclass(frozen=True)
class ListedPage:
    """A page of a book: its segments by key and line, in order."""

    name: str
    path: str  # of its address, from the root of the edition
    title: str
    places: Sequence[tuple[str, int]]
    catalog_words: int = 0  # that people's catalogs have translated


@dataclass(frozen=True)
class Listing:
    """All segments of a book by their keys, and its pages."""

    segments: Mapping[str, ListedSegment]
    pages: Sequence[ListedPage]
    engine: str = ""  # that a build asks


def write(
    book: Book, folder: Path, path_of: Callable[[str], str], order: Iterable[str]
) -> None:
    """Write the listing of a book that was built.

    ``path_of`` returns the address of a page by its name; ``order`` has the names.
    """
    records = {name: record for name, record in book.records.items() if record.places}
    names = [name for name in order if name in records]
    names += [name for name in records if name not in set(names)]
    segments = _segments(book, (records[name] for name in names), folder)
    lines = [{"form": FORM, "engine": book.translator.engine_name}]
    lines += [_lean(each) for each in segments.values()]
    lines += [
        {
            "page": name,
            "path": path_of(name),
            "title": _title(records[name]),
            "places": records[name].places,
            "catalog_words": records[name].catalog_words,
        }
        for name in names
    ]
    folder.mkdir(parents=True, exist_ok=True)
    texts = (json.dumps(each, ensure_ascii=False) + "\n" for each in lines)
    replace_file(without_links(folder, NAME), texts)


def set_paths(folder: Path, paths: Mapping[str, str]) -> None:
    """Give pages their addresses, where those are known after the build only.

    A part of a page (``page#part``) becomes its end.
    """
    lines = list(_lines(folder / NAME))
    pages = {values["page"]: values for values in lines if "page" in values}
    for name, values in pages.items():
        values["path"] = paths.get(name, values["path"])
        whole = pages.get(name.partition("#")[0], values)
        if whole is not values:
            whole["places"] += values["places"]
            whole["catalog_words"] += values["catalog_words"]
            lines.remove(values)
    texts = (json.dumps(values, ensure_ascii=False) + "\n" for values in lines)
    replace_file(folder / NAME, texts)


def _segments(
    book: Book, records: Iterable[Record], folder: Path
) -> dict[str, ListedSegment]:
    found: dict[str, ListedSegment] = {}
    for record in records:
        for key, listed in record.listed.items():
            if key not in found:
                found[key] = _segment(key, listed, bool(record.stale.get(key)))
    known = _before(folder)
    for key, each in found.items():
        if each.origin in _MACHINES:
            before = known.get((key, each.target))
            found[key] = _judged_as(each, before) if before else _judged(book, each)
    return found


def _judged_as(segment: ListedSegment, before: ListedSegment) -> ListedSegment:
    return replace(segment, doubt=before.doubt, engine=before.engine, date=before.date)


def _judged(book: Book, segment: ListedSegment) -> ListedSegment:
    """Note how doubtful a machine's target is, and what has made it."""
    doubt = round(book.doubt.of(segment.source, segment.target), 3)
    unit = book.translator.known.unit(segment.key)
    if unit is None:
        return replace(segment, doubt=doubt)
    return replace(segment, doubt=doubt, engine=unit.engine, date=unit.date)


_MACHINES = (Origin.MACHINE.value, Origin.MIXED.value)


def _segment(key: str, listed: Listed, is_stale: bool) -> ListedSegment:
    is_human = bool(listed.origin) and listed.origin not in _MACHINES
    return ListedSegment(
        key,
        listed.source,
        count_words(listed.source),
        listed.equivalents,
        listed.target,
        listed.origin,
        is_stale and not is_human,
        listed.heading,
    )


def _before(folder: Path) -> dict[tuple[str, str], ListedSegment]:
    """Return what an earlier build judged: what people wrote since changes little."""
    try:
        before = read(folder).segments.values()
    except FileError:
        return {}
    return {(each.key, each.target): each for each in before if each.doubt is not None}


def _title(record: Record) -> str:
    """Return the first heading, as readers see it, of a page."""
    for listed in record.listed.values():
        text = listed.heading
        if text:
            return text
    first = next(iter(record.listed.values()), None)
    return readable(parse(first.source), first.equivalents) if first else ""


def _lean(segment: ListedSegment) -> dict[str, Any]:
    return {name: value for name, value in vars(segment).items() if value or value == 0}


def read(folder: Path) -> Listing:
    """Read what a build listed; raises `FileError` where there is nothing of use."""
    path = folder / NAME
    segments: dict[str, ListedSegment] = {}
    pages = []
    engine = ""
    try:
        for values in _lines(path):
            if "key" in values:
                known = values.get("equivalents", {}).items()
                values["equivalents"] = {int(number): text for number, text in known}
                segments[values["key"]] = ListedSegment(**values)
            elif "page" in values:
                pages.append(_page(values))
            elif values["form"] == FORM:
                engine = values["engine"]
            else:
                raise ValueError("of another version")
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FileError(path, f"is no listing of a build ({error})") from error
    return Listing(segments, pages, engine)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(read_json, file)


def _page(values: Mapping[str, Any]) -> ListedPage:
    return ListedPage(
        values["page"],
        values["path"],
        values["title"],
        [(key, line) for key, line in values["places"]],
        values["catalog_words"],
    )
