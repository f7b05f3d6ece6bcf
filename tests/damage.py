"""Ways in which a file that is a database comes to harm."""

from __future__ import annotations

import os
from pathlib import Path


def damage_header(path: Path) -> None:
    """Put something else there."""
    path.write_bytes(b"something else entirely" * 1000)


def damage_tail(path: Path) -> None:
    """Cut it in the middle."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def damage_pages(path: Path) -> None:
    """Leave nothing but its first page."""
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)
