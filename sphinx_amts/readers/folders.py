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
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar

from sphinx_amts.errors import AmtsError, FileError, SettingError
from sphinx_amts.parallel_data.bitexts import Bitext, Given, Side
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.readers import remote, segments
from sphinx_amts.readers.files import PLAIN
from sphinx_amts.workers.contract import Here, Workers, whole

SKIPPED = {
    *("_build", "_sources", "_static", "_templates"),
    *("node_modules", "__pycache__"),
}
"""Names of folders that hold no documents; nor do hidden ones."""
ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")
"""What is in the folder of an environment: of Python (PEP 405), of conda."""
JUNCTION = 0xA0000003
"""Tag of a folder of Windows that is another one, of Python's ``stat`` there."""

Other = TypeVar("Other")
Place = Path | str
"""A path, or an address such as ``s3://bucket/folder``."""


@dataclass(frozen=True)
class Reader:
    """What reads prose: a host hands it in."""

    suffixes: Collection[str]  # of files, in small letters
    read_file: Callable[[Path], Sequence[Block]]
    is_project: Callable[[Path], bool]  # a folder that is only read as a whole
    read_project: Callable[[Path], Mapping[str, Sequence[Block]]]
    read_data: Callable[[bytes, Path], Sequence[Block]]  # of a file of this name


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


@dataclass(frozen=True)
class FileSide:
    """A file as one side of a document, or as a document."""

    path: Path
    read_file: Callable[[Path], Sequence[Block]]

    def __call__(self) -> Sequence[Block]:
        """Read it; raises `FileError`."""
        return self.read_file(self.path)

    def digest(self) -> str:
        """Return the hash of its bytes; raises `FileError`."""
        try:
            return sha256(self.path.read_bytes()).hexdigest()
        except OSError as error:
            reason = f"cannot be read: {error.strerror}"
            raise FileError(self.path, reason) from error

    def size(self) -> int:
        """Return how many bytes it has."""
        try:
            return self.path.stat().st_size
        except OSError:  # whoever reads it says so
            return 0


def documents(folder: Path, reader: Reader) -> dict[str, Side]:
    """Return what reads each document of a folder, by name; raises `AmtsError`."""
    written = folder / segments.NAME
    if is_whole(folder, reader):
        is_written = written.is_file()
        blocks = segments.load(written) if is_written else reader.read_project(folder)
        return {name: Given(each) for name, each in blocks.items()}
    found = files(folder, reader.suffixes)
    return {name: FileSide(path, reader.read_file) for name, path in found.items()}


def read(
    folder: Path, reader: Reader, workers: Workers | None = None
) -> dict[str, Sequence[Block]]:
    """Return the blocks of each document by name; raises `AmtsError`."""
    if not folder.is_dir():
        raise FileError(folder, "there is no such folder")
    found = documents(folder, reader)
    blocks = read_all(found.values(), workers or Here())
    return dict(zip(found, blocks, strict=True))


def read_all(sides: Iterable[Side], workers: Workers) -> Iterator[Sequence[Block]]:
    """Have workers read documents, in their order; raises `AmtsError`."""
    return whole(workers.map(_read, sides, None))


def _read(side: Side, _: None) -> Sequence[Block]:
    return side()


def sizes(paths: Iterable[Path], suffixes: Collection[str]) -> Iterator[int]:
    """Yield the bytes of files, and of the documents of folders."""
    for path in paths:
        for file in _walk(path, suffixes) if path.is_dir() else [path]:
            yield file.stat().st_size


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
    sides: Sequence[Mapping[str, Other]], renamed: Mapping[str, str] | None = None
) -> dict[str, list[Other]]:
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


def place(text: str) -> Place:
    """Return what a text names."""
    return text if remote.is_address(text) else Path(text)


