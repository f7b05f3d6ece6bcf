"""Translation memories as files: TMX 1.4b, loaded unit by unit, dumped for git.

Inside ``<seg>`` the tags of a segment are TMX's own:

=========================  =====================================================
``<x id="1"/>``            ``<ph x="1" type="code"/>``
``<g id="2">word</g>``     ``<bpt i="2" x="2" type="strong"/>word<ept i="2"/>``
=========================  =====================================================

Parallel data has inside a ``<ph>`` what readers see in its place. It is for people and
for engines, `load` passes over it; a memory is without, so that a code word that was
renamed changes no line of it.

`load` reads any TMX 1.1 to 1.4b. Of the inline elements of other tools only the place
counts, native code inside them is dropped: ``ph``, ``it``, ``ut`` are placeholders;
``hi`` and a ``bpt`` with its ``ept`` are inline tags; a ``bpt`` or ``ept`` that is
left over or overlaps is a placeholder. An id is the element's ``x``, if it is a number
from 1 that no earlier element has; the others get the ids that are free, in the order
of the text: the same elements in the same order have the same ids in each language.

`dump` writes one canonical form: the same units give the same bytes in any order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.parsers.expat import ErrorString
from xml.sax.saxutils import escape as xml_escape
from xml.sax.saxutils import quoteattr

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from sphinx_amts.errors import FileError, TagError
from sphinx_amts.files import write_file
from sphinx_amts.text.tagged import (
    MAX_DEPTH,
    MAX_TAGS,
    Piece,
    collapse,
    equivalents_of,
    escape,
    parse,
    serialize,
)

MAX_ELEMENTS = 50  # inside each other; TMX itself needs 6
MAX_PROPERTIES = 100  # types of <prop> in one unit; tools write about ten
_CHUNK_BYTES = 1 << 16  # as expat reads files by itself
MAX_TOKEN = 300_000
"""Bytes of one tag or comment. Some versions of expat begin again with each chunk as
long as it is not complete."""
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NUMBER = re.compile(r"[1-9][0-9]{0,4}")  # an x that can be an id
_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z")  # the one form of a date in TMX
# What XML 1.0 cannot carry, not even as a character reference.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONFLICT = (b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")
_CLOSE = "</g>"


@dataclass(frozen=True)
class Entry:
    """One ``<tu>``: the same text in several languages, with what is known of it."""

    texts: Mapping[str, str]
    """Language code as the file writes it -> tagged text, collapsed and stripped."""
    kinds: Mapping[int, str] = field(default_factory=dict)
    """Id of a tag -> its kind, where the file tells (``type``)."""
    properties: Mapping[str, str] = field(default_factory=dict)  # <prop> by type
    changed: str = ""  # last change in UTC, YYYYMMDDThhmmssZ, or empty
    author: str = ""  # who changed it, else who created it, or empty
    line: int = field(default=0, compare=False)  # 1-based; 0 when made by us


def load(path: Path | str) -> Iterator[Entry]:
    """Yield the units of a TMX file in its order, holding only a few at a time.

    A document type is accepted and never fetched. Of two ``<tuv>`` in one language and
    two ``<prop>`` of one type the first counts; but a source that comes again after its
    target is another unit, which ``merge=union`` of git has joined. Raises `FileError`
    while iterating, where the file cannot be read, is not XML or TMX, or declares
    entities.
    """
    reader = _Reader(path)
    try:
        with Path(path).open("rb") as file:
            data = b"start"
            while data:
                data = file.read(_CHUNK_BYTES)
                reader.feed(data)
                for line, element in reader.complete():
                    language = reader.source_language or ""
                    for entry in _entries(element, language, path, line):
                        if entry.texts:
                            yield entry
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error


def load_block(block: str, source_language: str) -> Entry:
    """Read one unit of `dump`'s; raises `FileError` for anything else."""
    reader = _Reader("unit")
    reader.feed(f"{header(source_language)}{block}{FOOTER}".encode())
    for line, element in reader.complete():
        for entry in _entries(element, source_language, "unit", line):
            return entry
    raise FileError("unit", "holds no text")


