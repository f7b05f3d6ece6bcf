"""What an engine makes of a book's sentences: evidence for aligning what people wrote.

Blocks are asked for as a build asks for paragraphs, through the same store: what a
build has paid for costs nothing here, and the other way round. A block whose
translation has as many sentences as it has itself tells of each; of any other block,
each sentence gets all words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.parallel_data.lexicon import Words
from sphinx_amts.parallel_data.scoring import NO_WORDS
from sphinx_amts.parallel_data.words import words_of
from sphinx_amts.text.segment import InlineTag, Placeholder, Segment
from sphinx_amts.text.sentences import split_sentences
from sphinx_amts.text.tagged import has_words, parse, plain, tag_places
from sphinx_amts.translation.translator import Translating


def segments(blocks: Iterable[Block]) -> dict[str, Segment]:
    """Return the texts of blocks as segments, by these texts."""
    return {
        block.text: _segment(block)
        for block in blocks
        if block.kind.is_prose and has_words(plain(parse(block.text)))
    }


def _segment(block: Block) -> Segment:
    tags = tuple(
        InlineTag(number, kind) if is_span else Placeholder(number, kind)
        for number, (_, is_span) in sorted(tag_places(parse(block.text)))
        if (kind := block.tags.get(number, "text"))
    )
    return Segment(block.text, tags)


def missing(translator: Translating, wanted: Mapping[str, Segment]) -> list[Segment]:
    """Return what the engine has to be asked for."""
    return translator.to_send(translator.known.look_all(wanted.values()).values())


def heard(translator: Translating, wanted: Mapping[str, Segment]) -> dict[str, Words]:
    """Return the words of what there is now, by the sentences of the sources."""
    found: dict[str, Words] = {}
    for text, segment in wanted.items():
        match = translator.known.find(segment)
        if match is not None and match.target:
            for sentence, words in _by_sentence(text, match.target):
                found[sentence] = found.get(sentence, NO_WORDS) | words
    return found


def _by_sentence(source: str, target: str) -> Iterator[tuple[str, Words]]:
    sentences = split_sentences(source)
    made: Sequence[str] = split_sentences(target)
    if len(made) != len(sentences):
        made = [target] * len(sentences)
    for sentence, each in zip(sentences, made, strict=True):
        yield sentence, words_of(each)[0]
