"""mystmd as a host, and Jupyter Book 2, which is built on it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from sphinx_amts.addresses import is_url
from sphinx_amts.book.book import Book
from sphinx_amts.book.doctor import Finding
from sphinx_amts.book.editions import place_of
from sphinx_amts.book.opening import open_book
from sphinx_amts.book.purpose import Collect, Purpose
from sphinx_amts.book.record import Records
from sphinx_amts.config import Settings
from sphinx_amts.errors import AmtsError
from sphinx_amts.hosts.host import Blocks, Host, read_file
from sphinx_amts.hosts.myst import examine, project
from sphinx_amts.hosts.myst.config import NAME, read_config, settings_of
from sphinx_amts.hosts.myst.edition import Edition
from sphinx_amts.readers.files import SUFFIXES
from sphinx_amts.readers.folders import files
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.warnings_ import Subtype


class MystHost(Host):
    """Builds what has a ``myst.yml``."""

    name = "mystmd"
    file = NAME
    processes = 1  # they share a folder, `_build`
    has_own_search = True

    def __init__(self) -> None:
        self._pages: dict[Path, project.Pages] = {}  # all languages are read from them

    def settings(self, folder: Path) -> Settings:
        """Read a book's settings without building it."""
        return settings_of(read_config(folder / NAME))

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
        read = settings_of(read_config(folder / NAME), settings)
        try:
            pair = LanguagePair.of(read.source_language, language)
        except ValueError as error:
            raise AmtsError(f"{language!r}: {error}") from error
        if pair.is_same:
            raise AmtsError(f"{folder}: {language!r} is the language of the book")

        def warn(subtype: Subtype, text: str) -> None:
            warnings.write(f"WARNING: {text} [amts.{subtype.value}]\n")

        book = open_book(read, folder, pair, purpose, Records(), warn=warn)
        yield book
        book.translator.store.close()

    def collect(
        self, folder: Path, language: str, warnings: TextIO, **settings: Any
    ) -> tuple[Book, Collect]:
        """Read a book as a build would: no engine is asked, and no code executed."""
        found = Collect()
        with self.opened(folder, language, found, warnings, **settings) as book:
            self.read(folder, book, warnings)
            for problem in book.problems:
                warnings.write(f"WARNING: {problem.message}\n")
            return book, found

    def read(self, folder: Path, book: Book, warnings: TextIO) -> None:
        """Read all pages for a book's purpose."""
        if folder not in self._pages:
            self._pages[folder] = project.read_pages(folder, warnings)
        pages = self._pages[folder]

        def say(text: str) -> None:
            warnings.write(f"{text}\n")

        edition = Edition(book, folder, read_config(folder / NAME), say)
        of_document = (page for page in pages if page["do"] == "document")
        edition.document([edition.read(page) for page in of_document])
        of_project = (page for page in pages if page["do"] == "project")
        edition.project([edition.read_made(page) for page in of_project])

    def blocks(self, folder: Path) -> Blocks:
        """Return what a book's files hold; mystmd is not needed for that."""
        found = files(folder, SUFFIXES)
        return {name: read_file(path) for name, path in found.items()}

    def command(
        self,
        folder: Path,
        out: Path,
        builder: str,
        language: str | None,
        options: Sequence[str],
    ) -> list[str]:
        """Return the command that builds an edition."""
        if builder != "html":
            raise AmtsError(f"--builder {builder}: mystmd builds html")
        settings = self.settings(folder)
        place = ""
        if language is not None:
            place = place_of(settings, language)
            place = "" if is_url(place) else place.strip("/") + "/"
        elif settings.languages or any("amts_languages" in each for each in options):
            language = settings.source_language  # for its menu
        program = [sys.executable, "-m", "sphinx_amts.hosts.myst", "--build"]
        return [*program, str(folder), str(out), place, language or "", *options]

    def desk_command(
        self, folder: Path, out: Path, language: str, options: Sequence[str]
    ) -> list[str]:
        """Return the command that builds one edition, at the root of its site."""
        program = [sys.executable, "-m", "sphinx_amts.hosts.myst", "--build"]
        return [*program, str(folder), str(out), "", language, *options]

    def state(self, out: Path) -> Path:
        """Return the folder of ours in the edition."""
        return out / ".amts"

    def examine(self, folder: Path) -> Iterator[Finding]:
        """Yield what there is to say of node, mystmd and the plugin."""
        yield from examine.examine(folder)
