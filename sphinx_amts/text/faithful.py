"""What an engine may not change: digits, brackets, quotes, the end of a sentence.

For what engines answer, never for what people wrote. Each language has its own signs:
full-width and guillemets, decimal commas, digits of other scripts count as what they
stand for. An engine that marks all it translates (``[...]``) does so on purpose.

* ``digits``: a number of the source stands in the target, and no other. Free are
  ordinals, decades, hours of the day, powers of thousand, and numbers in words; one
  digit alone may become a word, but `lacks_digits` tells;
* ``brackets``: as many of each kind; ``(s)`` behind a word may be lost;
* ``quotes``: as many, double or single;
* ``words``: none is repeated that the source does not repeat.

What can be mended without asking again is: a bracket with a few words that came from
nowhere, a word said twice, the sign at the end.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator

from sphinx_amts.errors import SignError
from sphinx_amts.text.languages import Language, LanguagePair
from sphinx_amts.text.sentences import UNSPACED
from sphinx_amts.text.tagged import has_words, parse, plain


def faithful(source: str, target: str, pair: LanguagePair) -> str:
    """Return an engine's target, mended; both are tagged texts.

    Raises `SignError` where it lost or invented what cannot be mended.

    >>> pair = LanguagePair("en", "pt")
    >>> faithful("Is it 1,000.5?", "São 1.000,5.", pair)
    'São 1.000,5?'
    >>> faithful("Timeouts", "Tempos (em", pair)
    'Tempos'
    >>> faithful("It is 3.10.", "Sim.", pair)
    Traceback (most recent call last):
    sphinx_amts.errors.SignError: number 310 is lost
    """
    words, made = plain(parse(source)), plain(parse(target))
    if words == made or _is_marked(words, made, pair.target):
        return target
    target = _without_brackets(words, target)
    target = _without_repetition(words, target, pair.target)
    made = plain(parse(target))
    _check_digits(words, made, pair)
    _check_brackets(words, made)
    _check_quotes(words, made)
    return _end(source, target, Language.parse(pair.target).language)


def faults(source: str, target: str, pair: LanguagePair) -> list[str]:
    """Return what a target lost or invented, for whoever writes it to judge.

    >>> faults("It is 30 (or so).", "Sim.", LanguagePair("en", "pt"))
    ['number 30 is lost', "a bracket '(' is lost"]
    """
    words, made = plain(parse(source)), plain(parse(target))
    looks: tuple[Callable[[], None], ...] = (
        lambda: _check_digits(words, made, pair),
        lambda: _check_brackets(words, made),
        lambda: _check_quotes(words, made),
    )
    found = []
    for look in looks:
        try:
            look()
        except SignError as error:
            found.append(str(error))
    return found


def _is_marked(source: str, target: str, language: str) -> bool:
    """Tell whether an engine marks what it translates: ``[...]``, ``... (pt)``."""
    if target[:1] in ("[", "\u27e6") and not source.startswith(target[:1]):
        return True
    if target.startswith("[[") and not source.startswith("[["):
        return True
    codes = {language.lower(), language.partition("-")[0]}
    marks = (f"{a}{code}{b}" for code in codes for a, b in _PAIRS)
    return any(mark in target.lower() for mark in marks)


_PAIRS = (("(", ")"), ("[", "]"))


# --- Digits ---------------------------------------------------------------------------

NUMBER = re.compile(r"\d+(?:[.,'\u2019\u066b\u066c\u00a0\u202f\u2009]\d+)*")
_GROUPED = re.compile(r"(?<!\d)\d{1,3}(?: \d{3})+(?!\d)")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)\b", re.IGNORECASE)
_DECADE = re.compile(r"\b(1[0-9]|20)(\d0)(?='?s\b)")
_HOUR = re.compile(r"\b(\d{1,2})(?=(?:[:.]\d\d)? ?[ap]\.?m\b)", re.IGNORECASE)
_POWER = re.compile(
    r"\d ?(?:hundred|thousand|[mb]illion|trillion|k|m|bn)\b|[\u4e07\u4ebf\u5104\u5146]"
    r"|\u0939\u091c\u093c?\u093e\u0930|\u0932\u093e\u0916|[\ub9cc\uc5b5\uc870]",
    re.IGNORECASE,
)
_IN_WORDS = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twice|once"
    r"|[a-z]+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundreds?|thousands?"
    r"|half|third|quarter|dozens?|first|second|fourth|fifth|zero|single|double"
    r"|January|February|March|April|May|June|July|August|September|October|November"
    r"|December|centur(?:y|ies))\b",
    re.IGNORECASE,
)
MOST_IN_WORDS = 100  # a number that an engine may have found in words it knows
_CHINESE = {
    str(value): signs
    for value, signs in enumerate(
        "\u96f6 \u4e00 \u4e8c\u4e24\u5169 \u4e09 \u56db \u4e94 \u516d \u4e03 \u516b"
        " \u4e5d \u5341".split(" ")
    )
}


def _check_digits(source: str, target: str, pair: LanguagePair) -> None:
    if not any(map(str.isdigit, source)) and not any(map(str.isdigit, target)):
        return
    if _POWER.search(source) or _POWER.search(target):
        return  # 1.5 million are 150 times ten thousand
    wanted, found = numbers(source), numbers(target)
    if wanted == found or _runs(source) == _runs(target):
        return
    lost, new = wanted - found, found - wanted
    _forgive(source, target, lost, new)
    for number in lost:
        if len(number) > 1:
            raise SignError(f"number {number} is lost")
    in_words = pair.source.partition("-")[0] != "en" or _IN_WORDS.search(source)
    for number in new:
        if not in_words or int(number) > MOST_IN_WORDS:
            raise SignError(f"number {number} that the source has not")


def lacks_digits(source: str, target: str) -> bool:
    """Tell whether a tagged target lacks numbers of one digit: they may be in words.

    >>> lacks_digits("2 trees", "Dos árboles"), lacks_digits("2 trees", "2 árboles")
    (True, False)
    """
    wanted, found = numbers(plain(parse(source))), numbers(plain(parse(target)))
    return any(len(number) == 1 for number in wanted - found)


def numbers(text: str) -> Counter[str]:
    """Return the digits of a text's numbers, however they are grouped and written.

    >>> sorted(numbers("1,000.5 and 1 000 000 or \u0663").elements())
    ['1000000', '10005', '3']
    """
    joined = _GROUPED.sub(lambda match: match[0].replace(" ", ""), text)
    return Counter(map(_ascii, NUMBER.findall(joined)))


def _runs(text: str) -> Counter[str]:
    return Counter(map(_ascii, re.findall(r"\d+", text)))


def _ascii(number: str) -> str:
    return "".join(
        str(unicodedata.decimal(each)) for each in number if each.isdecimal()
    )


def _forgive(source: str, target: str, lost: Counter[str], new: Counter[str]) -> None:
    """Take out what languages write in another way: both counters are changed."""
    for ordinal in _ORDINAL.findall(source):
        lost[ordinal] -= 1
    for century, decade in _DECADE.findall(source):
        if new[decade]:
            lost[century + decade] -= 1
            new[decade] -= 1
    for hour in _HOUR.findall(source):
        later = [n for n in new if n.startswith(str(int(hour) + 12))]
        for each in [n for n in lost if later and n.startswith(hour)][:1]:
            lost[each] -= 1
            new[later[0]] -= 1
    for number in lost:
        if any(sign in target for sign in _CHINESE.get(number, "")):
            lost[number] = 0
    for counter in (lost, new):
        for number in [each for each in counter if counter[each] <= 0]:
            del counter[number]


# --- Brackets and quotes --------------------------------------------------------------

_BRACKETS = str.maketrans(
    "\uff08\uff09\ufe59\ufe5a\uff3b\uff3d\u3010\u3011\u3014\u3015\uff5b\uff5d",
    "()()[][][]{}",
)
_ENDING = re.compile(r"(?<=\w)\(\w{1,3}\)")  # of a plural or another gender
_DOUBLE = re.compile(
    r"(?<!\w)[\"\u201c-\u201f\u301d-\u301f\uff02](?=\w)"
    r"|[\"\u201c-\u201f\u301d-\u301f\uff02](?!\w)|[\u300c-\u300f]"
    r"|\u00ab(?=[^\u00ab\u00bb]*\u00bb)|(?<=\u00ab)[^\u00ab\u00bb]*\u00bb"
    r"|\u00bb(?=[^\u00ab\u00bb]*\u00ab)|(?<=\u00bb)[^\u00ab\u00bb]*\u00ab"
)  # one guillemet alone is an arrow
_SINGLE = re.compile(r"(?<!\w)['\u2018-\u201b]|['\u2018-\u201b](?!\w)|[\u2039\u203a]")
_TITLES = "\u300a\u300b\u3008\u3009"  # around titles of books, for quotes or italics


MAX_INVENTED = 20
"""Characters between brackets from nowhere; what is longer may be the sentence's."""
_INVENTED = re.compile(
    rf"[ \u00a0]?(?:\([^()<>]{{0,{MAX_INVENTED}}}(?:\)|$)"
    rf"|\[[^\[\]<>]{{0,{MAX_INVENTED}}}(?:\]|$))"
)


