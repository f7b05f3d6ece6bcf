r"""gettext catalogs (PO), read so that what is not changed is written as it was.

A catalog is kept as the lines of its file. An entry is changed by `Entry.changed`,
which replaces lines of its own; wrapping, order, comments, previous messages and
whatever else a program has put there stay, byte by byte.

>>> text = '# by Ana\nmsgid ""\nmsgstr ""\n\n#| msgid "ox"\nmsgid "oak"\nmsgstr ""\n'
>>> catalog = Catalog.parse(text)
>>> catalog.text() == text
True
>>> entry = catalog.entries[1]
>>> entry.id, entry.string, entry.line
('oak', '', 6)
>>> print(entry.changed("roble", is_fuzzy=True, remarks=["a guess"]).text().strip())
#. a guess
#, fuzzy
#| msgid "ox"
msgid "oak"
msgstr "roble"
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from sphinx_amts.errors import FileError

FUZZY = "fuzzy"
WIDTH = 79  # columns of a line, as Sphinx writes them
_WIDTHS = range(60, 121)  # that a program wraps at
_CHARSET = re.compile(rb"charset=([\w.:-]+)")
_STRING = re.compile(r'"(.*)"$')  # a quotation mark inside needs no backslash for Babel
_KEYWORD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)\s*(?=")')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {
    "\\": "\\",
    '"': '"',
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "a": "\a",
}
_PREVIOUS, _EXTRACTED, _PLACE, _FLAGS, _REMARK = "#|", "#.", "#:", "#,", "#"
_COMMENTS = (_PREVIOUS, _EXTRACTED, _PLACE, _FLAGS)
_ORDER = (_REMARK, _EXTRACTED, _PLACE, _FLAGS, _PREVIOUS)  # as gettext writes them

_MARK = "\ufeff"

Line = tuple[str, str]
"""What a line is, a keyword or the sign of a comment, and the line with its end."""


class CatalogError(ValueError):
    """Text that is no catalog; ``line`` is counted from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True)
class Entry:
    """One message, as it is in a file."""

    lines: tuple[Line, ...]
    before: str = ""  # empty lines
    line: int = 0  # of its `msgid`, from 1
    is_obsolete: bool = False
    values: tuple[tuple[str, str], ...] = ()  # keyword, text

    def get(self, keyword: str) -> str | None:
        """Return the text of a keyword."""
        return dict(self.values).get(keyword)

    @property
    def id(self) -> str:
        """The message."""
        return self.get("msgid") or ""

    @property
    def string(self) -> str:
        """The translation; of one with plural forms, the first."""
        return self.get("msgstr") or self.get("msgstr[0]") or ""

    @property
    def is_plain(self) -> bool:
        """Whether it has neither context nor plural forms, as all of Sphinx's."""
        return {name for name, _ in self.values} == {"msgid", "msgstr"}

    @property
    def is_fuzzy(self) -> bool:
        """Whether it waits for a person."""
        return FUZZY in self.flags

    @property
    def flags(self) -> list[str]:
        """Its flags, in order."""
        return [
            flag.strip() for text in self.comments(_FLAGS) for flag in text.split(",")
        ]

    @property
    def remarks(self) -> list[str]:
        """The comments that are not of translators."""
        return self.comments(_EXTRACTED)

    @property
    def place(self) -> str:
        """The first file that it is said to be from; empty where none is."""
        words = " ".join(self.comments(_PLACE)).split()
        return re.sub(r":\d+$", "", words[0]) if words else ""

    def comments(self, sign: str) -> list[str]:
        """Return the comments of a kind."""
        return [
            line.strip()[len(sign) :].strip() for k, line in self.lines if k == sign
        ]

    def text(self) -> str:
        """Return it as it is in a file."""
        return self.before + "".join(line for _, line in self.lines)

    def changed(
        self,
        string: str,
        *,
        is_fuzzy: bool = False,
        remarks: Sequence[str] = (),
        without: Sequence[str] = (),
        width: int = WIDTH,
    ) -> Entry:
        """Return it with another translation, and remarks instead of those ``without``.

        What is not given stays.
        """
        end = self.end
        kept = [each for each in self.lines if each[0] != "msgstr"]
        kept = [
            (kind, line)
            for kind, line in kept
            if kind != _EXTRACTED or not line[2:].strip().startswith(tuple(without))
        ]
        flags = [flag for flag in self.flags if flag and flag != FUZZY]
        flags = [FUZZY, *flags] if is_fuzzy else flags
        if flags != self.flags:
            kept = [each for each in kept if each[0] != _FLAGS]
            kept = _put(kept, _FLAGS, [f"#, {', '.join(flags)}{end}"] if flags else [])
        kept = _put(kept, _EXTRACTED, [f"#. {remark}{end}" for remark in remarks])
        lines = (*kept, *_lines("msgstr", string, width, end))
        values = [each for each in self.values if each[0] != "msgstr"]
        return replace(self, lines=lines, values=(*values, ("msgstr", string)))

    def obsolete(self) -> Entry:
        """Return it as one that the book has no more, as gettext's own tools do."""
        lines = []
        for kind, line in self.lines:
            if kind in (_EXTRACTED, _PLACE):
                continue
            if kind == _PREVIOUS:
                line = f"#~|{line[2:]}"
            elif not kind.startswith("#"):
                line = f"#~ {line}"
            lines.append((kind, line))
        return replace(self, lines=tuple(lines), is_obsolete=True)

    def back(self, new: Entry) -> Entry:
        """Return an obsolete entry's text in a new one of the same message."""
        made = new.changed(self.string, is_fuzzy=self.is_fuzzy)
        own = [
            (kind, f"#{line[2:]}" if line.startswith("#~|") else line)
            for kind, line in self.lines
            if kind in (_REMARK, _PREVIOUS)
        ]
        lines = list(made.lines)
        for kind in (_REMARK, _PREVIOUS):
            lines = _put(lines, kind, [line for k, line in own if k == kind])
        return replace(made, lines=tuple(lines))

    @property
    def end(self) -> str:
        """How its lines end."""
        return "\r\n" if self.lines and self.lines[0][1].endswith("\r\n") else "\n"


