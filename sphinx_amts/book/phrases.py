"""What we say to readers, in their languages."""

from __future__ import annotations

from dataclasses import dataclass

from sphinx_amts.text.languages import Language


@dataclass(frozen=True)
class Texts:
    """All that we say on a page; ``share`` has a place for ``percent``."""

    notice: str
    share: str
    original: str  # words of the link to the same page in the source language
    show: str  # on a button that shows the original of one paragraph, or of all
    language: str  # names the menu of languages


TEXTS = {
    "ar": Texts(
        "تُرجمت هذه الصفحة آليًا كليًا أو جزئيًا، وقد تحتوي على أخطاء.",
        "ترجم أشخاص {percent}٪ منها.",
        "الصفحة الأصلية",
        "عرض النص الأصلي",
        "اللغة",
    ),
    "cs": Texts(
        "Tato stránka je zcela nebo zčásti přeložena strojově a může obsahovat chyby.",
        "Lidé z ní přeložili {percent} %.",
        "Původní stránka",
        "Zobrazit originál",
        "Jazyk",
    ),
    "de": Texts(
        "Diese Seite ist ganz oder teilweise maschinell übersetzt und kann Fehler"
        " enthalten.",
        "{percent} % davon haben Menschen übersetzt.",
        "Originalseite",
        "Original anzeigen",
        "Sprache",
    ),
    "en": Texts(
        "This page is wholly or partly machine-translated and may contain mistakes.",
        "People translated {percent} % of it.",
        "Original page",
        "Show the original",
        "Language",
    ),
    "es": Texts(
        "Esta página se ha traducido en todo o en parte de forma automática y puede"
        " contener errores.",
        "El {percent} % lo han traducido personas.",
        "Página original",
        "Mostrar el original",
        "Idioma",
    ),
    "fa": Texts(
        "این صفحه به‌طور کامل یا بخشی از آن با ماشین ترجمه شده و ممکن است خطا داشته"
        " باشد.",
        "{percent}٪ آن را انسان ترجمه کرده است.",
        "صفحهٔ اصلی",
        "نمایش متن اصلی",
        "زبان",
    ),
    "fr": Texts(
        "Cette page est traduite automatiquement, en tout ou en partie, et peut"
        " contenir des erreurs.",
        "{percent} % ont été traduits par des personnes.",
        "Page d’origine",
        "Afficher l’original",
        "Langue",
    ),
    "he": Texts(
        "דף זה תורגם במכונה, כולו או חלקו, וייתכנו בו טעויות.",
        "{percent}% ממנו תורגמו בידי אדם.",
        "הדף המקורי",
        "הצגת המקור",
        "שפה",
    ),
    "it": Texts(
        "Questa pagina è tradotta automaticamente, in tutto o in parte, e può"
        " contenere errori.",
        "Il {percent} % è stato tradotto da persone.",
        "Pagina originale",
        "Mostra l’originale",
        "Lingua",
    ),
    "ja": Texts(
        "このページの全部または一部は機械翻訳であり、誤りを含むことがあります。",
        "{percent} % は人が翻訳しました。",
        "原文のページ",
        "原文を表示",
        "言語",
    ),
    "ko": Texts(
        "이 페이지는 전부 또는 일부가 기계 번역되었으며 오류가 있을 수 있습니다.",
        "{percent}%는 사람이 번역했습니다.",
        "원문 페이지",
        "원문 보기",
        "언어",
    ),
    "nl": Texts(
        "Deze pagina is geheel of gedeeltelijk machinaal vertaald en kan fouten"
        " bevatten.",
        "{percent} % ervan is door mensen vertaald.",
        "Oorspronkelijke pagina",
        "Origineel tonen",
        "Taal",
    ),
    "pl": Texts(
        "Ta strona została w całości lub częściowo przetłumaczona maszynowo i może"
        " zawierać błędy.",
        "Ludzie przetłumaczyli {percent} % tekstu.",
        "Strona oryginalna",
        "Pokaż oryginał",
        "Język",
    ),
    "pt": Texts(
        "Esta página foi traduzida automaticamente, no todo ou em parte, e pode"
        " conter erros.",
        "{percent} % foi traduzido por pessoas.",
        "Página original",
        "Mostrar o original",
        "Idioma",
    ),
    "ru": Texts(
        "Эта страница полностью или частично переведена машиной и может содержать"
        " ошибки.",
        "Люди перевели {percent} % текста.",
        "Исходная страница",
        "Показать оригинал",
        "Язык",
    ),
    "tr": Texts(
        "Bu sayfa tamamen veya kısmen makine ile çevrilmiştir ve hatalar içerebilir.",
        "%{percent} kadarını insanlar çevirmiştir.",
        "Özgün sayfa",
        "Özgün metni göster",
        "Dil",
    ),
    "uk": Texts(
        "Цю сторінку повністю або частково перекладено машиною; вона може містити"
        " помилки.",
        "Люди переклали {percent} % тексту.",
        "Сторінка оригіналу",
        "Показати оригінал",
        "Мова",
    ),
    "zh": Texts(
        "本页全部或部分内容由机器翻译，可能存在错误。",
        "其中 {percent}% 由人工翻译。",
        "原文页面",
        "显示原文",
        "语言",
    ),
    "zh-Hant": Texts(
        "本頁全部或部分內容由機器翻譯，可能存在錯誤。",
        "其中 {percent}% 由人工翻譯。",
        "原文頁面",
        "顯示原文",
        "語言",
    ),
}
"""The texts by language, with the script where the language has two."""

RIGHT_TO_LEFT = {
    "ar",
    "arc",
    "ckb",
    "dv",
    "fa",
    "he",
    "iw",
    "ps",
    "sd",
    "ug",
    "ur",
    "yi",
}
"""Languages written from right to left, where their code names no other script."""
_SCRIPTS = {"Arab", "Hebr", "Nkoo", "Syrc", "Thaa"}


def texts_for(tag: str) -> tuple[Texts, str]:
    """Return the texts for a BCP 47 tag, and the tag of the language they are in.

    >>> texts_for("pt-BR")[1], texts_for("zh-TW")[1], texts_for("sw")[1]
    ('pt-BR', 'zh-TW', 'en')
    """
    parsed = Language.parse(tag)
    for name in (f"{parsed.language}-{parsed.script}", parsed.language):
        if name in TEXTS:
            return TEXTS[name], tag
    return TEXTS["en"], "en"


def direction(tag: str) -> str:
    """Return ``rtl`` or ``ltr``, as HTML calls the direction of a language.

    >>> direction("ar"), direction("az-Arab"), direction("ur-Latn"), direction("zh-CN")
    ('rtl', 'rtl', 'ltr', 'ltr')
    """
    parsed = Language.parse(tag)
    if parsed.script:
        return "rtl" if parsed.script in _SCRIPTS else "ltr"
    return "rtl" if parsed.language in RIGHT_TO_LEFT else "ltr"
