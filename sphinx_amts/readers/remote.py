"""Documents at addresses such as ``s3://bucket/folder``, through fsspec."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sphinx_amts.errors import AmtsError, FileError, SettingError
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.readers.files import MAX_FILE

ReadData = Callable[[bytes, Path], Sequence[Block]]


def is_address(text: str) -> bool:
    """Tell whether a text is an address, and no path.

    >>> [is_address(text) for text in ("s3://bucket/docs", "docs", "C:/docs")]
    [True, False, False]
    """
    return "://" in text


@dataclass(frozen=True)
class RemoteSide:
    """A file at an address as one side of a document."""

    address: str
    read_data: ReadData
    bytes: int = 0  # where it is known

    def __call__(self) -> Sequence[Block]:
        """Read it; raises `FileError`."""
        with _named(self.address):
            system, path = _system(self.address)
            if system.info(path)["size"] > MAX_FILE:
                reason = f"is larger than {MAX_FILE // 1_000_000} MB"
                raise FileError(self.address, reason)
            data = system.cat_file(path)
        try:
            return self.read_data(data, Path(PurePosixPath(path).name))
        except FileError as error:
            raise FileError(self.address, error.reason, error.line) from error

    def digest(self) -> str:
        """Return what changes with the content; raises `FileError`."""
        with _named(self.address):
            system, path = _system(self.address)
            return str(system.ukey(path))

    def size(self) -> int:
        """Return how many bytes it has, where that is known."""
        return self.bytes


def documents(
    address: str,
    suffixes: Collection[str],
    skipped: Collection[str],
    read_data: ReadData,
) -> dict[str, RemoteSide]:
    """Return what is below an address by name, in the order of paths.

    Hidden files and ``skipped`` folders are passed over. Raises `FileError`.
    """
    with _named(address):
        system, root = _system(address)
        listed = system.find(root, detail=True)
    if not listed:
        raise FileError(address, "there is nothing at this address")
    found: dict[str, RemoteSide] = {}
    for path in sorted(listed):
        below = PurePosixPath(path).relative_to(PurePosixPath(root))
        is_hidden = any(part.startswith(".") or part in skipped for part in below.parts)
        if below.suffix.lower() in suffixes and not is_hidden:
            whole = f"{address.rstrip('/')}/{below}"
            side = RemoteSide(whole, read_data, int(listed[path].get("size") or 0))
            found.setdefault(below.with_suffix("").as_posix(), side)
    return found


def _system(address: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it."""
    try:
        fsspec = importlib.import_module("fsspec")
        system, path = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise SettingError(
            f"{address}: reading it needs a package ({error}):"
            ' python -m pip install "sphinx_amts[s3]"'
        ) from error
    return system, str(path)


@contextmanager
def _named(address: str) -> Iterator[None]:
    try:
        yield
    except AmtsError:
        raise
    except Exception as error:  # each file system has its own
        raise FileError(address, f"cannot be read: {error}") from error
