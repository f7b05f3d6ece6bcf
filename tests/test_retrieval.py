"""Pairs of the memory that are shown to an engine."""

from __future__ import annotations

import pytest

from sphinx_amts.memory.retrieval import Phrasebook, Retrieval

pytestmark = pytest.mark.newest

# Retrieval


def test_the_most_similar_comes_first():
    sources = [
        "the old lamp",
        "a new lamp and a bell",
        "fog on the sea",
        "the old lamps",
    ]
    memory = Retrieval([(text, text.upper()) for text in sources], "en")
    found = memory.find("the old lamp of the harbour", 2)
    assert [each.target for each in found] == ["THE OLD LAMP", "THE OLD LAMPS"]
    assert found[0].similarity > found[1].similarity
    assert memory.find("quite different", 5) == []


def test_a_text_is_most_like_itself_in_any_script():
    for language, sources in (
        ("en", ["the lamp", "the bell", 'the <x id="1"/> bell']),
        ("zh-CN", ["老港口的灯", "港口有一口钟", "雾从海上来"]),
    ):
        memory = Retrieval([(text, "") for text in sources], language)
        for text in sources:
            best = memory.find(text, 1)[0]
            assert best.similarity == pytest.approx(1)


def test_pairs_are_chosen_for_what_each_adds():
    sources = [
        "the old lamp of the harbour is lit",
        "the old lamp of the harbour was lit",
        "a bell rings",
        "quiet nights",
    ]
    book = Phrasebook.of([(text, text.upper()) for text in sources])
    text = "The old lamp of the harbour is lit. A bell rings. Then fog."
    found = [each.source for each in book.choose(text, 1000, 9)]
    assert found[:2] == [sources[0], sources[2]]
    assert sources[3] not in found
    assert [each.source for each in book.choose(text, 1000, 1)] == found[:1]
    # What is too long leaves its place to what is not.
    budget = 2 * len(sources[2])
    assert [each.source for each in book.choose(text, budget, 9)] == [sources[2]]
    assert book.choose(text, budget - 1, 9) == []
    assert book.choose("quite different", 1000, 9) == []


def test_forms_of_a_word_are_one_and_scripts_without_blanks_do():
    lamps = Phrasebook.of([("connections", "x"), ("lamp", "y")])
    assert [each.target for each in lamps.choose("A connection.", 99, 9)] == ["x"]
    bells = Phrasebook.of([("港口有一口钟", "bell"), ("雾从海上来", "fog")])
    found = bells.choose("海上有雾，港口有灯。", 99, 9)
    assert sorted(each.target for each in found) == ["bell", "fog"]


def test_what_many_pairs_share_does_not_count_alone():
    many = [(f"common words number {number:04}", "") for number in range(2000)]
    memory = Retrieval([*many, ("common words of a lighthouse", "x")], "en")
    (found,) = memory.find("a lighthouse with common words", 1)
    assert found.target == "x"