def match_paths(
    source: Place, target: Place, reader: Reader, naming: Naming
) -> Matched:
    """Match two files, or the documents of two folders; raises `AmtsError`."""
    for path in (source, target):
        if isinstance(path, Path) and not path.exists():
            raise FileError(path, "there is no such file or folder")
    are_files = [_is_file(each, reader) for each in (source, target)]
    if all(are_files):
        sides = (_side(path, reader) for path in (source, target))
        return Matched([Bitext(Path(source).name, *sides)], [])
    if any(are_files):
        raise AmtsError(f"{source}, {target}: give two files or two folders")
    suffixes = naming.source_suffix, naming.target_suffix
    if _resolved(source) == _resolved(target) and suffixes[0] == suffixes[1]:
        raise SettingError(
            "source and target are one folder; tell them apart by --source-suffix"
            " or --target-suffix"
        )
    return _match_folders(source, target, reader, naming)


def _is_file(place: Place, reader: Reader) -> bool:
    if isinstance(place, Path):
        return place.is_file()
    return Path(place).suffix.lower() in (*reader.suffixes, PLAIN)


def _resolved(place: Place) -> Place:
    return place.resolve() if isinstance(place, Path) else place.rstrip("/")


def _side(place: Place, reader: Reader) -> Side:
    if isinstance(place, Path):
        return FileSide(place, reader.read_file)
    return remote.RemoteSide(place, reader.read_data)


def _match_folders(
    source: Place, target: Place, reader: Reader, naming: Naming
) -> Matched:
    one, other = naming.source_suffix, naming.target_suffix
    sources = _with_suffix(_documents(source, reader), one, other)
    targets = _with_suffix(_documents(target, reader), other, one)
    found = match([sources, targets], naming.renamed)
    if not found:
        raise AmtsError(
            f"{source}, {target}: no file of one has a partner in the other. Files are"
            " matched by their paths; see --source-suffix, --target-suffix and --map"
        )
    taken = {naming.renamed.get(name, name) for name in found}
    without = [_below(source, name) for name in sorted(sources.keys() - found.keys())]
    without += [_below(target, name) for name in sorted(targets.keys() - taken)]
    return Matched([Bitext(name, *found[name]) for name in sorted(found)], without)


def _documents(place: Place, reader: Reader) -> Mapping[str, Side]:
    if isinstance(place, Path):
        return documents(place, reader)
    return remote.documents(place, reader.suffixes, SKIPPED, reader.read_data)


def _below(place: Place, name: str) -> str:
    return str(place / name) if isinstance(place, Path) else f"{place}/{name}"


def _with_suffix(
    side: Mapping[str, Other], suffix: str, others: str
) -> dict[str, Other]:
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
    return {
        _name(one, suffixes): _name(other, suffixes) for one, other in _load_rows(path)
    }


def load_bitexts(path: Path, reader: Reader) -> Matched:
    """Read a list of documents: a source and a target in each row of a CSV file.

    Paths count from the list's folder. A document is named by its source. Raises
    `FileError`.
    """
    found: dict[str, Bitext] = {}
    for number, row in enumerate(_load_rows(path), 1):
        name = row[0].strip()
        if name in found:
            raise FileError(path, f"{name} is there twice", number)
        sides = (_side(_at(path.parent, each.strip()), reader) for each in row)
        found[name] = Bitext(name, *sides)
    if not found:
        raise FileError(path, "there is no document in it")
    return Matched(list(found.values()), [])


def _at(folder: Path, text: str) -> Place:
    found = place(text)
    return folder / found if isinstance(found, Path) else found


def _load_rows(path: Path) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if any(row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileError(path, f"cannot be read: {error}") from error
    for number, row in enumerate(rows, 1):
        if len(row) != 2:
            raise FileError(path, "each row needs a source and a target path", number)
    return rows


def _name(text: str, suffixes: Collection[str]) -> str:
    path = Path(text.strip())
    is_file = path.suffix.lower() in suffixes
    return (path.with_suffix("") if is_file else path).as_posix()