def _put(lines: Sequence[Line], kind: str, new: Sequence[str]) -> list[Line]:
    """Return lines with comments of a kind where gettext has them."""
    before = _ORDER[: _ORDER.index(kind) + 1]
    count = max((n for n, (k, _) in enumerate(lines, 1) if k in before), default=0)
    return [*lines[:count], *((kind, line) for line in new), *lines[count:]]


def _lines(keyword: str, text: str, width: int, end: str) -> Iterator[Line]:
    from babel.messages.pofile import normalize  # not for who only reads

    for line in f"{keyword} {normalize(text, width=width)}".split("\n"):
        yield keyword, line + end


def new_entry(
    message: str,
    places: Sequence[tuple[str, int]],
    *,
    width: int = WIDTH,
    end: str = "\n",
) -> Entry:
    """Return an entry without a translation, from files and their lines."""
    lines: list[Line] = []
    words = [f"{path}:{line}" if line else path for path, line in places if path]
    comment = ""
    for word in words:
        if comment and width and len(comment) + 1 + len(word) > width:
            lines.append((_PLACE, comment + end))
            comment = ""
        comment = f"{comment or _PLACE} {word}"
    if comment:
        lines.append((_PLACE, comment + end))
    lines += [*_lines("msgid", message, width, end), ("msgstr", f'msgstr ""{end}')]
    return Entry(tuple(lines), end, values=(("msgid", message), ("msgstr", "")))


@dataclass
class Catalog:
    """The entries of a file, in order, with the header as the first if there is one."""

    entries: list[Entry] = field(default_factory=list)
    tail: str = ""  # what stands behind the last
    mark: str = ""  # of the order of bytes, which some programs write

    @classmethod
    def parse(cls, text: str) -> Catalog:
        """Read a catalog's text; raises `CatalogError`."""
        catalog = _Parser(text.removeprefix(_MARK)).catalog
        return replace(catalog, mark=_MARK if text.startswith(_MARK) else "")

    def text(self) -> str:
        """Return it as a file has it."""
        entries = "".join(entry.text() for entry in self.entries)
        return self.mark + entries + self.tail

    def reviewed(self) -> Iterator[Entry]:
        """Yield what people have translated: neither fuzzy, nor empty or obsolete.

        Also what has plural forms, or a context.
        """
        for entry in self.entries:
            if entry.id and entry.string and not (entry.is_fuzzy or entry.is_obsolete):
                yield entry

    @property
    def width(self) -> int:
        """The columns at which its lines are wrapped; 0: they are not."""
        found = [0]
        for entry in self.entries:
            strings = [each for each in entry.lines if not each[0].startswith("#")]
            for _, group in groupby(strings, key=lambda each: each[0]):
                lines = [line.strip() for _, line in group]
                if any(len(line) > WIDTH and " " in line[9:60] for line in lines):
                    return 0
                found += [len(n) for n in lines[1:-1] if not n.endswith('\\n"')]
        return max(found) if max(found) in _WIDTHS else WIDTH

    @property
    def end(self) -> str:
        """How its lines end."""
        return self.entries[0].end if self.entries else "\n"

    def add(self, entry: Entry, index: int) -> None:
        """Put an entry at a place, parted by an empty line."""
        self.entries.insert(index, replace(entry, before=self.end if index else ""))
        if index and not (before := self.entries[index - 1]).text().endswith("\n"):
            lines = (
                *before.lines[:-1],
                (before.lines[-1][0], before.lines[-1][1] + "\n"),
            )
            self.entries[index - 1] = replace(before, lines=lines)
        if index + 1 < len(self.entries) and not self.entries[index + 1].before:
            after = self.entries[index + 1]
            self.entries[index + 1] = replace(after, before=self.end)


