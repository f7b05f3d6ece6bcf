"""What a language model answers, read into texts by number.

The form that was asked for is one object with a text for each number. Models also
write its neighbours: the request's own form, a list, an object for each text, a word
before, a fence around. All of them say which text is whose, so they count. What does
not say it, or says it twice, counts for nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

Texts = dict[int, str]
"""Texts by number, from 1."""

_OPENS = re.compile(r"[{\[]")
MAX_TRIES = 40  # brackets in an answer where a value may begin
MAX_DEPTH = 4  # of objects around the texts
_WRAPPERS = ("translations", "translation", "segments", "texts", "answer", "result")
"""Members that hold all texts, the likelier first: answers may repeat the request."""
_NUMBERS = ("number", "id", "index", "segment", "key", "n")
_TEXTS = ("translation", "target", "text", "value", "content")
"""Members of an object for one text, the likelier first: its source may be there."""
_NUMBER = re.compile(r"\s*([0-9]{1,6})\s*", re.ASCII)
_BEGIN = re.compile(r'\{(?=\s*"[0-9]{1,6}"\s*:)')
_PAIR = re.compile(
    r'\s*"([0-9]{1,6})"\s*:\s*("(?:[^"\\]|\\.)*")\s*(?:,|\}|$)', re.DOTALL
)


class Found(NamedTuple):
    """The texts of an answer."""

    texts: Texts
    is_whole: bool  # it came to its end; else more numbers were to come


class _TwiceError(ValueError):
    """Two texts for one number."""


def read_answer(answer: str, count: int) -> Found:
    """Return the texts of an answer to ``count`` numbers; raises `ValueError`.

    Numbers may lack, but one too many may mean that they have shifted.

    >>> read_answer('Sure: {"1": "uno", "2": "dos"}', 2)
    Found(texts={1: 'uno', 2: 'dos'}, is_whole=True)
    >>> read_answer('{"segments": {"1": "uno", "2": "do', 2)
    Found(texts={1: 'uno'}, is_whole=False)
    """
    text = _without_thoughts(answer)
    texts: Texts = {}
    for value in _values(text):
        _put(texts, _texts(value, count) or {})
    is_whole = bool(texts)
    texts = texts or _begun(text)
    if not texts:
        raise ValueError("the answer is not in the form that was asked for")
    if not all(1 <= number <= count for number in texts):
        raise ValueError("the answer has numbers that were not asked for")
    return Found(texts, is_whole)


def _without_thoughts(answer: str) -> str:
    before, _, rest = answer.partition("<think>")
    _, ends, after = rest.partition("</think>")
    return before + after if ends else answer


def _values(text: str) -> Iterator[Any]:
    """Yield the objects and lists that stand in a text."""
    decoder = json.JSONDecoder(strict=False, object_pairs_hook=_object)
    place = 0
    for _ in range(MAX_TRIES):
        found = _OPENS.search(text, place)
        if found is None:
            return
        try:
            value, place = decoder.raw_decode(text, found.start())
        except (json.JSONDecodeError, RecursionError):
            place = found.end()
        else:
            yield value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise _TwiceError("the answer has a number twice")
    return values


def _put(texts: Texts, more: Texts) -> None:
    for number, text in more.items():
        if texts.setdefault(number, text) != text:
            raise _TwiceError("the answer has a number twice")


def _texts(value: Any, count: int, depth: int = 0) -> Texts | None:
    """Return the texts of a value; None where it has none that belong to numbers."""
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, list):
        return _listed(value, count, depth)
    if not isinstance(value, dict):
        return None
    numbered = {
        int(match[1]): each
        for key, each in value.items()
        if (match := _NUMBER.fullmatch(key))
    }
    if numbered:
        return {n: text for n, each in numbered.items() if (text := _text(each))}
    if found := _one(value):
        return found
    for name in (*_WRAPPERS, *(value if len(value) == 1 else ())):
        if found := _texts(value.get(name), count, depth + 1):
            return found
    text = _text(value)
    return {1: text} if text and count == 1 else None


def _listed(values: list[Any], count: int, depth: int) -> Texts | None:
    """Read a list: objects with numbers, or as many texts as were asked for."""
    texts: Texts = {}
    for value in values:
        if isinstance(value, dict):
            _put(texts, _texts(value, 0, depth + 1) or {})
    if texts:
        return texts
    found = [_text(value) for value in values]
    if len(found) == count and all(found):
        return {n: text for n, text in enumerate(found, 1) if text}
    return None


def _one(value: dict[str, Any]) -> Texts | None:
    """Read an object that has one text and its number."""
    text = _text(value)
    for name in _NUMBERS:
        number = _NUMBER.fullmatch(str(value.get(name, "")))
        if text and number:
            return {int(number[1]): text}
    return None


def _text(value: Any) -> str | None:
    if isinstance(value, dict):
        value = next((value[name] for name in _TEXTS if name in value), None)
    return value if isinstance(value, str) else None


def _begun(text: str) -> Texts:
    """Read an object that does not come to its end, as far as its texts do."""
    texts: Texts = {}
    begin = _BEGIN.search(text)
    place = begin.end() if begin else len(text)
    while pair := _PAIR.match(text, place):
        place = pair.end()
        try:
            _put(texts, {int(pair[1]): str(json.loads(pair[2], strict=False))})
        except json.JSONDecodeError:
            break
    return texts
