"""An answer as it comes in, whole or in events, by OpenAI's protocol."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from sphinx_amts.files import read_json

EVENTS = "text/event-stream"
_DATA = b"data:"
_LAST = b"[DONE]"


class FormError(Exception):
    """What came in is not what the protocol has."""


class Draft:
    """The text of an answer, as far as it has come."""

    def __init__(self) -> None:
        self.reason: str | None = None  # why the model ended, once it has
        self.refuses = False
        self.length = 0  # characters of the text
        self._texts: list[str] = []
        self._began_s = time.monotonic()
        self._ended_s = self._began_s

    @property
    def text(self) -> str:
        """What has come so far."""
        return "".join(self._texts)

    @property
    def seconds(self) -> float:
        """How long the writing took; of a whole answer, also the time before it."""
        return self._ended_s - self._began_s

    def take_events(self, chunks: Iterable[bytes]) -> Iterator[None]:
        """Take in what comes, and give way after each piece; raises `FormError`."""
        for event in _events(chunks):
            if not self._texts:
                self._began_s = time.monotonic()  # before it, the model reads
            self._take_event(event)
            self._ended_s = time.monotonic()
            yield

    def _take_event(self, event: dict[str, Any] | None) -> None:
        if event is None:
            self.reason = self.reason or "stop"
            return
        if event.get("error"):
            raise FormError
        try:
            for choice in event.get("choices") or ():
                self._add(choice, choice.get("delta") or {})
        except (AttributeError, TypeError) as error:
            raise FormError from error

    def take_whole(self, data: bytes) -> None:
        """Take in a whole answer; raises `FormError`."""
        try:
            choice = _object(data)["choices"][0]
            self._add(choice, choice["message"])
        except (LookupError, TypeError, AttributeError) as error:
            raise FormError from error
        self.refuses = self.refuses or not self._texts
        self.reason = self.reason or "stop"
        self._ended_s = time.monotonic()

    def _add(self, choice: dict[str, Any], message: dict[str, Any]) -> None:
        text = message.get("content")
        if isinstance(text, str):
            self._texts.append(text)
            self.length += len(text)
        self.refuses = self.refuses or bool(message.get("refusal"))
        self.reason = choice.get("finish_reason") or self.reason


def _events(chunks: Iterable[bytes]) -> Iterator[dict[str, Any] | None]:
    """Yield the objects of an event stream, and None where it says that it ends."""
    for line in _lines(chunks):
        data = line.removeprefix(_DATA).strip()
        if not line.startswith(_DATA) or not data:
            continue  # a comment, to keep the connection; another field
        if data == _LAST:
            yield None
            return
        yield _object(data)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines that have come to their end."""
    begun: list[bytes] = []
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        begun.append(first)
        for line in others:
            yield b"".join(begun)
            begun = [line]


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = read_json(data)
    except ValueError as error:
        raise FormError from error
    if not isinstance(found, dict):
        raise FormError
    return found
