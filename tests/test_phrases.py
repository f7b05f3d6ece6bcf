"""What readers are told is there in every language, whole and in its own script."""

from __future__ import annotations

import io
import re
import string
import unicodedata
from dataclasses import fields

import pytest
from babel import Locale, localedata
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from sphinx_amts.book.phrases import CATALOG, LOCALE, Phrases, direction, phrases_for

pytestmark = pytest.mark.newest

LANGUAGES = {
    *("ar", "cs", "de", "es", "fa", "fr", "he", "it", "ja", "ko", "nl", "pl", "pt"),
    *("ru", "tr", "uk", "zh_Hans", "zh_Hant"),
}
HEADER = {
    *("Project-Id-Version", "PO-Revision-Date", "Last-Translator", "Language-Team"),
    *("Language", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
}
MESSAGES = {(each.name, each.default) for each in fields(Phrases)}


def messages(catalog: Catalog) -> set[tuple[str, str]]:
    return {(each.context, each.id) for each in catalog if each.id}


def places(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def faults(text: str, language: str) -> list[str]:
    """Return what is wrong with the catalog of a language."""
    header = dict(re.findall(r'^"([\w-]+): (.*\S) *\\n"$', text, re.MULTILINE))
    catalog = read_po(io.StringIO(text))
    found = [f"header: no {name}" for name in sorted(HEADER - header.keys())]
    if header.get("Language", language) != language:
        found.append("header: another language")
    if re.search("FULL NAME|EMAIL|YEAR|VERSION", str(header)):
        found.append("header: not filled in")
    if messages(catalog) != MESSAGES or catalog.obsolete:
        found.append("other messages")
    for each in catalog:
        if each.fuzzy:
            found.append(f"{each.context} is fuzzy")
        if each.id and not each.string:
            found.append(f"{each.context} is empty")
        if each.string and places(each.id) != places(each.string):
            found.append(f"{each.context} has other places")
    is_right_to_left = direction(language.replace("_", "-")) == "rtl"
    words = "".join(each.string for each in catalog if each.id)
    if is_right_to_left != (unicodedata.bidirectional(words[:1]) in ("R", "AL")):
        found.append("written in the other direction")
    return found


def read(language: str) -> str:
    return (LOCALE / language / CATALOG).read_text(encoding="utf-8")


def test_every_language_that_there_was_is_there():
    assert {path.parents[1].name for path in LOCALE.glob(f"*/{CATALOG}")} >= LANGUAGES


@pytest.mark.parametrize(
    "language", sorted(path.parents[1].name for path in LOCALE.glob(f"*/{CATALOG}"))
)
def test_a_catalog_is_whole(language):
    assert faults(read(language), language) == []
    tag = language.replace("_", "-")
    texts, found = phrases_for(tag)
    assert found == tag
    # Each of them is the catalog's own; none is English.
    assert not vars(texts).items() & vars(Phrases()).items()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"Language-Team: sphinx_amts\\n"\n', "", "header: no Language-Team"),
        ("Language: de", "Language: nl", "header: another language"),
        ("Translator: sphinx_amts", "Translator: NAME", None),
        ("Translator: sphinx_amts", "Translator: FULL NAME", "header: not filled in"),
        ('msgctxt "show"', 'msgctxt "see"', "other messages"),
        ("# What", '#~ msgid "A"\n#~ msgstr "B"\n\n# What', "other messages"),
        ('msgctxt "show"', '#, fuzzy\nmsgctxt "show"', "show is fuzzy"),
        ('"Originalseite"', '""', "original is empty"),
        ("{percent} % davon", "{prozent} % davon", "share has other places"),
        ('"Diese', '"\N{HEBREW LETTER ALEF}', "written in the other direction"),
    ],
)
def test_each_fault_of_a_catalog_is_found(old, new, fault):
    text = read("de")
    assert text.count(old) == 1
    assert faults(text.replace(old, new), "de") == ([fault] if fault else [])


def test_a_new_catalog_begins_with_all_messages():
    text = (LOCALE / "sphinx_amts.pot").read_text(encoding="utf-8")
    catalog = read_po(io.StringIO(text))
    assert messages(catalog) == MESSAGES
    assert not any(each.string for each in catalog if each.id)


@pytest.mark.parametrize(
    ("tag", "language", "expected"),
    [
        ("pt-BR", "Idioma", "pt-BR"),
        ("zh-CN", "语言", "zh-CN"),
        ("zh-SG", "语言", "zh-SG"),
        ("zh-TW", "語言", "zh-TW"),
        ("zh-HK", "語言", "zh-HK"),
        ("zh-Latn", "Language", "en"),
        ("fa-Latn", "Language", "en"),
        ("sw", "Language", "en"),
        ("en-GB", "Language", "en-GB"),
    ],
)
def test_the_best_language_that_there_is(tag, language, expected):
    texts, found = phrases_for(tag)
    assert (texts.language, found) == (language, expected)


def test_directions_are_those_of_cldr():
    names = localedata.locale_identifiers()
    assert len(names) > 500
    wrong = [
        name
        for name in names
        if (Locale.parse(name).text_direction == "rtl") != (direction(name) == "rtl")
    ]
    assert wrong == []


@pytest.mark.parametrize("tag", ["arc", "ckb", "dv", "iw", "nqo", "ps", "syr", "yi"])
def test_languages_without_a_locale_have_a_direction_too(tag):
    assert direction(tag) == "rtl"
