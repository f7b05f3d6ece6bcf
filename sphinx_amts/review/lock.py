"""Locks that are held by who has a file open, and go with the process that has it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def locked(path: Path) -> Iterator[BinaryIO]:
    """Hold the lock of a file, which goes when it is released.

    A process that inherits the file holds it, too, until it ends.
    """
    while True:
        file = path.open("ab")
        _acquire(file)
        with suppress(OSError):
            if os.name == "nt" or os.fstat(file.fileno()).st_ino == path.stat().st_ino:
                break
        file.close()  # who had it has taken it away
    try:
        yield file
    finally:
        with suppress(OSError):  # Windows deletes no file that is open
            path.unlink()
        file.close()


def _acquire(file: BinaryIO) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
