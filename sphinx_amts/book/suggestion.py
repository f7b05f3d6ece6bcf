"""Addresses at which readers suggest a correction, with the texts filled in.

The texts are anybody's. They are percent-encoded to the last sign, so that none ends
its field, and cut, so that no service refuses the address for its length.
"""

from __future__ import annotations

from urllib.parse import quote

from sphinx_amts.addresses import FIELDS

MAX_ADDRESS = 4096
"""Bytes of an address. Servers take 8 kB (nginx, Apache) or 4 (IIS), and where a reader
has to log in first, GitHub encodes the address once more: five bytes for each three."""
MAX_MAIL = 2000  # of an address of mail: Windows hands no more than 2083 on
MAX_PAGE = 300  # of the name of a page
MAX_LANGUAGE = 100
CUT = "…"


def suggestion(
    template: str, *, page: str, source: str, target: str, language: str
) -> str:
    """Return an address with a template's fields filled in; texts are plain."""
    most = MAX_MAIL if template.lower().startswith("mailto:") else MAX_ADDRESS
    fields = {"page": encoded(page, MAX_PAGE)}
    fields["language"] = encoded(language, MAX_LANGUAGE)
    room = most - len(_filled(template, {**fields, "source": "", "target": ""}))
    lengths = {
        name: len(encoded(text, room)) if f"{{{name}}}" in template else 0
        for name, text in (("source", source), ("target", target))
    }
    # What one of them does not need is the other's.
    half = room // 2
    fields["source"] = encoded(source, max(half, room - lengths["target"]))
    fields["target"] = encoded(target, max(half, room - lengths["source"]))
    return _filled(template, fields)


def encoded(text: str, most: int) -> str:
    """Encode a text's beginning in so many bytes; a cut shows.

    >>> encoded("a b", 9), encoded("tea & milk", 15)
    ('a%20b', 'tea%20%E2%80%A6')
    """
    whole = quote(text, safe="", errors="replace")
    if len(whole) <= most:
        return whole
    end = quote(CUT)
    kept, left = [], most - len(end)
    for each in text:
        sign = quote(each, safe="", errors="replace")
        left -= len(sign)
        if left < 0:
            break
        kept.append(sign)
    return "".join(kept) + end if most >= len(end) else ""


def _filled(template: str, fields: dict[str, str]) -> str:
    """Fill a template; nothing that is filled in is a field again."""
    for name in FIELDS:
        # An encoded text has no brace.
        template = template.replace(f"{{{name}}}", fields[name])
    return template
