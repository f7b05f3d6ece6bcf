"""Writing what a book uses to a file that people and git can work with, and back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from sphinx_amts.book import po, xliff_files
from sphinx_amts.book.book import Book
from sphinx_amts.book.corrected import Corrected
from sphinx_amts.book.purpose import Collect
from sphinx_amts.config import Settings
from sphinx_amts.errors import AmtsError, FileError
from sphinx_amts.formats import xliff
from sphinx_amts.formats.catalogs import load as load_catalog
from sphinx_amts.formats.tables import load_units
from sphinx_amts.formats.tmx import Entry, dump, load
from sphinx_amts.memory import files as memory_files
from sphinx_amts.memory.corrections import Correction, append, log_of
from sphinx_amts.memory.fetched import is_address, path_of
from sphinx_amts.memory.people import Match
from sphinx_amts.memory.unit import Origin
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Segment, State
from sphinx_amts.text.tagged import count_words


def export(book: Book, found: Collect, path: Path) -> int:
    """Write the translated segments of a book as TMX; return how many.

    With them, under their own sources, what people translated of texts that are a
    machine's now: sentences within them, and what they were before they changed.
    What memory files know of a unit beside its texts, such as its author, stays.
    """
    pair = book.translator.pair
    known = _known(book)
    entries = {}
    for entry in _of_people(book, found):
        text, target = entry.texts[pair.source], entry.texts[pair.target]
        old = known.get((text, target, Origin.HUMAN))
        entries[text] = _with_provenance(entry, old) if old else entry
    count = 0
    for look in found.looks.values():
        segment, match = look.segment, look.match
        if match is None or not match.target:
            continue
        count += 1
        entry = _translated(pair, segment, match.target)
        old = known.get((segment.source, match.target, match.origin))
        entries[segment.source] = (
            _with_provenance(entry, old)
            if old
            else replace(entry, properties=_properties(book, segment, match))
        )
    dump(entries.values(), path, source_language=pair.source)
    return count


Known = dict[tuple[str, str, Origin], Entry]
"""Source, target and origin -> the unit as a memory file has it."""


def _known(book: Book) -> Known:
    known: Known = {}
    pair, cache = book.translator.pair, book.folder / book.settings.cache_dir
    for name in book.settings.memory_files:
        path = path_of(name, book.folder, cache)
        entries = memory_files.units_with_entries(path, pair, [])
        with suppress(FileError):  # of which the build has told
            for unit, entry in entries:
                known[unit.source, unit.target, unit.origin] = entry
    return known


def _with_provenance(entry: Entry, old: Entry) -> Entry:
    return replace(
        entry, properties=old.properties, changed=old.changed, author=old.author
    )


def _properties(book: Book, segment: Segment, match: Match) -> dict[str, str]:
    """Return who translated a segment, where that was not people, and its state."""
    if match.origin is Origin.HUMAN:
        return {}
    found = {"origin": match.origin.value, "state": State.TRANSLATED.value}
    unit = book.translator.known.unit(segment.key)
    if unit is not None and match.origin is Origin.MACHINE:
        known = {"engine": unit.engine, "date": unit.date, "version": unit.version}
        found.update((name, value) for name, value in known.items() if value)
    return found


def _of_people(book: Book, found: Collect) -> Iterator[Entry]:
    """Yield people's units that the book has no longer as they are."""
    known, pair = book.translator.known, book.translator.pair
    for look in found.looks.values():
        if look.match is not None and look.match.origin.is_human:
            continue
        for part in known.parts(look.segment):
            match = part.match
            if match and match.origin.is_human and count_words(part.segment.source):
                yield _translated(pair, part.segment, match.target)
        for _text, then in known.stale(look.segment):
            yield _entry(pair, then.source, then.target, then.kinds)


def export_missing(found: Collect, pair: LanguagePair, path: Path) -> int:
    """Write the segments that have no translation, sources only; return how many."""
    entries = [
        Entry(
            texts={pair.source: look.segment.source},
            kinds={tag.id: tag.kind for tag in look.segment.tags},
        )
        for look in found.looks.values()
        if look.match is None or not look.match.target
    ]
    return dump(entries, path, source_language=pair.source)


