"""The notice on pages with machine-translated text, in the page's own language."""

from __future__ import annotations

from html import escape

from sphinx_amts.languages import Language

NOTICES = {
    "ar": "تُرجمت هذه الصفحة آليًا كليًا أو جزئيًا، وقد تحتوي على أخطاء.",
    "cs": "Tato stránka je zcela nebo zčásti přeložena strojově a může obsahovat"
    " chyby.",
    "de": "Diese Seite ist ganz oder teilweise maschinell übersetzt und kann Fehler"
    " enthalten.",
    "en": "This page is wholly or partly machine-translated and may contain mistakes.",
    "es": "Esta página se ha traducido en todo o en parte de forma automática y puede"
    " contener errores.",
    "fr": "Cette page est traduite automatiquement, en tout ou en partie, et peut"
    " contenir des erreurs.",
    "it": "Questa pagina è tradotta automaticamente, in tutto o in parte, e può"
    " contenere errori.",
    "ja": "このページの全部または一部は機械翻訳であり、誤りを含むことがあります。",
    "ko": "이 페이지는 전부 또는 일부가 기계 번역되었으며 오류가 있을 수 있습니다.",
    "nl": "Deze pagina is geheel of gedeeltelijk machinaal vertaald en kan fouten"
    " bevatten.",
    "pl": "Ta strona została w całości lub częściowo przetłumaczona maszynowo i może"
    " zawierać błędy.",
    "pt": "Esta página foi traduzida automaticamente, no todo ou em parte, e pode"
    " conter erros.",
    "ru": "Эта страница полностью или частично переведена машиной и может содержать"
    " ошибки.",
    "tr": "Bu sayfa tamamen veya kısmen makine ile çevrilmiştir ve hatalar içerebilir.",
    "uk": "Цю сторінку повністю або частково перекладено машиною; вона може містити"
    " помилки.",
    "zh": "本页全部或部分内容由机器翻译，可能存在错误。",
    "zh-Hant": "本頁全部或部分內容由機器翻譯，可能存在錯誤。",
}
"""The notice by language, with the script where the language has two."""


def render_notice(language: str) -> str:
    """Return the notice as HTML for a BCP 47 tag; in English where we have no text."""
    parsed = Language.parse(language)
    name = f"{parsed.language}-{parsed.script}" if parsed.script else parsed.language
    text = NOTICES.get(name) or NOTICES.get(parsed.language)
    marked = "" if text else ' lang="en" dir="ltr"'
    return (
        f'<div class="admonition note amts-notice" role="note"{marked}>'
        f"<p>{escape(text or NOTICES['en'])}</p></div>\n"
    )
