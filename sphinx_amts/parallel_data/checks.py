"""What may be wrong with a pair of parallel data.

=====  ========  ======================================================================
code   action    what is wrong
=====  ========  ======================================================================
P101   dropped   a text is longer than 1,000 bytes of UTF-8
P102   dropped   a text has no words
P103   repaired  a text has line breaks, or characters that XML and tables cannot carry
P104   dropped   a text begins with ``+``, ``-``, ``=`` or ``@`` (tables only)
P105   dropped   the source occurs again later with another target: the last one wins
P106   dropped   a sentence has no counterpart in the other language
P107   dropped   the target is not translated, though there is something to translate
P108   kept      numbers differ
P109   kept      placeholders differ: code, formulas, references, images
P110   kept      inline tags differ: emphasis, links
P111   dropped   one side is much longer than the book's usual ratio lets expect
P112   dropped   the quality of the alignment is below what was asked for
=====  ========  ======================================================================

The first six are rules of Amazon Translate's input files, or leave no choice. The
action on the others is the user's: dropped, or kept and reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple

from sphinx_amts.errors import SettingError
from sphinx_amts.parallel_data.pairs import MAX_BYTES, Pair
from sphinx_amts.parallel_data.words import UNSPACED
from sphinx_amts.text.languages import Language, LanguagePair
from sphinx_amts.text.tagged import (
    Piece,
    Span,
    TaggedText,
    byte_length,
    equivalents_of,
    has_words,
    parse,
    plain,
    readable,
)

MAX_RATIO = 3.0  # times the usual ratio of lengths
RATIO_SLACK = 25  # characters that a text may be longer beyond that; titles vary
SIGNS = ("+", "-", "=", "@")  # no field of Amazon's tables begins with one

_BAD = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W_]+")
MAX_UNIT = 3  # letters of "ns", "kB", "min"
_UNSPACED_TEXT = re.compile(f"[{UNSPACED}]")
_UNSPACED_LANGUAGES = {"zh", "ja", "th", "lo", "km", "my"}


class Action(str, Enum):
    """What becomes of a pair."""

    DROPPED = "dropped"
    REPAIRED = "repaired"
    KEPT = "kept"


ACTIONS: Mapping[str, Action] = {
    **dict.fromkeys(("P101", "P102", "P104", "P105", "P106"), Action.DROPPED),
    "P103": Action.REPAIRED,
    **dict.fromkeys(("P107", "P111", "P112"), Action.DROPPED),
    **dict.fromkeys(("P108", "P109", "P110"), Action.KEPT),
}
CHOICES = ("P107", "P108", "P109", "P110", "P111", "P112")
"""Checks whose action is the user's."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one pair, and what became of it."""

    code: str
    action: Action
    document: str
    line: int  # of the source, 1-based; 0 where it is not known
    text: str  # the beginning of the source, or of what has no counterpart


class Form(NamedTuple):
    """A text of a pair as it will be in the file."""

    written: str
    pieces: tuple[Piece, ...]
    seen: str  # what readers see


@dataclass(frozen=True)
class Checks:
    """Checks with the actions for one run."""

    pair: LanguagePair
    is_table: bool  # CSV or TSV, which hold plain text
    ratio: float = 1.0  # visible characters of the target per one of the source
    min_quality: float = 0.0
    actions: Mapping[str, Action] = field(default_factory=lambda: ACTIONS)

    def run(self, pair: Pair) -> tuple[Pair | None, list[Finding]]:
        """Return a pair as it may be written, or None, and what was found."""
        findings = []
        repaired = replace(
            pair, source=_repaired(pair.source), target=_repaired(pair.target)
        )
        if repaired != pair:
            findings.append(self._finding("P103", pair))
        source, target = self.form(repaired.source), self.form(repaired.target)
        for code, is_wrong in _CHECKS.items():
            if is_wrong(self, repaired, source, target):
                findings.append(self._finding(code, pair))
                if findings[-1].action is Action.DROPPED:
                    return None, findings
        return repaired, findings

    def _finding(self, code: str, pair: Pair) -> Finding:
        text = excerpt(pair.source)
        return Finding(code, self.actions[code], pair.document, pair.line, text)

    def form(self, text: str) -> Form:
        """Return a text as it will be written."""
        pieces = parse(text)
        seen = readable(pieces, equivalents_of(text)).strip()
        return Form(seen if self.is_table else text, pieces, seen)


