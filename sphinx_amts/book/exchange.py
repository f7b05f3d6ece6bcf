"""Writing what a book uses to a file that people and git can work with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from sphinx_amts.book import po
from sphinx_amts.errors import AmtsError, FileError
from sphinx_amts.formats.tmx import Entry, dump, load
from sphinx_amts.hosts.sphinx.execution import stop_execution
from sphinx_amts.hosts.sphinx.localized import Build, builds
from sphinx_amts.memory import files as memory_files
from sphinx_amts.memory.people import Match
from sphinx_amts.memory.unit import Origin
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.segment import Segment, State
from sphinx_amts.text.tagged import count_words

SegmentsOfBook = dict[str, tuple[Segment, Match | None]]


def read_build(
    source: Path, language: str, warnings: TextIO, **settings: Any
) -> tuple[Build, SegmentsOfBook]:
    """Read a book as a build would, without asking an engine or executing code.

    Returns what the build works with, and every segment by its key with what is known
    of it. ``settings`` come before those of conf.py, as ``-D`` does. Raises `AmtsError`
    for a folder that is no Sphinx project, or where Sphinx fails.
    """
    with opened(source, language, warnings, **settings) as (app, build):
        stop_execution(app)
        build.hall.down = "not asked by this command"
        build.collected = {}
        app.build()
        for _subtype, message in build.hall.notices:
            warnings.write(f"WARNING: {message}\n")
        found = {
            key: (segment, build.hall.find(segment))
            for key, segment in build.collected.items()
        }
        build.hall.store.close()
        return build, found


@contextmanager
def opened(
    source: Path, language: str, warnings: TextIO, **settings: Any
) -> Iterator[tuple[Sphinx, Build]]:
    """Open a book for a build that does not begin; yields it with Sphinx's own.

    Raises `AmtsError` for a folder that is no Sphinx project, for the language of the
    book, and where Sphinx fails.
    """
    if not (source / "conf.py").is_file():
        raise AmtsError(
            f"{source}: there is no conf.py."
            " Give the folder that sphinx-build is given."
        )
    try:
        with _application(source, warnings, {"language": language, **settings}) as app:
            build = builds.get(app.config)
            if build is None:
                raise AmtsError(
                    f"{source}: nothing to translate to {language!r}. Is"
                    " sphinx_amts among the extensions, and is that not the language"
                    " of the book?"
                )
            yield app, build
    except SphinxError as error:
        raise AmtsError(str(error)) from error


@contextmanager
def _application(
    source: Path, warnings: TextIO, settings: dict[str, Any]
) -> Iterator[Sphinx]:
    with (
        tempfile.TemporaryDirectory() as scratch,
        patch_docutils(),
        docutils_namespace(),
    ):
        yield Sphinx(
            str(source),
            str(source),
            scratch,
            scratch,
            "dummy",
            confoverrides=settings,
            status=None,
            warning=warnings,
            freshenv=True,
        )


def export(build: Build, book: SegmentsOfBook, source: Path, path: Path) -> int:
    """Write the translated segments of a book in ``source`` as TMX; return how many.

    With them, under their own sources, what people translated of texts that are a
    machine's now: sentences within them, and what they were before they changed.
    What memory files know of a unit beside its texts, such as its author, stays.
    """
    pair = build.hall.pair
    known = _known(build, source)
    entries = {}
    for entry in _of_people(build, book):
        text, target = entry.texts[pair.source], entry.texts[pair.target]
        old = known.get((text, target, Origin.HUMAN))
        entries[text] = _with_provenance(entry, old) if old else entry
    count = 0
    for segment, match in book.values():
        if match is None or not match.target:
            continue
        count += 1
        entry = _translated(pair, segment, match.target)
        old = known.get((segment.source, match.target, match.origin))
        entries[segment.source] = (
            _with_provenance(entry, old)
            if old
            else replace(entry, properties=_properties(build, segment, match))
        )
    dump(entries.values(), path, source_language=pair.source)
    return count


Known = dict[tuple[str, str, Origin], Entry]
"""Source, target and origin -> the unit as a memory file has it."""


def _known(build: Build, source: Path) -> Known:
    known: Known = {}
    for name in build.settings.memory_files:
        entries = memory_files.units_with_entries(source / name, build.hall.pair, [])
        with suppress(FileError):  # of which the build has told
            for unit, entry in entries:
                known[unit.source, unit.target, unit.origin] = entry
    return known


def _with_provenance(entry: Entry, old: Entry) -> Entry:
    return replace(
        entry, properties=old.properties, changed=old.changed, author=old.author
    )


def _properties(build: Build, segment: Segment, match: Match) -> dict[str, str]:
    """Return who translated a segment, where that was not people, and its state."""
    if match.origin is Origin.HUMAN:
        return {}
    found = {"origin": match.origin.value, "state": State.TRANSLATED.value}
    unit = build.hall.unit(segment.key)
    if unit is not None and match.origin is Origin.MACHINE:
        known = {"engine": unit.engine, "date": unit.date, "version": unit.version}
        found.update((name, value) for name, value in known.items() if value)
    return found


def _of_people(build: Build, book: SegmentsOfBook) -> Iterator[Entry]:
    """Yield people's units that the book has no longer as they are."""
    hall = build.hall
    for segment, match in book.values():
        if match is not None and match.origin.is_human:
            continue
        for part in hall.parts(segment):
            found = part.match
            if found and found.origin.is_human and count_words(part.segment.source):
                yield _translated(hall.pair, part.segment, found.target)
        for _text, then in hall.stale(segment):
            yield _entry(hall.pair, then.source, then.target, then.kinds)


