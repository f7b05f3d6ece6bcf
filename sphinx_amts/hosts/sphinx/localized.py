"""What one localized build of Sphinx works with, and where it is found."""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from docutils import nodes
from sphinx.config import Config

from sphinx_amts.book.book import Book
from sphinx_amts.book.purpose import Purpose, publishing
from sphinx_amts.hosts.sphinx.units import DoctreeUnit, find_units


@dataclass(frozen=True)
class Localized:
    """A book that Sphinx builds in another language."""

    book: Book
    interface: frozenset[str]
    """What Sphinx and extensions write of their own, in the target language."""
    thresholds: tuple[int, int, int]
    """After how many objects Python has searched for garbage before."""

    def units(
        self, document: nodes.document, done: Container[int] = frozenset()
    ) -> list[DoctreeUnit]:
        """Return the units of a document but those of nodes whose ``id()`` is done."""
        language = self.book.translator.pair.source
        return find_units(document, done, self.interface, language)


builds: WeakKeyDictionary[Config, Localized] = WeakKeyDictionary()
"""The build of each application, by its configuration; none in the source language."""

_purpose: ContextVar[Purpose | None] = ContextVar("purpose", default=None)


@contextmanager
def opening_for(purpose: Purpose) -> Iterator[None]:
    """Have applications that are made inside be for a purpose of their own."""
    token = _purpose.set(purpose)
    try:
        yield
    finally:
        _purpose.reset(token)


def purpose() -> Purpose:
    """Return what the application that is being made is for."""
    return _purpose.get() or publishing()
