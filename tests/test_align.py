"""The aligner, on books in languages that are made up word by word."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import pytest

from sphinx_amts.parallel_data import guide
from sphinx_amts.parallel_data.align import Aligner, Alignment
from sphinx_amts.parallel_data.blocks import Block, Kind
from sphinx_amts.parallel_data.guide import Anchor
from sphinx_amts.parallel_data.lexicon import Lexicon
from sphinx_amts.parallel_data.scoring import Scorer
from sphinx_amts.parallel_data.search import search
from sphinx_amts.parallel_data.words import sentences, words_of
from sphinx_amts.text.sentences import split_sentences

pytestmark = pytest.mark.newest

Book = list[list[list[int]]]  # paragraphs of sentences of words, each a number

CONSONANTS, VOWELS = "bdfgklmnprstv", "aeiou"


def book(paragraphs: int = 30, seed: int = 1) -> Book:
    """Make a book of words that are everywhere and words of a paragraph's matter.

    Every other sentence ends with a number, which is the same in all languages.
    """
    chance = random.Random(seed)

    def sentence(matter: list[int]) -> list[int]:
        words = range(chance.randint(6, 16))
        said = [chance.choice(matter if n % 2 else range(12)) for n in words]
        return [*said, -chance.randint(2, 999)] if chance.random() < 0.5 else said

    return [
        [
            sentence([chance.randint(12, 160) for _ in range(14)])
            for _ in range(chance.randint(1, 4))
        ]
        for _ in range(paragraphs)
    ]


def latin(word: int) -> str:
    """A word of a language with blanks."""
    if word < 0:
        return str(-word)
    letters = ""
    for _ in range(3):
        word, place = divmod(word * 7 + 3, 60)
        letters += CONSONANTS[place % 13] + VOWELS[place % 5]
        word += 11 * place
    return letters


def english(sentence: list[int]) -> str:
    return " ".join(latin(each) for each in sentence).capitalize() + "."


def spanish(sentence: list[int]) -> str:
    return (
        " ".join(
            latin(each * 3 + 1001 if each >= 0 else each) for each in sentence
        ).capitalize()
        + "."
    )


def chinese(sentence: list[int]) -> str:
    words = (
        chr(0x4E00 + 2 * each) + chr(0x6E01 + each) if each >= 0 else str(-each)
        for each in sentence
    )
    return "".join(words) + "。"


def blocks(content: Book, say: Callable[[list[int]], str], join: str) -> list[Block]:
    title = Block(Kind.TITLE, "Book" if join else "书", level=1)
    texts = (join.join(map(say, paragraph)) for paragraph in content)
    return [title, *(Block(Kind.TEXT, text) for text in texts)]


def links(found: Alignment) -> set[tuple[str, str]]:
    return {
        (found.sources[i].text, found.targets[j].text)
        for bead in found.beads
        for i in bead.sources
        for j in bead.targets
        if found.sources[i].kind is Kind.TEXT
    }


def wanted(content: Book, say: Callable[[list[int]], str]) -> set[tuple[str, str]]:
    return {(english(s), say(s)) for paragraph in content for s in paragraph}


def assert_right(found: Alignment, right: set[tuple[str, str]], share: float) -> None:
    """Assert that of both, what is wanted and what is found, this share agrees."""
    both = links(found) & right
    assert len(both) >= share * len(right)
    assert len(both) >= share * len(links(found))


TARGETS = pytest.mark.parametrize(
    ("say", "join"), [(spanish, " "), (chinese, "")], ids=["spaced", "unspaced"]
)


def align(source: Book, target: Book, say: Callable[..., str], join: str) -> Alignment:
    sides = blocks(source, english, " "), blocks(target, say, join)
    return Aligner.learn([sides]).align(*sides)


@TARGETS
def test_a_short_book(say, join):
    content = book()
    assert links(align(content, content, say, join)) == wanted(content, say)


@TARGETS
@pytest.mark.parametrize("side", [0, 1])
def test_what_one_side_lacks_drags_nothing_along(say, join, side):
    content = book()
    less = content[:10] + content[13:]
    sides = (less, content) if side == 0 else (content, less)
    assert_right(align(*sides, say, join), wanted(less, say), 0.95)


@TARGETS
def test_a_sentence_that_one_side_lacks(say, join):
    content = book()
    less = [p if len(p) < 3 else [p[0], *p[2:]] for p in content]
    assert_right(align(content, less, say, join), wanted(less, say), 0.92)


@TARGETS
def test_a_paragraph_that_has_moved(say, join):
    content = book()
    moved = [*content[:5], *content[6:20], content[5], *content[20:]]
    found = align(content, moved, say, join)
    rest = [paragraph for paragraph in content if paragraph is not content[5]]
    assert wanted(rest, say) <= links(found) <= wanted(content, say)
    assert any(bead.is_moved for bead in found.beads)


@TARGETS
@pytest.mark.parametrize("side", [0, 1])
def test_a_section_that_one_side_lacks(say, join, side):
    content = book(60)
    less = content[:20] + content[45:]
    sides = (less, content) if side == 0 else (content, less)
    assert_right(align(*sides, say, join), wanted(less, say), 0.99)


@TARGETS
def test_a_sentence_that_has_moved_hangs_on_no_neighbour(say, join):
    content = book(40, seed=3)
    place = next(n for n, p in enumerate(content) if n > 4 and len(p) > 2)
    moved = [[*p] for p in content]
    moved[place + 3].append(moved[place].pop(0))
    found = align(content, moved, say, join)
    assert links(found) == wanted(content, say)
    assert [bead.is_moved for bead in found.beads].count(True) == 1


@TARGETS
def test_a_sentence_made_a_list(say, join):
    content = book()
    whole = [word for paragraph in content[6:8] for s in paragraph for word in s][:32]
    parts = [[whole[n : n + 8]] for n in range(0, 32, 8)]
    source = [*content[:10], [whole], *content[10:]]
    target = [*content[:10], *parts, *content[10:]]
    found = align(source, target, say, join)
    (bead,) = (bead for bead in found.beads if len(bead.targets) == 4)
    assert [found.sources[i].text for i in bead.sources] == [english(whole)]


@TARGETS
def test_the_words_of_a_longer_book(say, join):
    short = without_numbers(book(6, seed=4))
    less = [p if len(p) < 2 else p[1:] for p in short]
    sides = blocks(short, english, " "), blocks(less, say, join)
    long = [s for p in without_numbers(book(160, seed=5)) for s in p]
    known = [(words_of(english(s))[0], words_of(say(s))[0]) for s in long]
    right = wanted(less, say)
    alone = links(Aligner.learn([sides]).align(*sides))
    assert len(alone & right) < 0.9 * len(right)
    assert_right(Aligner.learn([sides], known).align(*sides), right, 0.9)


def without_numbers(content: Book) -> Book:
    """Take out what is the same in all languages."""
    return [[[word for word in s if word >= 0] for s in p] for p in content]


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        ([], []),
        ([(0, 5, 3.0), (1, 1, 2.0), (2, 2, 2.0), (3, 6, 1.0)], [1, 2, 3]),
        ([(0, 5, 5.0), (1, 1, 2.0), (2, 2, 2.0), (3, 6, 1.0)], [0, 3]),
        ([(0, 0, 1.0), (0, 1, 2.0), (1, 1, 2.0)], [0, 1]),
        ([(0, 3, 1.0), (1, 3, 2.0), (1, 4, 1.5)], [0, 1]),
    ],
    ids=["none", "light", "heavy", "source", "target"],
)
def test_the_heaviest_chain_that_runs_forward(found, kept):
    chain = guide.chain([Anchor(*each) for each in found])
    assert [each.source for each in chain] == kept
    assert [each.target for each in chain] == sorted({each.target for each in chain})


@pytest.mark.parametrize(
    ("source", "target"), [(300, 300), (30, 900), (900, 30), (1, 900), (0, 9)]
)
def test_without_anchors_the_work_grows_with_the_length(source, target):
    sides = [
        sentences([Block(Kind.TEXT, word)] * n)
        for word, n in (("Tea.", source), ("茶。", target))
    ]
    scorer = Scorer(*sides, Lexicon.empty([], []), 1.0)
    rows = guide.rows(scorer)
    cells = sum(high - low + 1 for low, high in rows)
    assert cells <= 3 * guide.FAR * (source + target + 1)
    for (_, high), (low, _) in pairwise(rows):
        assert low <= high
    path = search(scorer, rows)
    assert [i for bead in path for i in bead.sources] == [*range(source)]
    assert [j for bead in path for j in bead.targets] == [*range(target)]


@TARGETS
def test_paragraphs_cut_otherwise(say, join):
    content = book()
    joined = [
        content[n] + content[n + 1] if n + 1 < len(content) else content[n]
        for n in range(0, len(content), 2)
    ]
    assert links(align(content, joined, say, join)) == wanted(content, say)


def test_two_sentences_made_one():
    content = book()
    found = align(
        content,
        content,
        lambda s: chinese(s) if len(s) < 12 else chinese(s[:6]) + chinese(s[6:]),
        "",
    )
    beads = [bead for bead in found.beads if len(bead.targets) == 2]
    long = sum(len(s) >= 12 for paragraph in content for s in paragraph)
    assert len(beads) >= 0.85 * long


def test_landmarks_hold_what_says_nothing():
    code = [Block(Kind.CODE, f"step_{n} = {n} + value") for n in range(4)]
    source = [
        Block(Kind.TEXT, "Run it."),
        code[0],
        Block(Kind.TEXT, "Run it."),
        code[3],
    ]
    target = [code[0], Block(Kind.TEXT, "请运行它。"), code[3]]
    found = Aligner.learn([(source, target)]).align(source, target)
    assert [(bead.sources, bead.targets) for bead in found.beads] == [
        ((0,), ()),
        ((2,), (1,)),
    ]


@pytest.mark.parametrize("source", [[], [Block(Kind.TEXT, "One.")]])
def test_nothing_to_align_with(source):
    found = Aligner.learn([(source, [])]).align(source, [])
    assert [bead.targets for bead in found.beads] == [()] * len(source)


def test_quality_tells_what_fits():
    content = book()
    sides = blocks(content, english, " "), blocks(content, chinese, "")
    aligner = Aligner.learn([sides])
    fits = aligner.align(*sides).beads[5]
    other = blocks(book(seed=2), chinese, "")[:2]
    odd = aligner.align(sides[0][:2], other)
    assert fits.quality > 0.95
    assert all(bead.quality < 0.5 for bead in odd.beads if bead.sources != (0,))


def test_sentences_of_these_tests_are_cut_as_they_were_made():
    for block in blocks(book(), chinese, "")[1:]:
        assert all(part.endswith("。") for part in split_sentences(block.text))