@dataclass
class Imported:
    """What became of a file's translations."""

    file: str  # that they were written to
    new: int = 0  # or changed
    known: int = 0  # as they are
    left: int = 0  # of the book, and for no memory: code and numbers, for instance
    corrections: int = 0  # of the new ones: what had a translation before
    problems: list[str] = field(default_factory=list)  # each with its place

    def count(self, *, is_known: bool) -> None:
        """Count a translation."""
        self.known += is_known
        self.new += not is_known

    def leave(self, count: int) -> None:
        """Count messages that are for no memory."""
        self.left += count

    def count_corrections(self, count: int) -> None:
        """Count what was noted in the log."""
        self.corrections += count


def import_reviewed(
    book: Book, found: Collect, files: Sequence[Path], memory: Path
) -> Imported:
    """Put the translations that people reviewed into a memory file.

    The file keeps all else that it has. Nothing is written where a file cannot be read.
    What corrects a text is noted in the log beside the memory. Raises `FileError`.
    """
    pair = book.translator.pair
    corrected, noted = Corrected(book, found), list[Correction]()
    done = Imported(str(memory))
    known = {
        entry.texts.get(pair.source, ""): entry
        for entry in (load(memory) if memory.exists() else ())
    }
    for path in files:
        for entry in _reviewed(pair, found, path, done):
            old = known.get(entry.texts[pair.source])
            is_known = bool(old and _is_human(old) and old.texts == entry.texts)
            done.count(is_known=is_known)
            if not is_known:
                known[entry.texts[pair.source]] = entry
                if correction := corrected.by(entry, old):
                    noted.append(correction)
    if done.new:
        dump(known.values(), memory, source_language=pair.source)
        append(log_of(memory), *noted)
        done.count_corrections(len(noted))
    return done


def files_of(given: Path) -> list[Path]:
    """Return the files to import: one, or those of translators in a folder.

    All can be read. Raises `FileError`.
    """
    files = [given]
    if given.is_dir():
        files = sorted(
            path for path in given.rglob("*") if path.suffix.lower() in _OF_PLATFORMS
        )
        if not files:
            raise FileError(given, "has no PO file and no XLIFF file")
    for path in files:
        if path.suffix.lower() in xliff.SUFFIXES:
            deque(xliff.load(path), maxlen=0)
        elif path.suffix.lower() == po.SUFFIX:
            load_catalog(path)
        else:
            deque(load_units(path), maxlen=0)
    return files


_OF_PLATFORMS = (po.SUFFIX, *xliff.SUFFIXES)


def _reviewed(
    pair: LanguagePair, found: Collect, path: Path, done: Imported
) -> Iterator[Entry]:
    left: list[int] = []
    if path.suffix.lower() in xliff.SUFFIXES:
        found_reviewed = xliff_files.reviewed(found, path)
    elif path.suffix.lower() == po.SUFFIX:
        found_reviewed = po.reviewed(found, load_catalog(path), left)
    else:
        units = memory_files.units_with_entries(path, pair, done.problems)
        for unit, entry in units:
            if unit.origin.is_human:
                made = _entry(pair, unit.source, unit.target, unit.kinds)
                yield _with_provenance(made, entry)
        return
    for each in found_reviewed:
        if each.problem:
            done.problems.append(f"{path}:{each.line}: not imported: {each.problem}")
        else:
            made = _translated(pair, each.segment, each.target)
            yield replace(made, properties={"state": State.REVIEWED.value})
    done.leave(len(left))


def _translated(pair: LanguagePair, segment: Segment, target: str) -> Entry:
    return Entry(
        texts={pair.source: segment.source, pair.target: target},
        kinds={tag.id: tag.kind for tag in segment.tags},
    )


def _entry(pair: LanguagePair, source: str, target: str, kinds: str) -> Entry:
    return Entry(
        texts={pair.source: source, pair.target: target},
        kinds=dict(enumerate(kinds.split(","), 1)) if kinds else {},
    )


def _is_human(entry: Entry) -> bool:
    return entry.properties.get("origin", Origin.HUMAN.value) == Origin.HUMAN.value


def memory_of(settings: Settings, folder: Path) -> Path:
    """Return the memory file that reviewed translations go to: the first TMX.

    Raises `AmtsError` where a book has none.
    """
    for name in settings.memory_files:
        if Path(name).suffix.lower() == ".tmx" and not is_address(name):
            return folder / name
    raise AmtsError(
        "amts_memory_files has no TMX file that the translations could go to."
        " Name one, in conf.py or with -o."
    )
