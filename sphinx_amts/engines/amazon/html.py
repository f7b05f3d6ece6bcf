"""Tagged texts as one HTML text, and back, as Amazon Translate takes them.

Each text is a paragraph, each tag an element, each with an id of its own::

    <p id="a">Run <span translate="no" id="b">make all</span> <b id="c">now</b>.</p>

The service leaves what is in an element with ``translate="no"`` as it is and may move
it; so the words that readers see there are sent, and the engine sees the sentence. It
promises nothing about where elements come back. A text is whole if its own paragraph
came back with exactly its elements, each once and well nested, and with what was
protected unchanged. Whatever else came back is used for nothing.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from sphinx_amts.engines.contract import Untranslated
from sphinx_amts.text.tagged import byte_length, equivalents_of, escape

UNKNOWN = "X"
"""Stands where it is not known what readers see: something, and no word."""
MAX_EQUIVALENT = 60
"""Characters of a placeholder's equivalent that are sent; they are paid for, and more
does not tell the engine more about the sentence."""

_TAG = re.compile(r'<x id="(\d+)"/>|<g id="(\d+)">|</g>', re.ASCII)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_QUOTES = "\"'\u201c\u201d\u201e\u00ab\u00bb"
_LONGEST_ID = "aa"  # of 702: more elements than fit into the 10,000 bytes of a request
_LONGEST_ID_OF_ALL = "aaaa"  # of 475,254: more than fit into a document of a batch job


@dataclass(frozen=True)
class _Element:
    """What an id stands for."""

    text: int  # number of the text it belongs to
    name: str  # of the element
    tag: int = 0  # id in the tagged text; 0 for the paragraph
    protected: str = ""  # what a placeholder's element holds


@dataclass(frozen=True)
class Page:
    """Tagged texts as one HTML text."""

    html: str
    count: int  # of texts
    elements: Mapping[str, _Element]

    @classmethod
    def of(cls, sources: Sequence[str]) -> Page:
        """Write texts as HTML.

        >>> Page.of(['See <x id="1"/>.', "Done."]).html
        '<p id="a">See <span translate="no" id="b">X</span>.</p><p id="c">Done.</p>'
        """
        elements: dict[str, _Element] = {}

        def namer(number: int) -> Callable[[str, int, str], str]:
            def name(element: str, tag: int, protected: str) -> str:
                short = _id(len(elements))
                elements[short] = _Element(number, element, tag, protected)
                return short

            return name

        written = [_write(text, namer(number)) for number, text in enumerate(sources)]
        return cls("".join(written), len(sources), elements)

    @property
    def text(self) -> str:
        """What is sent."""
        return self.html

    def read(self, answer: str) -> list[str | Untranslated]:
        """Read a translation of `html`: one answer for each text, in their order.

        >>> page = Page.of(['See <x id="1"/>.', "Done."])
        >>> page.read('<p id="a">Ver <span translate="no" id="b">X</span>.</p>')[0]
        'Ver <x id="1"/>.'
        """
        reader = _Reader(self.elements)
        with contextlib.suppress(AssertionError):  # Python's, of a wrong declaration
            reader.feed(answer)
            reader.close()
        found, broken = reader.finish()
        return [
            Untranslated(broken[number], is_broken=True)
            if number in broken
            else found.get(number, Untranslated("it did not come back", is_broken=True))
            for number in range(self.count)
        ]


def size(source: str) -> int:
    """Return the bytes that a text adds to a `Page`, at the most."""
    return byte_length(_write(source, lambda element, tag, protected: _LONGEST_ID))


def characters_at_most(source: str) -> int:
    """Return the characters that a text adds to a `Page` of any length."""
    return len(_write(source, lambda element, tag, protected: _LONGEST_ID_OF_ALL))


def shown(equivalent: str) -> str:
    """Return what is sent of an equivalent: one line of a few words."""
    text = " ".join(_UNPRINTABLE.sub(" ", equivalent).split())
    if len(text) <= MAX_EQUIVALENT:
        return text
    return text[:MAX_EQUIVALENT].rstrip() + "\u2026"


def _id(number: int) -> str:
    """Return a short id: letters, as spreadsheets name columns.

    >>> _id(0), _id(25), _id(26), _id(701)
    ('a', 'z', 'aa', 'zz')
    """
    letters = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("a") + letter) + letters
    return letters


def _write(source: str, name: Callable[[str, int, str], str]) -> str:
    """Write one text; ``name`` gives each element its id."""
    known = equivalents_of(source)

    def element(match: re.Match[str]) -> str:
        placeholder, span = match.groups()
        if placeholder:
            protected = shown(known.get(int(placeholder), UNKNOWN))
            number = name("span", int(placeholder), protected)
            return f'<span translate="no" id="{number}">{escape(protected)}</span>'
        return f'<b id="{name("b", int(span), "")}">' if span else "</b>"

    paragraph = name("p", 0, "")
    return f'<p id="{paragraph}">{_TAG.sub(element, source)}</p>'


class _Reader(HTMLParser):
    """Collects the texts of a `Page`'s paragraphs, and what is wrong with them."""

    def __init__(self, elements: Mapping[str, _Element]) -> None:
        super().__init__()
        self._elements = elements
        self._seen: set[str] = set()
        self._found: dict[int, str] = {}
        self._broken: dict[int, str] = {}
        self._text = -1  # number of the text whose paragraph is open
        self._last = -1  # of the one before
        self._stray = False  # whether words stand between the last and the next
        self._stack: list[_Element] = []
        self._out: list[str] = []

    def finish(self) -> tuple[dict[int, str], dict[int, str]]:
        """Return texts by number, and the reasons against some of them."""
        if self._stack:
            self._break("cut off", self._text)
        return self._found, self._broken

    def _break(self, reason: str, *texts: int) -> None:
        for text in texts:
            if text >= 0:
                self._broken.setdefault(text, reason)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        # Attributes may come back with capitals and quotes; no id of ours has any.
        name = (dict(attrs).get("id") or "").strip(_QUOTES).lower()
        element = self._elements.get(name)
        if element is None or element.name != tag:
            self._break(f"<{tag}> is not of the source", self._text)
        elif name in self._seen:
            reason = f"{_called(element)} came back twice"
            self._break(reason, self._text, element.text)
        elif element.name == "p":
            self._seen.add(name)
            self._begin(element)
        else:
            self._seen.add(name)
            self._open(element)

    def _begin(self, element: _Element) -> None:
        if self._stack:
            self._break("it did not end", self._text)
        if self._stray:
            self._break("words before it", element.text)
        self._stray = False
        self._text, self._stack, self._out = element.text, [element], []

    def _open(self, element: _Element) -> None:
        if element.text != self._text:
            reason = f"{_called(element)} came back elsewhere"
            self._break(reason, self._text, element.text)
        if self._stack and self._stack[-1].name == "span":
            self._break(f"{_called(element)} came back in another", self._text)
        self._stack.append(element)
        # A placeholder's own words are collected, and compared when it ends.
        self._out.append(f'<g id="{element.tag}">' if element.name == "b" else "")

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if not self._stack:
            return
        if self._stack[-1].name != tag:
            self._break(f"</{tag}> where {self._stack[-1].name} is open", self._text)
            return
        element = self._stack.pop()
        if tag == "b":
            self._out.append("</g>")
        elif tag == "span":
            self._end_placeholder(element)
        else:
            self._found[self._text] = "".join(self._out)
            self._last, self._text = self._text, -1

    def _end_placeholder(self, element: _Element) -> None:
        if self._out[-1] != element.protected:
            self._break(f"{_called(element)} came back changed", self._text)
        self._out[-1] = f'<x id="{element.tag}"/>'

    def handle_data(self, data: str) -> None:
        """Take words."""
        if not self._stack:
            if data.strip():
                self._break("words after it", self._last)
                self._stray = True
        elif self._stack[-1].name == "span":
            self._out[-1] += data
        else:
            self._out.append(escape(data))

    def handle_comment(self, data: str) -> None:
        """Refuse a comment."""
        self._break("a comment that is not of the source", self._text)

    def handle_decl(self, decl: str) -> None:
        """Refuse a declaration."""
        self._break("a declaration that is not of the source", self._text)

    def handle_pi(self, data: str) -> None:
        """Refuse a processing instruction."""
        self.handle_decl(data)

    def unknown_decl(self, data: str) -> None:
        """Refuse a marked section."""
        self.handle_decl(data)


def _called(element: _Element) -> str:
    return f"tag {element.tag}" if element.tag else "it"
