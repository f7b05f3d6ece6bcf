"""Language codes: what Sphinx calls a language, what the rest of the world does.

Inside the project a language is a BCP 47 tag (``zh-CN``, ``pt-BR``, ``es``). Sphinx
wants ``zh_CN``; people write ``zh``, ``zh-cn``, ``zh_Hans``. Codes of engines stay in
engines.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from babel.core import Locale, get_global

_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:[-_](?P<script>[a-z]{4}))?"
    r"(?:[-_](?P<region>[a-z]{2}|[0-9]{3}))?(?:\.[a-z0-9-]+)?"  # a character set
    r"(?P<rest>(?:[-_@][a-z0-9]+)*)$",
    re.IGNORECASE,
)
MAX_CODE = 100  # characters; BCP 47 asks for 35
_TRADITIONAL = ("TW", "HK", "MO")  # regions that write Chinese in traditional script

_MODIFIERS = {"latin": "Latn", "cyrillic": "Cyrl"}  # gettext's names of scripts


@dataclass(frozen=True)
class Language:
    """A language code taken apart; ``script`` and ``region`` may be empty."""

    language: str  # lower case
    script: str = ""  # title case, as ISO 15924
    region: str = ""  # upper case
    variant: str = ""  # lower case; what follows @ in a POSIX name

    @classmethod
    def parse(cls, code: str) -> Language:
        """Read a code of Sphinx, gettext, BCP 47 or a person.

        Chinese always has a script and a region. Raises `ValueError` where the code is
        none of them.

        >>> Language.parse("sr@latin")
        Language(language='sr', script='Latn', region='', variant='')
        """
        read = cls.read(code)
        script, region = read.script, read.region
        if read.language != "zh" or read.variant:
            return read
        if not script:
            script = "Hant" if region in _TRADITIONAL else "Hans"
        if not region:
            region = "TW" if script == "Hant" else "CN"
        elif script == "Hans":
            region = "CN"
        return replace(read, script=script, region=region)

    @classmethod
    def read(cls, code: str) -> Language:
        """Read a code as `parse` does, with nothing that is not written."""
        match = None if len(code) > MAX_CODE else _TAG.match(code.strip())
        if not match:
            shown = repr(code[:MAX_CODE])
            raise ValueError(f"{shown} is not a language code such as 'es' or 'zh_CN'")
        script = (match["script"] or "").title()
        region = (match["region"] or "").upper()
        language = match["language"].lower()
        variant = re.sub("[-_@]", "-", match["rest"].lower()[1:])
        if variant in _MODIFIERS:
            script, variant = _MODIFIERS[variant], ""
        return cls(language, script, region, variant)

    @property
    def tag(self) -> str:
        """The BCP 47 tag, without a script that the region already tells."""
        script = "" if self.language == "zh" else self.script
        return "-".join(
            part for part in (self.language, script, self.region, self.variant) if part
        )

    @property
    def name(self) -> str:
        """The code as Sphinx and gettext write it: ``pt_BR``, ``ca@valencia``."""
        name = "_".join(filter(None, (self.language, self.script, self.region)))
        return f"{name}@{self.variant}" if self.variant else name

    @property
    def likely_script(self) -> str:
        """The script, by CLDR where the code names none; empty where CLDR has none.

        >>> [Language.parse(code).likely_script for code in ("sr", "pa_PK", "sr@latin")]
        ['Cyrl', 'Arab', 'Latn']
        """
        if self.script:
            return self.script
        likely = get_global("likely_subtags")  # "pa_PK": "pa_Arab_PK"
        for code in (f"{self.language}_{self.region}", self.language):
            if code in likely:
                return Language.parse(likely[code]).script
        return ""


def to_bcp47(code: str) -> str:
    """Return the BCP 47 tag that we know a language by; raises `ValueError`.

    >>> [to_bcp47(code) for code in ("zh", "zh_Hans", "zh_TW", "pt_br", "sr@latin")]
    ['zh-CN', 'zh-CN', 'zh-TW', 'pt-BR', 'sr-Latn']
    """
    return Language.parse(code).tag


def to_sphinx(code: str, available: Collection[str]) -> str:
    """Return the code under which Sphinx has the language.

    ``available`` are the folders of Sphinx's own catalogs. A language that Sphinx lacks
    keeps its own code, in the form Sphinx uses; raises `ValueError` for no code at all.

    >>> available = {"zh_CN", "pt_BR", "sr", "sr@latin", "uk_UA"}
    >>> [to_sphinx(code, available) for code in ("zh", "pt-br", "sr-Latn", "uk")]
    ['zh_CN', 'pt_BR', 'sr@latin', 'uk_UA']
    """
    if code in available and code != "zh":
        return code
    wanted = Language.parse(code)
    known = {Language.parse(each): each for each in sorted(available, reverse=True)}
    if wanted in known:
        return known[wanted]
    base = replace(wanted, region="")
    if wanted.script and base in known:
        return known[base]
    if wanted.language == "zh" and wanted.script == "Hant" and "zh_TW" in available:
        return "zh_TW"
    regional = [each for each in known if replace(each, region="") == base]
    if not wanted.region and len(regional) == 1:
        return known[regional[0]]
    return (replace(wanted, script="") if wanted.language == "zh" else wanted).name


def is_known(code: str) -> bool:
    """Tell whether CLDR knows the language, and what else the code names.

    >>> [is_known(code) for code in ("zh", "sr@latin", "pt_BR", "qq", "pt_XX")]
    [True, True, True, False, False]
    """
    read, english = Language.read(code), Locale("en")
    return (
        read.language != "und"  # CLDR's for any
        and any(
            read.language in get_global(name)
            for name in ("likely_subtags", "language_aliases")
        )
        and read.script in {"", *english.scripts}
        and read.region in {"", *english.territories}
    )


def name_of(tag: str) -> str:
    """Return the English name of a BCP 47 tag's language; one without stays as it is.

    >>> [name_of(tag) for tag in ("pt-BR", "zh-CN", "es", "sr-Latn")]
    ['Brazilian Portuguese', 'Simplified Chinese', 'Spanish', 'Serbian (Latin)']
    """
    from babel import Locale  # for who needs names only

    each, english = Language.parse(tag), Locale("en")
    for part in filter(None, (each.region, each.script)):
        if name := english.languages.get(f"{each.language}_{part}"):
            return str(name)
    name = english.languages.get(each.language, tag)
    script = english.scripts.get(each.script)
    return f"{name} ({script})" if script else str(name)


def matches(tag: str, wanted: str) -> bool:
    """Tell whether text marked ``tag`` serves where ``wanted`` is asked for.

    The same language and script, and no other region.

    >>> matches("zh", "zh-CN"), matches("zh-TW", "zh-CN"), matches("en-US", "en")
    (True, False, True)
    """
    try:
        have, want = Language.parse(tag), Language.parse(wanted)
    except ValueError:
        return False
    return (
        have.language == want.language
        and have.script == want.script
        and have.variant == want.variant
        and (have.region == want.region or not have.region or not want.region)
    )


@dataclass(frozen=True)
class LanguagePair:
    """Source and target language as BCP 47 tags."""

    source: str
    target: str

    @classmethod
    def of(cls, source: str, target: str) -> LanguagePair:
        """Make a pair from codes of any kind; raises `ValueError`.

        >>> str(LanguagePair.of("en", "zh"))
        'en to zh-CN'
        """
        return cls(to_bcp47(source), to_bcp47(target))

    @property
    def is_same(self) -> bool:
        """Whether there is nothing to translate between the two."""
        return matches(self.source, self.target)

    def __str__(self) -> str:
        return f"{self.source} to {self.target}"