def _without_brackets(source: str, target: str) -> str:
    """Take away brackets with a few words, where the source has no bracket."""
    if _brackets(source) or not _brackets(target):
        return target
    kept = _INVENTED.sub("", target)
    return kept if has_words(plain(parse(kept))) else target


def _check_brackets(source: str, target: str) -> None:
    wanted, found = _brackets(source), _brackets(target)
    if wanted == found:
        return
    if found == _brackets(_ENDING.sub("", source)):
        return
    for bracket in found - wanted:
        raise SignError(f"a bracket {bracket!r} that the source has not")
    raise SignError(f"a bracket {next(iter(wanted - found))!r} is lost")


def _brackets(text: str) -> Counter[str]:
    return Counter(each for each in text.translate(_BRACKETS) if each in "()[]{}")


def _check_quotes(source: str, target: str) -> None:
    wanted, found = len(_DOUBLE.findall(source)), len(_DOUBLE.findall(target))
    if wanted == found:
        return
    if found > wanted + len(_SINGLE.findall(source)):
        raise SignError("a quote that the source has not")
    others = len(_SINGLE.findall(target)) + sum(map(target.count, _TITLES))
    if found + others < wanted:
        raise SignError("a quote is lost")


# --- Words ----------------------------------------------------------------------------

_THRICE = re.compile(r"(?<!\w)([^\W\d_]+(?: [^\W\d_]+)?)(?:[ ,]+\1){2,}(?!\w)", re.I)
_PHRASE = re.compile(r"(?<!\w)([^\W\d_]+ [^\W\d_]+(?: [^\W\d_]+)*?)[ ,]+\1(?!\w)", re.I)
_TWICE = re.compile(r"(?<!\w)([^\W\d_]{5,}) \1(?!\w)", re.I)
_REDUPLICATES = {"vi", "id", "ms", "tr", "az", "hi", "bn", "ta", "te", "tl", "jv", "sw"}
"""Languages in whose grammar a word stands twice for a plural or for "very"."""
MAX_REPETITION = 2000
"""Characters of a text that may have repetitions: the patterns take the square of it,
and a text of this length is cut into sentences before."""


