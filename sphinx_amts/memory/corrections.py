"""What people made of machines' translations: a log beside a memory file.

One line of JSON for each time that somebody accepted, corrected or left a text. Lines
are only ever added, each in one write that is on the disk before it counts; what a
crash left half written spoils no line but its own. A log is data: anything in it may be
wrong, and what is wrong is left out.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO

from sphinx_amts.errors import FileError
from sphinx_amts.files import read_json

SUFFIX = ".corrections.jsonl"
MAX_LINE = 1 << 20
"""Bytes of a line. The longest paragraphs of books, three times over, have 100 kB."""
MAX_SECONDS = 86_400.0  # that count: nobody sits over one text for more than a day
MAX_NUMBER = 1_000_000_000  # of a line, or of words

ACCEPTED, CORRECTED = "accepted", "corrected"
COMMENTED, UNDONE = "commented", "undone"
ACTIONS = (ACCEPTED, CORRECTED, COMMENTED, UNDONE)


@dataclass(frozen=True)
class Correction:
    """One thing that somebody did about one segment."""

    key: str  # of the segment
    source: str  # tagged text
    action: str
    """``accepted`` the text as it was, ``corrected`` it, ``commented`` on it and left
    it as it was, or ``undone``: took back the last of these for the segment."""
    target: str = ""  # tagged text, as it is now
    machine: str = ""  # tagged text that was there; empty where it was no machine's
    engine: str = ""  # name of what made it
    kinds: str = ""  # of the source's tags, comma separated
    language: str = ""  # of the target, as BCP 47 tag: a memory may have several
    document: str = ""  # where it was done
    line: int = 0  # 1-based; 0: not known
    words: int = 0  # of the source
    doubt: float | None = None  # of the machine's text, 0 to 1
    seconds: float = 0.0  # that somebody was at it; 0: not known
    date: str = ""  # ISO 8601 with the time, UTC
    author: str = ""
    comment: str = ""

    def to_json(self) -> str:
        """Write it as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Correction:
        """Read `to_json`; raises `ValueError` for anything else.

        What is not there has its default; what is not known is left out.
        """
        values = read_json(text)
        if not isinstance(values, dict):
            raise ValueError("not a correction")
        found = {name: _checked(name, values[name]) for name in _NAMES & values.keys()}
        if not all(found.get(name) for name in ("key", "source", "action")):
            raise ValueError("a correction of nothing")
        return cls(**found)


_NAMES = {each.name for each in fields(Correction)}


def _checked(name: str, value: object) -> Any:
    """Return a value that may stand in a field; raises `ValueError`."""
    if name == "action" and value not in ACTIONS:
        raise ValueError("no action")
    if name in ("line", "words"):
        return int(_number(name, value, MAX_NUMBER))
    if name == "seconds":
        return min(MAX_SECONDS, _number(name, value, math.inf))
    if name == "doubt":
        return None if value is None else _number(name, value, 1)
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    value.encode()  # a half of a character: UnicodeEncodeError is a ValueError
    return value


def _number(name: str, value: object, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is no number")
    if not 0 <= value <= most:
        raise ValueError(f"{name} is not between 0 and {most}")
    return float(min(value, MAX_NUMBER))


def log_of(memory: Path) -> Path:
    """Return the log of a memory file, which lies beside it.

    >>> log_of(Path("zh.tmx")).name
    'zh.corrections.jsonl'
    """
    return memory.with_suffix(SUFFIX)


def append(path: Path, *corrections: Correction) -> None:
    """Add lines to a log; when this returns, they are on the disk.

    Raises `FileError`, also where the log is a link or no file: a repository of
    somebody else's could have us write into anything.
    """
    if not corrections:
        return
    text = "".join(f"{each.to_json()}\n" for each in corrections)
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise FileError(path, "is a link, or no file: take it away")
    try:
        with path.open("ab", buffering=0) as file:
            start = "\n" if _is_torn(path) else ""
            _write(file, (start + text).encode(errors="replace"))
            os.fsync(file.fileno())
    except OSError as error:
        raise FileError(path, f"cannot be written: {error.strerror}") from error


def _is_torn(path: Path) -> bool:
    """Tell whether a last line has no end, so that the next would be lost with it."""
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def _write(file: Any, content: bytes) -> None:
    """Write all of it: in one go, but for a full disk or some hundred megabytes."""
    while content:
        content = content[file.write(content) :]


def read(
    path: Path, skip: Callable[[int], object] = lambda line: None
) -> Iterator[Correction]:
    """Yield what a log has, in its order; nothing where there is none.

    ``skip`` is called with the number of each line that is none of ours, which is left
    out. Raises `FileError` where there is a log that cannot be read.
    """
    if not path.exists():
        return
    if not path.is_file():  # a device may have no end
        raise FileError(path, "is no file")
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_lines(file), 1):
                if not line.strip():
                    continue  # it was put behind a torn line
                try:
                    yield Correction.from_json(line)
                except ValueError:
                    skip(number)
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines; what is over the limit has nothing but its beginning."""
    while line := file.readline(MAX_LINE):
        yield line
        while len(line) == MAX_LINE and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE)
