"""Gathering what all documents lack, before Sphinx reads them.

An engine is faster, and sees fewer requests, when it gets the texts of the whole book
at once. Sphinx reads one document after the other, so the documents are read twice:
first in forked children that only look (no notebook is executed, nothing is written,
nothing is logged), then, on a warm memory, by Sphinx itself. Where there is no fork,
and where one document is all there is to read, each document asks for itself.

A document whose files have not changed since it was last read is not scanned if all
that it needed then is known now.
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging as sphinx_logging
from sphinx.util.parallel import parallel_available

from sphinx_amts.book.book import Book
from sphinx_amts.book.purpose import Gather
from sphinx_amts.book.record import Records
from sphinx_amts.files import read_json
from sphinx_amts.hosts.sphinx import garbage
from sphinx_amts.hosts.sphinx.localized import Localized, builds
from sphinx_amts.hosts.sphinx.workarounds import stop_execution
from sphinx_amts.text.segment import Segment
from sphinx_amts.translation.keys import document_key
from sphinx_amts.translation.translator import Translating

logger = sphinx_logging.getLogger(__name__)


class DocumentScanned(BaseException):
    """Ends the reading of a document in a child: all its units have been seen."""


def gather(
    app: Sphinx,
    build: Localized,
    docnames: Sequence[str],
    titles: Iterable[Segment] = (),
) -> None:
    """Have everything translated that ``docnames`` and the book's titles lack."""
    book = build.book
    found = _find_missing(app, build, docnames)
    if segments := book.missing([*titles, *found.segments.values()]):
        book.announce(segments, found.lengths)
        translate(book, segments)


def _find_missing(app: Sphinx, build: Localized, docnames: Sequence[str]) -> Gather:
    translator = build.book.translator
    if not translator.wants_all:
        return Gather()
    hashes = Hashes()
    unknown = [
        name for name in docnames if not _is_known(translator, app.env, name, hashes)
    ]
    if len(unknown) < translator.least_documents or not parallel_available:
        return Gather()
    translator.store.close()
    return _scan(app, build, unknown)


def translate(book: Book, segments: Sequence[Segment]) -> None:
    """Have segments translated, with a progress bar on a terminal."""
    from tqdm import tqdm  # not for builds in which nothing is missing

    tqdm.monitor_interval = 0  # no thread of its own: Sphinx forks later
    with tqdm(
        total=len(segments),
        desc=f"translating to {book.translator.pair.target}",
        unit="segment",
        disable=None,
        file=sys.stderr,
        leave=False,
    ) as bar:
        book.ask(segments, bar.update, is_all=True)


def _scan(app: Sphinx, build: Localized, docnames: Sequence[str]) -> Gather:
    """Read documents in children; return what they lack."""
    count = max(1, min(app.parallel, len(docnames)))
    sys.stdout.flush()
    sys.stderr.flush()
    children = []
    for number in range(count):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            _run_child(app, build, docnames[number::count], writer)
        os.close(writer)
        children.append((pid, reader))
    found = Gather()
    for pid, reader in children:
        with os.fdopen(reader, "rb") as pipe:
            data = pipe.read()
        os.waitpid(pid, 0)
        try:
            found.update(pickle.loads(data))  # our own child's, through a pipe
        except (pickle.UnpicklingError, EOFError):
            continue  # it died: its documents ask for themselves
    return found


def _run_child(
    app: Sphinx, build: Localized, docnames: Iterable[str], writer: int
) -> None:
    """Read documents and send what they lack; never returns."""
    status = 1
    try:
        # Doctrees are garbage in cycles, and looking for it takes a third of the time.
        garbage.keep()
        garbage.search_rarely()
        logging.disable(logging.CRITICAL)
        stop_execution(app)
        found = Gather()
        builds[app.config] = replace(build, book=build.book.read_for(found))
        for docname in docnames:
            _read(app, docname)
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(found, pipe)
        status = 0
    finally:
        os._exit(status)


def _read(app: Sphinx, docname: str) -> None:
    env = app.env
    try:
        app.emit("env-purge-doc", env, docname)
        env.clear_doc(docname)
        app.builder.read_doc(docname)
    except DocumentScanned:
        pass
    except Exception:
        pass  # Sphinx will meet it again, and report it
    finally:
        env.temp_data.clear()
        env.ref_context.clear()


def remember(translator: Translating, env: BuildEnvironment, records: Records) -> None:
    """Note for each document just read which files it came from and what it needed."""
    hashes = Hashes()
    rows = {}
    for docname, record in records.new():
        if docname in env.found_docs:
            row = {
                "files": hashes.of(env, docname),
                "keys": list(record.keys),
                "texts": record.texts,
                "people": translator.known.people.digest,
                "stale": record.stale,
            }
            text = json.dumps(row, sort_keys=True)
            key = document_key(translator.pair, docname)
            if translator.store.get(key) != text:
                rows[key] = text
    translator.store.put(rows)


def _is_known(
    translator: Translating, env: BuildEnvironment, docname: str, hashes: Hashes
) -> bool:
    known = translator.known
    row = _row(translator, docname)
    if row is None or not all(
        hashes.file(Path(env.srcdir, name)) == digest
        for name, digest in row["files"].items()
    ):
        return False
    keys, texts = row["keys"], row["texts"]
    if row["people"] != known.people.digest and any(
        known.is_improvable(key, texts.get(key, ())) for key in keys
    ):
        return False
    known.read_ahead(keys)
    return all(translator.is_settled(key) for key in keys)


def _row(translator: Translating, docname: str) -> dict[str, Any] | None:
    """Return what `remember` noted of a document; None where it is nothing of ours."""
    try:
        key = document_key(translator.pair, docname)
        row: dict[str, Any] = read_json(translator.store.get(key) or "null")
        texts = {key: list(each) for key, each in row["texts"].items()}
        is_ours = (
            all(isinstance(each, str) for each in row["keys"])
            and all(isinstance(each, str) for keys in texts.values() for each in keys)
            and all(isinstance(each, int) for each in row["stale"].values())
            and all(isinstance(each, str) for each in row["files"].values())
            and isinstance(row["people"], str)
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return row if is_ours else None


def remembered_stale(translator: Translating, docname: str) -> dict[str, int]:
    """Return the stale words of a document's segments, if people's units are the same.

    Looking for them takes its time, and a build that knows all should be quick.
    """
    people = translator.known.people
    if not people.has_human:
        return {}
    row = _row(translator, docname)
    return dict(row["stale"]) if row and row["people"] == people.digest else {}


class Hashes:
    """Content hashes of files, each read once."""

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    def file(self, path: Path) -> str:
        """Return the hash of a file; empty where there is none."""
        if path not in self._known:
            try:
                # No device and no pipe: the path may be anybody's.
                content = path.read_bytes() if path.is_file() else None
            except (OSError, ValueError):
                content = None
            digest = ""
            if content is not None:
                digest = blake2b(content, digest_size=12).hexdigest()
            self._known[path] = digest
        return self._known[path]

    def of(
        self, env: BuildEnvironment, docname: str, further: Iterable[Path] = ()
    ) -> dict[str, str]:
        """Return the hashes of all files that a document was made from."""
        source = Path(env.srcdir)
        paths = [Path(env.doc2path(docname)), *further]
        paths += [source / path for path in env.dependencies.get(docname, ())]
        return {
            os.path.relpath(path, source): self.file(path)
            for path in sorted(set(paths))
        }