def _without_repetition(source: str, target: str, language: str) -> str:
    """Say once what a model says twice, unless the source does so."""
    short = language.partition("-")[0]
    if short in UNSPACED or len(target) > MAX_REPETITION:
        return target
    for pattern in (_THRICE,) if short in _REDUPLICATES else (_THRICE, _PHRASE, _TWICE):
        once = pattern.sub(r"\1", target)
        if once != target and not pattern.search(source[:MAX_REPETITION]):
            target = once
    return target


# --- The end --------------------------------------------------------------------------

_ENDS = {
    "stop": ".\u3002\uff0e\uff61\u0964\u06d4\u0589\u1362\u17d4\u104b",
    "question": "?\uff1f\u061f\u037e\u055e\u1367",
    "exclamation": "!\uff01",
    "colon": ":\uff1a",
}
_SIGNS = {
    "stop": {
        **dict.fromkeys(("zh", "ja"), "\u3002"),
        **dict.fromkeys(("hi", "bn", "ne", "pa", "as", "or", "sa"), "\u0964"),
        "ur": "\u06d4",
        "hy": "\u0589",
        "am": "\u1362",
        "km": "\u17d4",
        "my": "\u104b",
        "th": "",
        "lo": "",
    },
    "question": {
        **dict.fromkeys(("zh", "ja"), "\uff1f"),
        **dict.fromkeys(("ar", "fa", "ur", "ps", "ug"), "\u061f"),
        "el": ";",
        "hy": "",
        "th": "",
        "lo": "",
        "fr": "\u202f?",
    },
    "exclamation": {
        **dict.fromkeys(("zh", "ja"), "\uff01"),
        "hy": "",
        "th": "",
        "lo": "",
        "fr": "\u202f!",
    },
    "colon": {**dict.fromkeys(("zh", "ja"), "\uff1a"), "fr": "\u00a0:"},
}
_BLANKS = " \u00a0\u202f"
_CLOSING = (
    " \u00a0\u202f\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064"
    ")]}\"'\u2019\u201d\u00bb\u300d\u300f\uff09\u3011"
)
"""What may stand behind the end of a sentence: what closes, and what nobody sees."""
_ABBREVIATION = re.compile(r"(?:\b(?:etc|Inc|Ltd|Co|Jr|Sr|al|vs)|\.[A-Za-z]+)\.$")
_SHORTENED = re.compile(r"(?:^|[\W_])[^\W\d_]{1,3}\.$|\.[^\W\d_]+\.$|\.\.$")


