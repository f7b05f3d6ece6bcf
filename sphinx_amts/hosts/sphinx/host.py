"""Sphinx as a host."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from sphinx.application import Sphinx

from sphinx_amts.book.book import Book
from sphinx_amts.book.purpose import Collect, Purpose
from sphinx_amts.config import Settings
from sphinx_amts.errors import AmtsError
from sphinx_amts.hosts.host import Blocks, Host
from sphinx_amts.hosts.sphinx import project, survey
from sphinx_amts.hosts.sphinx.localized import builds, opening_for
from sphinx_amts.hosts.sphinx.messages import note_messages
from sphinx_amts.hosts.sphinx.workarounds import stop_execution


class SphinxHost(Host):
    """Builds what has a ``conf.py``."""

    name = "Sphinx"

    def settings(self, folder: Path) -> Settings:
        """Read a book's settings without building it."""
        return project.read_conf(folder)

    @contextmanager
    def opened(
        self,
        folder: Path,
        language: str,
        purpose: Purpose,
        warnings: TextIO,
        **settings: Any,
    ) -> Iterator[Book]:
        """Open a book in a language, for as long as the context lasts."""
        with self._opened(folder, language, purpose, warnings, settings) as (
            _app,
            book,
        ):
            yield book

    @contextmanager
    def _opened(
        self,
        folder: Path,
        language: str,
        purpose: Purpose,
        warnings: TextIO,
        settings: dict[str, Any],
    ) -> Iterator[tuple[Sphinx, Book]]:
        overrides = {"language": language, **settings}
        with (
            opening_for(purpose),
            # As readers get it: themes have directives.
            project.application(folder, warnings, overrides, "html") as app,
        ):
            build = builds.get(app.config)
            if build is None:
                raise AmtsError(
                    f"{folder}: nothing to translate to {language!r}. Is"
                    " sphinx_amts among the extensions, and is that not the language"
                    " of the book?"
                )
            yield app, build.book

    def collect(
        self, folder: Path, language: str, warnings: TextIO, **settings: Any
    ) -> tuple[Book, Collect]:
        """Read a book as a build would: no engine is asked, and no code executed."""
        found = Collect()
        with self._opened(folder, language, found, warnings, settings) as (app, book):
            stop_execution(app)
            note_messages(app, found)
            survey.look_at(app, found)
            with suppress(survey.BookSeen):
                project.read_all(app)
            for problem in book.problems:
                warnings.write(f"WARNING: {problem.message}\n")
            book.translator.store.close()
            return book, found

    def blocks(self, folder: Path) -> Blocks:
        """Return what a book's documents hold, in its own language."""
        return project.read_project(folder)

    def command(
        self,
        folder: Path,
        out: Path,
        builder: str,
        language: str | None,
        options: Sequence[str],
    ) -> list[str]:
        """Return the command that builds a book."""
        command = [sys.executable, "-m", "sphinx", "--no-color", "-b", builder]
        if language is not None:
            command += ["-D", f"language={language}"]
        return [*command, *options, str(folder), str(out)]

    def state(self, out: Path) -> Path:
        """Return the folder of the doctrees."""
        return out / ".doctrees"
