r"""What a text with links and HTML leads to, and whether that can do harm.

>>> leads_to_harm("java\nscript:alert(1)"), leads_to_harm("guide.html#data:")
(True, False)
"""

from __future__ import annotations

import re

_UNSEEN = re.compile("[\x00-\x20]")  # browsers pass over it
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_SCHEMES = ("http", "https", "mailto", "ftp")
_HARMLESS_HTML = re.compile(
    r"</?(?:abbr|b|bdi|br|cite|code|del|em|i|ins|kbd|mark|q|s|samp|small|span|strong|sub"
    r"|sup|u|var|wbr)(?:\s+(?:class|dir|lang|title)=\"[^\"<>]*\")*\s*/?>|<!--[^<>]*-->"
)


def scheme_of(address: str) -> str:
    """Return the scheme of an address in lower case; empty for a path."""
    found = _SCHEME.match(_UNSEEN.sub("", address))
    return found[1].lower() if found else ""


def leads_to_harm(address: str) -> bool:
    """Tell whether following an address may run something."""
    return scheme_of(address) not in ("", *_SCHEMES)


def is_harmless_html(text: str) -> bool:
    """Tell whether a tag of HTML changes the look of words and no more."""
    return bool(_HARMLESS_HTML.fullmatch(text))
