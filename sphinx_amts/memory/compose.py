"""A segment that people know in part: cut into sentences, and put together again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sphinx_amts.memory.normal import optional_tags
from sphinx_amts.memory.people import MAX_SENTENCES, Match, People
from sphinx_amts.memory.unit import Origin
from sphinx_amts.text.check import check
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.sentences import join_sentences, split_sentences
from sphinx_amts.text.tagged import (
    TaggedText,
    context_of,
    count_words,
    equivalents_of,
    give_ids,
    has_words,
    parse,
    plain,
    renumber,
    tag_ids,
)


@dataclass(frozen=True)
class Part:
    """One or more sentences of a segment, as a segment of its own."""

    segment: Segment  # its ids count from 1
    ids: tuple[int, ...]  # what its tags are in the whole: of tag 1, of tag 2, ...
    match: Match | None  # people's; `None` for a sentence that nobody knows

    def restore(self, target: str) -> str:
        """Write a target of the part with the ids of the whole."""
        return give_ids(target, dict(enumerate(self.ids, 1)))


def cut(segment: Segment, people: People, language: str) -> list[Part]:
    """Divide a segment into what people know of it and the sentences they do not.

    The longest match comes first: a unit of two sentences covers two. Empty where
    people know no part of the segment, or it is one sentence. ``language`` is the
    source's.
    """
    if not people.has_human or not people.by_sentence:
        return []
    sentences = split_sentences(segment.source)
    if len(sentences) < 2:
        return []
    whole = _Whole(segment)
    parts: list[Part] = []
    start = 0
    while start < len(sentences):
        ahead = sentences[start : start + MAX_SENTENCES]
        part, length = _longest(whole, ahead, people, language)
        parts.append(part)
        start += length
    is_known = any(
        part.match and part.match.origin.is_human and count_words(part.segment.source)
        for part in parts
    )
    return parts if is_known else []


def sentences_of(segment: Segment) -> list[Segment]:
    """Return the sentences of a segment of several, each a segment of its own."""
    sentences = split_sentences(segment.source)
    if len(sentences) < 2:
        return []
    whole = _Whole(segment)
    return [whole.part(sentence).segment for sentence in sentences]


def _longest(
    whole: _Whole, sentences: Sequence[str], people: People, language: str
) -> tuple[Part, int]:
    """Return the longest part that people know, or one sentence, and its length."""
    first = whole.part(sentences[0])
    for length in people.lengths_from(first.segment.source):
        if length > len(sentences):
            continue
        part = whole.part(join_sentences(sentences[:length], language))
        match = people.find(part.segment)
        if match is not None and match.origin.is_human:
            return replace(part, match=match), length
    return replace(first, match=people.find(first.segment) or _same(first)), 1


class _Whole:
    """A segment that is cut."""

    def __init__(self, segment: Segment) -> None:
        self._tags = {tag.id: tag for tag in segment.tags}
        self._known = equivalents_of(segment.source)

    def part(self, text: str) -> Part:
        """Return a text of the segment as a part of it."""
        ids = tag_ids(text)
        (source,) = renumber(text.strip())
        tags = (replace(self._tags[old], id=n) for n, old in enumerate(ids, 1))
        equivalents = {
            number: self._known[old]
            for number, old in enumerate(ids, 1)
            if old in self._known
        }
        made = TaggedText(source, equivalents, context_of(text))
        return Part(Segment(made, tuple(tags)), tuple(ids), None)


def _same(part: Part) -> Match | None:
    """Return the match for a sentence without words, such as a number or a formula."""
    if has_words(plain(parse(part.segment.source))):
        return None
    return Match(part.segment.source, Origin.HUMAN)


def put_together(
    segment: Segment, parts: Sequence[Part], matches: Sequence[Match], language: str
) -> Match:
    """Make a segment's match of those of its parts; ``language`` is the target's.

    Raises `TagError` where the targets together cannot take the source's place.
    """
    targets = [
        part.restore(match.target) for part, match in zip(parts, matches, strict=True)
    ]
    target = check(
        segment.source, join_sentences(targets, language), optional_tags(segment.tags)
    )
    is_human = all(match.origin.is_human for match in matches)
    return Match(target, Origin.HUMAN if is_human else Origin.MIXED)


def holds(whole: Match, parts: Sequence[Part]) -> bool:
    """Tell whether a target has all that people know of its parts."""
    return all(
        part.restore(part.match.target) in whole.target
        for part in parts
        if part.match is not None and part.match.origin.is_human
    )