def export_missing(book: SegmentsOfBook, pair: LanguagePair, path: Path) -> int:
    """Write the segments that have no translation, sources only; return how many."""
    entries = [
        Entry(
            texts={pair.source: segment.source},
            kinds={tag.id: tag.kind for tag in segment.tags},
        )
        for segment, match in book.values()
        if match is None or not match.target
    ]
    return dump(entries, path, source_language=pair.source)


@dataclass
class Imported:
    """What became of a file's translations."""

    file: str  # that they were written to
    new: int = 0  # or changed
    known: int = 0  # as they are
    problems: list[str] = field(default_factory=list)  # each with its place


def import_reviewed(build: Build, files: Sequence[Path], memory: Path) -> Imported:
    """Put the translations that people reviewed into a memory file.

    The file keeps all else that it has. Nothing is written where a file cannot be read.
    Raises `FileError`.
    """
    pair = build.hall.pair
    done = Imported(str(memory))
    known = {
        entry.texts.get(pair.source, ""): entry
        for entry in (load(memory) if memory.exists() else ())
    }
    for path in files:
        for entry in _reviewed(build, path, done):
            old = known.get(entry.texts[pair.source])
            if old and _is_human(old) and old.texts == entry.texts:
                done.known += 1
            else:
                done.new += 1
                known[entry.texts[pair.source]] = entry
    if done.new:
        dump(known.values(), memory, source_language=pair.source)
    return done


def _reviewed(build: Build, path: Path, done: Imported) -> Iterator[Entry]:
    pair = build.hall.pair
    if path.suffix != ".po":
        units = memory_files.units_with_entries(path, pair, done.problems)
        for unit, entry in units:
            if unit.origin.is_human:
                made = _entry(pair, unit.source, unit.target, unit.kinds)
                yield _with_provenance(made, entry)
        return
    for each in po.reviewed(build, path):
        if each.problem:
            done.problems.append(f"{path}:{each.line}: not imported: {each.problem}")
        else:
            made = _translated(pair, each.segment, each.target)
            yield replace(made, properties={"state": State.REVIEWED.value})


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


def memory_of(build: Build, source: Path) -> Path:
    """Return the memory file that reviewed translations go to: the first TMX.

    Raises `AmtsError` where a book has none.
    """
    for name in build.settings.memory_files:
        if Path(name).suffix.lower() == ".tmx":
            return source / name
    raise AmtsError(
        "amts_memory_files has no TMX file that the translations could go to."
        " Name one, in conf.py or with -o."
    )
