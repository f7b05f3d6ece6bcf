"""Writing what a book uses to a file that people and git can work with."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, TextIO

from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from sphinx_amts.build.localized import Build, builds
from sphinx_amts.errors import AmtsError
from sphinx_amts.languages import LanguagePair
from sphinx_amts.memory.match import Match
from sphinx_amts.memory.unit import Origin
from sphinx_amts.readers.execution import stop_execution
from sphinx_amts.segment import Segment
from sphinx_amts.tmx import Entry, dump

SegmentsOfBook = dict[str, tuple[Segment, Match | None]]


def read_book(
    source: Path, language: str, warnings: TextIO
) -> tuple[LanguagePair, SegmentsOfBook]:
    """Read a book as a build would, without asking an engine or executing code.

    Returns the language pair and every segment by its key, with what is known of it.
    Raises `AmtsError` for a folder that is no Sphinx project, or where Sphinx fails.
    """
    build, book = read_build(source, language, warnings)
    return build.hall.pair, book


def read_build(
    source: Path, language: str, warnings: TextIO, **settings: Any
) -> tuple[Build, SegmentsOfBook]:
    """Read a book as `read_book` does; returns what the build would work with too.

    ``settings`` come before those of conf.py, as ``-D`` does.
    """
    if not (source / "conf.py").is_file():
        raise AmtsError(
            f"{source}: there is no conf.py."
            " Give the folder that sphinx-build is given."
        )
    try:
        return _read(source, warnings, {"language": language, **settings})
    except SphinxError as error:
        raise AmtsError(str(error)) from error


def _read(
    source: Path, warnings: TextIO, settings: dict[str, Any]
) -> tuple[Build, SegmentsOfBook]:
    with (
        tempfile.TemporaryDirectory() as scratch,
        patch_docutils(),
        docutils_namespace(),
    ):
        app = Sphinx(
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
        build = builds.get(app.config)
        if build is None:
            raise AmtsError(
                f"{source}: nothing to translate to {settings['language']!r}. Is"
                " sphinx_amts among the extensions, and is that not the language of the"
                " book?"
            )
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


def export(book: SegmentsOfBook, pair: LanguagePair, path: Path) -> int:
    """Write the translated segments of a book as TMX; return how many."""
    entries = [
        Entry(
            texts={pair.source: segment.source, pair.target: match.target},
            kinds={tag.id: tag.kind for tag in segment.tags},
            properties={}
            if match.origin is Origin.HUMAN
            else {"origin": match.origin.value},
        )
        for segment, match in book.values()
        if match is not None and match.target
    ]
    return dump(entries, path, source_language=pair.source)


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
