"""Looking at a book: what is kept of its pages is taken, and the others are read.

A document is read in a child, up to the last of our transforms, for its units and
nothing else. All pages are gone through in order, by what is kept of them, as soon as
it is there. Where that is not enough (Sphinx has something to say of the document, or
extensions made texts of it, which may be copies of translations), the document is read
here instead, as a build reads it.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import NoReturn

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.logging import WarningSuppressor
from sphinx.util.parallel import parallel_available

from sphinx_amts.book.purpose import Collect
from sphinx_amts.hosts.sphinx import catalogs, garbage, prescan
from sphinx_amts.hosts.sphinx.kept import (
    Basis,
    Content,
    KeptPage,
    KeptPages,
    Survey,
)
from sphinx_amts.hosts.sphinx.localized import Localized, builds
from sphinx_amts.hosts.sphinx.messages import add_messages, path_and_domain
from sphinx_amts.hosts.sphinx.state import has_rules, modules_behind, state_of
from sphinx_amts.hosts.sphinx.workarounds import keep_settings

AFTER_OTHERS = 999  # priority: extensions may change which documents are read
MAX_PROCESSES = 8  # each holds what extensions hold
ROUNDS = 1  # of units in a document of which extensions made no texts


class BookSeen(BaseException):
    """Ends the reading of a book: all its documents have been seen."""


def look_at(app: Sphinx, found: Collect) -> None:
    """Have a book be looked at, where it would be read; that raises `BookSeen`."""

    def on_env_before_read_docs(
        _app: Sphinx, env: BuildEnvironment, names: list[str]
    ) -> None:
        if env.config.root_doc in names:  # else Sphinx says what is wrong
            _Look(app, builds[app.config], found).see(names)
            raise BookSeen

    app.connect("env-before-read-docs", on_env_before_read_docs, priority=AFTER_OTHERS)


@dataclass
class _Look:
    """One look at a book in one language."""

    app: Sphinx
    build: Localized
    found: Collect
    hashes: prescan.Hashes = field(default_factory=prescan.Hashes)
    tree: str = ""  # digest of the names of all documents

    def see(self, names: Sequence[str]) -> None:
        """See documents, in order."""
        book = self.build.book
        cache = book.folder / book.settings.cache_dir
        state = state_of(self.app, self.build.interface)
        kept = KeptPages(cache, book.translator.pair, state)
        is_kept = not has_rules(self.app)
        if is_kept:
            kept.load()
        self.tree = _digest(sorted(self.app.env.found_docs))
        lines = {
            name: line
            for name, line in kept.lines.items()
            if name in self.app.env.found_docs and self.is_valid(name, line)
        }
        missing = [name for name in names if name not in lines]
        with closing(self.surveyed(missing)) as surveyed:
            for name in names:
                if name not in lines and (line := next(surveyed)):
                    lines[name] = line
                content = _content_of(lines, name)
                if content is None:
                    _read(self.app, name)
                else:
                    self.go_through(name, content)
        if is_kept:
            kept.save({name: lines[name] for name in names if name in lines})

    def is_valid(self, name: str, line: str) -> bool:
        """Tell whether what is kept of a page is what would be read now."""
        env = self.app.env
        try:
            basis = Basis.load(line)
        except ValueError:
            return False
        path = os.path.relpath(env.doc2path(name), env.srcdir)
        return (
            path in basis.files
            and basis.tree in ("", self.tree)
            and basis.catalogs == catalogs.paths_of(env, self.app.config, name)
            and all(
                self.hashes.file(Path(env.srcdir, path)) == digest
                for path, digest in basis.files.items()
            )
        )

    def go_through(self, name: str, content: Content) -> None:
        """Go through a page by what is kept of it."""
        env, book = self.app.env, self.build.book
        add_messages(env, name, content.messages, self.found)
        if book.covers(name):
            stale = prescan.remembered_stale(book.translator, name)
            page = KeptPage(book, name, stale, *path_and_domain(env, name))
            with garbage.no_search():
                page.translate(content.units)

    # Reading

    def surveyed(self, names: Sequence[str]) -> Generator[str]:
        """Yield what is to be kept of documents, in order; empty where that is nothing.

        Children read them, each every second of two for instance, and go on while what
        they have found is gone through here.
        """
        if not names:
            return
        if not parallel_available:
            yield from list(self.survey(names))  # before anything is read
            return
        self.build.book.translator.store.close()
        count = min(os.cpu_count() or 1, MAX_PROCESSES, len(names))
        sys.stdout.flush()
        sys.stderr.flush()
        children = [self.fork(names[number::count]) for number in range(count)]
        pipes = [os.fdopen(reader, "rb") for _pid, reader in children]
        try:
            for number in range(len(names)):
                # Where a child died, its documents are read here.
                line = pipes[number % count].readline()
                yield line.decode("utf-8", "surrogatepass").rstrip("\n")
        finally:
            for pipe in pipes:
                pipe.close()  # a child that still writes ends by that
            for pid, _reader in children:
                os.waitpid(pid, 0)

    def fork(self, names: Sequence[str]) -> tuple[int, int]:
        """Survey documents in a child; return its number, and the end of its pipe."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            self.run_child(names, writer)
        os.close(writer)
        return pid, reader

    def run_child(self, names: Sequence[str], writer: int) -> NoReturn:
        """Survey documents and send what is to be kept of each, as one line."""
        status = 1
        try:
            garbage.keep()
            garbage.search_rarely()
            keep_settings()
            with os.fdopen(writer, "wb") as pipe:
                for line in self.survey(names):
                    pipe.write(f"{line}\n".encode("utf-8", "surrogatepass"))
            status = 0
        finally:
            os._exit(status)

    def survey(self, names: Iterable[str]) -> Iterator[str]:
        """Yield what is to be kept of documents; empty of one that cannot be read."""
        for name in names:
            survey = Survey()
            # Before it is read: somebody may be writing.
            self.hashes.file(Path(self.app.env.doc2path(name)))
            book = self.build.book.read_for(survey)
            builds[self.app.config] = replace(self.build, book=book)
            line = ""
            try:
                with _counted_warnings(self.app) as counter:
                    _scan(self.app, name)
                line = self.line(name, survey, has_warnings=counter.count > 0)
            except Exception:
                pass  # it is read again, and the error told
            finally:
                builds[self.app.config] = self.build
            yield line

    def line(self, name: str, survey: Survey, *, has_warnings: bool) -> str:
        """Return what is to be kept of a document that was surveyed."""
        env = self.app.env
        is_covered = self.build.book.covers(name)
        further = [Path.cwd() / path for path in survey.files]
        known = (Path(env.srcdir, path) for path in env.dependencies.get(name, ()))
        further += modules_behind([*further, *known])
        basis = Basis(
            self.hashes.of(env, name, further),
            catalogs.paths_of(env, self.app.config, name),
            self.tree if survey.lists_documents else "",
            has_warnings
            or name in env.reread_always
            or len(survey.rounds) != (ROUNDS if is_covered else 0),
        )
        messages: dict[str, int] = {}
        for message, number in survey.messages:
            messages.setdefault(message, number)
        if basis.is_read:
            return Content([], []).dump(basis)
        units = [unit for units in survey.rounds for unit in units]
        return Content(units, list(messages.items())).dump(basis)


