"""The words of pairs that people have already, for an aligner that is to know them.

A short book is too little to learn its words from. The memory of a long one, or its
parallel data, has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from sphinx_amts.formats.tables import load_units
from sphinx_amts.formats.tmx import Entry
from sphinx_amts.parallel_data.lexicon import Words
from sphinx_amts.parallel_data.words import words_of
from sphinx_amts.text.languages import LanguagePair, matches

MAX_LENGTH = 2000
"""Characters of a text: a longer one is no sentence, and says little of each word."""


def read_known(
    paths: Iterable[Path], pair: LanguagePair
) -> Iterator[tuple[Words, Words]]:
    """Yield the words of `read_pairs`."""
    for source, target in read_pairs(paths, pair):
        yield words_of(source)[0], words_of(target)[0]


def read_pairs(paths: Iterable[Path], pair: LanguagePair) -> Iterator[tuple[str, str]]:
    """Yield both sides of each unit of TMX, CSV or TSV files, as tagged texts.

    Units that lack one of the languages are passed over. Raises `FileError`.
    """
    for path in paths:
        for entry in load_units(path):
            source, target = both_texts(entry, pair)
            if source and target and max(len(source), len(target)) <= MAX_LENGTH:
                yield source, target


def both_texts(entry: Entry, pair: LanguagePair) -> tuple[str, str]:
    """Return the texts of a unit in both languages; empty where it has none."""
    source, target = (
        next((text for tag, text in entry.texts.items() if matches(tag, wanted)), "")
        for wanted in (pair.source, pair.target)
    )
    return source, target
