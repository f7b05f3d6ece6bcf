"""XLIFF 1.2 and 2.1: what translators' programs read and write.

Files and their units are the Translate Toolkit's. What is ours is the text inside: the
tags of tagged text are inline elements that such a program protects,

=============  ==========================  ===========================
tagged text    XLIFF 1.2                   XLIFF 2.1
=============  ==========================  ===========================
``<x id>``     ``<x id ctype equiv-text>``  ``<ph id subType equiv>``
``<g id>``     ``<g id ctype>``             ``<pc id subType>``
=============  ==========================  ===========================

with the tag's kind as ``x-amts-<kind>`` or ``amts:<kind>``, and what readers see in its
place. A unit has the segment's key as its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any

from sphinx_amts.errors import FileError, MissingHostError
from sphinx_amts.files import replace_file
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.tagged import (
    Piece,
    Span,
    TaggedText,
    equivalents_of,
    parse,
    serialize,
)

VERSIONS = ("1.2", "2.1")
SUFFIXES = (".xlf", ".xliff")
MAX_DEPTH = 50  # inline elements inside each other
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_MARKERS = {"mrk", "sm", "em"}  # annotations of programs: what they hold is text


class State(Enum):
    """How far a unit is, by its names in the two versions."""

    INITIAL = ("needs-translation", "initial")
    TRANSLATED = ("needs-review-translation", "translated")  # by a machine
    REVIEWED = ("signed-off", "reviewed")
    FINAL = ("final", "final")

    @classmethod
    def read(cls, name: str) -> State:
        """Return the state of a name in either version; an unknown one is initial."""
        if name == "translated":  # 1.2: a person; 2.1: not reviewed. See `Item.state`
            return cls.TRANSLATED
        return next((each for each in cls if name in each.value), cls.INITIAL)


@dataclass(frozen=True)
class Item:
    """One unit of a file."""

    id: str
    document: str
    source: str  # tagged text
    target: str = ""  # tagged text; empty without
    kinds: Mapping[int, str] = field(default_factory=dict)  # of tags
    state: State = State.INITIAL
    notes: Sequence[str] = ()
    line: int = 0  # where it is in the file that it was read from; 0: nowhere


def dump(
    items: Iterable[Item], path: Path, pair: LanguagePair, version: str = "1.2"
) -> int:
    """Write a file; return how many units it has."""
    store = _new(version)
    root = store.document.getroot()
    if version == "2.1":
        root.set("version", version)
        root.set("srcLang", pair.source)
        root.set("trgLang", pair.target)
    count = 0
    for item in items:
        _put(store, item, pair, version)
        count += 1
    replace_file(path, [bytes(store).decode("utf-8")])
    return count


def _new(version: str) -> Any:
    try:
        xliff: Any = import_module("translate.storage.xliff")
        xliff2: Any = import_module("translate.storage.xliff2")
    except ImportError as error:
        raise MissingHostError(
            f"XLIFF needs the Translate Toolkit, with Python 3.11 or later ({error})."
            " Install it: python -m pip install 'sphinx-amts[xliff]'"
        ) from error
    if version == "2.1":
        return xliff2.Xliff2File()
    old, new = (f"urn:oasis:names:tc:xliff:document:{each}" for each in ("1.1", "1.2"))

    class Unit(xliff.Xliff1Unit):  # type: ignore[misc]
        namespace = new

    class File(xliff.Xliff1File):  # type: ignore[misc]
        namespace, UnitClass = new, Unit
        XMLskeleton = xliff.Xliff1File.XMLskeleton.replace(old, new).replace(
            "version='1.1'", "version='1.2'"
        )

    return File()


def _put(store: Any, item: Item, pair: LanguagePair, version: str) -> None:
    unit = store.UnitClass("")
    if version == "2.1":
        store.addunit(unit)
        whole = unit.getunitelement()
        whole.set("id", item.id)
        whole.set("name", item.document)
        whole.set(_SPACE, unit.xmlelement.attrib.pop(_SPACE, "preserve"))
        unit.xmlelement.set("state", item.state.value[1])
    else:
        store.switchfile(item.document, createifmissing=True)
        store.setsourcelanguage(pair.source)
        store.settargetlanguage(pair.target)
        store.addunit(unit)
        unit.xmlelement.set("id", item.id)
        is_final = item.state in (State.REVIEWED, State.FINAL)
        unit.xmlelement.set("approved", "yes" if is_final else "no")
    known = equivalents_of(item.source)
    element = unit.get_source_dom()
    _fill(element, parse(item.source), item.kinds, known, version)
    if item.target or version == "1.2":
        target = _child(element, "target")
        unit.xmlelement.insert(list(unit.xmlelement).index(element) + 1, target)
        _fill(target, parse(item.target), item.kinds, known, version)
        if version == "1.2":
            target.set("state", item.state.value[0])
    if version == "1.2":
        for text in item.notes:
            unit.addnote(text)
    elif item.notes:
        notes = _child(element, "notes")
        whole.insert(0, notes)
        for text in item.notes:
            note = _child(element, "note")
            note.text = text
            notes.append(note)


def _child(beside: Any, name: str) -> Any:
    """Return a new element in the namespace of another."""
    return beside.makeelement(beside.tag.rpartition("}")[0] + "}" + name, {}, None)


def _fill(
    element: Any,
    pieces: Sequence[Piece],
    kinds: Mapping[int, str],
    known: Mapping[int, str],
    version: str,
) -> None:
    """Write pieces of tagged text into an element."""
    last = None
    for piece in pieces:
        if isinstance(piece, str):
            if last is None:
                element.text = (element.text or "") + piece
            else:
                last.tail = (last.tail or "") + piece
            continue
        number = piece if isinstance(piece, int) else piece.id
        last = _inline(element, number, kinds.get(number, ""), known, piece, version)
        element.append(last)
        if isinstance(piece, Span):
            _fill(last, piece.children, kinds, known, version)


def _inline(
    beside: Any,
    number: int,
    kind: str,
    known: Mapping[int, str],
    piece: Piece,
    version: str,
) -> Any:
    is_span = isinstance(piece, Span)
    if version == "1.2":
        made = _child(beside, "g" if is_span else "x")
        made.set("id", str(number))
        made.set("ctype", f"x-amts-{kind or 'tag'}")
        if known.get(number):
            made.set("equiv-text", known[number])
        return made
    made = _child(beside, "pc" if is_span else "ph")
    made.set("id", str(number))
    made.set("type", "fmt" if is_span else "other")
    made.set("subType", f"amts:{kind or 'tag'}")
    for name in ("canCopy", "canDelete"):
        made.set(name, "no")
    if known.get(number):
        made.set("equivStart" if is_span else "equiv", known[number])
    return made


# --- Reading --------------------------------------------------------------------------


def load(path: Path) -> Iterator[Item | FileError]:
    """Yield the units of a file, or what is wrong with one.

    Raises `FileError` where it is no XLIFF file.
    """
    store = _open(path)
    for unit in store.units:
        if unit.isheader():
            continue
        line = unit.xmlelement.sourceline or 0
        try:
            yield _item(unit, line)
        except (ValueError, RecursionError) as error:
            yield FileError(path, str(error) or "nested too deeply", line)


def _open(path: Path) -> Any:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise FileError(path, "declares a document type; XLIFF has none")
    version = "2.1" if b"urn:oasis:names:tc:xliff:document:2" in content else "1.2"
    store = _new(version)
    try:
        store.parse(content)
    except Exception as error:  # whatever the parsers raise
        reason = f"is no XLIFF file: {type(error).__name__}: {error}"
        raise FileError(path, reason) from error
    return store


def _item(unit: Any, line: int) -> Item:
    element = unit.xmlelement
    source, target = unit.get_source_dom(), unit.get_target_dom()
    if source is None:
        raise ValueError("a unit without a source")
    kinds: dict[int, str] = {}
    is_first = _name(element) == "trans-unit"
    if is_first:
        key, document = element.get("id", ""), _file_of(element)
        state = "" if target is None else target.get("state", "")
        is_approved = element.get("approved") == "yes"
    else:
        whole = unit.getunitelement()
        key = whole.get("id", "")
        document = whole.get("name", "")
        state, is_approved = element.get("state", "initial"), False
    known = State.read(state)
    if is_first and known is not State.FINAL and (is_approved or state == "translated"):
        known = State.REVIEWED  # in 1.2, a machine's is for review
    return Item(
        key,
        document,
        _text(source, kinds),
        "" if target is None else _text(target, {}),
        kinds,
        known,
        tuple(_notes(element if is_first else whole)),
        line,
    )


def _notes(element: Any) -> Iterator[str]:
    """Yield the notes of a unit, also those that a program has put into its segment."""
    for each in element.iter():
        if _name(each) == "note" and each.text:
            yield each.text


def _file_of(element: Any) -> str:
    for each in element.iterancestors():
        if _name(each) == "file":
            return str(each.get("original", ""))
    return ""


def _name(element: Any) -> str:
    tag = element.tag
    return str(tag).rpartition("}")[2] if isinstance(tag, str) else ""


def _text(element: Any, kinds: dict[int, str]) -> str:
    """Return what an element holds as tagged text; raises `ValueError`."""
    known: dict[int, str] = {}
    text = serialize(_pieces(element, kinds, known, 0))
    return TaggedText(text, known)


def _pieces(
    element: Any, kinds: dict[int, str], known: dict[int, str], depth: int
) -> list[Piece]:
    if depth > MAX_DEPTH:
        raise ValueError(f"more than {MAX_DEPTH} inline elements inside each other")
    pieces: list[Piece] = [element.text or ""]
    for each in element:
        name = _name(each)
        inside = _pieces(each, kinds, known, depth + 1) if name else []
        if name in _MARKERS:
            pieces += inside
        elif name in ("g", "pc"):
            pieces.append(Span(_number(each, kinds, known), tuple(inside)))
        elif name in ("x", "ph"):
            pieces.append(_number(each, kinds, known))
        elif name:
            raise ValueError(f"<{name}> is none of the tags that were exported")
        pieces.append(each.tail or "")
    return [piece for piece in pieces if piece != ""]


def _number(element: Any, kinds: dict[int, str], known: dict[int, str]) -> int:
    text = element.get("id", "")
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 10**6:
        raise ValueError(f"an inline element with the id {text[:40]!r}")
    kind = element.get("ctype", "").removeprefix("x-amts-")
    kind = kind or element.get("subType", "").removeprefix("amts:")
    kinds[int(text)] = "" if kind == "tag" else kind
    seen = element.get("equiv-text") or element.get("equiv")
    if seen:
        known[int(text)] = seen
    return int(text)
