"""reStructuredText read by docutils, in time that is proportional to its length.

docutils looks for the end of each markup in all of its paragraph, and, where a target
is there twice, again at all that is in the document.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Parser, states
from docutils.utils import new_reporter

MAX_INLINE = 4000
"""Characters of a paragraph that are read together. Hardly a paragraph has more; where
one has, an inline markup across the border is taken for words."""


def cut_long(text: str) -> Iterator[str]:
    """Yield the parts of a paragraph that are read together; mostly, it is one.

    >>> list(map(len, cut_long("tea " * 1500)))
    [4000, 2000]
    """
    start = 0
    while len(text) - start > MAX_INLINE:
        end = start + MAX_INLINE
        border = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
        end = border + 1 if border > start else end
        if text[end - 1] == "\x00" or text[end - 2 : end] == "\x00 ":
            end -= 1  # docutils' sign that the next character is escaped
        yield text[start:end]
        start = end
    yield text[start:]


class _Inliner:
    """Has docutils read the inline markup of long paragraphs part by part.

    docutils' own is no base: it takes patterns from what its very class has.
    """

    def __init__(self) -> None:
        self._own = states.Inliner()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def parse(self, text: str, lineno: int, memo: Any, parent: Any) -> Any:
        """Return nodes, and messages about them."""
        found: list[nodes.Node] = []
        messages: list[nodes.system_message] = []
        for part in cut_long(text):
            more, told = self._own.parse(part, lineno, memo, parent)
            found += more
            messages += told
        return found, messages


class BareRstParser(Parser):
    """Reads reStructuredText."""

    def __init__(self) -> None:
        inliner: Any = _Inliner()
        super().__init__(inliner=inliner)


class BareDocument(nodes.document):
    """A document whose targets leave no message at their places."""

    def note_explicit_target(self, target: Any, msgnode: Any = None) -> None:
        """Note a target."""
        super().note_explicit_target(target)

    def note_implicit_target(self, target: Any, msgnode: Any = None) -> None:
        """Note a target."""
        super().note_implicit_target(target)


def new_document(source: str, settings: Any) -> BareDocument:
    """Return an empty document; ``source`` is named in what is said of it."""
    made = BareDocument(settings, new_reporter(source, settings), source=source)
    made.note_source(source, -1)
    return made