def _end(source: str, target: str, language: str) -> str:
    """Give a target the sign that its source has at the end, or none."""
    wanted, source_place = _end_of(source)
    found, place = _end_of(target)
    if language == "el" and target[:place].endswith(";"):
        found = "question"
    if wanted == found or _ABBREVIATION.search(source[:source_place]):
        return target
    if found:
        is_short = _SHORTENED.search(target[:place]) is not None
        if not wanted and (found != "stop" or is_short):
            return target
        target = target[: place - 1].rstrip(_BLANKS) + target[place:]
    _, place = _end_of(target)
    if not wanted or target[:place].endswith(("\u2026", "...", ";", ",")):
        return target
    sign = _SIGNS[wanted].get(language, _ENDS[wanted][0])
    if source_place == len(source):  # behind all that is closed
        return target + sign
    return target[:place] + sign + target[place:]


def _without_closing(text: str, place: int) -> int:
    place = len(text[:place].rstrip(_CLOSING))
    return place - 4 if text.endswith("</g>", 0, place) else place


def _end_of(text: str) -> tuple[str, int]:
    """Return which sign a tagged text ends with, and the place behind it."""
    place = len(text)
    while (closed := _without_closing(text, place)) < place:
        place = closed
    if text[:place].endswith(("...", "\u2026")):
        return "", place
    sign = text[place - 1 : place]
    return next((n for n, signs in _ENDS.items() if sign and sign in signs), ""), place


# --- What travels apart ---------------------------------------------------------------

TOKEN = re.compile(r"(?<![\w.])(?:[\w-]*\d[\w]*(?:[.,:/@+-]\w+)*)(?!\w)")
"""A number, a version, a date, an address of digits: what must come out as it is."""


def tokens(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the number-like tokens of plain characters are.

    >>> text = "Sphinx 5.3.0, ISBN 978-0-13-1, 2nd of 0.30000000000000004."
    >>> [text[start:end] for start, end in tokens(text)]
    ['5.3.0', '978-0-13-1', '0.30000000000000004']
    """
    for match in TOKEN.finditer(text):
        if not _ORDINAL.fullmatch(match[0]):
            yield match.span()