class _Parser:
    """Reads the lines of a catalog, one after the other."""

    def __init__(self, text: str) -> None:
        self.catalog = Catalog()
        self._begin()
        for number, line in enumerate(io.StringIO(text, newline="\n"), 1):
            self._number = number
            self._read(line)
        if self._values:
            self._close()
        else:
            self.catalog.tail = self._before + "".join(line for _, line in self._lines)

    def _begin(self) -> None:
        self._before = ""
        self._lines: list[Line] = []
        self._values: list[tuple[str, list[str]]] = []
        self._at, self._is_obsolete = 0, False

    def _close(self) -> None:
        names = [name for name, _ in self._values]
        if names.count("msgid") != 1 or not any(n.startswith("msgstr") for n in names):
            raise CatalogError("a message without msgid or msgstr", self._at)
        values = tuple((name, "".join(parts)) for name, parts in self._values)
        self.catalog.entries.append(
            Entry(tuple(self._lines), self._before, self._at, self._is_obsolete, values)
        )
        self._begin()

    def _read(self, line: str) -> None:
        text = line.strip()
        if not text:
            if self._is_done:
                self._close()
            if self._lines:
                self._lines.append(("", line))
            else:
                self._before += line
            return
        is_obsolete = text.startswith("#~")
        if is_obsolete:
            text = text[2:].lstrip()
            if text.startswith("|"):
                text = f"#{text}"
        if text.startswith("#") or not text:
            if self._is_done:
                self._close()
            sign = next((each for each in _COMMENTS if text.startswith(each)), _REMARK)
            self._lines.append((sign, line))
            return
        self._take(text, line, is_obsolete=is_obsolete)

    @property
    def _is_done(self) -> bool:
        return any(name.startswith("msgstr") for name, _ in self._values)

    def _take(self, text: str, line: str, *, is_obsolete: bool) -> None:
        keyword = _KEYWORD.match(text)
        if keyword:
            name = keyword[1]
            if self._is_done and not name.startswith("msgstr"):
                self._close()
            if name == "msgid":
                self._at, self._is_obsolete = self._number, is_obsolete
            self._values.append((name, []))
            text = text[keyword.end() :]
        string = _STRING.match(text)
        if string is None or not self._values:
            raise CatalogError(f"{text[:40]!r} is no part of a message", self._number)
        name, parts = self._values[-1]
        parts.append(_ESCAPE.sub(lambda m: _ESCAPED.get(m[1], m[0]), string[1]))
        self._lines.append((name, line))


def charset_of(content: bytes) -> str:
    """Return the encoding that a catalog's header names; UTF-8 where it names none."""
    found = _CHARSET.search(content[:10_000])
    name = found[1].decode() if found else ""
    return "utf-8" if name in ("", "CHARSET") else name


def decode(content: bytes) -> str:
    """Return the text of a catalog; raises `UnicodeError` or `LookupError`."""
    return content.decode(charset_of(content))


def encode(text: str, like: bytes = b"") -> bytes:
    """Return a catalog's text in the encoding of what the file had."""
    return text.encode(charset_of(like or text.encode()))


def load(path: Path) -> Catalog:
    """Read a catalog; raises `FileError` with the line."""
    try:
        return Catalog.parse(decode(path.read_bytes()))
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error
    except CatalogError as error:
        raise FileError(path, f"is not a catalog: {error}", error.line) from error
    except (UnicodeError, LookupError) as error:
        raise FileError(path, f"is not a catalog: {error}") from error