def excerpt(text: str) -> str:
    """Return the beginning of a tagged text as readers see it."""
    seen = readable(parse(text), equivalents_of(text))
    return seen if len(seen) <= 80 else f"{seen[:79]}\u2026"


def choose(dropped: Collection[str], kept: Collection[str]) -> dict[str, Action]:
    """Return the actions that a user wants; raises `SettingError` for a wrong code."""
    for code in (*dropped, *kept):
        if code not in CHOICES:
            raise SettingError(f"{code!r} is none of {', '.join(CHOICES)}")
    return {
        **ACTIONS,
        **dict.fromkeys(kept, Action.KEPT),
        **dict.fromkeys(dropped, Action.DROPPED),
    }


def _repaired(text: str) -> str:
    """Make blanks of line breaks, and take out what a file cannot carry."""
    if not _BAD.search(text):
        return text
    clean = _BAD.sub("", re.sub(r"\s*[\n\r\x0b\x0c\x85\u2028\u2029]\s*", " ", text))
    return TaggedText(clean.strip(" "), equivalents_of(text))


def _is_long(checks: Checks, pair: Pair, source: Form, target: Form) -> bool:
    return max(byte_length(source.written), byte_length(target.written)) > MAX_BYTES


def _is_blank(checks: Checks, pair: Pair, source: Form, target: Form) -> bool:
    return not has_words(source.seen) or not target.seen


def _is_formula(checks: Checks, pair: Pair, source: Form, target: Form) -> bool:
    return checks.is_table and (source.seen[0] in SIGNS or target.seen[0] in SIGNS)


def _is_untranslated(checks: Checks, pair: Pair, source: Form, target: Form) -> bool:
    if source.seen.casefold() == target.seen.casefold():
        return any(map(_is_common_word, _WORD.findall(source.seen)))
    codes = [
        Language.parse(c).language for c in (checks.pair.source, checks.pair.target)
    ]
    if codes[0] in _UNSPACED_LANGUAGES or codes[1] not in _UNSPACED_LANGUAGES:
        return False
    return not _UNSPACED_TEXT.search(target.seen)


def _is_common_word(word: str) -> bool:
    """Tell whether a word is none of what is the same in most languages.

    Numbers, units, abbreviations and names of products are.
    """
    has_case = word.lower() != word.upper()
    return word.isalpha() and (
        not has_case or (len(word) > MAX_UNIT and word[1:].islower())
    )


def _are_numbers_other(checks: Checks, pair: Pair, source: Form, target: Form) -> bool:
    return _numbers(source.pieces) != _numbers(target.pieces)


def _numbers(pieces: tuple[Piece, ...]) -> Counter[str]:
    found = _NUMBER.findall(plain(pieces))
    return Counter(re.sub(r"[.,](?=\d{3}(?!\d))", "", number) for number in found)


def _are_placeholders_other(
    checks: Checks, pair: Pair, source: Form, target: Form
) -> bool:
    return set(_placeholders(source.pieces)) != set(_placeholders(target.pieces))


def _placeholders(pieces: tuple[Piece, ...]) -> Iterator[int]:
    for piece in pieces:
        if isinstance(piece, int):
            yield piece
        elif isinstance(piece, Span):
            yield from _placeholders(piece.children)


def _are_spans_other(checks: Checks, pair: Pair, source: Form, target: Form) -> bool:
    return dict(_spans(source.pieces)) != dict(_spans(target.pieces))


def _spans(pieces: tuple[Piece, ...], parent: int = 0) -> Iterator[tuple[int, int]]:
    for piece in pieces:
        if isinstance(piece, Span):
            yield piece.id, parent
            yield from _spans(piece.children, piece.id)


def _is_lopsided(checks: Checks, pair: Pair, source: Form, target: Form) -> bool:
    one, other = len(source.seen) * checks.ratio, float(len(target.seen))
    slack = RATIO_SLACK * min(1.0, checks.ratio)
    return max(one, other) > MAX_RATIO * min(one, other) + slack


def _is_unsure(checks: Checks, pair: Pair, source: Form, target: Form) -> bool:
    return pair.quality < checks.min_quality


_Check = Callable[[Checks, Pair, Form, Form], bool]
_CHECKS: dict[str, _Check] = {
    "P102": _is_blank,
    "P101": _is_long,
    "P104": _is_formula,
    "P107": _is_untranslated,
    "P111": _is_lopsided,
    "P112": _is_unsure,
    "P108": _are_numbers_other,
    "P109": _are_placeholders_other,
    "P110": _are_spans_other,
}
"""In the order in which they are asked: what drops a pair comes first."""
