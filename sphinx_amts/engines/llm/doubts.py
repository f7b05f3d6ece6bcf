"""Whether a model's text is likely to be the translation that was asked for."""

from __future__ import annotations

import re

from sphinx_amts.engines.llm.loops import repeats
from sphinx_amts.errors import TagError
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.tagged import parse, plain

REPEATS = "the model repeats itself"
FEW_LETTERS = 15  # a shorter text may be names and nothing else
LEAST_SHARE = 0.1  # of letters in the target's own script
MOST_FOREIGN = 0.5  # of letters in the source's script, in a target that has another
MIN_LENGTH, MAX_LENGTH = 0.12, 5.0
"""Of a translation for a character of its source, in texts that are not short. People's
pairs of technical prose stay between 0.2 and 4."""

_SCRIPTS = {
    "ar": "\u0600-\u06ff",
    "bg": "\u0400-\u04ff",
    "el": "\u0370-\u03ff",
    "fa": "\u0600-\u06ff",
    "he": "\u0590-\u05ff",
    "hi": "\u0900-\u097f",
    "ja": "\u3040-\u30ff\u4e00-\u9fff",
    "ko": "\uac00-\ud7af",
    "ru": "\u0400-\u04ff",
    "th": "\u0e00-\u0e7f",
    "uk": "\u0400-\u04ff",
    "zh": "\u3400-\u9fff",
}
_REFUSAL = re.compile(
    r"\bI(?:'|’)m sorry, but\b|\bas an AI\b|\bhere is the translation"
    r"|\bI (?:cannot|can(?:'|’)t|am unable to)"
    r" (?:assist|comply|help|provide|translate)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\b[a-z]{2,}\b")


def doubts(source: str, target: str, pair: LanguagePair) -> str:
    """Say why a text is not likely to be the translation; empty if it may be.

    >>> pair = LanguagePair("en", "zh-CN")
    >>> doubts("The lamp is on the left side.", "灯在左边。", pair)
    ''
    >>> doubts("The lamp is on the left side.", "What do you need?", pair)
    'the answer is not in zh-CN'
    """
    try:
        said, meant = plain(parse(target)), plain(parse(source))
    except TagError as error:
        return str(error)
    if _REFUSAL.search(said) and not _REFUSAL.search(meant):
        return "the model refuses or talks about the text"
    if repeats(said, meant):
        return REPEATS
    letters = sum(map(str.isalpha, meant))
    if letters < FEW_LETTERS:
        return ""
    if not MIN_LENGTH <= len(said) / len(meant) <= MAX_LENGTH:
        return f"{len(said)} characters for {len(meant)}"
    # Names stay as they are; a sentence has words in lower case, too.
    is_sentence = len(_WORD.findall(meant)) > 3
    if said.strip() == meant.strip() and is_sentence:
        return "the text came back as it was"
    if _is_other_language(said, pair, is_sentence=is_sentence):
        return f"the answer is not in {pair.target}"
    return ""


def _is_other_language(said: str, pair: LanguagePair, *, is_sentence: bool) -> bool:
    source, target = (
        _SCRIPTS.get(tag.partition("-")[0]) for tag in (pair.source, pair.target)
    )
    if target and (is_sentence or source):
        return _share(said, target) < LEAST_SHARE
    return bool(source) and not target and _share(said, source or "") > MOST_FOREIGN


def _share(text: str, script: str) -> float:
    """Return the share of a script among the letters of a text."""
    own = len(re.findall(f"[{script}]", text))
    return own / max(1, own, sum(map(str.isalpha, text)))