def source_language(path: Path | str) -> str:
    """Return the ``srclang`` of a TMX file's header; empty where it has none.

    Raises `FileError` as `load` does.
    """
    reader = _Reader(path)
    try:
        with Path(path).open("rb") as file:
            while reader.source_language is None:
                data = file.read(_CHUNK_BYTES)
                reader.feed(data)
                if not data:
                    break
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error
    return reader.source_language or ""


def dump(entries: Iterable[Entry], path: Path | str, *, source_language: str) -> int:
    """Write units as a TMX file in its canonical form and return how many they are.

    ``source_language`` becomes ``srclang``; each unit has a text under exactly this
    code. The file is replaced as a whole or not at all. Raises `FileError` where a unit
    cannot be written, with its source, or the file cannot.
    """
    blocks = []
    for entry in entries:
        try:
            blocks.append(block(entry, source_language))
        except (TagError, ValueError) as error:
            text = next(iter(entry.texts.values()), "")
            reason = f"cannot be written: {error} in the unit {text[:60]!r}"
            raise FileError(path, reason) from error
    lines = (block for _, block in sorted(blocks))
    write_file(Path(path), [header(source_language), *lines, FOOTER])
    return len(blocks)


FOOTER = "</body>\n</tmx>\n"


def header(source_language: str) -> str:
    """Return what stands before the units of a file."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4">\n'
        # creationtoolversion is this form's: a release does not change every file.
        '<header creationtool="sphinx_amts" creationtoolversion="1" segtype="block"'
        f' o-tmf="sphinx_amts" adminlang="en" srclang={quoteattr(source_language)}'
        ' datatype="xml"/>\n<body>\n'
    )


class _Reader:
    """Builds the element of one unit at a time; the rest of the file leaves no trace.

    It is its own parser's target, because only there the line of a unit is known.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = path
        self._parser = XMLParser(
            target=self, forbid_entities=True, forbid_external=True
        )
        self._expat = self._parser.parser
        self._builder: TreeBuilder | None = None
        self._depth = 0
        self._fed = 0  # bytes
        self.source_language: str | None = None  # known from the header on
        self._unit_line = 0
        self._units: list[tuple[int, Element]] = []

    def feed(self, data: bytes) -> None:
        """Parse the next bytes of the file; none is its end. Raises `FileError`."""
        try:
            if data:
                self._parser.feed(data)
            else:
                self._parser.close()
        except ParseError as error:
            line = error.position[0]
            raise FileError(self._path, self._reason(error), line) from error
        except DefusedXmlException as error:
            raise self._error("entities are not allowed") from error
        except (LookupError, ValueError) as error:
            raise self._error(f"its encoding is not known ({error})") from error
        self._fed += len(data)
        if self._fed - self._expat.CurrentByteIndex > MAX_TOKEN:
            raise self._error(f"a tag or comment of over {MAX_TOKEN:,} bytes")

    def complete(self) -> list[tuple[int, Element]]:
        """Hand over the units that are complete, each with its line."""
        units, self._units = self._units, []
        return units

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        if not self._depth and name != "tmx":
            raise self._error(f"is not TMX: its root is <{name}>")
        self._depth += 1
        if self._depth > MAX_ELEMENTS:
            raise self._error(f"more than {MAX_ELEMENTS} elements inside each other")
        if name == "header":
            self.source_language = attributes.get("srclang", "").strip()
        if name == "tu":
            if self._builder:
                raise self._error("a <tu> inside a <tu>")
            self._builder = TreeBuilder()
            self._unit_line = self._expat.CurrentLineNumber
        if self._builder:
            self._builder.start(name, attributes)

    def data(self, text: str) -> None:
        if self._builder:
            self._builder.data(text)

    def end(self, tag: str) -> None:
        self._depth -= 1
        if self._builder:
            element = self._builder.end(_local(tag))
            if element.tag == "tu":
                self._units.append((self._unit_line, element))
                self._builder = None

    def _error(self, reason: str) -> FileError:
        return FileError(self._path, reason, self._expat.CurrentLineNumber)

    def _reason(self, error: ParseError) -> str:
        with Path(self._path).open("rb") as file:
            line = next(islice(file, error.position[0] - 1, None), b"")
        if line.startswith(_CONFLICT):
            return "a merge conflict that is not resolved; choose one of its sides"
        reason = ErrorString(error.code)
        return f"not XML, or not in the encoding that it declares ({reason})"


