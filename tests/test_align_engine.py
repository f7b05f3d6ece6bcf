"""Aligning with an engine's translations: what they tell, what they cost, the store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sphinx_amts.cli import main
from sphinx_amts.engines.base import Engine, Limits
from sphinx_amts.formats.tmx import load
from sphinx_amts.parallel_data.align import Aligner
from sphinx_amts.parallel_data.blocks import Block, Kind
from sphinx_amts.parallel_data.words import words_of

# Nothing in these texts speaks for the pairs but what the words mean: no word is
# written alike, and the translation has dropped the first two sentences.
SOURCE = "Oaks grow old. Ants dig holes. Dogs eat meat. Cats sleep long."
TARGET = "Perros comen carne. Gatos duermen mucho."
MADE = {
    "Oaks grow old.": "Los robles envejecen.",
    "Ants dig holes.": "Las hormigas cavan hoyos.",
    "Dogs eat meat.": "Los perros comen carne.",
    "Cats sleep long.": "Los gatos duermen mucho.",
}
PAIRS = {
    "Dogs eat meat.": "Perros comen carne.",
    "Cats sleep long.": "Gatos duermen mucho.",
}


class Knowing(Engine):
    """Knows its few sentences."""

    name = "knowing"
    limits = Limits(max_bytes=10_000, max_segments=100)
    tariff = "knowing"

    def __init__(self, seen: str = "") -> None:
        self._seen = Path(seen)

    def signature(self, pair):
        return "knowing:1"

    def translate(self, sources, pair):
        with self._seen.open("a", encoding="utf-8") as file:
            file.write(json.dumps(list(sources)) + "\n")
        return [
            " ".join(MADE[f"{each.rstrip('.')}."] for each in source.split(". "))
            for source in sources
        ]


@pytest.fixture
def book(write_book):
    made = write_book(
        {
            "conf.py": 'extensions = ["sphinx_amts"]\n'
            'amts_prices = {"knowing": 15.0}\n'
            'amts_engine_options = {"seen": r"SEEN"}\n',
            "index.rst": f"{SOURCE}\n",
        }
    )
    seen = made.source.parent / "seen.txt"
    conf = made.source / "conf.py"
    conf.write_text(conf.read_text().replace("SEEN", str(seen)), encoding="utf-8")
    people = made.source.parent / "people"
    people.mkdir()
    (people / "index.rst").write_text(f"{TARGET}\n", encoding="utf-8")
    return made


def align(book, *options):
    out = book.source.parent / "out.tmx"
    sides = [str(book.source), str(book.source.parent / "people")]
    languages = ["--source-language", "en", "--target-language", "es"]
    assert main(["align", *sides, *languages, "-o", str(out), *options]) == 0
    return {each.texts["en"]: each.texts["es"] for each in load(out)}


def test_what_an_engine_makes_tells_what_belongs_together():
    documents = [([Block(Kind.TEXT, SOURCE)], [Block(Kind.TEXT, TARGET)])]
    heard = {source: words_of(made)[0] for source, made in MADE.items()}

    def beads(**more):
        aligner = Aligner.learn(documents, **more)
        found = aligner.align(*documents[0]).beads
        return {(each.sources, each.targets) for each in found}

    assert beads(heard=heard) == {((0,), ()), ((1,), ()), ((2,), (0,)), ((3,), (1,))}
    assert beads() != beads(heard=heard)


def test_the_price_is_said_first_and_what_was_paid_for_is_kept(book, capsys):
    assert align(book, "--engine", "test_align_engine:Knowing") == PAIRS
    said = capsys.readouterr().err
    assert "1 segment, 62 characters in 1 request, $0.01" in said
    requests = (book.source.parent / "seen.txt").read_text(encoding="utf-8")
    assert align(book, "--engine", "test_align_engine:Knowing") == PAIRS
    assert (book.source.parent / "seen.txt").read_text(encoding="utf-8") == requests
    assert "to translate" not in capsys.readouterr().err


def test_an_engine_at_its_cap_is_not_asked(book, capsys):
    conf = book.source / "conf.py"
    conf.write_text(f"{conf.read_text()}amts_max_characters = 10\n", encoding="utf-8")
    align(book, "--engine", "test_align_engine:Knowing")
    assert "amts_max_characters" in capsys.readouterr().err
    assert not (book.source.parent / "seen.txt").exists()


def test_an_engine_of_jobs_is_refused(book, capsys):
    sides = [str(book.source), str(book.source.parent / "people")]
    words = ["align", *sides, "--source-language", "en", "--target-language", "es"]
    words += ["-o", str(book.source.parent / "o.tmx"), "--engine", "amazon-batch"]
    assert main(words) == 2
