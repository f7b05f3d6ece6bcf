"""Whether a target can take its source's place.

A target is accepted only by `check`: its tags are exactly the source's, each id once,
inside the same parent; it adds no angle bracket, no control character and nothing
unseen (`sphinx_amts.text.unseen`); its length is sane.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sphinx_amts.errors import TagError
from sphinx_amts.text.tagged import (
    Piece,
    TagPlace,
    collapse,
    has_words,
    parse,
    plain,
    serialize,
    spans,
    tag_places,
    unwrap,
)
from sphinx_amts.text.unseen import is_seen, unseen

MAX_GROWTH = 8
"""A target may have this many times its source's characters, and `GROWTH_SLACK` more.
Human pairs of technical prose stay under 4 in either direction."""
GROWTH_SLACK = 200  # characters; short labels may grow by more than `MAX_GROWTH` times

_OPENS_TAG = re.compile(r"<(?=[A-Za-z/!?])[^<>]*>?")
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]*|#[0-9]+|#[xX][0-9A-Fa-f]+);")
_SIGNS = frozenset("<>&\\$")
"""What has one of these may be a tag, an entity or a formula."""
_NO_TEXT = "no text"
_FORMULA = re.compile(r"\\[(\[]|\\begin\{|\$\$")  # to scripts that show formulas
# What XML 1.0 does not allow in a document (an e-book would not open), C1 controls and
# separators of lines too: who reads line by line would find one more.
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]"
)


def check(source: str, target: str, optional: Collection[int] = ()) -> str:
    """Return the target in its one written form, if it can take the source's place.

    Both are tagged texts. The inline tags in ``optional`` may be missing: people leave
    out an emphasis. Raises `TagError` with the reason otherwise.

    >>> check('see <x id="1"/>', ' <x id="1"/>  siehe ')
    '<x id="1"/> siehe'
    """
    if not isinstance(target, str):
        raise TagError(f"{type(target).__name__} in place of text")
    if len(target) > MAX_GROWTH * len(source) + GROWTH_SLACK:
        raise TagError(f"{len(target)} characters for {len(source)}")
    controls = () if target.isprintable() else _new(_CONTROL, source, target)
    for control in controls:
        raise TagError(f"control character U+{ord(control):04X}")
    if "<" not in source and ">" not in source and _SIGNS.isdisjoint(target):
        return _words_alone(source, collapse(target).strip(" "))
    source_pieces, target_pieces = parse(source), parse(target)
    if "<" in source or "<" in target:
        source_pieces = _with_same_tags(source_pieces, target_pieces, optional)
    _check_words(source_pieces, target_pieces)
    return serialize(target_pieces).strip(" ")


def _words_alone(source: str, target: str) -> str:
    """Return a target that has nothing to be read in: most of a book's are such."""
    if not target.isascii() and (reason := unseen(plain(parse(source)), target)):
        raise TagError(reason)
    if not is_seen(target) and has_words(plain(parse(source))):
        raise TagError(_NO_TEXT)
    return target


def _with_same_tags(
    source: tuple[Piece, ...], target: Sequence[Piece], optional: Collection[int]
) -> tuple[Piece, ...]:
    """Return the source without the optional tags that the target lacks.

    Raises `TagError` where their tags differ otherwise.
    """
    found = dict(tag_places(target))
    if optional:
        source = unwrap(source, set(optional) - found.keys())
    wanted = dict(tag_places(source))
    if wanted != found:
        raise TagError(_difference(wanted, found))
    return source


def _check_words(source: Sequence[Piece], target: Sequence[Piece]) -> None:
    """Refuse text that is none, or that some reader of it takes for something else."""
    source_text, target_text = plain(source), plain(target)
    _check_brackets(source_text, target_text)
    entities = _new(_ENTITY, source_text, target_text) if "&" in target_text else ()
    for entity in entities:
        raise TagError(f"{entity!r} that the source has not")
    if not target_text.isascii() and (reason := unseen(source_text, target_text)):
        raise TagError(reason)
    if has_words(source_text) and not is_seen(target_text):
        raise TagError(_NO_TEXT)
    filled = {span.id for span in spans(source) if is_seen(plain(span.children))}
    for span in spans(target):
        if span.id in filled and not is_seen(plain(span.children)):
            raise TagError(f"nothing left inside tag {span.id}")


def _new(pattern: re.Pattern[str], source: str, target: str) -> list[str]:
    """Return what of a target is of a pattern and not in the source, in order."""
    found = dict.fromkeys(pattern.findall(target))
    known = set(pattern.findall(source)) if found else set()
    return [each for each in found if each not in known]


def _difference(wanted: Mapping[int, TagPlace], found: Mapping[int, TagPlace]) -> str:
    lost = sorted(wanted.keys() - found.keys())
    new = sorted(found.keys() - wanted.keys())
    if lost or new:
        parts = [f"lost {lost}"] if lost else []
        parts += [f"new {new}"] if new else []
        return "tags differ: " + ", ".join(parts)
    moved = sorted(number for number in wanted if wanted[number] != found[number])
    if any(wanted[number][1] != found[number][1] for number in moved):
        return f"tags {moved} are of another kind"
    return f"tags {moved} are inside another tag"


def _has_formula(text: str) -> bool:
    return "\\" in text or "$$" in text


def _check_brackets(source: str, target: str) -> None:
    """Refuse what a theme that prints titles unescaped would take for an element.

    And what a script of a page would take for a formula.
    """
    signs = set(_FORMULA.findall(target)) if _has_formula(target) else ()
    for sign in signs:
        if target.count(sign) > source.count(sign):
            raise TagError(f"{sign!r} that the source has not")
    if "<" not in target and ">" not in target:
        return
    for bracket in "<>":
        if target.count(bracket) > source.count(bracket):
            raise TagError(f"a {bracket!r} that the source has not")
    allowed = Counter(_OPENS_TAG.findall(source))
    for opened in _OPENS_TAG.findall(target):
        if not allowed[opened]:
            raise TagError(f"{opened[:40]!r} that the source has not")
        allowed[opened] -= 1