def _local(tag: str) -> str:
    return tag.rpartition("}")[2] if "}" in tag else tag


@dataclass
class _Part:
    """What of a unit is one unit: all, or what was one before a merge line by line."""

    properties: dict[str, str]  # by type
    variants: list[Element] = field(default_factory=list)


def _unmerged(unit: Element, source: str) -> list[_Part]:
    """Return the units that a merge line by line has made one.

    A property is of what follows it, all of it, the nearest of a type: the merge has
    written equal ones once. Of a unit that is one, it is the first of a type. Raises
    `ValueError`.
    """
    first: dict[str, str] = {}
    nearest: dict[str, str] = {}
    parts = [_Part({})]
    has_target = False
    for child in unit:
        if child.tag == "tuv":
            is_source = _code(child).lower() == source.lower()
            if is_source and has_target:
                parts.append(_Part(dict(nearest)))
            has_target = not is_source
            parts[-1].variants.append(child)
        elif child.tag == "prop" and (name := child.get("type")):
            text = nearest[name] = "".join(child.itertext())
            if len(nearest) > MAX_PROPERTIES:
                raise ValueError(f"more than {MAX_PROPERTIES} types of <prop>")
            for properties in (first, *(() if has_target else [parts[-1].properties])):
                properties.setdefault(name, text)
    return parts if len(parts) > 1 else [_Part(first, parts[0].variants)]


def _code(variant: Element) -> str:
    return (variant.get(_XML_LANG) or variant.get("lang") or "").strip()


def _entries(
    unit: Element, source: str, path: Path | str, line: int
) -> Iterator[Entry]:
    """Yield the units that an element holds; raises `FileError`."""
    try:
        for part in _unmerged(unit, source):
            yield _entry(unit, part, line)
    except ValueError as error:
        raise FileError(path, f"{error} in this unit", line) from error


def _entry(unit: Element, part: _Part, line: int) -> Entry:
    texts: dict[str, str] = {}
    kinds: dict[int, str] = {}
    for variant in part.variants:
        code = _code(variant)
        if not code:
            raise ValueError("a <tuv> has no xml:lang")
        seg = variant.find("seg")
        if seg is not None and code not in texts:
            texts[code], found = _read(seg)
            for number, kind in found.items():
                kinds.setdefault(number, kind)
    # Some tools date the unit, some its target, which is last.
    places = [unit, *reversed(part.variants)]
    changed = _first(places, "changedate", "creationdate")
    return Entry(
        texts,
        kinds,
        part.properties,
        changed=changed if _DATE.fullmatch(changed) else "",
        author=_first(places, "changeid", "creationid"),
        line=line,
    )


def _first(places: Sequence[Element], *names: str) -> str:
    for name in names:
        for place in places:
            if value := place.get(name):
                return value
    return ""


@dataclass
class _Mark:
    """An inline element of a segment; a placeholder as long as it has no end."""

    element: Element
    has_end: bool = False
    id: int = 0

    def __str__(self) -> str:
        return f'<g id="{self.id}">' if self.has_end else f'<x id="{self.id}"/>'


def _read(seg: Element) -> tuple[str, dict[int, str]]:
    """Read a ``<seg>`` as tagged text and the kinds of its tags.

    Raises `ValueError`.
    """
    if not len(seg):  # most have no element
        return collapse(escape(seg.text or "")).strip(" "), {}
    parts: list[str | _Mark] = []
    _flatten(seg, parts, [])
    marks = [part for part in parts if isinstance(part, _Mark)]
    if len(marks) > MAX_TAGS:
        raise ValueError(f"more than {MAX_TAGS} inline elements")
    taken: set[int] = set()
    for mark in marks:
        x = mark.element.get("x", "")
        if _NUMBER.fullmatch(x) and int(x) not in taken:
            mark.id = int(x)
            taken.add(mark.id)
    free = (number for number in count(1) if number not in taken)
    for mark in marks:
        mark.id = mark.id or next(free)
    kinds = {mark.id: mark.element.get("type", "") for mark in marks}
    text = collapse("".join(map(str, parts))).strip(" ")
    return text, {number: kind for number, kind in kinds.items() if kind}


