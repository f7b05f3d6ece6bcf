"""What a host is: whatever builds a book. And which host builds a folder.

A host turns a book into units and puts targets back; all between is the same for all of
them. It is found by what lies in the folder, and imported only then.
"""

from __future__ import annotations

import importlib
import os
import runpy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TextIO

from sphinx_amts.book.book import Book
from sphinx_amts.book.doctor import Finding
from sphinx_amts.book.purpose import Collect, Purpose
from sphinx_amts.config import PREFIX, Settings, fields, read_settings
from sphinx_amts.errors import AmtsError, FileError, MissingHostError
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.readers import files

Blocks = Mapping[str, Sequence[Block]]
"""What documents hold, by their names."""


class Host(ABC):
    """Builds books of one kind."""

    name: ClassVar[str]
    file: ClassVar[str] = "conf.py"  # that configures a book
    processes: ClassVar[int | None] = None
    """How many editions may be built at a time; None: as many as there are
    processors."""
    has_own_search: ClassVar[bool] = False  # which needs no package of ours

    @abstractmethod
    def settings(self, folder: Path) -> Settings:
        """Read a book's settings without building it; raises `AmtsError`."""

    @abstractmethod
    def opened(
        self,
        folder: Path,
        language: str,
        purpose: Purpose,
        warnings: TextIO,
        **settings: Any,
    ) -> AbstractContextManager[Book]:
        """Open a book in a language, for as long as the context lasts.

        ``settings`` come before those of the book. Raises `AmtsError`.
        """

    @abstractmethod
    def collect(
        self, folder: Path, language: str, warnings: TextIO, **settings: Any
    ) -> tuple[Book, Collect]:
        """Read a book as a build would: no engine is asked, and no code executed.

        Raises `AmtsError`.
        """

    @abstractmethod
    def blocks(self, folder: Path) -> Blocks:
        """Return what a book's documents hold, in its own language.

        Raises `AmtsError`.
        """

    @abstractmethod
    def command(
        self,
        folder: Path,
        out: Path,
        builder: str,
        language: str | None,
        options: Sequence[str],
    ) -> list[str]:
        """Return the command that builds a book; no language: the book's own."""

    def desk_command(
        self, folder: Path, out: Path, language: str, options: Sequence[str]
    ) -> list[str]:
        """Return the command that builds one edition, at the root of its site."""
        return self.command(folder, out, "html", language, options)

    @abstractmethod
    def state(self, out: Path) -> Path:
        """Return where a build by `command` keeps what it has come to."""

    def examine(self, folder: Path) -> Iterator[Finding]:
        """Yield what there is to say of what builds a book, beside its settings."""
        yield from ()


@dataclass(frozen=True)
class Kind:
    """A kind of book, and where its host is."""

    host: str  # its name, for people
    markers: tuple[str, ...]  # files in the folder of such a book
    place: str  # module:Class
    package: str  # to be installed for it

    def builds(self, folder: Path) -> bool:
        """Tell whether a folder holds such a book."""
        return any((folder / name).is_file() for name in self.markers)

    def load(self) -> Host:
        """Import the host; raises `AmtsError` where what it needs is missing."""
        module, _, name = self.place.partition(":")
        try:
            found = getattr(importlib.import_module(module), name)
        except ImportError as error:
            raise MissingHostError(
                f"this needs {self.host}, which cannot be imported: {error}."
                f" Install it: python -m pip install {self.package}"
            ) from error
        host: Host = found()
        return host


SPHINX = Kind(
    "Sphinx", ("conf.py",), "sphinx_amts.hosts.sphinx.host:SphinxHost", "sphinx"
)
MYST = Kind(
    "mystmd", ("myst.yml",), "sphinx_amts.hosts.myst.host:MystHost", "'jupyter-book>=2'"
)
KINDS = (SPHINX, MYST)


def host_of(folder: Path) -> Host:
    """Return the host that builds a folder; raises `AmtsError` where there is none."""
    for kind in KINDS:
        if kind.builds(folder):
            return kind.load()
    if (folder / "_config.yml").is_file():
        raise AmtsError(
            f"{folder}: there is no conf.py. Write the one of this Jupyter Book by"
            f" `jupyter-book config sphinx {folder}`, and try again."
        )
    raise AmtsError(
        f"{folder}: there is no conf.py, and no myst.yml. Give the folder that"
        " sphinx-build is given, or in which mystmd builds."
    )


def settings_of(folder: Path) -> Settings:
    """Read a book's settings, also where its host is not installed.

    Raises `AmtsError`.
    """
    try:
        return host_of(folder).settings(folder)
    except MissingHostError:
        return _plain_settings(folder / SPHINX.markers[0])


def _plain_settings(path: Path) -> Settings:
    """Run a conf.py by itself, for the few values that are wanted of it."""
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        values = runpy.run_path(path.name)
    except Exception as error:
        raise FileError(path, f"it cannot be run: {error!r}") from error
    finally:
        os.chdir(before)
    names = {PREFIX + each.name for each in fields()}
    return read_settings({name: values[name] for name in names & values.keys()})


def is_book(folder: Path) -> bool:
    """Tell whether any host builds a folder."""
    return any(kind.builds(folder) for kind in KINDS)


def read_file(path: Path) -> list[Block]:
    """Read a file of prose as blocks.

    Raises `FileError` where it is not what its suffix says.
    """
    return files.read_file(path, read_markup)


def read_data(data: bytes, path: Path) -> list[Block]:
    """Read what a file of prose holds, wherever that is; raises `FileError`."""
    return files.read_data(data, path, read_markup)


def read_markup(text: str, is_myst: bool, path: Path) -> list[Block]:
    """Read MyST or reStructuredText as blocks; ``path`` is named in errors.

    Raises `FileError`, and `MissingHostError` where Sphinx is not installed.
    """
    try:
        prose = importlib.import_module("sphinx_amts.hosts.sphinx.prose")
    except ImportError as error:
        raise MissingHostError(
            f"{path}: reading its markup needs Sphinx and docutils ({error}):"
            " python -m pip install sphinx"
        ) from error
    read = prose.read_myst if is_myst else prose.read_rst
    blocks: list[Block] = read(text, path)
    return blocks
