"""What books as files need in some languages: fonts in a PDF, a language in an e-book.

Nothing is touched that an author has set.
"""

from __future__ import annotations

from typing import Any

from docutils.languages import get_language
from sphinx.config import Config

from sphinx_amts.hosts.sphinx.workarounds import is_set
from sphinx_amts.text.languages import Language

_NOTO = (
    r"\setCJKmainfont{Noto Serif CJK %(noto)s}",
    r"\setCJKsansfont{Noto Sans CJK %(noto)s}",
    r"\setCJKmonofont{Noto Sans Mono CJK %(noto)s}",
)
_FANDOL = (
    r"\setCJKmainfont[BoldFont=FandolSong-Bold.otf,"
    r"ItalicFont=FandolKai-Regular.otf]{FandolSong-Regular.otf}",
    r"\setCJKsansfont[BoldFont=FandolHei-Bold.otf]{FandolHei-Regular.otf}",
    r"\setCJKmonofont{FandolFang-Regular.otf}",
)
_UN = (
    r"\setCJKmainfont[BoldFont=UnBatangBold.ttf]{UnBatang.ttf}",
    r"\setCJKsansfont[BoldFont=UnDotumBold.ttf]{UnDotum.ttf}",
    r"\setCJKmonofont{UnDotum.ttf}",
)
FONTS = {
    "zh-Hans": ("SC", "FandolSong-Regular.otf", _FANDOL),
    "zh-Hant": ("TC", "FandolSong-Regular.otf", _FANDOL),
    "ko": ("KR", "UnBatang.ttf", _UN),
}
"""Suffix of the Noto fonts, and what TeX Live has of its own where they are missing.
Sphinx builds Japanese with upLaTeX, which brings its fonts."""

_DOCUTILS = {"zh-Hans": "zh-cn", "zh-Hant": "zh-tw", "ko": "ko"}  # its languages

KOREAN = {
    "polyglossia": "",
    "babel": r"\usepackage{babel}",
    "fontenc": r"\usepackage{xeCJK}",
    "fvset": r"\fvset{fontsize=\small,formatcom=\xeCJKVerbAddon}",
}
"""What Sphinx itself sets for Chinese with XeLaTeX."""


def set_up_formats(config: Config) -> None:
    """Give PDF and e-book what their language needs."""
    language = Language.parse(config.language or "en")
    if not is_set(config, "epub_language"):
        config["epub_language"] = language.tag  # with hyphens, or readers refuse it
    name = f"{language.language}-{language.script}".rstrip("-")
    if name not in FONTS:
        return
    if not is_set(config, "latex_engine"):
        config["latex_engine"] = "xelatex"
    elements = dict(config.latex_elements)
    if config.latex_engine == "xelatex" and not _has_fonts(elements):
        defaults: dict[str, Any] = KOREAN if name == "ko" else {}
        preamble = f"{_preamble(name)}\n{elements.get('preamble', '')}"
        config["latex_elements"] = {**defaults, **elements, "preamble": preamble}


def _has_fonts(elements: dict[str, Any]) -> bool:
    texts = " ".join(map(str, elements.values()))
    return "fontpkg" in elements or "CJK" in texts or "ctex" in texts


def _preamble(name: str) -> str:
    noto, file, others = FONTS[name]
    contents = get_language(_DOCUTILS[name]).labels["contents"]
    first = "".join(_NOTO) % {"noto": noto}
    return (
        f"\\IfFontExistsTF{{Noto Serif CJK {noto}}}{{{first}}}"
        f"{{\\IfFontExistsTF{{{file}}}{{{''.join(others)}}}{{}}}}"
        # For which Sphinx leaves LaTeX's English word.
        f"\\AtBeginDocument{{\\renewcommand{{\\contentsname}}{{{contents}}}}}"
    )
