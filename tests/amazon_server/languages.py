"""The languages that the service has: what ``ListLanguages`` answers in English."""

from __future__ import annotations

LANGUAGES: dict[str, str] = {
    "af": "Afrikaans",
    "sq": "Albanian",
    "am": "Amharic",
    "ar": "Arabic",
    "hy": "Armenian",
    "az": "Azerbaijani",
    "bn": "Bengali",
    "bs": "Bosnian",
    "bg": "Bulgarian",
    "ca": "Catalan",
    "zh": "Chinese (Simplified)",
    "zh-TW": "Chinese (Traditional)",
    "hr": "Croatian",
    "cs": "Czech",
    "da": "Danish",
    "fa-AF": "Dari",
    "nl": "Dutch",
    "en": "English",
    "et": "Estonian",
    "fa": "Farsi (Persian)",
    "tl": "Filipino, Tagalog",
    "fi": "Finnish",
    "fr": "French",
    "fr-CA": "French (Canada)",
    "ka": "Georgian",
    "de": "German",
    "el": "Greek",
    "gu": "Gujarati",
    "ht": "Haitian Creole",
    "ha": "Hausa",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "is": "Icelandic",
    "id": "Indonesian",
    "ga": "Irish",
    "it": "Italian",
    "ja": "Japanese",
    "kn": "Kannada",
    "kk": "Kazakh",
    "ko": "Korean",
    "lv": "Latvian",
    "lt": "Lithuanian",
    "mk": "Macedonian",
    "ms": "Malay",
    "ml": "Malayalam",
    "mt": "Maltese",
    "mr": "Marathi",
    "mn": "Mongolian",
    "no": "Norwegian (Bokmål)",
    "ps": "Pashto",
    "pl": "Polish",
    "pt": "Portuguese (Brazil)",
    "pt-PT": "Portuguese (Portugal)",
    "pa": "Punjabi",
    "ro": "Romanian",
    "ru": "Russian",
    "sr": "Serbian",
    "si": "Sinhala",
    "sk": "Slovak",
    "sl": "Slovenian",
    "so": "Somali",
    "es": "Spanish",
    "es-MX": "Spanish (Mexico)",
    "sw": "Swahili",
    "sv": "Swedish",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "uz": "Uzbek",
    "vi": "Vietnamese",
    "cy": "Welsh",
}
"""English names by code: https://docs.aws.amazon.com/translate/latest/dg/what-is-languages.html"""

AUTO = "auto"
"""The code that leaves the source language to the service."""

FORMAL = frozenset("nl fr de hi it ja ko es es-MX".split())
"""Targets with formal and informal speech:
https://docs.aws.amazon.com/translate/latest/dg/customizing-translations-formality.html"""

TEXT_REGIONS = frozenset(
    "us-east-1 us-east-2 us-west-1 us-west-2 us-gov-west-1 ap-east-1 ap-south-1"
    " ap-northeast-1 ap-northeast-2 ap-southeast-1 ap-southeast-2 ca-central-1"
    " eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3".split()
)
BATCH_REGIONS = TEXT_REGIONS - {"us-gov-west-1", "ap-east-1"}
"""https://docs.aws.amazon.com/translate/latest/dg/async.html"""
