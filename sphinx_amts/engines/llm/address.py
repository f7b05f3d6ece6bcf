"""The address of an endpoint and its key, and how none of it is ever seen.

An address may hold a user, a password and a query; what a server answers may repeat
them. So nothing of it is shown but the server and the path, and every text that comes
from elsewhere goes through `Address.hide`.
"""

from __future__ import annotations

import logging
import re
from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import unquote, unquote_plus, urlsplit, urlunsplit

from sphinx_amts.errors import EngineUnavailable

PATH = "/chat/completions"
SHORTEST = 4  # characters of a secret; what is shorter is none
FEWEST = 16
"""Characters of a secret that no translation may have. Servers without keys take any
word as one, and a book may have that word, too."""
_KEY = re.compile("[\x21-\x7e]+")
_SCHEMES = ("http", "https")


@dataclass(frozen=True)
class Address:
    """Where requests go; only ``shown`` may be seen."""

    shown: str
    url: str = field(repr=False)  # without user and password
    authorization: str = field(repr=False)  # a header's value, or empty
    secrets: tuple[str, ...] = field(repr=False)

    def __str__(self) -> str:
        return self.shown

    @classmethod
    def parse(cls, text: str, key: str = "") -> Address:
        """Read an address as users write it; raises `ValueError` that shows nothing.

        A key comes before a user and password: a request can have one of them.

        >>> address = Address.parse("https://me:secret@host/v1?version=2", "sk-1")
        >>> address
        Address(shown='https://host/v1/chat/completions')
        >>> address.url, address.authorization
        ('https://host/v1/chat/completions?version=2', 'Bearer sk-1')
        """
        try:
            parts = urlsplit(text.strip())
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError("not an address") from None
        if not host or parts.scheme not in _SCHEMES:
            raise ValueError("not an address")
        place = f"[{host}]" if ":" in host else host
        place += f":{port}" if port else ""
        path = parts.path.rstrip("/").removesuffix(PATH) + PATH
        login = ":".join(
            unquote(each or "") for each in (parts.username, parts.password)
        )
        basic = b64encode(login.encode()).decode() if login != ":" else ""
        values = [each.rpartition("=")[2] for each in parts.query.split("&")]
        found = [key, basic, parts.password or "", parts.query, *values]
        found += [unquote(each) for each in found] + [
            unquote_plus(each) for each in values
        ]
        return cls(
            urlunsplit((parts.scheme, place, path, "", "")),
            urlunsplit((parts.scheme, place, path, parts.query, "")),
            f"Bearer {key}" if key else f"Basic {basic}" if basic else "",
            tuple(
                sorted({each for each in found if len(each) >= SHORTEST}, key=_longest)
            ),
        )

    def hide(self, text: str) -> str:
        """Take secrets out of a text from elsewhere.

        >>> Address.parse("http://host/v1", "sk-12345678").hide("no key sk-12345678")
        'no key …'
        """
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return text

    def is_betrayed_by(self, text: str) -> bool:
        """Tell whether a text has a secret in it, whatever its case."""
        lower = text.lower()
        return any(
            len(secret) >= FEWEST and secret.lower() in lower for secret in self.secrets
        )


def _longest(text: str) -> tuple[int, str]:
    return -len(text), text


def check_key(key: str, variable: str) -> str:
    """Return a key that can be sent; raises `EngineUnavailable` without it."""
    if key and not _KEY.fullmatch(key):
        raise EngineUnavailable(
            f"the key in {variable} has characters that no key has. Set it again,"
            " without quotes, blanks and line ends."
        )
    return key


# --- Logs -----------------------------------------------------------------------------


def keep_logs_clean() -> None:
    """Keep addresses and headers out of what httpx and httpcore log, in any level."""
    logging.getLogger("httpx").addFilter(_without_addresses)
    for name in ("http11", "http2", "proxy"):
        logging.getLogger(f"httpcore.{name}").addFilter(_has_no_headers)


def _without_addresses(logged: logging.LogRecord) -> bool:
    """Shorten the addresses that it holds to what may be seen."""
    if isinstance(logged.args, tuple):
        logged.args = tuple(
            _shown(each) if hasattr(each, "host") else each for each in logged.args
        )
    return True


def _shown(url: object) -> str:
    parts = urlsplit(str(url))
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, place, parts.path, "", ""))


def _has_no_headers(record: logging.LogRecord) -> bool:
    return "headers.complete" not in record.getMessage()
