"""Addresses in settings: what they may be, and what may not be in them."""

from __future__ import annotations

import re

_SECRET = re.compile(
    r"\s*[a-z][a-z0-9+.-]*://"
    r"(?:[^/?#]*@|[^?#]*\?[^#]*(?:auth|cred|key|passw|secret|sig|token)[^&=#]*=)",
    re.IGNORECASE,
)
"""An address with a user, or with a query that sounds like a key."""
SHARED_MEMORY = re.compile(
    r"dynamodb://(?P<table>[A-Za-z0-9_.-]{3,255})"
    r"(?:\?(?P<options>(?:(?:region=[a-z0-9-]+|lease_s=[1-9][0-9]{0,3})(?:&(?=.)|$))+))?"
)
"""An address of a shared memory; what a table's name may be is DynamoDB's rule."""
_FETCHED = re.compile(r"(?:https://[^/\s]|http://127\.0\.0\.1[:/])\S*")
"""What does not leave this machine needs no https."""
FIELDS = ("page", "source", "target", "language")
"""What the address for a reader's suggestion may have in braces."""
MAX_TEMPLATE = 1000  # characters of that address: the rest is for what is filled in
_SUGGESTION = re.compile(
    # No field before the path: a book's text never says where a reader goes. What an
    # address may not have is to be written as it is encoded.
    r"(?:https?://[^/?#@{}]+[/?#]|mailto:[^/?#{}]+[?])[!#-;=?-\[\]_a-z{}~]*",
    re.IGNORECASE | re.ASCII,
)


def is_url(text: str) -> bool:
    """Tell whether a text is an address of its own, and no path."""
    return text.startswith(("http://", "https://", "file://", "//"))


def has_secret(address: str) -> bool:
    """Tell whether an address has a user, a password or a key in it.

    >>> has_secret("https://me:word@example.org"), has_secret("https://example.org/es")
    (True, False)
    """
    return _SECRET.match(address) is not None


def may_be_fetched(address: str) -> bool:
    """Tell whether a file may be fetched: on a way that nobody changes it.

    >>> may_be_fetched("https://example.org/es.tmx")
    True
    >>> may_be_fetched("http://example.org/es.tmx")
    False
    """
    return _FETCHED.match(address) is not None


def is_suggestion(text: str) -> bool:
    """Tell whether a text is a template of an address, with each field at most once.

    >>> is_suggestion("https://example.org/new?title={page}")
    True
    >>> is_suggestion("https://{page}/")
    False
    """
    rest = text
    for name in FIELDS:
        rest = rest.replace(f"{{{name}}}", "", 1)
    is_short = text.isascii() and len(text) <= MAX_TEMPLATE and " " not in text
    is_address = is_short and text.isprintable() and _SUGGESTION.fullmatch(text)
    return bool(is_address) and "{" not in rest and "}" not in rest
