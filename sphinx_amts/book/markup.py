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

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sphinx_amts.book.markup_reader import Reader
from sphinx_amts.book.pieces import AFTER, BEFORE, find
from sphinx_amts.book.plain_text import (
    LINE_ENDS,
    begin,
    binds,
    end,
    join_myst,
    write_text,
)
from sphinx_amts.book.unseen_tags import UnseenTags
from sphinx_amts.errors import TagError
from sphinx_amts.memory.normal import normal_form, optional_tags
from sphinx_amts.text.check import check
from sphinx_amts.text.markup import may_be_markup
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import Piece, Span, collapse, parse, plain, serialize

_NULL = "\\ "  # parts two letters in reStructuredText, and is not seen


@dataclass(frozen=True)
class Markup:
    """What stands for each tag of a segment in the markup of its message."""

    segment: Segment
    is_rst: bool
    outer: tuple[str, str]  # around the whole text, such as ``*`` and ``*``
    pieces: Mapping[int, tuple[str, str]]
    """Id -> what opens and closes an inline tag; a placeholder has no second part."""
    named: Mapping[str, Sequence[Span]]
    """Links of reStructuredText by one word, such as ``word_``, as they are written."""
    whole: Mapping[int, Span] = field(default_factory=dict)
    """Inline tags whose words are made elsewhere, by their ids: ``:issue:`12```."""

    @classmethod
    def of(cls, message: str, segment: Segment, *, is_rst: bool) -> Markup:
        """Find the pieces; raises `TagError` where they cannot be told apart."""
        kinds = {tag.id: tag.kind for tag in segment.tags}
        parsed = parse(segment.source)
        message = collapse(message).strip(" ")
        if parsed == (message,) and not may_be_markup(message):
            return cls(segment, is_rst, ("", ""), {}, {})
        groups = find(message, parsed, kinds, is_rst=is_rst)
        if groups is None:
            raise TagError("its markup cannot be told from its words")
        words = {span.id: span for span in _spans(parsed)}
        pieces: dict[int, tuple[str, str]] = {}
        named: dict[str, list[Span]] = {}
        whole: dict[int, Span] = {}
        for number in kinds:
            opens, closes = groups[f"a{number}"], groups.get(f"b{number}") or ""
            if number in words and not opens:
                raw = _named(words[number], closes)
                named.setdefault(raw, []).append(words[number])
                opens, closes = "`", "`__" if closes == "__" else f" <{raw}>`_"
            elif number in words and not closes:
                whole[number] = words[number]
            pieces[number] = opens, closes
        outer = groups[BEFORE], groups[AFTER]
        made = cls(segment, is_rst, outer, pieces, named, whole)
        if normal_form(made.read(message)) != normal_form(segment.source):
            raise TagError("its markup cannot be read back")
        return made

    def write(self, target: str) -> str:
        """Write a target as markup; raises `TagError` if it would not be read back."""
        if LINE_ENDS.intersection(target):
            raise TagError("a line end")
        pieces, is_rst = parse(target), self.is_rst
        known = plain(parse(self.segment.source))
        written = self._write(pieces, known)
        if pieces and isinstance(pieces[0], str) and not self.outer[0]:
            written = begin(written, is_rst=is_rst)
        written = end(self.outer[0] + written + self.outer[1], is_rst=is_rst)
        if self.read(written) != self._readable(target):
            raise TagError("it cannot be written as markup")
        return written

    def _readable(self, target: str) -> str:
        """Return a target as it can be read again.

        Words that are made elsewhere are the source's, and what has no markup stands
        where the source has it.
        """
        unseen = [number for number, raws in self.pieces.items() if not any(raws)]
        if self.whole:
            target = serialize(list(_with_words(parse(target), self.whole)))
        return UnseenTags(self.segment.source, unseen).put(target)

    def _write(
        self, pieces: Sequence[Piece], known: str, *, is_inside: bool = False
    ) -> str:
        parts: list[tuple[str, bool]] = []  # and whether it is markup
        for piece in pieces:
            if isinstance(piece, str):
                text = write_text(
                    piece, is_rst=self.is_rst, known=known, is_inside=is_inside
                )
                parts.append((text, False))
            elif isinstance(piece, int) or piece.id in self.whole:
                number = piece if isinstance(piece, int) else piece.id
                parts.append((self.pieces[number][0], True))
            else:
                opens, closes = self.pieces[piece.id]
                is_link = is_inside or opens.endswith("`" if self.is_rst else "[")
                inner = self._write(piece.children, known, is_inside=is_link)
                parts.append((opens + inner + closes, True))
        parts = [part for part in parts if part[0]]
        return "".join(_spaced(parts)) if self.is_rst else join_myst(parts)

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
        reader = Reader(self, written[len(before) : len(written) - len(after)])
        segment = self.segment
        return check(segment.source, reader.read(), optional_tags(segment.tags))


def _spans(pieces: Sequence[Piece]) -> Iterator[Span]:
    for piece in pieces:
        if isinstance(piece, Span):
            yield piece
            yield from _spans(piece.children)


def _named(span: Span, closes: str) -> str:
    """Return a link by one word as it is written; raises `TagError` if it is none."""
    raw = plain(span.children) + closes
    if set(closes) != {"_"} or span.children != (raw[: -len(closes)],):
        raise TagError("its markup cannot be told from its words")
    return raw


def _with_words(pieces: Sequence[Piece], whole: Mapping[int, Span]) -> Iterator[Piece]:
    """Yield pieces, of some spans with the words that they had."""
    for piece in pieces:
        if isinstance(piece, Span):
            inner = tuple(_with_words(piece.children, whole))
            yield whole.get(piece.id) or Span(piece.id, inner)
        else:
            yield piece


def _spaced(parts: Sequence[tuple[str, bool]]) -> Iterator[str]:
    """Yield parts with what reStructuredText needs between a letter and markup."""
    for number, (text, is_markup) in enumerate(parts):
        if number:
            before, was_markup = parts[number - 1]
            if (
                (is_markup and not _may_precede(before[-1]))
                or (was_markup and not _may_follow(text[0]))
                or binds(before, text)
            ):
                yield _NULL
        yield text


def _may_precede(sign: str) -> bool:
    if sign.isascii():
        return sign.isspace() or sign in "'\"([{<-/:"
    return sign.isspace() or unicodedata.category(sign) in ("Ps", "Pi", "Pd", "Po")


def _may_follow(sign: str) -> bool:
    if sign.isascii():
        return sign.isspace() or sign in "'\")]}>-/\\:.,;!?"
    return sign.isspace() or unicodedata.category(sign) in ("Pe", "Pf", "Pd", "Po")
