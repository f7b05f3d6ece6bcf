"""Writing files so that each is whole at any time, or not there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from sphinx_amts.errors import FileError


def write_file(path: Path, parts: Iterable[str]) -> None:
    """Do what `replace_file` does; raises `FileError`."""
    try:
        replace_file(path, parts)
    except OSError as error:
        raise FileError(path, f"cannot be written: {error.strerror}") from error


def replace_file(path: Path, parts: Iterable[str]) -> None:
    """Put a file of UTF-8 text in the place of another in one step; raises `OSError`.

    Where ``parts`` raises, the old file stays.
    """
    path = path.resolve()  # a link stays a link
    # Not tempfile's, whose files only their owner can read.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("x", encoding="utf-8", newline="\n") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
