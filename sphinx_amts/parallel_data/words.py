"""What a sentence says, as far as it can be compared across languages.

A `Sentence` is the tagged text with its *words*: the set of things that may have a
counterpart in the other language. They are

* words between blanks, in lower case, without accents, cut to their first letters (a
  stem for any language that has endings);
* of scripts without blanks every two characters that stand together;
* numbers, without separators of thousands;
* what stands in the place of a placeholder (code, formulas, references), as one word.

Numbers, Latin words in Chinese text, and placeholders are the same on both sides.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sphinx_amts.parallel_data.blocks import Block, Kind
from sphinx_amts.text.sentences import split_sentences
from sphinx_amts.text.tagged import equivalents_of, parse, plain

STEM = 6  # letters of a word that count
MAX_CODE_WORDS = 200  # of a landmark; a longer one is known by its beginning

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3007\u3040-\u30ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(
    rf"(?P<run>[{UNSPACED}]+)|(?P<number>\d+(?:[.,]\d+)*)|(?P<word>[^\W\d_{UNSPACED}]+)"
)
_NOT_CODE = re.compile(r"#.*|//.*|\"[^\"\n]*\"|'[^'\n]*'")
_CODE_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Sentence:
    """A sentence or a landmark, as the aligner sees it."""

    kind: Kind
    text: str  # tagged text of prose; a landmark's own characters
    words: frozenset[str]
    length: int  # characters that are no blanks, of what readers see
    block: int  # the place of its block in the document
    is_last: bool  # of its block
    level: int = 0  # of a title

    @property
    def is_prose(self) -> bool:
        """Whether it is text for readers."""
        return self.kind.is_prose


def sentences(blocks: Sequence[Block], *, whole: bool = False) -> list[Sentence]:
    """Cut the blocks of a document into sentences; ``whole`` leaves them whole."""
    made = []
    for place, block in enumerate(blocks):
        if not block.kind.is_prose:
            words = _landmark(block)
            size = len(block.text)
            made.append(Sentence(block.kind, block.text, words, size, place, True))
            continue
        parts = [block.text] if whole else split_sentences(block.text)
        for number, part in enumerate(parts, 1):
            words, size = words_of(part)
            is_last = number == len(parts)
            made.append(
                Sentence(block.kind, part, words, size, place, is_last, block.level)
            )
    return made


def words_of(tagged: str) -> tuple[frozenset[str], int]:
    """Return the words of a tagged text, and its length in visible characters.

    >>> words_of("Learning rates: 1,000")
    (frozenset({...'1000'...}), 19)
    """
    text = plain(parse(tagged))
    length = len("".join(text.split()))
    words = set(_words(text))
    for value in equivalents_of(tagged).values():
        compact = "".join(value.split())
        length += len(compact)
        if compact:
            words.add("=" + compact.lower().replace("_", "-"))
    return frozenset(map(sys.intern, words)), length


def _words(text: str) -> list[str]:
    found = []
    for match in _WORD.finditer(text):
        if run := match["run"]:
            found += [run[i : i + 2] for i in range(max(1, len(run) - 1))]
        elif number := match["number"]:
            found.append(re.sub(r"[.,](?=\d{3}(?!\d))", "", number))
        else:
            found.append(_stem(match["word"]))
    return found


def _stem(word: str) -> str:
    if word.isascii():
        return word.lower()[:STEM]
    letters = unicodedata.normalize("NFKD", word.lower())
    return "".join(each for each in letters if not unicodedata.combining(each))[:STEM]


def _landmark(block: Block) -> frozenset[str]:
    """Return what tells a landmark from others, without what a translator touches."""
    if block.kind is Kind.CODE:
        found = _CODE_WORD.findall(_NOT_CODE.sub("", block.text))
        pairs = zip(["", *found], found, strict=False)
        words = {f"{one} {other}" for one, other in list(pairs)[:MAX_CODE_WORDS]}
    elif block.kind is Kind.MATH:
        words = set(re.findall(r"\\?\w+", block.text)[:MAX_CODE_WORDS])
    else:
        words = {block.text.rpartition("/")[2]}
    return frozenset(map(sys.intern, words))