def _content_of(lines: dict[str, str], name: str) -> Content | None:
    """Return what is kept of a page; None where it has to be read.

    What is damaged is kept no longer.
    """
    try:
        if Basis.load(lines[name]).is_read:
            return None
        with garbage.no_search():
            return Content.load(lines[name])
    except (KeyError, ValueError):
        lines.pop(name, None)
        return None


def _digest(names: Iterable[str]) -> str:
    text = "\n".join(names)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _scan(app: Sphinx, name: str) -> None:
    """Read a document up to the last of our transforms."""
    try:
        _read(app, name)
    except prescan.DocumentScanned:
        pass
    finally:
        app.env.temp_data.clear()
        app.env.ref_context.clear()


def _read(app: Sphinx, name: str) -> None:
    app.emit("env-purge-doc", app.env, name)
    app.env.clear_doc(name)
    app.builder.read_doc(name)


class _Counter(logging.Handler):
    """Counts the warnings that a user would see, in the place of showing them."""

    def __init__(self, app: Sphinx) -> None:
        super().__init__(logging.WARNING)
        self.count = 0
        self.addFilter(WarningSuppressor(app))

    def emit(self, record: logging.LogRecord) -> None:
        """Count a warning."""
        self.count += 1


@contextmanager
def _counted_warnings(app: Sphinx) -> Iterator[_Counter]:
    logger, counter = logging.getLogger("sphinx"), _Counter(app)
    before = list(logger.handlers)
    for handler in before:
        logger.removeHandler(handler)
    logger.addHandler(counter)
    try:
        yield counter
    finally:
        logger.removeHandler(counter)
        for handler in before:
            logger.addHandler(handler)
