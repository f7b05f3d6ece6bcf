"""The segment: the text that is sent to an engine as one, and its check on return.

A segment travels as *tagged text*, plain characters with three kinds of marks:

* ``<x id="1"/>``: a placeholder, stands for what must not change (code, math, ...);
* ``<g id="2">...</g>``: an inline tag, spans words that may be translated;
* ``&amp;``, ``&lt;``, ``&gt;`` for the three characters that the marks need.

Ids count from 1 in the source's order, placeholders and inline tags together. A target
is accepted only by `check`: its tags are exactly the source's, each id once, inside the
same parent; it adds no angle bracket and no control character; its length is sane.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256

from sphinx_amts.errors import TagError

MAX_GROWTH = 8
"""A target may have this many times its source's characters, and `GROWTH_SLACK` more.
Human pairs of technical prose stay under 4 in either direction."""
GROWTH_SLACK = 200  # characters; short labels may grow by more than `MAX_GROWTH` times

_TAG = re.compile(r'<x id="([1-9]\d{0,5})"/>|<g id="([1-9]\d{0,5})">|(</g>)', re.ASCII)
_BLANKS = "\n\t\r\f\v"  # beside the space
_SPACES = re.compile("  +")
_OPENS_TAG = re.compile(r"<(?=[A-Za-z/!?])[^<>]*>?")
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]*|#[0-9]+|#[xX][0-9A-Fa-f]+);")
# What XML 1.0 does not allow in a document (an e-book would not open), C1 controls too.
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
)


class State(str, Enum):
    """How far the translation of a segment is (XLIFF)."""

    INITIAL = "initial"
    TRANSLATED = "translated"
    REVIEWED = "reviewed"
    FINAL = "final"


@dataclass(frozen=True)
class Placeholder:
    """Stands for content that is taken over as it is."""

    id: int
    kind: str  # code, math, reference, image ...: a word of lower-case letters


@dataclass(frozen=True)
class InlineTag:
    """Spans words that are translated with the sentence around them."""

    id: int
    kind: str  # emphasis, strong, reference ...


class TaggedText(str):
    """Tagged text that knows what readers see in the place of its placeholders.

    It equals the same text as a plain `str`, which may stand wherever it may. An engine
    that can hide words from translation sends the sentence as it reads.

    >>> TaggedText('Run <x id="1"/>.', {1: "make"}).equivalents
    {1: 'make'}
    """

    equivalents: Mapping[int, str]
    """Plain characters by the placeholder's id. Empty where readers see no text; where
    nothing is known of a placeholder, its id is missing."""

    def __new__(
        cls, text: str, equivalents: Mapping[int, str] | None = None
    ) -> TaggedText:
        """Make one from tagged text; without equivalents, nothing is known."""
        made = super().__new__(cls, text)
        made.equivalents = dict(equivalents or {})
        return made


def equivalents_of(tagged: str) -> Mapping[int, str]:
    """Return what is known of a text's placeholders: nothing of a plain `str`'s."""
    return tagged.equivalents if isinstance(tagged, TaggedText) else {}


def byte_length(text: str) -> int:
    """Return the length in UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True)
class Segment:
    """A source as tagged text, with what its tags stand for, in the order of ids."""

    source: str  # a `TaggedText` where it is to be translated
    tags: tuple[Placeholder | InlineTag, ...] = ()
    key: str = field(init=False, compare=False)
    """Identity of the content: a hash of the tagged text, then the kinds of the tags.
    It knows no place: moving or copying a text does not change it."""

    def __post_init__(self) -> None:
        kinds = ",".join(tag.kind for tag in self.tags)
        object.__setattr__(self, "key", f"{text_key(self.source)}:{kinds}")


def text_key(source: str) -> str:
    """Return the identity of a tagged text without regard to kinds: 24 hex digits."""
    return sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:24]


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
    """Make every run of blanks one space; no-break spaces stay as they are."""
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


def parse(tagged: str) -> tuple[Piece, ...]:
    """Read tagged text into pieces, white space collapsed.

    Raises `TagError` where a tag is not one of ours, is not closed, or an id repeats.

    >>> parse('see <g id="1">the <x id="2"/></g>')
    ('see ', Span(id=1, children=('the ', 2)))
    """
    if "<" not in tagged and ">" not in tagged:
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
    for match in _TAG.finditer(tagged):
        put(tagged[end : match.start()])
        end = match.end()
        placeholder, opening, closing = match.groups()
        if placeholder:
            stack[-1][1].append(take(placeholder))
        elif opening:
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
    parsed = [parse(text) for text in (source, *others)]
    numbers: dict[int, int] = {}
    for pieces in parsed:
        for old, _place in _places(pieces):
            numbers.setdefault(old, len(numbers) + 1)
    return [serialize(_renumbered(pieces, numbers)) for pieces in parsed]


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
    return [number for number, _place in _places(parse(tagged))]


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


Place = tuple[int, bool]
"""Where a tag is: the tag around it (0: none), and whether it spans words itself."""


