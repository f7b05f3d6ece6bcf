"""What an import corrects: lines for the log beside the memory file."""

from __future__ import annotations

import datetime

from sphinx_amts.book.book import Book
from sphinx_amts.book.purpose import Collect
from sphinx_amts.book.unit import Place
from sphinx_amts.formats.tmx import Entry
from sphinx_amts.memory.corrections import ACCEPTED, CORRECTED, Correction
from sphinx_amts.memory.unit import Origin
from sphinx_amts.text.segment import Placeholder, Segment
from sphinx_amts.text.tagged import count_words

DIGITS = 3  # of a doubt


class Corrected:
    """Tells what people's units of a file correct, of what a book shows now."""

    def __init__(self, book: Book, found: Collect) -> None:
        self._book, self._pair = book, book.translator.pair
        # Kinds of tags do not matter here: files may lack them.
        self._looks = {look.segment.source: look for look in found.looks.values()}
        self._places: dict[str, Place] = {}
        for each in found.occurrences:
            self._places.setdefault(each.segment.key, each.place)
        self._now = datetime.datetime.now(datetime.timezone.utc)

    def by(self, entry: Entry, old: Entry | None) -> Correction | None:
        """Return what a unit corrects; nothing where nobody had translated its text.

        ``old`` is what the memory file has in its place. Of a text that people had
        translated, no machine's text is told.
        """
        machine, engine = self._machine(entry, old)
        source, target = self._texts(entry)
        if not machine and old is None:
            return None
        tags = tuple(Placeholder(*each) for each in sorted(entry.kinds.items()))
        segment = Segment(source, tags)
        if look := self._looks.get(source):
            segment = look.segment
        place = self._places.get(segment.key, Place(""))
        doubt = round(self._book.doubt.of(source, machine), DIGITS) if machine else None
        return Correction(
            key=segment.key,
            source=source,
            action=ACCEPTED if target == machine else CORRECTED,
            target=target,
            machine=machine,
            engine=engine,
            kinds=",".join(tag.kind for tag in segment.tags),
            language=self._pair.target,
            document=place.document,
            line=place.line,
            words=count_words(source),
            doubt=doubt,
            date=self._now.isoformat(timespec="seconds"),
            author=entry.author,
        )

    def _texts(self, entry: Entry) -> tuple[str, str]:
        return entry.texts[self._pair.source], entry.texts.get(self._pair.target, "")

    def _machine(self, entry: Entry, old: Entry | None) -> tuple[str, str]:
        """Return a machine's text, which readers have seen so far, and its engine."""
        known = old.properties if old else {}
        look = self._looks.get(entry.texts[self._pair.source])
        if look is not None and look.match is not None:
            if look.match.origin.is_human or not look.match.target:
                return "", ""
            unit = self._book.translator.known.unit(look.segment.key)
            return look.match.target, unit.engine if unit else known.get("engine", "")
        if old is None or known.get("origin", "") not in _MACHINE:
            return "", ""
        return self._texts(old)[1], known.get("engine", "")


_MACHINE = (Origin.MACHINE.value, Origin.MIXED.value)
