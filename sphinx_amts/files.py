"""Writing files so that each is whole at any time, or not there; reading JSON."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePath
from stat import S_IMODE
from typing import Any

from sphinx_amts.errors import FileError


def read_json(text: str | bytes) -> Any:
    """Return what JSON of anybody's holds; raises `ValueError`, however wrong it is."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def without_links(root: Path, name: str) -> Path:
    """Return the path of a file of ours below a folder, with no link on it.

    A link on the way leads to what is not ours: it is taken away itself, and what it
    leads to is neither written nor deleted. Raises `OSError`.
    """
    path = root
    for part in PurePath(name).parts:
        path = path / part
        if path.is_symlink():
            path.unlink()
    return path


def write_file(path: Path, parts: Iterable[str]) -> None:
    """Do what `replace_file` does; raises `FileError`."""
    with _named(path):
        replace_file(path, parts)


def replace_file(path: Path, parts: Iterable[str]) -> None:
    """Put a file of UTF-8 text in the place of another in one step; raises `OSError`.

    Where ``parts`` raises, the old file stays. The new one has its permissions.
    """
    path = path.resolve()  # a link stays a link
    draft = _draft_of(path)
    try:
        _write(draft, path, (part.encode() for part in parts))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def replace_unchanged(
    path: Path, parts: Iterable[bytes], is_unchanged: Callable[[], bool]
) -> os.stat_result | None:
    """Do what `replace_file` does, if a last look finds the file as it was.

    Return what the file is then, which outlives a loss of power; None where it was
    changed. Raises `OSError`.
    """
    path = path.resolve()
    draft = _draft_of(path)
    try:
        _write(draft, path, parts)
        written = draft.stat()
        if not is_unchanged():
            return None
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    if os.name != "nt":  # Windows has no files that are folders
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return written


def replace_files(contents: Mapping[Path, bytes]) -> None:
    """Do for several files what `replace_file` does for one: for all, or for none.

    Folders are made. Raises `FileError` for the first file that cannot be written, or
    that its owner has write-protected. What cannot be undone then, after a failure of
    the disk for instance, is left.
    """
    drafts: dict[Path, Path] = {}
    with ExitStack() as undo:
        for name, content in contents.items():
            path = name.resolve()
            with _named(name):
                _make_folder(path.parent, undo)
                if path.exists() and not os.access(path, os.W_OK):
                    raise PermissionError(0, "it is write-protected")
                drafts[path] = _draft_of(path)
                undo.callback(_try, drafts[path].unlink)
                _write(drafts[path], path, [content])
        for path, draft in drafts.items():
            with _named(path):
                before = path.read_bytes() if path.exists() else None
                draft.replace(path)
                if before is None:
                    undo.callback(_try, path.unlink)
                else:
                    undo.callback(_try, path.write_bytes, before)
        undo.pop_all()  # without doing any of it


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileError(path, f"cannot be written: {error.strerror}") from error


def _draft_of(path: Path) -> Path:
    # Not tempfile's, whose files only their owner can read.
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


def _write(draft: Path, path: Path, parts: Iterable[bytes]) -> None:
    """Write the draft of a file that has another file's permissions, if that is there.

    Raises `OSError`.
    """
    with draft.open("xb") as file:
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())
    if os.name != "nt" and path.exists():  # Windows has write protection alone
        draft.chmod(S_IMODE(path.stat().st_mode))


def _make_folder(folder: Path, undo: ExitStack) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        undo.callback(_try, each.rmdir)


def _try(do: Callable[..., object], *arguments: object) -> None:
    with suppress(OSError):  # it is done already, or the disk is broken
        do(*arguments)
