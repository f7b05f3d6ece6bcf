"""A book in both languages becomes pairs, and what was found is counted."""

from __future__ import annotations

import pytest

from sphinx_amts.parallel_data.blocks import Block, Kind
from sphinx_amts.parallel_data.corpus import (
    LEARNED,
    Bitext,
    Report,
    aligned,
    learn,
    sample,
)
from sphinx_amts.text.languages import LanguagePair

pytestmark = pytest.mark.newest

PAIR = LanguagePair.of("en", "es")


def blocks(*texts: str) -> list[Block]:
    return [Block(Kind.TEXT, text, line=n) for n, text in enumerate(texts, 1)]


def test_a_bitext_is_read_once_and_kept_until_it_is_taken():
    reads = []

    def read() -> list[Block]:
        reads.append("read")
        return blocks("Boil 3 cups.")

    bitext = Bitext("tea", read, read)
    aligner = learn([bitext])
    assert "document" in vars(bitext)
    assert len(list(aligned(aligner, [bitext], PAIR, Report(), by_sentence=True))) == 1
    assert "document" not in vars(bitext)
    assert len(reads) == 2


def test_what_has_no_counterpart_is_found_on_both_sides():
    code = Block(Kind.CODE, "boil(cups=3)")  # shows where in the text one is
    alone = blocks("Boil 3 cups.", "Nobody translated this sentence.")[1]
    source = [*blocks("Boil 3 cups."), code, alone]
    target = [*blocks("Hierve 3 tazas."), code]
    for sides in ((source, target), (target, source)):
        bitext = Bitext("tea", sides[0].copy, sides[1].copy)
        report = Report()
        list(aligned(learn([bitext]), [bitext], PAIR, report, by_sentence=True))
        (found,) = report.findings
        assert (found.code, found.document, found.line) == ("P106", "tea", 2)
        assert found.text.startswith("Nobody")
        assert (report.covered == 1) is (sides[0] is target)


def test_nothing_is_covered_of_no_text():
    assert Report().covered is None


@pytest.mark.parametrize("count", [1, LEARNED, LEARNED + 1, 5 * LEARNED])
def test_what_is_learnt_from_is_a_few_of_the_whole_book(count):
    bitexts = [Bitext(str(n), list, list) for n in range(count)]
    learnt = sample(bitexts)
    assert count / 5 <= len(learnt) <= LEARNED
    assert int(learnt[-1].name) >= count - 5
