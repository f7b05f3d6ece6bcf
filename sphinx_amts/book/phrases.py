"""What we say to readers, in their languages.

English is here; every other language is a gettext catalog below ``locale``, which is
read as it is. To Sphinx's own catalogs and to a book's it has no relation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

from sphinx_amts.formats.catalogs import load
from sphinx_amts.text.languages import Language

LOCALE = Path(__file__).parents[1] / "locale"
"""A folder for each language, and ``sphinx_amts.pot``, with which a new one begins."""
CATALOG = "LC_MESSAGES/sphinx_amts.po"


@dataclass(frozen=True)
class Phrases:
    """All that we say on a page; in a catalog, each name is the context of its text.

    ``share`` has a place for ``percent``.
    """

    notice: str = (
        "This page is wholly or partly machine-translated and may contain mistakes."
    )
    share: str = "People translated {percent} % of it."
    original: str = "Original page"  # words of the link to it
    show: str = "Show the original"  # on a button, for one paragraph or for all
    suggest: str = "Suggest a correction"  # names a link beside the original
    language: str = "Language"  # names the menu of languages


RIGHT_TO_LEFT = {
    *("Adlm", "Arab", "Aran", "Armi", "Hebr", "Mand"),
    *("Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi"),
}
"""Scripts of living languages, and Aramaic's, whose letters Unicode has as R or AL."""


def phrases_for(tag: str) -> tuple[Phrases, str]:
    """Return the texts for a BCP 47 tag, and the tag of the language they are in.

    They are in the best language that there is: of the same script, and of the same
    region where it has texts of its own; otherwise in English.

    >>> phrases_for("pt-BR")[1], phrases_for("zh-TW")[1], phrases_for("sw")[1]
    ('pt-BR', 'zh-TW', 'en')
    """
    wanted = Language.parse(tag)
    for name in _folders(wanted):
        path = LOCALE / name / CATALOG
        is_readable = Language.parse(name).likely_script == wanted.likely_script
        if is_readable and path.is_file():
            return _read(path), tag
    return Phrases(), tag if wanted.language == "en" else "en"


def direction(tag: str) -> str:
    """Return ``rtl`` or ``ltr``, as HTML calls the direction of a language.

    >>> direction("ar"), direction("az-Arab"), direction("ur-Latn"), direction("zh-CN")
    ('rtl', 'rtl', 'ltr', 'ltr')
    """
    return "rtl" if Language.parse(tag).likely_script in RIGHT_TO_LEFT else "ltr"


def _folders(wanted: Language) -> Iterator[str]:
    """Yield the names under which texts may be, the most exact first."""
    language, script, region = wanted.language, wanted.script, wanted.region
    for parts in ((script, region), (script,), (region,), ()):
        if all(parts):
            yield "_".join([language, *parts])


@lru_cache  # asked for on every page
def _read(path: Path) -> Phrases:
    texts = {
        (entry.get("msgctxt"), entry.id): entry.string
        for entry in load(path).reviewed()
    }
    keys = [(field.name, str(field.default)) for field in fields(Phrases)]
    found = {name: texts[name, text] for name, text in keys if (name, text) in texts}
    return Phrases(**found)
