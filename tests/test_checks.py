"""Checks of parallel data: for each code a pair that trips it and only it."""

from __future__ import annotations

import re

import pytest

from sphinx_amts.errors import SettingError
from sphinx_amts.parallel_data import checks
from sphinx_amts.parallel_data.checks import ACTIONS, CHOICES, Action, Checks, choose
from sphinx_amts.parallel_data.pairs import Pair
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.tagged import TaggedText

pytestmark = pytest.mark.newest

PAIR = LanguagePair.of("en", "zh")
CODE = TaggedText('Run <x id="1"/> now', {1: "make"})

BAD = {
    "P101": Pair("Water " * 170, "水" * 330),
    "P102": Pair("Wait.", " "),
    "P103": Pair("Pour\nit.", "倒。"),
    "P104": Pair("- Pour it.", "倒。"),
    "P107": Pair("Pour it.", "Pour it."),
    "P108": Pair("Wait 5 minutes.", "等8分钟。"),
    "P109": Pair(CODE, TaggedText("现在运行")),
    "P110": Pair('Wait <g id="1">now</g>.', "现在等。"),
    "P111": Pair("Wait.", "等" * 90),
    "P112": Pair("Wait.", "等。", quality=0.4),
}


def run(pair: Pair, *, is_table: bool = True, **more) -> tuple[Pair | None, list[str]]:
    kept, findings = Checks(PAIR, is_table, 0.4, min_quality=0.5, **more).run(pair)
    return kept, [finding.code for finding in findings]


@pytest.mark.parametrize("code", BAD)
def test_each_check_finds_its_fault_and_no_other(code):
    kept, found = run(BAD[code])
    assert found == [code]
    assert (kept is None) == (ACTIONS[code] is Action.DROPPED)


@pytest.mark.parametrize(
    ("text", "has_something_to_translate"),
    [
        ("1.5 ns", False),
        ("10 μs", False),
        ("~12 GB/s, PCIe 3.0 x16", False),
        ("NVMe SSD (QOS 99 %)", False),
        ("4 cycles", True),
        ("Notes", True),
        ("绿茶", True),
        ("Чай с мёдом", True),
    ],
)
def test_what_is_the_same_everywhere_needs_no_translation(
    text, has_something_to_translate
):
    _kept, found = run(Pair(text, text))
    assert found == (["P107"] if has_something_to_translate else [])


def test_a_good_pair_passes_all():
    good = Pair(CODE, TaggedText('现在运行<x id="1"/>', {1: "make"}))
    assert run(good) == (good, [])


def test_the_table_is_complete():
    documented = re.findall(r"^(P\d+)", checks.__doc__, re.MULTILINE)
    assert sorted(ACTIONS) == documented
    # These two need more than one pair, or less.
    assert {*BAD, "P105", "P106"} == {*ACTIONS}


def test_documented_actions_are_the_actions():
    documented = dict(re.findall(r"^(P\d+) +(\w+)", checks.__doc__, re.MULTILINE))
    assert documented == {code: action.value for code, action in ACTIONS.items()}


def test_what_is_repaired():
    kept, _ = run(Pair("Pour \r\n it\x07.", "倒\u2028水。"))
    assert kept == Pair("Pour it.", "倒 水。")


def test_a_leading_sign_is_a_fault_of_tables_only():
    assert run(BAD["P104"], is_table=False)[1] == []


@pytest.mark.parametrize("code", CHOICES)
def test_users_choose(code):
    kept, found = run(BAD[code], actions=choose([], [code]))
    assert (kept, found) == (BAD[code], [code])
    assert run(BAD[code], actions=choose([code], []))[0] is None


@pytest.mark.parametrize("code", ["P101", "P999", ""])
def test_rules_of_amazon_are_not_chosen(code):
    with pytest.raises(SettingError, match="is none of P107"):
        choose([], [code])


@pytest.mark.parametrize(
    ("length", "found"), [(1000, []), (1001, ["P101"])], ids=["fits", "too long"]
)
def test_the_limit_is_in_bytes(length, found):
    pair = Pair("a" * length, "水" * 333)
    assert run(pair)[1] == found


def test_tags_count_where_they_are_written():
    source = TaggedText("a " * 490 + '<x id="1"/>', {1: "b"})
    target = TaggedText("水" * 320 + '<x id="1"/>', {1: "b"})
    assert run(Pair(source, target))[1] == []
    assert run(Pair("a" + source, target), is_table=False)[1] == []


@pytest.mark.parametrize(
    ("one", "other"), [("1,000 cups", "1000杯"), ("2.5 cups", "2.5杯")]
)
def test_numbers_that_are_equal(one, other):
    assert run(Pair(one, other))[1] == []
