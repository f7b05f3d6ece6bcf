"""Tagged text, the only form in which text travels.

Plain characters with three kinds of marks:

* ``<x id="1"/>``: a placeholder, stands for what must not change (code, math, ...);
* ``<g id="2">...</g>``: an inline tag, spans words that may be translated;
* ``&amp;``, ``&lt;``, ``&gt;`` for the three characters that the marks need.

Ids count from 1 in the source's order, placeholders and inline tags together. There are
at most `MAX_TAGS`, and at most `MAX_DEPTH` inline tags inside each other: whoever makes
tagged text keeps to that, and `parse` takes nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sphinx_amts.errors import TagError

MAX_TAGS = 99_999  # of one text: ids of five digits; a long paragraph has some dozens
AT_HAND = 1024  # texts that are kept parsed: a page's are read several times
MAX_DEPTH = 50  # inline tags inside each other; in a book there are two or three
TAG = re.compile(r'<x id="([1-9]\d{0,4})"/>|<g id="([1-9]\d{0,4})">|(</g>)', re.ASCII)
_BLANKS = "\n\t\r\f\v"  # beside the space
_SPACES = re.compile("  +")
_WIDE = (  # signs of Chinese and Japanese, with their punctuation
    "\u3000-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
    "\U00020000-\U0003ffff"
)
_LINE_END = re.compile(f"(?<=[{_WIDE}])[ \t\r]*\n[ \t\r\n]*(?=[{_WIDE}])")


@dataclass(frozen=True)
class Context:
    """What stands around a text in its document, as readers see it; no tagged text."""

    heading: str = ""  # the nearest one above
    before: str = ""  # the text that stands before it


_NO_CONTEXT = Context()


class TaggedText(str):
    """Tagged text that knows what readers see in the place of its placeholders.

    It equals the same text as a plain `str`, which may stand wherever it may. An engine
    that can hide words from translation sends the sentence as it reads; one that reads
    what it translates is told the context. Neither is part of any key.

    >>> TaggedText('Run <x id="1"/>.', {1: "make"}).equivalents
    {1: 'make'}
    """

    equivalents: Mapping[int, str]
    """Plain characters by the placeholder's id. Empty where readers see no text; where
    nothing is known of a placeholder, its id is missing."""
    context: Context
    """Of the first place that a text was found in; empty where it is not known."""

    def __new__(
        cls,
        text: str,
        equivalents: Mapping[int, str] | None = None,
        context: Context = _NO_CONTEXT,
    ) -> TaggedText:
        """Make one from tagged text; without more, nothing is known."""
        made = super().__new__(cls, text)
        made.equivalents = dict(equivalents or {})
        made.context = context
        return made


def equivalents_of(tagged: str) -> Mapping[int, str]:
    """Return what is known of a text's placeholders: nothing of a plain `str`'s."""
    return tagged.equivalents if isinstance(tagged, TaggedText) else {}


def context_of(tagged: str) -> Context:
    """Return what is known of a text's surroundings: nothing of a plain `str`'s."""
    return tagged.context if isinstance(tagged, TaggedText) else _NO_CONTEXT


def put_into(tagged: str, context: Context) -> TaggedText:
    """Return a text with what stands around it.

    >>> put_into("It is lit.", Context("Lamps", "There is a lamp.")).context.heading
    'Lamps'
    """
    return TaggedText(tagged, equivalents_of(tagged), context)


def byte_length(text: str) -> int:
    """Return the length in UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


def escape(text: str) -> str:
    """Write plain characters as tagged text.

    >>> escape("a < b & c")
    'a &lt; b &amp; c'
    """
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def unescape(text: str) -> str:
    """Read tagged text without tags as plain characters; the inverse of `escape`."""
    if "&" in text:
        return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text


