"""Pairs, and the files that they are written to."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from sphinx_amts.engines.amazon.languages import file_codes
from sphinx_amts.errors import FileError
from sphinx_amts.formats.tables import load_units
from sphinx_amts.parallel_data.align import Alignment
from sphinx_amts.parallel_data.blocks import Block, Kind
from sphinx_amts.parallel_data.pair_file import PairFile
from sphinx_amts.parallel_data.pairs import MAX_BYTES, Pair, Texts, paired_blocks
from sphinx_amts.parallel_data.search import Bead
from sphinx_amts.parallel_data.words import sentences
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.tagged import TaggedText, byte_length

pytestmark = pytest.mark.newest

PAIR = LanguagePair.of("en", "zh")


def text(tagged: str, tags: dict[int, str], seen: dict[int, str]) -> Block:
    return Block(Kind.TEXT, TaggedText(tagged, seen), tags)


def test_tags_of_the_target_get_the_ids_of_the_source():
    source = text(
        'Run <x id="1"/> or <x id="2"/>, <g id="3">now</g>.',
        {1: "code", 2: "code", 3: "strong"},
        {1: "make", 2: "tox"},
    )
    target = text(
        '<g id="1">现在</g>运行<x id="2"/>或<x id="3"/>。',
        {1: "emphasis", 2: "code", 3: "code"},
        {2: "tox", 3: "make"},
    )
    made = paired_blocks(source, target, PAIR, "a", 3)
    assert made.target == '<g id="3">现在</g>运行<x id="2"/>或<x id="1"/>。'
    assert made.kinds == {1: "code", 2: "code", 3: "strong"}
    assert made.target.equivalents == {1: "make", 2: "tox"}


def test_tags_that_the_source_has_not_become_words():
    source = text("Run it.", {}, {})
    target = text('运行<x id="1"/>，<g id="2">快</g>。', {1: "code"}, {1: "a<b"})
    made = paired_blocks(source, target, PAIR, "", 0)
    assert made.target == "运行a&lt;b，快。"


def test_a_renamed_reference_is_the_same_reference():
    source = text('See <x id="1"/>.', {1: "reference"}, {1: "tea-water"})
    target = text('见<x id="1"/>。', {1: "reference"}, {1: "tea-boiling"})
    assert paired_blocks(source, target, PAIR, "", 0).target == '见<x id="1"/>。'


def test_line_breaks_leave_no_blanks_between_chinese_characters():
    made = paired_blocks(
        text("Pour it.", {}, {}), text("倒水， 然后 wait 等。", {}, {}), PAIR, "", 0
    )
    assert made.target == "倒水，然后 wait 等。"


def aligned(source: list[Block], target: list[Block], beads: list[Bead]) -> Alignment:
    return Alignment(sentences(source), sentences(target), beads)


def test_a_sentence_starts_its_ids_anew():
    source = [text('A <x id="1"/>. See <x id="2"/>.', {2: "code"}, {1: "a", 2: "b"})]
    target = [text('啊<x id="1"/>。看<x id="2"/>。', {2: "code"}, {1: "a", 2: "b"})]
    beads = [Bead((0,), (0,), 1.0), Bead((1,), (1,), 1.0)]
    made = [*Texts("a", source, target, PAIR).sentences(aligned(source, target, beads))]
    assert [(each.source, each.target) for each in made] == [
        ('A <x id="1"/>.', '啊<x id="1"/>。'),
        ('See <x id="1"/>.', '看<x id="1"/>。'),
    ]


def test_paragraphs_are_whole_with_what_has_no_counterpart():
    source = [text("One. Two. Three.", {}, {}), text("Four.", {}, {})]
    target = [text("一。三。", {}, {}), text("四。", {}, {})]
    beads = [
        Bead((0,), (0,), 1.0),
        Bead((1,), ()),
        Bead((2,), (1,), 0.7),
        Bead((3,), (2,), 1.0),
    ]
    found = aligned(source, target, beads)
    made = [*Texts("a", source, target, PAIR).paragraphs(found)]
    assert [(each.source, each.target, each.quality) for each in made] == [
        ("One. Two. Three.", "一。三。", 0.57),
        ("Four.", "四。", 1.0),
    ]


def test_a_moved_sentence_does_not_tie_paragraphs():
    source = [text("One. Two.", {}, {}), text("Three.", {}, {})]
    target = [text("一。", {}, {}), text("三。二。", {}, {})]
    beads = [
        Bead((0,), (0,), 1.0),
        Bead((1,), (2,), 0.9, is_moved=True),
        Bead((2,), (1,), 1.0),
    ]
    found = aligned(source, target, beads)
    made = [*Texts("a", source, target, PAIR).paragraphs(found)]
    assert [(each.source, each.target) for each in made] == [
        ("One. Two.", "一。"),
        ("Three.", "三。二。"),
    ]


def test_a_long_paragraph_is_cut_between_sentences():
    said = [f"Sentence {n} says something of water and tea leaves." for n in range(60)]
    source = [text(" ".join(said), {}, {})]
    target = [text("".join(f"第{n}句说水和茶叶。" for n in range(60)), {}, {})]
    beads = [Bead((n,), (n,), 1.0) for n in range(60)]
    found = aligned(source, target, beads)
    made = [*Texts("a", source, target, PAIR).paragraphs(found)]
    assert len(made) == 4  # 3 kB, halved twice
    assert " ".join(each.source for each in made) == source[0].text
    assert "".join(each.target for each in made) == target[0].text
    assert all(byte_length(each.source) <= MAX_BYTES for each in made)


PAIRS = [
    Pair("B", "乙", quality=0.5),
    Pair(
        TaggedText('A "<x id="1"/>"', {1: "a<b"}), TaggedText('甲<x id="1"/>', {1: "x"})
    ),
    Pair("C, d\te", "丙", document="old", line=7),
    Pair("C, d\te", "丁"),
]


@pytest.mark.parametrize("name", ["a.tmx", "a.csv", "a.tsv"])
def test_files_are_sorted_and_the_last_of_two_wins(tmp_path: Path, name: str):
    with PairFile(tmp_path / name, file_codes(PAIR)) as file:
        assert [file.add(pair) for pair in PAIRS] == [None, None, None, ("old", 7)]
        assert len(file) == 3
        file.write()
    entries = list(load_units(tmp_path / name))
    code = '<x id="1"/>' if name == "a.tmx" else "a&lt;b"
    assert [entry.texts["en"] for entry in entries] == [
        f'A "{code}"',
        "B",
        "C, d e",
    ]
    assert entries[2].texts["zh"] == "丁"


@pytest.mark.parametrize("name", ["a.tmx", "a.csv"])
def test_the_order_of_pairs_does_not_matter(tmp_path: Path, name: str):
    written = set()
    for seed in range(5):
        pairs = random.Random(seed).sample(PAIRS[:3], 3)
        with PairFile(tmp_path / name, file_codes(PAIR)) as file:
            for pair in pairs:
                file.add(pair)
            file.write()
        written.add((tmp_path / name).read_bytes())
    assert len(written) == 1


def test_a_memory_tells_where_it_is_from_and_what_readers_see(tmp_path: Path):
    with PairFile(tmp_path / "a.tmx", file_codes(PAIR)) as file:
        file.add(PAIRS[0])
        file.add(PAIRS[1])
        file.write()
    text = (tmp_path / "a.tmx").read_text(encoding="utf-8")
    assert '<ph x="1">a&lt;b</ph>' in text
    entries = list(load_units(tmp_path / "a.tmx"))
    assert entries[1].properties == {"origin": "human", "quality": "0.50"}


@pytest.mark.parametrize("suffix", [".tmx", ".csv"])
@pytest.mark.parametrize("most", [1, 700, 1500])
def test_what_is_too_long_is_written_in_shards(tmp_path: Path, suffix: str, most: int):
    pairs = [Pair(f"Number {n}", f"第{n}号") for n in range(10, 30)]
    whole, parts = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    for path, limits in ((whole, ()), (parts, (None, most))):
        with PairFile(path, file_codes(PAIR), *limits) as file:
            for each in pairs:
                file.add(each)
            paths = file.write()
    assert [each.name for each in paths[:2]] == [f"b{suffix}", f"b-2{suffix}"][
        : len(paths)
    ]
    texts = [entry.texts for path in paths for entry in load_units(path)]
    assert texts == [entry.texts for entry in load_units(whole)]
    for path in paths:
        alone = sum(1 for _ in load_units(path)) == 1
        assert alone or path.stat().st_size <= most
    if suffix == ".tmx" or most == 1:
        assert len(paths) > 1


def test_other_formats_are_refused(tmp_path: Path):
    with pytest.raises(FileError, match=r"'.xlsx' is none of .tmx, .csv"):
        PairFile(tmp_path / "a.xlsx", file_codes(PAIR))