def _places(pieces: Sequence[Piece], parent: int = 0) -> Iterator[tuple[int, Place]]:
    for piece in pieces:
        if isinstance(piece, int):
            yield piece, (parent, False)
        elif isinstance(piece, Span):
            yield piece.id, (parent, True)
            yield from _places(piece.children, piece.id)


def _spans(pieces: Sequence[Piece]) -> Iterator[Span]:
    for piece in pieces:
        if isinstance(piece, Span):
            yield piece
            yield from _spans(piece.children)


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
    for control in _CONTROL.findall(target):
        if control not in source:
            raise TagError(f"control character U+{ord(control):04X}")
    source_pieces, target_pieces = parse(source), parse(target)
    found = dict(_places(target_pieces))
    if optional:
        source_pieces = unwrap(source_pieces, set(optional) - found.keys())
    wanted = dict(_places(source_pieces))
    if wanted != found:
        raise TagError(_difference(wanted, found))
    source_text, target_text = plain(source_pieces), plain(target_pieces)
    _check_brackets(source_text, target_text)
    for entity in _ENTITY.findall(target_text):
        if entity not in source_text:
            raise TagError(f"{entity!r} that the source has not")
    if has_words(source_text) and not target_text.strip():
        raise TagError("no text")
    filled = {span.id for span in _spans(source_pieces) if plain(span.children).strip()}
    for span in _spans(target_pieces):
        if span.id in filled and not plain(span.children).strip():
            raise TagError(f"nothing left inside tag {span.id}")
    return serialize(target_pieces).strip(" ")


def _difference(wanted: Mapping[int, Place], found: Mapping[int, Place]) -> str:
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


def _check_brackets(source: str, target: str) -> None:
    """Refuse what a theme that prints titles unescaped would take for an element."""
    if "<" not in target and ">" not in target:
        return
    for bracket in "<>":
        if target.count(bracket) > source.count(bracket):
            raise TagError(f"a {bracket!r} that the source has not")
    allowed = _OPENS_TAG.findall(source)
    for opened in _OPENS_TAG.findall(target):
        if opened not in allowed:
            raise TagError(f"{opened[:40]!r} that the source has not")
        allowed.remove(opened)


@dataclass(frozen=True)
class Hollow:
    """A tagged text whose inline tags have been emptied into texts of their own.

    ``outer`` has a placeholder where each span was; ``inner`` maps the span's id to its
    content, hollow in turn.
    """

    outer: TaggedText
    inner: Mapping[int, Hollow]

    def sources(self) -> Iterator[str]:
        """Yield every text in it that has words, outermost first."""
        if has_words(plain(parse(self.outer))):
            yield self.outer
        for hollow in self.inner.values():
            yield from hollow.sources()

    def fill(self, targets: Mapping[str, str]) -> str:
        """Put the targets of `sources` together into one tagged text."""
        pieces = parse(targets.get(self.outer, self.outer))
        return "".join(
            f'<g id="{piece}">{self.inner[piece].fill(targets)}</g>'
            if isinstance(piece, int) and piece in self.inner
            else serialize((piece,))
            for piece in pieces
        )


def hollow(source: str) -> Hollow:
    """Take each inline tag's words out of the sentence around it.

    The way to a translation for a text whose inline tags an engine does not keep.

    >>> taken = hollow('see <g id="1">the guide</g> now')
    >>> list(taken.sources())
    ['see <x id="1"/> now', 'the guide']

    What readers see in the place of a placeholder stays known; in that of a span, it is
    the span's words.

    >>> taken.outer.equivalents
    {1: 'the guide'}
    """
    return _hollow(parse(source), equivalents_of(source))


def _hollow(pieces: Sequence[Piece], known: Mapping[int, str]) -> Hollow:
    outer: list[Piece] = []
    inner: dict[int, Hollow] = {}
    equivalents: dict[int, str] = {}
    for piece in pieces:
        if isinstance(piece, Span):
            inner[piece.id] = _hollow(piece.children, known)
            equivalents[piece.id] = readable(piece.children, known)
            piece = piece.id
        elif isinstance(piece, int) and piece in known:
            equivalents[piece] = known[piece]
        outer.append(piece)
    return Hollow(TaggedText(serialize(outer), equivalents), inner)


