r"""Tagged text and the markup that an author wrote, one into the other.

gettext knows a paragraph by its markup. `Markup.of` finds in such a message what stands
for each tag of the segment. With these pieces a target is written as markup and read
again; nothing else is taken for markup on the way back.

>>> from sphinx_amts.text.segment import InlineTag, Placeholder
>>> tags = (InlineTag(1, "emphasis"), Placeholder(2, "code"))
>>> segment = Segment('See <g id="1">this</g> in <x id="2"/>.', tags)
>>> markup = Markup.of("See *this* in ``make``.", segment, is_rst=True)
>>> markup.write('<x id="2"/>里的<g id="1">这个</g>。')
'``make``\\ 里的\\ *这个*。'
>>> markup.read(r'``make``\ 里的\ *这个*。')
'<x id="2"/>里的<g id="1">这个</g>。'
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sphinx_amts.errors import TagError
from sphinx_amts.memory.normal import normal_form, optional_tags
from sphinx_amts.text.check import check
from sphinx_amts.text.markup import may_be_markup
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import Piece, Span, collapse, parse, plain, serialize

_URL = r"(?:[^()\s]|\([^()\s]*\))*"
_CODE_ELEMENTS = ("code", "kbd", "math", "pre", "samp", "tt", "var")
_STANDALONE = (
    r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\([^)]*\)(?:\{[^}]*\})?",  # MyST: image, link
    r"\{[\w:+.-]+\}(`+).*?(?<!`)\1(?!`)",  # a role
    r"\[\^[^\]]+\]",  # a footnote
    r"\$\$?[^$]+\$\$?",  # a formula
    r"\{\{.*?\}\}",  # a substitution
    # HTML whose words are no prose
    *(rf"<{name}(?:\s[^<>]*)?>[^<>]*</{name}\s*>" for name in _CODE_ELEMENTS),
    r"<[^<>]+>",  # an address, or HTML
    r"(?::[\w:+.-]+:)`(?:\\.|[^`\\])+`",  # reStructuredText: a role
    r"``.+?``(?!`)",
    r"`[^`]+`(?:__?|:[\w:+.-]+:)?",
    r"\|[^|]+\|__?|\|[^|]+\|",  # a substitution
    r"\[[^\]]+\]_",  # a footnote, a citation
    r"_`[^`]+`",  # a target
    r"\w(?:[\w.+:-]*\w)?__?(?!\w)",  # a reference by one word
    r"(?:https?|mailto):[^\s<>]+",
)
_OPENS = (
    r"(?:\*\*|\*|__|_|\{-\} |\[[ xX]\] |\[|(?::[\w:+.-]+:)?`|\{[\w:+.-]+\}`+|~~"
    r"|<[A-Za-z][^<>]*>)"
)
_CLOSES = (
    rf"\]\({_URL}(?:\s+\"[^\"]*\")?\)",
    r"\]\[[^\]]*\]",
    r"\](?:\{[^}]*\})?",
    r"\s*<[^<>]+>`(?:__?)?",
    r"`+(?:__?)?",
    r"\*\*|\*|__|_|~~",
    r"</[A-Za-z][^<>]*>",
)
_FORMS = {
    "&": "&amp;|&",
    "<": r"\\?<|&lt;",
    ">": r"\\?>|&gt;",
    '"': r'\\?"|&quot;',
    **dict.fromkeys("\u2018\u2019", r"[\u2018\u2019']"),
    **dict.fromkeys("\u201c\u201d", r'[\u201c\u201d"]'),
    "\u2013": "\u2013|--",
    "\u2014": "\u2014|---",
    "\u2026": r"\u2026|\.\.\.",
}
"""Of one character, its forms in markup."""
_SIGNS = {True: "*`|", False: "*`$["}
"""What may begin markup, in reStructuredText and in Markdown."""
_ENTITY = re.compile(r"&#?\w+;")
_NULL = "\\ "  # parts two letters in reStructuredText, and is not seen


@dataclass(frozen=True)
class Markup:
    """What stands for each tag of a segment in the markup of its message."""

    segment: Segment
    is_rst: bool
    outer: tuple[str, str]  # around the whole text, such as ``*`` and ``*``
    pieces: Mapping[int, tuple[str, str]]
    """Id -> what opens and closes an inline tag; a placeholder has no second part."""
    named: Mapping[str, Span]
    """Links of reStructuredText by one word, such as ``word_``, as they are written."""

    @classmethod
    def of(cls, message: str, segment: Segment, *, is_rst: bool) -> Markup:
        """Find the pieces; raises `TagError` where they cannot be told apart."""
        kinds = {tag.id: tag.kind for tag in segment.tags}
        parsed = parse(segment.source)
        message = collapse(message).strip(" ")
        if parsed == (message,) and not may_be_markup(message):
            return cls(segment, is_rst, ("", ""), {}, {})
        patterns = _Pattern(kinds, message)
        pattern = patterns.of(parsed)
        colon = ":?" if is_rst else ""  # `::`, before a literal block, reads as `:`
        found = re.fullmatch(
            rf"(?P<before>{_OPENS}*?){pattern}(?P<after>{patterns.closes}*){colon}",
            message,
        )
        if found is None:
            raise TagError("its markup cannot be told from its words")
        groups = found.groupdict()
        pieces: dict[int, tuple[str, str]] = {}
        words: dict[int, Span] = {}
        for span in _spans(parsed):
            words[span.id] = span
        named: dict[str, Span] = {}
        for number in kinds:
            opens, closes = groups[f"a{number}"], groups.get(f"b{number}") or ""
            if number in words and not opens:
                raw = plain(words[number].children) + closes
                if set(closes) != {"_"} or words[number].children != (
                    raw[: -len(closes)],
                ):
                    raise TagError("its markup cannot be told from its words")
                named[raw] = words[number]
                opens, closes = "`", "`__" if closes == "__" else f" <{raw}>`_"
            pieces[number] = opens, closes
        outer = groups["before"], groups["after"]
        made = cls(segment, is_rst, outer, pieces, named)
        if normal_form(made.read(message)) != normal_form(segment.source):
            raise TagError("its markup cannot be read back")
        return made

    def write(self, target: str) -> str:
        """Write a target as markup; raises `TagError` if it would not be read back."""
        written = self.outer[0] + self._write(parse(target)) + self.outer[1]
        if self.read(written) != target:
            raise TagError("it cannot be written as markup")
        return written

    def _write(self, pieces: Sequence[Piece]) -> str:
        parts: list[tuple[str, bool]] = []  # and whether it is markup
        for piece in pieces:
            if isinstance(piece, str):
                parts.append((self._escape(piece), False))
            elif isinstance(piece, int):
                parts.append((self.pieces[piece][0], True))
            else:
                opens, closes = self.pieces[piece.id]
                parts.append((opens + self._write(piece.children) + closes, True))
        parts = [part for part in parts if part[0]]
        if not self.is_rst:
            return "".join(text for text, _is_markup in parts)
        return "".join(_spaced(parts))

    def _escape(self, text: str) -> str:
        if self.is_rst:
            text = re.sub(r"([\\*`|])", r"\\\1", text)
        else:
            text = re.sub(r"([\\*`$\[<{])|&(?=#?\w+;)", r"\\\g<0>", text)
        return re.sub(r"(?<=\w)_(?!\w)|(?<!\w)_(?=\w)", r"\\_", text)

    def read(self, written: str) -> str:
        """Read markup as a target; raises `TagError` where it has other markup."""
        before, after = self.outer
        written = collapse(written).strip(" ")
        if self.is_rst and written.endswith("::"):
            written = written[:-1]
        if len(written) < len(before + after) or not (
            written.startswith(before) and written.endswith(after)
        ):
            raise TagError(f"not between {before!r} and {after!r} as the source is")
        reader = _Reader(self, written[len(before) : len(written) - len(after)])
        segment = self.segment
        return check(segment.source, reader.read(), optional_tags(segment.tags))


def _spans(pieces: Sequence[Piece]) -> Iterator[Span]:
    for piece in pieces:
        if isinstance(piece, Span):
            yield piece
            yield from _spans(piece.children)


class _Pattern:
    """Writes the regular expression that finds the pieces of a message.

    It is used once, so it has only what the message may have.
    """

    def __init__(self, kinds: Mapping[int, str], message: str) -> None:
        self.kinds = kinds
        self.count = 0
        self.standalone = _one_of(_STANDALONE, message)
        self.closes = _one_of(_CLOSES, message)
        has_escapes = "\\" in message
        self.escape, self.null = (r"\\?", r"(?:\\ )?") if has_escapes else ("", "")

    def of(self, pieces: Sequence[Piece]) -> str:
        return "".join(map(self.one, pieces))

    def one(self, piece: Piece) -> str:
        if isinstance(piece, str):
            return f"{self.null}{''.join(map(self.character, piece))}{self.null}"
        if isinstance(piece, int):
            self.count += 1
            shape = self.standalone.replace("(`+)", f"(?P<q{self.count}>`+)")
            shape = shape.replace(r"\1", f"(?P=q{self.count})")
            rest = "|" if self.kinds[piece] == "mark" else ""  # it may be unseen
            return f"{self.null}(?P<a{piece}>{shape}+{rest}){self.null}"
        inner = self.of(piece.children)
        number = piece.id
        return (
            rf"{self.null}(?P<a{number}>{_OPENS}+|){inner}"
            rf"(?P<b{number}>{self.closes}+){self.null}"
        )

    def character(self, sign: str) -> str:
        if sign.isspace():
            return r"\s+"
        if sign in _FORMS:
            return f"(?:{_FORMS[sign]})"
        return self.escape + re.escape(sign)


def _one_of(shapes: Sequence[str], message: str) -> str:
    """Return a pattern for those of ``shapes`` that are in a message."""
    found = [shape for shape in shapes if re.search(shape, message)]
    return f"(?:{'|'.join(found)})" if found else "(?!)"


def _spaced(parts: Sequence[tuple[str, bool]]) -> Iterator[str]:
    """Yield parts with what reStructuredText needs between a letter and markup."""
    for number, (text, is_markup) in enumerate(parts):
        if number:
            before, was_markup = parts[number - 1]
            if (is_markup and not _may_precede(before[-1])) or (
                was_markup and not _may_follow(text[0])
            ):
                yield _NULL
        yield text


def _may_precede(sign: str) -> bool:
    kind = unicodedata.category(sign)
    return sign.isspace() or sign in "'\"([{<-/:" or kind in ("Ps", "Pi", "Pd", "Po")


def _may_follow(sign: str) -> bool:
    kind = unicodedata.category(sign)
    known = sign in "'\")]}>-/\\:.,;!?"
    return sign.isspace() or known or kind in ("Pe", "Pf", "Pd", "Po")


class _Reader:
    """Reads markup from left to right, by the pieces that the source has."""

    def __init__(self, markup: Markup, text: str) -> None:
        self.markup = markup
        self.text = text
        self.place = 0
        spans = {
            tag_id: pair
            for tag_id, pair in markup.pieces.items()
            if pair[1]  # only inline tags close
        }
        self.spans = dict(sorted(spans.items()))
        self.alone = {
            number: first
            for number, (first, last) in sorted(markup.pieces.items())
            if not last and first
        }
        self.attached = [
            number for number, pair in markup.pieces.items() if pair == ("", "")
        ]
        self.named = dict(markup.named)
        self.strange: Counter[str] = Counter()
        raws = {raw for pair in markup.pieces.values() for raw in pair} | {*self.named}
        self.watched = {raw[0] for raw in raws if raw}.union(
            "\\", "&", _SIGNS[markup.is_rst]
        )
        """Characters that may not be words."""

    def read(self) -> str:
        """Return the tagged text."""
        pieces = list(self._until(""))
        if self.place < len(self.text):
            raise TagError(f"{self.text[self.place : self.place + 20]!r} opens nothing")
        tagged = serialize(self._attach(pieces))
        own = Counter(plain(parse(self.markup.segment.source)))
        for sign, count in self.strange.items():
            if count > own[sign]:
                raise TagError(f"{sign!r} is markup that the source has not")
        return tagged

    def _until(self, closes: str) -> Iterator[Piece]:
        words: list[str] = []
        while self.place < len(self.text):
            if self.text[self.place] not in self.watched:
                words.append(self.text[self.place])
                self.place += 1
                continue
            if closes and self.text.startswith(closes, self.place):
                break
            if self.text[self.place] == "\\" and self.place + 1 < len(self.text):
                escaped = self.text[self.place + 1]
                words.append("" if escaped == " " and self.markup.is_rst else escaped)
                self.place += 2
                continue
            piece = self._tag()
            if piece is None:
                words.append(self._word())
                continue
            yield "".join(words)
            words = []
            yield piece
        yield "".join(words)

    def _word(self) -> str:
        """Take one character, or one that Markdown writes as an entity."""
        if not self.markup.is_rst:
            entity = _ENTITY.match(self.text, self.place)
            if entity:
                self.place = entity.end()
                return html.unescape(entity[0])
        sign = self.text[self.place]
        if sign in _SIGNS[self.markup.is_rst]:
            self.strange[sign] += 1
        self.place += 1
        return sign

    def _tag(self) -> Piece | None:
        """Take the tag that is next, if any: the longest of the source's pieces."""
        here = [
            (-len(raw), number)
            for number, raw in self.alone.items()
            if self.text.startswith(raw, self.place)
        ]
        opening = [
            (-len(opens), self._end(opens, closes), number)
            for number, (opens, closes) in self.spans.items()
            if self.text.startswith(opens, self.place) and self._end(opens, closes) >= 0
        ]
        if here and (not opening or min(here)[0] <= min(opening)[0]):
            number = min(here)[1]
            self.place += len(self.alone.pop(number))
            return number
        if not opening:
            return self._named()
        number = min(opening)[2]
        opens, closes = self.spans.pop(number)
        self.place += len(opens)
        children = tuple(piece for piece in self._until(closes) if piece != "")
        if not self.text.startswith(closes, self.place):
            raise TagError(f"{opens!r} is not closed by {closes!r}")
        self.place += len(closes)
        return Span(number, children)

    def _named(self) -> Span | None:
        for raw, span in self.named.items():
            if span.id in self.spans and self.text.startswith(raw, self.place):
                del self.spans[span.id]
                self.place += len(raw)
                return span
        return None

    def _end(self, opens: str, closes: str) -> int:
        return self.text.find(closes, self.place + len(opens) + 1)

    def _attach(self, pieces: Sequence[Piece]) -> list[Piece]:
        """Put back, behind the tags before them, placeholders that have no markup."""
        pieces = [piece for piece in pieces if piece != ""]
        for number in sorted(self.attached):
            place = next(
                (
                    place
                    for place, piece in enumerate(pieces, 1)
                    if (piece.id if isinstance(piece, Span) else piece) == number - 1
                ),
                0,
            )
            pieces = [*pieces[:place], number, *pieces[place:]]
        return list(pieces)