def _flatten(element: Element, parts: list[str | _Mark], opened: list[_Mark]) -> None:
    """Append what an element holds to ``parts``.

    ``opened`` are the bpt without ept and the hi around it.
    """
    outside = len(opened)
    parts.append(escape(element.text or ""))
    for child in element:
        mark = _Mark(child)
        if child.tag in ("bpt", "ph", "it", "ut"):
            parts.append(mark)
            if child.tag == "bpt" and len(opened) < MAX_DEPTH:
                opened.append(mark)
        elif child.tag == "ept":
            pair = child.get("i")
            inside = range(len(opened) - 1, outside - 1, -1)
            found = [n for n in inside if opened[n].element.get("i") == pair]
            parts.append(_CLOSE if found else mark)
            if found:
                opened[found[0]].has_end = True
                del opened[found[0] :]  # what overlaps stays a placeholder
        elif child.tag == "hi" and len(opened) < MAX_DEPTH:
            mark.has_end = True
            parts.append(mark)
            opened.append(mark)
            _flatten(child, parts, opened)
            opened.pop()
            parts.append(_CLOSE)
        elif child.tag != "sub":
            _flatten(child, parts, opened)
        parts.append(escape(child.tail or ""))
    del opened[outside:]


def block(
    entry: Entry, source_language: str, *, is_readable: bool = False
) -> tuple[str, str]:
    """Write a unit and give its source to sort by with it.

    With ``is_readable``, placeholders hold what readers see in their places.

    Raises `TagError` or `ValueError` where it cannot be written.
    """
    if source_language not in entry.texts:
        raise ValueError(f"no text in {source_language!r}")
    if entry.changed and not _DATE.fullmatch(entry.changed):
        raise ValueError(f"{entry.changed!r} is not a date of TMX")
    changed = f" changedate={quoteattr(entry.changed)}" if entry.changed else ""
    author = f" changeid={quoteattr(entry.author)}" if entry.author else ""
    lines = [f"<tu{changed}{author}>"]
    for name, value in sorted(entry.properties.items()):
        text = xml_escape(value, {"\r": "&#13;", "\n": "&#10;"})
        lines.append(f"  <prop type={quoteattr(name)}>{text}</prop>")
    # Stripped only after `parse` has made spaces of all blanks.
    texts = {
        code: serialize(parse(text)).strip(" ") for code, text in entry.texts.items()
    }
    for code in sorted(texts, key=lambda code: (code != source_language, code)):
        known = equivalents_of(entry.texts[code]) if is_readable else {}
        seg = _write(parse(texts[code]), entry.kinds, known)
        lines.append(f"  <tuv xml:lang={quoteattr(code)}><seg>{seg}</seg></tuv>")
    block = "\n".join([*lines, "</tu>\n"])
    if bad := _FORBIDDEN.search(block):
        raise ValueError(f"control character U+{ord(bad[0]):04X}")
    return texts[source_language], block


def _write(
    pieces: Sequence[Piece], kinds: Mapping[int, str], known: Mapping[int, str]
) -> str:
    out = []
    for piece in pieces:
        if isinstance(piece, str):
            out.append(xml_escape(piece))
            continue
        number = piece if isinstance(piece, int) else piece.id
        kind = f" type={quoteattr(kinds[number])}" if kinds.get(number) else ""
        if isinstance(piece, int):
            seen = known.get(number)
            content = f">{xml_escape(seen)}</ph>" if seen else "/>"
            out.append(f'<ph x="{number}"{kind}{content}')
        else:
            inner = _write(piece.children, kinds, known)
            out.append(f'<bpt i="{number}" x="{number}"{kind}/>{inner}')
            out.append(f'<ept i="{number}"/>')
    return "".join(out)
