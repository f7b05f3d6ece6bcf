"""What a target may bring that its source has not: nothing that nobody sees."""

from __future__ import annotations

import pytest

from sphinx_amts.errors import TagError
from sphinx_amts.text.check import check
from sphinx_amts.text.tagged import MAX_DEPTH, parse

pytestmark = pytest.mark.newest

FLAG = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    "target",
    [
        "می\u200cخواهم یک چای",  # Persian: a joiner that joins not
        "क\u094d\u200dष और क\u094d\u200cष",  # Hindi: both joiners
        "ביקור ב-\u200eC++\u200f היום",  # Hebrew: marks of direction
        "اقرأ \u2068Sphinx\u2069 الآن",  # Arabic: a name apart, and ended
        "اقرأ \u202aSphinx\u202c الآن",
        "Tee\u00adkanne",  # a soft hyphen
        "សូម\u200bអាន\u200bសៀវភៅ",  # Khmer: where words may be parted
        "\U0001f469\u200d\U0001f373 \u2764\ufe0f\u200d\U0001f525",  # joined emoji
        "葛\U000e0100城市",  # a variant of a sign
        "ᠮᠣᠩᠭᠣᠯ\u180e\u180bᠠ",  # Mongolian
        "\ufefftea\u2060pot",
    ],
)
def test_what_belongs_to_writing(target):
    assert check("Some tea", target) == target


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("tea \u202etop", "U+202E"),
        ("tea \u202dtop", "U+202D"),
        ("tea \u2066pot\u2069", "U+2066"),  # nothing is written from right to left
        ("שלום \u2067pot", "U+2067"),  # never ended
        ("שלום \u2069pot\u2066", "U+2069"),  # ended before it began
        (f"tea {FLAG}", "U\\+E0062"),
        ("tea \U000e0041", "U\\+E0041"),
        ("tea \ufff9pot\ufffbchaire\ufffa", "U\\+FFF9"),
        ("tea" + "\u200b\u200c" * 4, "8 unseen characters in a row, .* U\\+200B"),
        ("tea" + "\U000e0100" * 9, "9 unseen"),
        ("\u200b", "no text"),
        ("\u3164\u2063\u00ad", "no text"),
        (" \u200d ", "no text"),
    ],
)
def test_what_nobody_sees_is_refused(target, reason):
    with pytest.raises(TagError, match=reason.replace("U+", "U\\+")):
        check("Some tea", target)


@pytest.mark.parametrize("sign", ["\u202e", FLAG, "\u200b" * 9, "\u2066x"])
def test_what_the_source_has_may_stay(sign):
    assert check(f"Some {sign}", f"Tee {sign}") == f"Tee {sign}"


def test_an_inline_tag_keeps_something_to_see():
    source = 'Some <g id="1">tea</g>'
    with pytest.raises(TagError, match="nothing left inside tag 1"):
        check(source, 'Tee<g id="1">\u200b</g>')


def nested(depth: int) -> str:
    opened = "".join(f'<g id="{number}">a' for number in range(1, depth + 1))
    return opened + "</g>" * depth


def test_tags_are_nested_so_deeply_and_no_deeper():
    assert check(nested(MAX_DEPTH), nested(MAX_DEPTH))
    for depth in (MAX_DEPTH + 1, 1100, 90_000):
        with pytest.raises(TagError, match="more than 50 tags inside each other"):
            parse(nested(depth))


def test_ids_end_somewhere():
    with pytest.raises(TagError):
        parse('<x id="100000"/>')
