"""Words that a model leaves as they are beside tags are asked for in another way."""

from __future__ import annotations

from collections import Counter

import pytest

from sphinx_amts.engines.local.sentences import Sentences
from sphinx_amts.text.languages import LanguagePair

PAIR = LanguagePair("en", "pt")
KNOWN = {
    "I like to drive this car.": "Eu gosto de dirigir este carro.",
    "like": "como",
    "drive": "unidade",
    'I "like" to "drive" this car.': 'Eu "como" para "drive" este carro.',
    "The First letter is bold.": "A primeira letra é forte.",
    "First": "Primeira",
    "See Acme now.": "Veja Acme agora.",
    "Acme": "Acme",
    "See Tea at home now.": "Veja Tea at home agora.",
    "Tea at home": "Tea at home",
    'See "Tea at home" now.': 'Veja "Chá em casa" agora.',
    "Warm the cup %1 then drink it": "Aqueça o copo %1 then drink it",
    "Warm the cup [X1] then drink it": "Aqueça o copo [X1] then drink it",
    "Warm the cup": "Aqueça o copo",
    "then drink it": "depois beba",
}
"""What a model says, as one was seen to do."""


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (
            'I <g id="1">like</g> to <g id="2">drive</g> this car.',
            'Eu <g id="1">gosto</g> de <g id="2">dirigir</g> este carro.',
        ),
        (
            'The <g id="1">F</g>irst letter is bold.',
            'A <g id="1">primeira</g> letra é forte.',
        ),
        (
            'Warm the cup <x id="1"/> then drink it',
            'Aqueça o copo <x id="1"/> depois beba',
        ),
        # A name is rightly the same.
        ('See <g id="1">Acme</g> now.', 'Veja <g id="1">Acme</g> agora.'),
        ('See <g id="1">Tea at home</g> now.', 'Veja <g id="1">Tea at home</g> agora.'),
    ],
)
def test_none_is_left_that_can_be_translated(source, target):
    asked = Sentences(lambda text: KNOWN.get(text, text), PAIR, Counter())
    assert asked.segment(source) == target
