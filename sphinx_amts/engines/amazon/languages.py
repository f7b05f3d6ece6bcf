"""What Amazon Translate calls a language, and which languages it knows.

From https://docs.aws.amazon.com/translate/latest/dg/what-is-languages.html
"""

from __future__ import annotations

import re

from sphinx_amts.errors import UnsupportedPair
from sphinx_amts.text.languages import Language, LanguagePair, matches

CODES = frozenset(
    "af am ar az bg bn bs ca cs cy da de el en es es-MX et fa fa-AF fi fr fr-CA ga gu"
    " ha he hi hr ht hu hy id is it ja ka kk kn ko lt lv mk ml mn mr ms mt nl no pa pl"
    " ps pt pt-PT ro ru si sk sl so sq sr sv sw ta te th tl tr uk ur uz vi zh"
    " zh-TW".split()
)
"""The codes that both sides of a pair may have: 75. Any two of them are a pair."""

FORMALITY_TARGETS = frozenset("de es es-MX fr fr-CA hi it ja ko nl pt-PT".split())
"""Targets whose register can be chosen; others ignore it.

From https://docs.aws.amazon.com/translate/latest/dg/customizing-translations-formality.html
"""

_ALIASES = {
    # Norwegian is Bokmål, Filipino is Tagalog, Dari is the Persian of Afghanistan.
    "nb": "no",
    "nn": "no",
    "fil": "tl",
    "prs": "fa-AF",
    # ISO 639-1 had other codes for these once.
    "iw": "he",
    "in": "id",
    "mo": "ro",
    # The standard Malay, Azerbaijani and Uzbek of their countries.
    "zsm": "ms",
    "azj": "az",
    "uzn": "uz",
}
_NEAR = {
    # Of each language that the service lacks: what many of its readers know.
    **dict.fromkeys(("an", "ast", "eu", "gl"), ("es",)),
    **dict.fromkeys(("cak", "gn", "nah", "qu"), ("es", "es-MX")),
    **dict.fromkeys(("br", "oc", "wo"), ("fr",)),
    **dict.fromkeys(("be", "tt", "ky", "tg"), ("ru",)),
    **dict.fromkeys(("mai", "ne", "sa", "bho"), ("hi",)),
    **dict.fromkeys(("fy", "nds", "li"), ("nl", "de")),
    "fo": ("da",),
    "lb": ("de", "fr"),
    "gsw": ("de",),
    "hsb": ("de",),
    "gd": ("en", "ga"),
    "ku": ("tr", "ar"),
    "yue": ("zh-TW", "zh"),
    "as": ("bn",),
    "or": ("hi", "bn"),
    "sd": ("ur",),
    "su": ("id",),
    "jv": ("id",),
    "ceb": ("tl",),
    "yi": ("he", "de"),
    "zu": ("en", "af"),
    "xh": ("en", "af"),
    "sr-Latn": ("hr", "bs", "sr"),
    "ca-valencia": ("ca",),
}


def code_of(tag: str) -> str | None:
    """Return the service's code for a BCP 47 tag, or None where it has none.

    A region that the service does not tell apart is left out; another script than the
    service writes is another text and has none.

    >>> [code_of(tag) for tag in ("zh-CN", "zh-HK", "pt-BR", "nn-NO", "sr-Latn", "eo")]
    ['zh', 'zh-TW', 'pt', 'no', None, None]
    """
    language = Language.parse(tag)
    if language.language == "zh":
        return "zh-TW" if language.script == "Hant" else "zh"
    base = _ALIASES.get(language.language, language.language)
    if language.script and language.script != Language.parse(base).likely_script:
        return None
    regional = f"{base}-{language.region}"
    if regional in CODES:
        return regional
    return base if base in CODES else None


def codes_of(pair: LanguagePair) -> tuple[str, str]:
    """Return the service's codes for a pair; raises `UnsupportedPair`."""
    source, target = code_of(pair.source), code_of(pair.target)
    for tag, code in ((pair.source, source), (pair.target, target)):
        if code is None:
            raise UnsupportedPair(
                f"Amazon Translate does not know the language {tag!r}. {_advice(tag)}"
            )
    assert source is not None
    assert target is not None
    if source == target:
        raise UnsupportedPair(
            f"{pair} is one language to Amazon Translate ({source})."
            " Choose another amts_engine."
        )
    return source, target


def near(tag: str) -> tuple[str, ...]:
    """Return codes of the service that are near a language which it lacks.

    The language's own, in another script or region, then what its readers often know.

    >>> near("gl"), near("sr-Latn"), near("tlh")
    (('es',), ('hr', 'bs', 'sr'), ())
    """
    language = Language.parse(tag)
    base = _ALIASES.get(language.language, language.language)
    own = tuple(sorted(code for code in CODES if re.match(rf"{base}(-|$)", code)))
    return _NEAR.get(tag) or own or _NEAR.get(base, ())


def _advice(tag: str) -> str:
    found = near(tag)
    close = f"Near it are: {', '.join(found)}. " if found else ""
    return (
        f"{close}It knows {', '.join(sorted(CODES))}."
        " Choose one of them, or another amts_engine."
    )


def file_codes(pair: LanguagePair) -> tuple[str, str]:
    """Return the codes that a file of pairs has: the service's, if only shorter.

    >>> file_codes(LanguagePair("zh-CN", "zh-TW"))
    ('zh', 'zh-TW')
    >>> file_codes(LanguagePair("eo", "nn-NO"))
    ('eo', 'nn-NO')
    """
    return _file_code(pair.source), _file_code(pair.target)


def _file_code(tag: str) -> str:
    code = code_of(tag)
    return code if code and matches(code, tag) else tag