def collapse(text: str) -> str:
    r"""Make every run of blanks one space; no-break spaces stay as they are.

    Where a line ends between two signs of Chinese or Japanese, there is none.

    >>> collapse("a\n b"), ascii(collapse("\u4e00\n  \u4e8c\nc"))
    ('a b', "'\\u4e00\\u4e8c c'")
    """
    if "\n" in text and not text.isascii():
        text = _LINE_END.sub("", text)
    # Much faster than a pattern, which would stop at every space between words.
    for blank in _BLANKS:
        if blank in text:
            text = text.replace(blank, " ")
    return _SPACES.sub(" ", text) if "  " in text else text


@dataclass(frozen=True)
class Span:
    """An inline tag of a parsed tagged text with what it holds."""

    id: int
    children: tuple[Piece, ...]


Piece = str | int | Span
"""One piece of a parsed tagged text: plain characters, a placeholder's id, a span."""


@lru_cache(maxsize=AT_HAND)
def parse(tagged: str) -> tuple[Piece, ...]:
    """Read tagged text into pieces, white space collapsed.

    Raises `TagError` where a tag is not one of ours, is not closed, or an id repeats,
    and where they are nested too deeply.

    >>> parse('see <g id="1">the <x id="2"/></g>')
    ('see ', Span(id=1, children=('the ', 2)))
    """
    if _is_plain(tagged):
        return (unescape(collapse(tagged)),) if tagged else ()
    stack: list[tuple[int, list[Piece]]] = [(0, [])]
    seen: set[int] = set()

    def take(number: str) -> int:
        if int(number) in seen:
            raise TagError(f"tag {number} occurs twice")
        seen.add(int(number))
        return int(number)

    def put(text: str) -> None:
        if "<" in text or ">" in text:
            raise TagError("an angle bracket that is no tag of the source")
        if text:
            stack[-1][1].append(unescape(collapse(text)))

    end = 0
    for match in TAG.finditer(tagged):
        put(tagged[end : match.start()])
        end = match.end()
        placeholder, opening, closing = match.groups()
        if placeholder:
            stack[-1][1].append(take(placeholder))
        elif opening:
            if len(stack) > MAX_DEPTH:
                raise TagError(f"more than {MAX_DEPTH} tags inside each other")
            stack.append((take(opening), []))
        elif len(stack) == 1:
            raise TagError(f"{closing} closes nothing")
        else:
            number, children = stack.pop()
            stack[-1][1].append(Span(number, tuple(children)))
    put(tagged[end:])
    if len(stack) > 1:
        raise TagError(f"tag {stack[-1][0]} is not closed")
    return tuple(stack[0][1])


def serialize(pieces: Sequence[Piece]) -> str:
    """Write pieces as tagged text; the inverse of `parse`."""
    out = []
    for piece in pieces:
        if isinstance(piece, str):
            out.append(escape(piece))
        elif isinstance(piece, int):
            out.append(f'<x id="{piece}"/>')
        else:
            out.append(f'<g id="{piece.id}">{serialize(piece.children)}</g>')
    return "".join(out)


def renumber(source: str, *others: str) -> list[str]:
    """Give the tags the ids of their order in ``source``, in all texts alike.

    For texts from elsewhere, whose ids may count from any number.

    >>> renumber('<x id="7"/> or <x id="3"/>', '<x id="3"/> ni <x id="7"/>')
    ['<x id="1"/> or <x id="2"/>', '<x id="2"/> ni <x id="1"/>']
    """
    texts = (source, *others)
    if all(map(_is_plain, texts)):
        return [escape(unescape(collapse(text))) for text in texts]
    parsed = [parse(text) for text in texts]
    numbers: dict[int, int] = {}
    for pieces in parsed:
        for old, _place in tag_places(pieces):
            numbers.setdefault(old, len(numbers) + 1)
    return [serialize(_renumbered(pieces, numbers)) for pieces in parsed]


def _is_plain(text: str) -> bool:
    return "<" not in text and ">" not in text


