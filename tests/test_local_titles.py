"""Titles in capitals lose those of plain words before a local model gets them."""

from __future__ import annotations

import struct

import pytest

from sphinx_amts.engines.local.titles import lowered, vocabulary, word_of


def piece(text: str, score: float) -> bytes:
    """Write a piece as SentencePiece does: a message in a message."""
    own = text.encode()
    inner = b"\n" + bytes([len(own)]) + own + b"\x15" + struct.pack("<f", score)
    return b"\n" + bytes([len(inner)]) + inner


PIECES = {
    "\u2581base": -8.0, "\u2581Base": -10.0, "\u2581layout": -11.0,
    "\u2581Paris": -9.0, "\u2581paris": -12.0, "\u2581the": -3.0, "\u2581tree": -9.0,
}  # fmt: skip


@pytest.fixture
def is_word(tmp_path):
    path = tmp_path / "vocab.spm"
    path.write_bytes(b"".join(piece(*each) for each in PIECES.items()))
    assert vocabulary(path) == PIECES
    return word_of(vocabulary(path))


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("The Base Layout", "The base layout"),
        ("Base Layout of Paris", "Base layout of Paris"),  # more often a name
        ("The Layout of Flask", "The layout of Flask"),  # no word of the vocabulary
        ("A Flask Layout", "A Flask Layout"),  # what is in a row with a name
        ("A Layout (The Base)", "A layout (The Base)"),
        ('The "Base" Layout', 'The "Base" layout'),
        ('The <g id="1">Base</g> Tree', 'The <g id="1">base</g> tree'),
        ("API Base", "API base"),
        ("THE BASE", "THE BASE"),
    ],
)  # fmt: skip
def test_titles_are_as_sentences(is_word, source, wanted):
    assert lowered(source, is_word) == wanted


@pytest.mark.parametrize(
    "source",
    [
        "The Base Layout.",  # a sentence, or a name in one
        "Base of the tree Layout",
        "Layout",
        " ".join(["Base"] * 11),
        "",
    ],
)
def test_what_is_no_such_title_stays(is_word, source):
    assert lowered(source, is_word) == source


def test_a_file_that_is_no_vocabulary_tells_no_words(tmp_path):
    path = tmp_path / "vocab.spm"
    path.write_bytes(b"\n\x05\n\xff\n\x00\n\x09\n\x03abc\x15\x00")
    assert lowered("The Base Layout", word_of(vocabulary(path))) == "The Base Layout"
