"""HTTP by httpx, as the engines need it: nothing is followed, shown or read for ever.

``httpx`` is imported when the first client is opened and not before. Its errors become
`sphinx_amts.aws.errors.Trouble` by one table, `WIRE_ERRORS`; their texts, which may
hold an address or a header, are passed on nowhere.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from sphinx_amts.aws.client import CONNECT_TIMEOUT_S
from sphinx_amts.aws.errors import MAX_RETRY_AFTER_S, Fault, Trouble
from sphinx_amts.engines.llm.address import Address, keep_logs_clean
from sphinx_amts.errors import EngineUnavailable

if TYPE_CHECKING:
    import httpx

INSTALL = "python -m pip install 'sphinx_amts[llm]'"
MAX_ANSWER = 4_000_000
"""Bytes of an answer that are read; a whole one has some thousand."""
ATTEMPTS = 6  # calls for one request, while others are answered


class Remedy(NamedTuple):
    """What an error on the wire means; ``message`` may name {url} and {timeout_s}."""

    fault: Fault
    message: str
    attempts: int = ATTEMPTS
    may_be_paid: bool = False  # the request was sent, only the answer was lost


_UNREACHED = Remedy(
    Fault.UNREACHABLE, "{url} cannot be reached. Is the server running?"
)
_SILENT = Remedy(
    Fault.PASSING,
    "{url} is silent for {timeout_s:g} s. Raise timeout_s in amts_engine_options if the"
    " model is slow, or lower threads if it answers one request after the other.",
    attempts=2,
    may_be_paid=True,
)
_ENDLESS = Remedy(
    Fault.PASSING,
    "{url} writes one answer without an end. Lower max_tokens in amts_engine_options.",
    attempts=2,
    may_be_paid=True,
)
_BROKEN = Remedy(
    Fault.PASSING, "the connection to {url} breaks.", ATTEMPTS, may_be_paid=True
)
_NO_ADDRESS = Remedy(Fault.FINAL, "{url} is no address that can be asked. Check it.")
_UNTRUSTED = Remedy(
    Fault.FINAL,
    "the connection to {url} is not trusted. Check its certificate, SSL_CERT_FILE and"
    " this machine's clock.",
)

WIRE_ERRORS: Mapping[str, Remedy] = {
    # Classes of httpx; one that is not here counts as its nearest base that is.
    "ConnectError": _UNREACHED,
    "ConnectTimeout": _UNREACHED,
    "ProxyError": Remedy(
        Fault.UNREACHABLE,
        "the proxy on the way to {url} does not let it through. Check HTTPS_PROXY and"
        " NO_PROXY.",
    ),
    "TimeoutException": _SILENT,
    "UnsupportedProtocol": _NO_ADDRESS,
    "InvalidURL": _NO_ADDRESS,
    "TransportError": _BROKEN,
    "RequestError": _BROKEN,
    "StreamError": _BROKEN,
    "TimeoutError": _ENDLESS,  # ours
    "SSLError": _UNTRUSTED,  # of Python: the cause of a ConnectError
    "OSError": _BROKEN,
    "Exception": Remedy(Fault.FINAL, "asking {url} failed in a way that is not known."),
}
"""What httpx says, by class."""


def trouble_of(error: BaseException, address: Address, timeout_s: float) -> Trouble:
    """Tell what an exception of httpx means; never includes its text."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    found = cause or error
    remedy = next(
        WIRE_ERRORS[base.__name__]
        for base in type(found).__mro__
        if base.__name__ in WIRE_ERRORS
    )
    return Trouble(
        type(found).__name__,
        remedy.fault,
        EngineUnavailable(remedy.message.format(url=address, timeout_s=timeout_s)),
        remedy.attempts,
        is_costly=remedy.may_be_paid,
        may_be_paid=remedy.may_be_paid,
    )


def open_client(connections: int, timeout_s: float) -> httpx.Client:
    """Open a client that threads may share; raises `EngineUnavailable`.

    ``timeout_s`` counts from the last bytes. Proxies and certificates are those of the
    environment (``HTTPS_PROXY``, ``NO_PROXY``, ``SSL_CERT_FILE``).
    """
    try:
        import httpx
    except ImportError as error:
        raise EngineUnavailable(f"httpx is missing. Install it: {INSTALL}") from error
    keep_logs_clean()
    try:
        return httpx.Client(
            timeout=httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S),
            limits=httpx.Limits(max_connections=connections),
            follow_redirects=False,  # a key must not go where a server points to
        )
    except Exception:  # its text may hold a proxy's password
        raise EngineUnavailable(
            "the environment's proxies or certificates cannot be used. Check"
            " HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and SSL_CERT_FILE."
        ) from None


def read(response: httpx.Response) -> bytes:
    """Read an answer, and no more than `MAX_ANSWER` of it."""
    data = bytearray()
    for chunk in chunks(response):
        data += chunk
    return bytes(data)


def chunks(response: httpx.Response) -> Iterator[bytes]:
    """Yield what comes in, as it was sent, up to `MAX_ANSWER`."""
    left = MAX_ANSWER
    for chunk in response.iter_raw():
        yield chunk[:left]
        left -= len(chunk)
        if left <= 0:
            return


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Return for how long a server does not want to be asked; 0 if it does not say."""
    try:
        wished_s = float(headers.get("Retry-After", "0"))
    except ValueError:
        return 0.0
    return min(wished_s, MAX_RETRY_AFTER_S) if wished_s > 0 else 0.0
