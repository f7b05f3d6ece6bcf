"""The desk itself: what a book says, what people make of it, and where that is kept.

All that changes while a desk is open is here, behind one lock. A save is acknowledged
when the memory file and the log are on the disk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from sphinx_amts.book.listing import Listing
from sphinx_amts.errors import FileError
from sphinx_amts.memory import corrections
from sphinx_amts.memory.unit import Origin
from sphinx_amts.review import queue
from sphinx_amts.review.answers import (
    ConflictError,
    NotThereError,
    RefusedError,
    UnwritableError,
)
from sphinx_amts.review.edit import Edit
from sphinx_amts.review.events import Events
from sphinx_amts.review.item import Item, Items, Text
from sphinx_amts.review.journal import Journal, now
from sphinx_amts.review.judging import checked, remarks
from sphinx_amts.review.likeness import Likeness
from sphinx_amts.review.memory_file import (
    ATTEMPTS,
    BusyError,
    MemoryFile,
    Save,
)
from sphinx_amts.review.session import Done, Session
from sphinx_amts.review.subject import Subject
from sphinx_amts.text.segment import Segment, State
from sphinx_amts.text.tagged import Context, put_into


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
        self.likeness = Likeness(subject.people)
        self._memory = memory
        self._journal = Journal(memory.path, subject.pair.target, author)
        self._rebuild = rebuild
        self._lock = threading.RLock()
        self._items = Items(Listing({}, ()))
        self._session = Session()

    # What there is

    @property
    def changes(self) -> int:
        """How often anything was changed: what a build has seen, and what not."""
        return self._session.changes

    def prepare(self) -> None:
        """Read what the first build does not change; raises `FileError`."""
        with self._lock:
            self._memory.refresh()
        self._journal.read()

    def open(self, listing: Listing) -> None:
        """Take in what the first build has listed; raises `FileError`."""
        with self._lock:
            self._memory.refresh()
        self.load(listing, 0)

    def load(self, listing: Listing, changes: int) -> None:
        """Take in what a build has listed that knew of so many changes."""
        items = Items(listing)
        with self._lock:
            before, self._items = self._items, items
            for item in items:
                self._take(item)
                if comment := self._journal.comment(item.key):
                    item.say(item.text._replace(comment=comment))
                known = before.by_key.get(item.key)
                if known and self._session.is_newer(item.key, changes):
                    item.say(known.text)

    def segments(self, wanted: queue.Wanted) -> dict[str, Any]:
        """Return segments of a queue."""
        with self._lock:
            return queue.select(self._items, wanted, self.subject.terms)

    def segment(self, key: str) -> dict[str, Any]:
        """Return all that there is to say of a segment."""
        self.likeness.prepare()  # without the lock: that takes its time
        with self._lock:
            with suppress(FileError):  # whoever saves is told
                self._refresh()
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
                "similar": self.likeness.similar(segment),
                **remarks(item, item.target, self.subject),
                "can_undo": self._session.last(key) is not None,
            }

    def to_ask(self, key: str) -> Segment:
        """Return a segment as an engine gets it."""
        with self._lock:
            item = self._item(key)
            segment = item.segment()
            context = Context(item.listed.heading)
            return replace(segment, source=put_into(segment.source, context))

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
            return {**found, "today": self._session.today()}

    def check(self, key: str, target: str) -> dict[str, Any]:
        """Return what there is to say of a text that somebody is writing."""
        with self._lock:
            item = self._item(key)
            try:
                target = checked(item, target)
            except RefusedError as error:
                return {"ok": False, "error": str(error), "faults": [], "terms": []}
            found = remarks(item, target, self.subject)
            return {"ok": True, "error": None, **found}

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
                self._save(item, edit, checked(item, edit.target))
            return self.segment(key)

    def _save(self, item: Item, edit: Edit, target: str) -> None:
        date = now().strftime("%Y%m%dT%H%M%SZ")
        kinds = {tag.id: tag.kind for tag in item.segment().tags}
        new = Save(item.source, target, kinds, self._journal.author(edit), date)

        def write() -> None:
            self._expect(item, edit, target)
            units = self._memory.units(item.source)
            self._memory.save(new)
            after = self._memory.units(item.source)
            self._session.do(item, Done(item.text, units, after, edit.seconds))
            is_same = target == item.target
            action = corrections.ACCEPTED if is_same else corrections.CORRECTED
            text = Text(target, Origin.HUMAN.value, True, edit.comment)
            with self._saying(item, text):
                self._journal.write(item, edit, action, target)

        self._write(write)
        self.likeness.add(item.source, target, ",".join(kinds.values()))
        self._tell_saved(item)

    def _comment(self, item: Item, edit: Edit) -> None:
        units = self._memory.units(item.source)
        with _told():
            self._journal.write(item, edit, corrections.COMMENTED, item.target)
        self._session.do(item, Done(item.text, None, units))
        item.say(item.text._replace(comment=edit.comment))
        self._session.touch([item])
        self._tell([item], "saved")

    def undo(self, key: str, version: str = "") -> dict[str, Any]:
        """Take back what was saved last for a segment; raises as `save` does."""
        with self._lock:
            item = self._item(key)
            done = self._session.last(key)
            if done is None:
                raise NotThereError("there is nothing to undo in this session")
            self._write(lambda: self._take_back(item, done, version))
            self._tell_saved(item)
            return self.segment(key)

    def _take_back(self, item: Item, done: Done, version: str) -> None:
        edit = Edit(done.before.target, comment=done.before.comment)
        is_seen = version in ("", item.version)
        if not is_seen or self._memory.units(item.source) != done.after:
            raise _conflict(item, edit.target, self._memory)
        if done.units is not None:
            self._memory.put(item.source, done.units)
        self._session.take_back(item.key)
        with self._saying(item, done.before):
            self._journal.write(item, edit, corrections.UNDONE, edit.target)

    def _tell_saved(self, item: Item) -> None:
        self._rebuild()
        self._tell([item], "saved")

    def _tell(self, items: Sequence[Item], kind: str) -> None:
        pages = {place.page for item in items for place in item.places}
        self.events.tell(kind, [item.key for item in items], pages)

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
            raise _conflict(item, target, self._memory)

    # What others do

    def look(self) -> None:
        """See whether somebody has changed the memory file; raises `FileError`."""
        with self._lock:
            self._refresh()

    def _refresh(self) -> None:
        """Read the memory file again where it was changed."""
        sources = self._memory.refresh()
        if not sources:
            return
        changed = [
            item
            for source in sources
            for item in self._items.by_source.get(source, ())
            if self._take(item)
        ]
        self._session.touch(changed)
        self._tell(changed, "changed")
        self._rebuild()

    def _take(self, item: Item) -> bool:
        """Take over what the memory file has for an item; tell whether it is new."""
        kept = self._memory.find(item.source)
        if kept is None or not kept.is_human:
            if not item.is_human or item.target == item.listed.target:
                return False
            item.say(Text(item.listed.target, item.listed.origin))
            return True
        if item.is_human and kept.target == item.target:
            item.say(item.text._replace(is_reviewed=kept.is_reviewed))
            return False
        try:
            target = checked(item, kept.target)
        except RefusedError:
            return False  # no build takes it either
        text = Text(target, Origin.HUMAN.value, kept.is_reviewed, item.text.comment)
        is_new = text[:2] != item.text[:2]
        item.say(text)
        return is_new

    # Within

    def _item(self, key: str) -> Item:
        found = self._items.by_key.get(key)
        if found is None:
            raise NotThereError(f"there is no segment {key!r}")
        return found

    @contextmanager
    def _saying(self, item: Item, text: Text) -> Iterator[None]:
        """Have all items of a source say something else, whatever happens inside.

        Inside, they say what they said before.
        """
        try:
            yield
        finally:
            items = self._items.by_source.get(item.source, [item])
            for each in items:
                each.say(text)
            self._session.touch(items)


@contextmanager
def _told() -> Iterator[None]:
    """Tell whoever asks why a file cannot be written now."""
    try:
        yield
    except (FileError, BusyError) as error:
        raise UnwritableError(f"nothing was saved: {error}") from error


def _conflict(item: Item, target: str, memory: MemoryFile) -> ConflictError:
    kept = memory.find(item.source)
    yours = {"target": target, "shown_target": item.show(target)}
    theirs = {
        "target": item.target,
        "shown_target": item.show(item.target),
        "author": kept.author if kept else "",
        "date": _day(kept.date) if kept else "",
    }
    return ConflictError(yours, theirs, item.version)


def _day(date: str) -> str:
    """Return a date of TMX as ISO 8601 has it.

    >>> _day("20261127T220000Z")
    '2026-11-27'
    """
    return f"{date[:4]}-{date[4:6]}-{date[6:8]}" if date else ""
