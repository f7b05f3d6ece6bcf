"""The memory file that a desk writes to: read again when it changed, whole at any time.

Others write to it too: git, an editor, the desk of somebody else on the same disk. So
each change is made under a lock beside the file, to what the file has then; and the
file is replaced only if it is still that. What a program without our lock does in the
moment between this look and the replacing is the one thing that can be lost, and of
that the desk knows nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from sphinx_amts.errors import AmtsError, FileError, TagError
from sphinx_amts.files import replace_unchanged
from sphinx_amts.formats import tmx
from sphinx_amts.memory.unit import Origin
from sphinx_amts.review.lock import locked
from sphinx_amts.text.languages import LanguagePair, matches
from sphinx_amts.text.segment import State
from sphinx_amts.text.tagged import renumber

ATTEMPTS = 5  # to write a file that others write at the same time
LOCK = ".lock"  # suffix of the lock beside the file
TICK_NS = 2_000_000_000
"""Nanoseconds in which two writings may have the same time: on FAT, two seconds."""

Written = tuple[str, str]
"""A unit as it is in the file: its source, to sort by, and its lines."""
Stamp = tuple[int, int, int] | None
"""What tells whether a file was written: time, size and number; None: no file."""


class BusyError(AmtsError):
    """Somebody else goes on changing the memory file."""


class Kept(NamedTuple):
    """What the file has for a source."""

    target: str  # tagged
    is_human: bool
    is_reviewed: bool
    author: str
    date: str  # as TMX has it


@dataclass(frozen=True)
class Save:
    """What is to be written for a source."""

    source: str
    target: str
    kinds: Mapping[int, str]
    author: str
    date: str  # as TMX has it


class MemoryFile:
    """A TMX file, for one pair; nothing is read before `refresh`."""

    def __init__(self, path: Path, pair: LanguagePair) -> None:
        self.path = path
        self._pair = pair
        self._language = pair.source  # as the file's header has it
        self._units: dict[str, list[Written]] = {}  # by source, as segments have it
        self._kept: dict[str, Kept] = {}
        self._stamp: Stamp | str = "never read"
        self._digest = b""  # of what has been read, or written
        self._seen_ns = 0  # when it was surely that

    # Reading

    def refresh(self) -> set[str]:
        """Read the file if it was changed; return the sources whose units are others.

        Raises `FileError` where it cannot be read; then all is as it was.
        """
        if self._is_same():
            return set()
        seen, stamp, digest = time.time_ns(), self._look(), self._hash()
        language = self._pair.source
        found: dict[str, list[Written]] = {}
        kept: dict[str, Kept] = {}
        if stamp is not None:
            declared = tmx.source_language(self.path)
            language = declared if matches(declared, language) else language
            for entry in tmx.load(self.path):
                source = self._source(entry)
                found.setdefault(source, []).append(self._write(entry, language))
                self._keep(kept, source, entry)
        before = self._units
        changed = {
            source
            for source in before.keys() | found.keys()
            if before.get(source) != found.get(source)
        }
        self._units, self._kept, self._language = found, kept, language
        self._stamp, self._digest, self._seen_ns = stamp, digest, seen
        return changed

    def find(self, source: str) -> Kept | None:
        """Return what the file has for a source: of several, people's last."""
        return self._kept.get(source)

    def units(self, source: str) -> list[Written]:
        """Return the units of a source as they are in the file."""
        return list(self._units.get(source, ()))

    def _is_same(self) -> bool:
        """Tell whether the file is what was read, or written, last."""
        stamp = self._look()
        if stamp != self._stamp:
            return False
        if stamp is None or stamp[0] + TICK_NS < self._seen_ns:
            return True
        seen = time.time_ns()  # it was written just before that: its time tells nothing
        if self._hash() != self._digest:
            return False
        self._seen_ns = seen
        return True

    def _hash(self) -> bytes:
        try:
            return _hash([self.path.read_bytes()])
        except OSError:
            return b""

    def _look(self) -> Stamp:
        try:
            return _stamp_of(self.path.stat())
        except FileNotFoundError:
            return None
        except OSError as error:
            reason = f"cannot be read: {error.strerror}"
            raise FileError(self.path, reason) from error

    def _write(self, entry: tmx.Entry, language: str) -> Written:
        try:
            return tmx.block(entry, language)
        except (TagError, ValueError) as error:
            reason = f"has a unit that cannot be written: {error}"
            raise FileError(self.path, reason, entry.line) from error

    def _read(self, written: Written) -> tmx.Entry:
        return tmx.load_block(written[1], self._language)

    def _source(self, entry: tmx.Entry) -> str:
        """Return a unit's source as a segment has it; empty where it has none."""
        text = _text(entry, self._pair.source)
        try:
            return renumber(text)[0]
        except TagError:
            return ""

    def _keep(self, kept: dict[str, Kept], source: str, entry: tmx.Entry) -> None:
        """Note what the file has for a source, if that comes before what it had."""
        target = _text(entry, self._pair.target)
        if not target:
            return
        with suppress(TagError):
            _source, target = renumber(_text(entry, self._pair.source), target)
        origin = entry.properties.get("origin", Origin.HUMAN.value)
        is_human = origin not in (Origin.MACHINE.value, Origin.MIXED.value)
        is_reviewed = entry.properties.get("state") in _REVIEWED
        if is_human or source not in kept or not kept[source].is_human:
            kept[source] = Kept(
                target, is_human, is_reviewed, entry.author, entry.changed
            )

    # Writing

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let no other desk write as long as the context lasts."""
        with locked(self.path.resolve().with_name(self.path.name + LOCK)):
            yield

    def save(self, new: Save) -> None:
        """Write people's target of a source; what else the file has of it stays.

        Texts of other languages do. Raises `BusyError` where the file is not what
        `refresh` has read any more, `FileError` where it cannot be written.
        """
        pair = self._pair
        entry = tmx.Entry(
            {self._language: new.source, pair.target: new.target},
            new.kinds,
            {"state": State.REVIEWED.value},
            changed=new.date,
            author=new.author,
        )
        others = [
            self._write(rest, self._language)
            for each in self._units.get(new.source, ())
            if (rest := _without(self._read(each), pair.target)) is not None
        ]
        self.put(new.source, [*others, self._write(entry, self._language)])

    def put(self, source: str, units: Iterable[Written]) -> None:
        """Write the units of a source in place of those that the file has.

        Raises as `save` does.
        """
        changed = {**self._units, source: list(units)}
        if not changed[source]:
            del changed[source]
        blocks = sorted(each for units in changed.values() for each in units)
        lines = [tmx.header(self._language), *(lines for _, lines in blocks)]
        content = "".join([*lines, tmx.FOOTER]).encode()
        seen = time.time_ns()
        try:
            written = replace_unchanged(self.path, [content], self._is_same)
        except OSError as error:
            reason = f"cannot be written: {error.strerror}"
            raise FileError(self.path, reason) from error
        if written is None:
            raise BusyError(f"{self.path}: somebody else is changing it. Try again.")
        self._units, self._stamp = changed, _stamp_of(written)
        self._digest, self._seen_ns = _hash([content]), seen
        self._kept.pop(source, None)
        for each in changed.get(source, ()):
            self._keep(self._kept, source, self._read(each))


_REVIEWED = (State.REVIEWED.value, State.FINAL.value)


def _stamp_of(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_mtime_ns, found.st_size, found.st_ino


def _hash(parts: Iterable[bytes]) -> bytes:
    whole = blake2b()
    for part in parts:
        whole.update(part)
    return whole.digest()


def _text(entry: tmx.Entry, language: str) -> str:
    found = entry.texts.get(language)
    if found is not None:
        return found
    texts = (text for tag, text in entry.texts.items() if matches(tag, language))
    return next(texts, "")


def _without(entry: tmx.Entry, language: str) -> tmx.Entry | None:
    """Return a unit without a language; None where no other is left."""
    texts = {
        tag: text for tag, text in entry.texts.items() if not matches(tag, language)
    }
    return replace(entry, texts=texts) if len(texts) > 1 else None