_STOP = re.compile(
    r"""
    [.!?\u2026\u061f\u0964]+ (?:["'\u2019\u201d\u00bb)\]]|</g>)* [ ]+
    | [\u3002\uff01\uff1f\uff61]+
    """,
    re.VERBOSE,
)
"""Where a sentence may end: a stop with what closes, a blank; or a full-width stop."""
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|resp|ca|viz|al|approx|Figs?|figs?|Tabs?|Eqs?|Eqns?"
    r"|Secs?|Sect|Chap|Ch|Thm|Def|Refs?|Vol|No|Nos|pp|p|Dr|Mr|Mrs|Ms|Prof|St)"
    r"|\b[A-Z]|^[0-9]{1,3})\.[)\]\"'\u2019\u201d]*[ ]*$"
)
_SENTENCE_START = re.compile(
    r"""(?:["'\u2018\u201c\u00ab\u00bf\u00a1(\[]|<g\ id="\d+">|&lt;)*"""
    r"""(?:(?P<placeholder><x)|(?P<first>\w))"""
)
_OPENS = "([\uff08\u3010\u300c\u300e\u300a\u201c\u00ab"
_CLOSES = ")]\uff09\u3011\u300d\u300f\u300b\u201d\u00bb"
_ENCLOSED = re.compile(f"[{re.escape(_OPENS + _CLOSES)}]")
_FULL_WIDTH_CLOSES = re.compile("[\u2019\u201d\uff09\u300d\u300f\u3011]+")
_QUOTE = re.compile(r'(?<![\w=])"[^"<>]{1,300}"(?!\w)')
MAX_ENCLOSED = 300
"""Characters between brackets or quotes that stay one sentence whatever stops are in
them. What is longer is a passage, or a bracket that is never closed."""


def split_sentences(tagged: str) -> list[str]:
    r"""Cut tagged text at sentence borders outside inline tags, brackets and quotes.

    Joining the parts with a space (nothing after a full-width stop) gives the text.

    >>> split_sentences("See e.g. Fig. 1 (or not. No?). It is <x id=\"1\"/>. Done.")
    ['See e.g. Fig. 1 (or not. No?).', 'It is <x id="1"/>.', 'Done.']
    """
    known = equivalents_of(tagged)
    parts: list[str] = []
    start = 0
    enclosed: list[tuple[int, int]] | None = None
    for match in _STOP.finditer(tagged):
        if enclosed is None:
            enclosed = _enclosed(tagged)
        end = _border(tagged, start, match, enclosed)
        if end:
            parts.append(tagged[start:end].rstrip(" "))
            start = end + len(tagged[end:]) - len(tagged[end:].lstrip(" "))
    parts.append(tagged[start:])
    return [_part(part, known) if known else part for part in parts if part.strip()]


def _border(
    text: str, start: int, stop: re.Match[str], enclosed: Sequence[tuple[int, int]]
) -> int:
    """Return where the sentence from ``start`` on ends by a stop; 0: it goes on."""
    end = stop.end()
    is_full_width = stop[0][-1] != " "
    around = [each for each in enclosed if each[0] < stop.start() < each[1]]
    if is_full_width:
        closing = _FULL_WIDTH_CLOSES.match(text, end)
        end = closing.end() if closing else end
        while text.startswith("</g>", end):
            end += len("</g>")
    for first, last in around:
        if last >= end or (is_full_width and _is_aside(text[first:end], first > start)):
            return 0
    head = text[start:end]
    if end >= len(text) or head.count("<g ") != head.count("</g>"):
        return 0
    if is_full_width:
        return end
    if _ABBREVIATION.search(head):
        return 0
    following = _SENTENCE_START.match(text, end)
    if not following:
        return 0
    return 0 if (following["first"] or "").islower() else end


def _is_aside(text: str, is_inside: bool) -> bool:
    """Tell whether a sentence goes on behind what is enclosed and ends with a stop.

    Quoted speech ends a sentence by its full stop, a bracket only where it began it.
    """
    return is_inside if text[0] == "\uff08" else "\u3002" not in text[-3:]


def _enclosed(text: str) -> list[tuple[int, int]]:
    """Return the places of brackets and quotes that belong together."""
    found = [(match.start(), match.end() - 1) for match in _QUOTE.finditer(text)]
    opened: list[int] = []
    for match in _ENCLOSED.finditer(text):
        if match[0] in _OPENS:
            opened.append(match.start())
            continue
        partner = _OPENS[_CLOSES.index(match[0])]
        while opened:
            place = opened.pop()
            if text[place] == partner:
                if match.start() - place <= MAX_ENCLOSED:
                    found.append((place, match.start()))
                break
    return found


def _part(text: str, known: Mapping[int, str]) -> TaggedText:
    """Give a part of a text what the whole knows of the part's placeholders."""
    numbers = [int(match[1]) for match in _TAG.finditer(text) if match[1]]
    return TaggedText(text, {each: known[each] for each in numbers if each in known})


UNSPACED = {"zh", "ja", "th", "lo", "km", "my"}  # scripts without spaces between words
_LATIN_END = re.compile(r"""[.!?]["')\]]*(?:</g>)*$""")


def join_sentences(parts: Sequence[str], language: str) -> str:
    """Put translated sentences of a BCP 47 language together; see `split_sentences`.

    >>> join_sentences(["好。", "See above.", "再见。"], "zh")
    '好。See above. 再见。'
    """
    unspaced = language.partition("-")[0] in UNSPACED
    joined = ""
    for part in filter(None, map(str.strip, parts)):
        if joined and not (unspaced and not _LATIN_END.search(joined)):
            joined += " "
        joined += part
    return joined