def give_ids(tagged: str, numbers: Mapping[int, int]) -> str:
    """Give the tags other ids, all that are there.

    >>> give_ids('<x id="1"/> or <x id="2"/>', {1: 4, 2: 3})
    '<x id="4"/> or <x id="3"/>'
    """
    return serialize(_renumbered(parse(tagged), numbers))


def _renumbered(pieces: Sequence[Piece], numbers: Mapping[int, int]) -> list[Piece]:
    return [
        numbers[piece]
        if isinstance(piece, int)
        else Span(numbers[piece.id], tuple(_renumbered(piece.children, numbers)))
        if isinstance(piece, Span)
        else piece
        for piece in pieces
    ]


def plain(pieces: Sequence[Piece]) -> str:
    """Return only the characters between the tags.

    >>> plain(parse('see <g id="1">the <x id="2"/></g>'))
    'see the '
    """
    return "".join(
        piece
        if isinstance(piece, str)
        else plain(piece.children)
        if isinstance(piece, Span)
        else ""
        for piece in pieces
    )


def readable(pieces: Sequence[Piece], equivalents: Mapping[int, str]) -> str:
    """Return the text as readers see it, as far as ``equivalents`` tell.

    >>> readable(parse('see <g id="1">the <x id="2"/></g>'), {2: "guide"})
    'see the guide'
    """
    return "".join(
        piece
        if isinstance(piece, str)
        else readable(piece.children, equivalents)
        if isinstance(piece, Span)
        else equivalents.get(piece, "")
        for piece in pieces
    )


def reads(tagged: str) -> str:
    """Return a tagged text as readers see it, as far as that is known.

    >>> reads(TaggedText('Run <x id="1"/> &amp; wait.', {1: "make"}))
    'Run make & wait.'
    """
    return readable(parse(tagged), equivalents_of(tagged))


def unwrap(pieces: Sequence[Piece], ids: Collection[int]) -> tuple[Piece, ...]:
    """Take inline tags away and keep what is in them.

    >>> serialize(unwrap(parse('<g id="1">a <x id="2"/></g>'), {1}))
    'a <x id="2"/>'
    """
    kept: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Span):
            children = unwrap(piece.children, ids)
            kept += children if piece.id in ids else [Span(piece.id, children)]
        else:
            kept.append(piece)
    return tuple(kept)


def tag_ids(tagged: str) -> list[int]:
    """Return the ids of a text's tags in their order; raises `TagError`.

    >>> tag_ids('<g id="2">a <x id="1"/></g>')
    [2, 1]
    """
    if _is_plain(tagged):
        return []
    return [number for number, _place in tag_places(parse(tagged))]


_WORD = (  # compiled when first used: that takes long
    "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"  # written without spaces: one sign
    "|(?:(?![\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])[^\\W_])+"
    "(?:['\u2019-][^\\W_]+)*"
)


def count_words(tagged: str) -> int:
    """Return how many words there are to translate; a Chinese character is one.

    >>> count_words('It is <x id="1"/>, is it?'), count_words("你好 world")
    (4, 3)
    """
    return len(re.findall(_WORD, plain(parse(tagged))))


def has_words(text: str) -> bool:
    """Tell whether there is anything to translate: a letter of any script."""
    return any(map(str.isalpha, text))


TagPlace = tuple[int, bool]
"""Where a tag is: the tag around it (0: none), and whether it spans words itself."""


def tag_places(
    pieces: Sequence[Piece], parent: int = 0
) -> Iterator[tuple[int, TagPlace]]:
    """Yield the tags of parsed text in order, each by its id and its place."""
    for piece in pieces:
        if isinstance(piece, int):
            yield piece, (parent, False)
        elif isinstance(piece, Span):
            yield piece.id, (parent, True)
            yield from tag_places(piece.children, piece.id)


def spans(pieces: Sequence[Piece]) -> Iterator[Span]:
    """Yield the spans of parsed text in order, each before those inside it."""
    for piece in pieces:
        if isinstance(piece, Span):
            yield piece
            yield from spans(piece.children)
