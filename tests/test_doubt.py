"""Doubt: which machine translations a person should look at first."""

from __future__ import annotations

import pytest

from sphinx_amts.parallel_data.doubt import SIGNALS, Doubt
from sphinx_amts.text.terms import RequiredTerms

pytestmark = pytest.mark.newest

ENGLISH = "oak elm fir ash yew box fig lime pear plum pine palm birch beech".split()
SPANISH = (
    "roble olmo abeto fresno tejo boj higuera tilo peral ciruelo pino palma abedul haya"
)
TREES = dict(zip(ENGLISH, SPANISH.split(), strict=True))
PAIRS = [
    (f"The {one} stands beside the {two}.", f"El {uno} está junto al {dos}.")
    for one, uno in TREES.items()
    for two, dos in TREES.items()
    if one != two
]


@pytest.fixture(scope="module")
def doubt():
    terms = RequiredTerms({"stands": "está"}, "en")
    return Doubt(PAIRS, terms)


GOOD = ("The oak stands beside the yew.", "El roble está junto al tejo.")


@pytest.mark.parametrize(
    ("target", "signal"),
    [
        ("El melón canta junto al perejil.", "unknown"),
        ("El olmo está junto al abeto.", "unexplained"),
        ("El roble está.", "length"),
        ("El roble queda junto al tejo.", "terms"),
        ("The oak está junto al yew.", "left"),
        ("El roble está junto al tejo 7.", "numbers"),
        ("El roble está (junto) al tejo.", "brackets"),
    ],
)
def test_each_signal_raises_the_doubt(doubt, target, signal):
    source, good = GOOD
    assert doubt.of(source, good) < doubt.of(source, target) <= 1
    assert doubt.signals(source, good)[signal] < doubt.signals(source, target)[signal]


def test_without_people_some_signals_speak():
    alone = Doubt()
    quiet = {name for name, signal in SIGNALS.items() if signal.needs_pairs}
    assert not quiet & alone.signals(*GOOD).keys()
    assert alone.of("Two trees.", "Two trees.") > alone.of("Two trees.", "Dos.")


def test_what_is_no_text_is_doubtful(doubt):
    assert doubt.of("A tree.", "<b>") == 1
    assert 0 <= doubt.of("", "") <= 1
