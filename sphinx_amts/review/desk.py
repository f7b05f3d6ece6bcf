"""The desk itself: what a book says, what people make of it, and where that is kept.

All that changes while a desk is open is here, behind one lock. A save is acknowledged
when the memory file and the log are on the disk.
"""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sphinx_amts.book.listing import Listing
from sphinx_amts.errors import FileError, TagError
from sphinx_amts.memory import corrections
from sphinx_amts.memory.corrections import Correction
from sphinx_amts.memory.normal import optional_tags
from sphinx_amts.memory.unit import Origin
from sphinx_amts.review import queue
from sphinx_amts.review.answers import (
    ConflictError,
    NotThereError,
    RefusedError,
    UnwritableError,
)
from sphinx_amts.review.events import Events
from sphinx_amts.review.item import Item, Items
from sphinx_amts.review.likeness import Likeness
from sphinx_amts.review.memory_file import (
    ATTEMPTS,
    BusyError,
    MemoryFile,
    Save,
    Written,
)
from sphinx_amts.review.subject import Subject
from sphinx_amts.text.check import check
from sphinx_amts.text.faithful import faults
from sphinx_amts.text.segment import State

NO_TARGET = "no text: there is nothing to save"


@dataclass(frozen=True)
class Edit:
    """What somebody wants to have saved."""

    target: str  # tagged
    state: State = State.REVIEWED  # translated: it is only commented on
    comment: str = ""
    version: str = ""  # of what was there for who writes this
    seconds: float = 0.0  # at the desk
    author: str = ""


@dataclass(frozen=True)
class _Text:
    """What an item says besides what a build has listed."""

    target: str
    origin: str
    is_reviewed: bool
    comment: str

    @classmethod
    def of(cls, item: Item) -> _Text:
        return cls(item.target, item.origin, item.is_reviewed, item.comment)

    def put(self, item: Item) -> None:
        item.target, item.origin = self.target, self.origin
        item.is_reviewed, item.comment = self.is_reviewed, self.comment


@dataclass(frozen=True)
class _Done:
    """What was saved last for a segment, and how to take it back."""

    before: _Text
    units: list[Written] | None  # that the file had; None where it was not written
    after: list[Written]  # that it has


@dataclass
class Today:
    """What was done since the desk was opened."""

    segments: int = 0
    words: int = 0
    seconds: float = 0.0


@dataclass
class _Session:
    """What is known of this session only."""

    done: dict[str, list[_Done]] = field(default_factory=dict)
    touched: dict[str, int] = field(default_factory=dict)
    """Keys of what was changed, each with the number of the change."""
    changes: int = 0
    today: Today = field(default_factory=Today)


