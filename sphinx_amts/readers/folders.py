"""The documents of folders: which there are, how they are read, which go together.

A document's name is its path in the folder, without suffix and with ``/``. These are
never documents of a book, whatever is done with it:

===========================================  ===========================================
hidden files and folders                     ``.git``, ``.tox``, ``.ipynb_checkpoints``
``_build``, ``_sources``                     what builds write, copies of sources in it
``_static``, ``_templates``                  what Sphinx takes from for its pages
``node_modules``, ``__pycache__``            what is not of the book
folders with ``pyvenv.cfg``, ``conda-meta``  environments of Python and conda
links                                        to folders; to files that are elsewhere
===========================================  ===========================================

The folder that is named may itself be such a one.
"""

from __future__ import annotations

import csv
import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from sphinx_amts.errors import AmtsError, FileError, SettingError
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.parallel_data.corpus import Bitext
from sphinx_amts.readers import segments

SKIPPED = {
    *("_build", "_sources", "_static", "_templates"),
    *("node_modules", "__pycache__"),
}
"""Names of folders that hold no documents; nor do hidden ones."""
ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")
"""What is in the folder of an environment: of Python (PEP 405), of conda."""
JUNCTION = 0xA0000003
"""Tag of a folder of Windows that is another one, of Python's ``stat`` there."""

Read = Callable[[], Sequence[Block]]
"""Reads one document; raises `FileError`."""
Side = TypeVar("Side")


@dataclass(frozen=True)
class Reader:
    """What reads prose: a host hands it in."""

    suffixes: Collection[str]  # of files, in small letters
    read_file: Callable[[Path], Sequence[Block]]
    is_project: Callable[[Path], bool]  # a folder that is only read as a whole
    read_project: Callable[[Path], Mapping[str, Sequence[Block]]]


@dataclass(frozen=True)
class Naming:
    """How the names of two sides differ."""

    source_suffix: str = ""
    target_suffix: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)  # target's name by source


class Matched(NamedTuple):
    """What two sides have in common, by name, and the paths that only one has."""

    bitexts: list[Bitext]
    without_partner: list[str]


# --- One folder -----------------------------------------------------------------------


def files(folder: Path, suffixes: Collection[str]) -> dict[str, Path]:
    """Return the documents of a folder by name, in the order of their paths.

    Of several with one name it is the first.
    """
    found: dict[str, Path] = {}
    for path in sorted(_walk(folder, suffixes)):
        name = path.relative_to(folder).with_suffix("").as_posix()
        found.setdefault(name, path)
    return found


def is_whole(folder: Path, reader: Reader) -> bool:
    """Tell whether a folder has more to it than its files."""
    return (folder / segments.NAME).is_file() or reader.is_project(folder)


def documents(folder: Path, reader: Reader) -> dict[str, Read]:
    """Return what reads each document of a folder, by name; raises `AmtsError`."""
    written = folder / segments.NAME
    if is_whole(folder, reader):
        is_written = written.is_file()
        blocks = segments.load(written) if is_written else reader.read_project(folder)
        return {name: partial(blocks.__getitem__, name) for name in blocks}
    found = files(folder, reader.suffixes)
    return {name: partial(reader.read_file, path) for name, path in found.items()}


def read(folder: Path, reader: Reader) -> dict[str, Sequence[Block]]:
    """Return the blocks of each document by name; raises `AmtsError`."""
    if not folder.is_dir():
        raise FileError(folder, "there is no such folder")
    return {name: each() for name, each in documents(folder, reader).items()}


def _walk(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    root = folder.resolve()
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if _is_entered(Path(place, name))]
        for path in (Path(place, name) for name in names):
            if path.suffix.lower() in suffixes and _is_own(path, root):
                yield path


def _is_entered(folder: Path) -> bool:
    if folder.name.startswith(".") or folder.name in SKIPPED:
        return False
    found = folder.lstat()
    if stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", 0) == JUNCTION:
        return False
    return not any((folder / mark).exists() for mark in ENVIRONMENTS)


def _is_own(path: Path, root: Path) -> bool:
    if path.name.startswith(".") or not path.is_file():
        return False
    return not path.is_symlink() or path.resolve().is_relative_to(root)


# --- Several sides --------------------------------------------------------------------


def match(
    sides: Sequence[Mapping[str, Side]], renamed: Mapping[str, str] | None = None
) -> dict[str, list[Side]]:
    """Return what all sides have, by the first one's names and in its order.

    ``renamed`` has the names of the others by the first one's, where they differ.

    >>> match([{"tea": 1, "cup": 2}, {"cha": 3, "cup": 4}], {"tea": "cha"})
    {'tea': [1, 3], 'cup': [2, 4]}
    """
    found = {}
    for name, first in sides[0].items():
        other = renamed.get(name, name) if renamed else name
        if all(other in side for side in sides[1:]):
            found[name] = [first, *(side[other] for side in sides[1:])]
    return found


def match_paths(source: Path, target: Path, reader: Reader, naming: Naming) -> Matched:
    """Match two files, or the documents of two folders; raises `AmtsError`."""
    for path in (source, target):
        if not path.exists():
            raise FileError(path, "there is no such file or folder")
    if source.is_file() and target.is_file():
        sides = (partial(reader.read_file, path) for path in (source, target))
        return Matched([Bitext(source.name, *sides)], [])
    if source.is_file() or target.is_file():
        raise AmtsError(f"{source}, {target}: give two files or two folders")
    suffixes = naming.source_suffix, naming.target_suffix
    if source.resolve() == target.resolve() and suffixes[0] == suffixes[1]:
        raise SettingError(
            "source and target are one folder; tell them apart by --source-suffix"
            " or --target-suffix"
        )
    return _match_folders(source, target, reader, naming)


def _match_folders(
    source: Path, target: Path, reader: Reader, naming: Naming
) -> Matched:
    one, other = naming.source_suffix, naming.target_suffix
    sources = _with_suffix(documents(source, reader), one, other)
    targets = _with_suffix(documents(target, reader), other, one)
    found = match([sources, targets], naming.renamed)
    if not found:
        raise AmtsError(
            f"{source}, {target}: no file of one has a partner in the other. Files are"
            " matched by their paths; see --source-suffix, --target-suffix and --map"
        )
    taken = {naming.renamed.get(name, name) for name in found}
    without = [str(source / name) for name in sorted(sources.keys() - found.keys())]
    without += [str(target / name) for name in sorted(targets.keys() - taken)]
    return Matched([Bitext(name, *found[name]) for name in sorted(found)], without)


def _with_suffix(side: Mapping[str, Side], suffix: str, others: str) -> dict[str, Side]:
    """Return what has a suffix behind its name, by the name without it.

    Without a suffix it is what does not have the other side's.
    """
    return {
        name.removesuffix(suffix): each
        for name, each in side.items()
        if name.endswith(suffix) and (suffix or not others or not name.endswith(others))
    }


def load_names(path: Path, suffixes: Collection[str]) -> dict[str, str]:
    """Read a mapping of names: a source and a target path in each row of a CSV file.

    Raises `FileError`.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if any(row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileError(path, f"cannot be read: {error}") from error
    for number, row in enumerate(rows, 1):
        if len(row) != 2:
            raise FileError(path, "each row needs a source and a target path", number)
    return {_name(one, suffixes): _name(other, suffixes) for one, other in rows}


def _name(text: str, suffixes: Collection[str]) -> str:
    path = Path(text.strip())
    is_file = path.suffix.lower() in suffixes
    return (path.with_suffix("") if is_file else path).as_posix()
