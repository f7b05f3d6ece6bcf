"""Clients of AWS's services.

``boto3`` is imported when the first client is opened and not before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sphinx_amts.aws.errors import (
    CLIENT_ERRORS,
    Access,
    IncompleteAnswer,
    Trouble,
    trouble_of,
    unavailable,
)
from sphinx_amts.errors import EngineUnavailable, NoAccount

T = TypeVar("T")

CONNECT_TIMEOUT_S = 5.0
"""Until a connection is given up: several times a handshake across the world (some
0.5 s). botocore's own limit is 60 s."""
READ_TIMEOUT_S = 30.0
"""Until a call is given up. botocore's own limits are 60 s each."""
ATTEMPTS = 4
"""Calls for one request, the first included, where nobody else asks again. botocore's
own number is 3."""

INSTALL = "python -m pip install 'sphinx_amts[amazon]'"


def open_client(
    service: str,
    access: Access,
    *,
    connections: int = 10,
    attempts: int = ATTEMPTS,
    read_timeout_s: float = READ_TIMEOUT_S,
) -> Any:
    """Open a client of a service; it may be shared by threads, but not across a fork.

    ``connections`` are kept open: as many as there are threads. ``attempts`` are the
    calls for one request. Makes no request of its own, but looks for credentials.
    Raises `EngineUnavailable`; without credentials, `NoAccount`.
    """
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise EngineUnavailable(f"boto3 is missing. Install it: {INSTALL}") from error
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=read_timeout_s,
        max_pool_connections=connections,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    try:
        session = boto3.session.Session(
            region_name=access.region, profile_name=access.profile
        )
        access = Access(session.region_name, access.profile)
        client = session.client(service, config=config)  # type: ignore[call-overload]
        has_credentials = session.get_credentials() is not None
    except Exception as error:
        raise trouble_of(error, service, access).error from None
    if not has_credentials:
        raise NoAccount(CLIENT_ERRORS["NoCredentialsError"].say(access=access))
    return client


def ask(
    client: Any, method: str, access: Access, read: Callable[[Any], T], **members: Any
) -> T | Trouble:
    """Call a method of a client; return what is read in its answer, or the `Trouble`.

    An answer that ``read`` cannot read is trouble as well.
    """
    operation = client.meta.method_to_api_mapping[method]
    named = f"{client.meta.service_model.signing_name}:{operation}"
    try:
        answer = getattr(client, method)(**members)
    except Exception as error:
        return trouble_of(error, named, access)
    try:
        return read(answer)
    except (AttributeError, KeyError, TypeError, ValueError):
        return trouble_of(IncompleteAnswer(), named, access)


def demand(
    client: Any, method: str, access: Access, read: Callable[[Any], T], **members: Any
) -> T:
    """Call a method of a client and return what is read in its answer.

    Raises `EngineUnavailable`: whatever is wrong, nothing goes on without it.
    """
    answer = ask(client, method, access, read, **members)
    if isinstance(answer, Trouble):
        raise unavailable(answer)
    return answer