class Desk:
    """One book in one language, and those who correct it.

    ``rebuild`` is called when pages should say something else.
    """

    def __init__(
        self,
        subject: Subject,
        memory: MemoryFile,
        events: Events,
        rebuild: Callable[[], object],
        author: str = "",
    ) -> None:
        self.subject = subject
        self.events = events
        self.likeness = Likeness(subject.human_rows)
        self._author = author
        self._memory = memory
        self._log = corrections.log_of(memory.path)
        self._rebuild = rebuild
        self._lock = threading.RLock()
        self._items = Items(Listing({}, ()))
        self._session = _Session()
        self._comments: dict[str, str] = {}

    # What there is

    @property
    def log(self) -> Path:
        """The log of corrections."""
        return self._log

    @property
    def changes(self) -> int:
        """How often anything was changed: what a build has seen, and what not."""
        return self._session.changes

    def open(self, listing: Listing) -> None:
        """Take in what the first build has listed; raises `FileError`."""
        self._memory.refresh()
        for each in corrections.read(self._log):
            self._note_comment(each)
        self.load(listing, 0)

    def load(self, listing: Listing, changes: int) -> None:
        """Take in what a build has listed that knew of so many changes."""
        items = Items(listing)
        with self._lock:
            before, self._items = self._items, items
            for item in items:
                self._take(item)
                item.comment = self._comments.get(item.key, "")
            for key, number in list(self._session.touched.items()):
                if number <= changes:
                    del self._session.touched[key]
                elif key in items.by_key and key in before.by_key:
                    _Text.of(before.by_key[key]).put(items.by_key[key])

    def segments(self, wanted: queue.Wanted) -> dict[str, Any]:
        """Return segments of a queue."""
        with self._lock:
            return queue.select(self._items, wanted, self.subject.terms)

    def segment(self, key: str) -> dict[str, Any]:
        """Return all that there is to say of a segment."""
        index = self.likeness.index  # made without the lock: that takes its time
        with self._lock:
            item = self._item(key)
            segment = item.segment()
            kept = self._memory.find(item.source) if item.is_human else None
            return {
                **item.summary(),
                "places": [each._asdict() for each in item.places],
                "version": item.version,
                "engine": item.engine,
                "date": _day(kept.date) if kept else item.date,
                "author": kept.author if kept else "",
                "heading": item.listed.heading,
                "tags": item.tags(),
                "stale": self.likeness.stale(segment)
                if item.whose == "stale"
                else None,
                "similar": self.likeness.similar(segment) if index else [],
                "terms": self._terms(item, item.target),
                "faults": self._faults(item, item.target),
                "can_undo": bool(self._session.done.get(key)),
            }

    def page(self, name: str) -> dict[str, Any]:
        """Return the segments of a page in its order."""
        with self._lock:
            page = self._items.page(name)
            if page is None:
                raise NotThereError(f"there is no page {name!r}")
            return {
                "page": page.name,
                "path": page.path,
                "title": page.title,
                "segments": [
                    {**item.summary(), "tags": item.tags()} for item in page.items
                ],
            }

    def progress(self) -> dict[str, Any]:
        """Return how far the translators are."""
        with self._lock:
            found = queue.progress(self._items, self.subject.terms)
            return {**found, "today": vars(self._session.today)}

    def check(self, key: str, target: str) -> dict[str, Any]:
        """Return what there is to say of a text that somebody is writing."""
        with self._lock:
            item = self._item(key)
            try:
                target = self._checked(item, target)
            except RefusedError as error:
                return {"ok": False, "error": str(error), "faults": [], "terms": []}
            return {
                "ok": True,
                "error": None,
                "faults": self._faults(item, target),
                "terms": self._terms(item, target),
            }

    # What people do

    def save(self, key: str, edit: Edit) -> dict[str, Any]:
        """Save a text as people's, reviewed; or a comment only.

        Raises `RefusedError`, `ConflictError`, `UnwritableError`.
        """
        with self._lock:
            item = self._item(key)
            if edit.state is State.TRANSLATED:
                self._comment(item, edit)
            else:
                self._save(item, edit, self._checked(item, edit.target))
            return self.segment(key)

    def _save(self, item: Item, edit: Edit, target: str) -> None:
        author = edit.author or self._author
        new = Save(item.source, target, _kinds(item), author, _now_in_tmx())

        def write() -> None:
            self._expect(item, edit, target)
            before, units = _Text.of(item), self._memory.units(item.source)
            self._memory.save(new)
            is_same = target == before.target
            action = corrections.ACCEPTED if is_same else corrections.CORRECTED
            correction = self._correction(item, edit, action, target)
            done = _Done(before, units, self._memory.units(item.source))
            self._session.done.setdefault(item.key, []).append(done)
            self._put(item, _Text(target, Origin.HUMAN.value, True, edit.comment))
            self._append(correction)

        self._write(write)
        self.likeness.add(item.source, target, ",".join(_kinds(item).values()))
        today = self._session.today
        today.segments += 1
        today.words += item.words
        today.seconds += edit.seconds
        self._rebuild()
        self.events.tell("saved", [item.key], {each.page for each in item.places})

    def _comment(self, item: Item, edit: Edit) -> None:
        before = _Text.of(item)
        self._append(self._correction(item, edit, corrections.COMMENTED, item.target))
        item.comment = edit.comment
        done = _Done(before, None, self._memory.units(item.source))
        self._session.done.setdefault(item.key, []).append(done)
        self.events.tell("saved", [item.key], {each.page for each in item.places})

    def undo(self, key: str, version: str = "") -> dict[str, Any]:
        """Take back what was saved last for a segment; raises as `save` does."""
        with self._lock:
            item = self._item(key)
            if not self._session.done.get(key):
                raise NotThereError("there is nothing to undo in this session")
            done = self._session.done[key][-1]
            edit = Edit(done.before.target, version=version)

            def write() -> None:
                is_seen = version in ("", item.version)
                units = done.units
                if not is_seen or self._memory.units(item.source) != done.after:
                    raise self._conflict(item, edit.target)
                if units is not None:
                    self._memory.put(item.source, units)
                correction = self._correction(
                    item, edit, corrections.UNDONE, edit.target
                )
                self._session.done[key].pop()
                self._put(item, done.before)
                self._append(correction)

            self._write(write)
            self._rebuild()
            self.events.tell("saved", [key], {each.page for each in item.places})
            return self.segment(key)

    def _write(self, write: Callable[[], None]) -> None:
        """Write under the lock of the memory file, again where that was in vain."""
        with _told(), self._memory.locked():
            for _attempt in range(ATTEMPTS - 1):
                self._refresh()
                with suppress(BusyError):
                    return write()
            self._refresh()
            return write()

    def _expect(self, item: Item, edit: Edit, target: str) -> None:
        """See that nobody has changed a text since it was last read."""
        if edit.version == item.version or target == item.target:
            return
        if edit.version or item.is_human:
            raise self._conflict(item, target)

    def _conflict(self, item: Item, target: str) -> ConflictError:
        kept = self._memory.find(item.source)
        yours = {"target": target, "shown_target": item.show(target)}
        theirs = {
            "target": item.target,
            "shown_target": item.show(item.target),
            "author": kept.author if kept else "",
            "date": _day(kept.date) if kept else "",
        }
        return ConflictError(yours, theirs, item.version)

    def _checked(self, item: Item, target: str) -> str:
        """Return a target in its one form; raises `RefusedError`."""
        segment = item.segment()
        try:
            checked = check(segment.source, target, optional_tags(segment.tags))
        except TagError as error:
            raise RefusedError(str(error)) from error
        if not checked:
            raise RefusedError(NO_TARGET)
        return checked

    # What others do

    def look(self) -> None:
        """See whether somebody has changed the memory file; raises `FileError`."""
        with self._lock:
            if self._refresh():
                self._rebuild()

    def _refresh(self) -> bool:
        """Read the memory file again where it was changed; tell whether it was."""
        sources = self._memory.refresh()
        if not sources:
            return False
        changed = [
            item
            for source in sources
            for item in self._items.by_source.get(source, ())
            if self._take(item)
        ]
        self._touch(changed)
        pages = {place.page for item in changed for place in item.places}
        self.events.tell("changed", [item.key for item in changed], pages)
        return True

    def _take(self, item: Item) -> bool:
        """Take over what the memory file has for an item; tell whether it is new."""
        before = item.version
        kept = self._memory.find(item.source)
        if kept is not None and kept.is_human:
            try:
                target = self._checked(item, kept.target)
            except RefusedError:
                return False  # no build takes it either
            item.target, item.origin = target, Origin.HUMAN.value
            item.is_reviewed = kept.is_reviewed
        elif item.is_human and item.target != item.listed.target:
            item.target, item.origin = item.listed.target, item.listed.origin
            item.is_reviewed = False
        return item.version != before

    # Within

    def _item(self, key: str) -> Item:
        found = self._items.by_key.get(key)
        if found is None:
            raise NotThereError(f"there is no segment {key!r}")
        return found

    def _put(self, item: Item, text: _Text) -> None:
        """Have all items of a source say something else."""
        for each in self._items.by_source.get(item.source, [item]):
            text.put(each)
        self._touch(self._items.by_source.get(item.source, [item]))

    def _touch(self, items: Iterable[Item]) -> None:
        self._session.changes += 1
        for each in items:
            self._session.touched[each.key] = self._session.changes

    def _terms(self, item: Item, target: str) -> list[dict[str, Any]]:
        missed = self.subject.terms.missed(item.source, target)
        return [
            {"source": source, "target": required, "is_met": source not in missed}
            for source, required in self.subject.terms.missed(item.source, "").items()
        ]

    def _faults(self, item: Item, target: str) -> list[str]:
        return faults(item.source, target, self.subject.pair) if target else []

    def _correction(
        self, item: Item, edit: Edit, action: str, target: str
    ) -> Correction:
        """Return what the log says of it; the item says yet what it said before."""
        place = item.places[0] if item.places else None
        return Correction(
            item.key,
            item.source,
            action,
            target,
            machine="" if item.is_human else item.target,
            engine=item.engine,
            kinds=item.key.partition(":")[2],
            document=place.page if place else "",
            line=place.line if place else 0,
            words=item.words,
            doubt=item.doubt,
            seconds=edit.seconds,
            date=_now().isoformat(timespec="seconds"),
            author=edit.author or self._author,
            comment=edit.comment,
        )

    def _append(self, correction: Correction) -> None:
        with _told():
            corrections.append(self._log, correction)
        self._note_comment(correction)

    def _note_comment(self, correction: Correction) -> None:
        """Know the last comment on a segment; one that is undone, or answered, goes."""
        if correction.comment:
            self._comments[correction.key] = correction.comment
        else:
            self._comments.pop(correction.key, None)


@contextmanager
def _told() -> Iterator[None]:
    """Tell whoever asks why a file cannot be written now."""
    try:
        yield
    except (FileError, BusyError) as error:
        raise UnwritableError(f"nothing was saved: {error}") from error


def _kinds(item: Item) -> dict[int, str]:
    return {tag.id: tag.kind for tag in item.segment().tags}


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def _now_in_tmx() -> str:
    return _now().strftime("%Y%m%dT%H%M%SZ")


def _day(date: str) -> str:
    """Return a date of TMX as ISO 8601 has it.

    >>> _day("20261127T220000Z")
    '2026-11-27'
    """
    return f"{date[:4]}-{date[4:6]}-{date[6:8]}" if date else ""
