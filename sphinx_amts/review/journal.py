"""What is said of corrections: lines of the log, and the last comment on a segment."""

from __future__ import annotations

import datetime
from pathlib import Path

from sphinx_amts.memory import corrections
from sphinx_amts.memory.corrections import Correction
from sphinx_amts.review.edit import Edit
from sphinx_amts.review.item import Item


class Journal:
    """The log beside a memory file; ``author`` is who writes unless an edit says so.

    ``language`` is a BCP 47 tag: languages may share a memory file.
    """

    def __init__(self, memory: Path, language: str, author: str = "") -> None:
        self.path = corrections.log_of(memory)
        self._language = language
        self._author = author
        self._comments: dict[str, str] = {}

    def read(self) -> None:
        """Know the comments of the log; raises `FileError`."""
        for each in corrections.read(self.path):
            if each.language in ("", self._language):
                self._note(each)

    def comment(self, key: str) -> str:
        """Return the last comment on a segment; empty where it was answered."""
        return self._comments.get(key, "")

    def author(self, edit: Edit) -> str:
        """Return who has made an edit."""
        return edit.author or self._author

    def write(self, item: Item, edit: Edit, action: str, target: str) -> None:
        """Log what was done; the item still says what it said before.

        When this returns, it is on the disk. Raises `FileError`.
        """
        place = item.places[0] if item.places else None
        correction = Correction(
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
            date=now().isoformat(timespec="seconds"),
            author=self.author(edit),
            comment=edit.comment,
            language=self._language,
        )
        corrections.append(self.path, correction)
        self._note(correction)

    def _note(self, correction: Correction) -> None:
        if correction.comment:
            self._comments[correction.key] = correction.comment
        else:
            self._comments.pop(correction.key, None)


def now() -> datetime.datetime:
    """Return the time in UTC."""
    return datetime.datetime.now(datetime.timezone.utc)
