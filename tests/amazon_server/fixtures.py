"""Fixtures: a server for each test, one S3 for all, clients of an unmodified boto3.

A test that uses them::

    def test_throttled(amazon, translate):
        amazon.inject(error="TooManyRequestsException")
        translate.translate_text(...)  # boto3 asks again
        assert len(amazon.ledger.throttled()) == 1

    def test_build(amazon, book):
        book("small").build(engine="amazon", variables=amazon.environment())

A test fails where the server itself made a mistake, such as an answer that the model
does not allow.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import Any
from uuid import uuid4

import pytest

__all__ = [
    "amazon",
    "amazon_process",
    "amazon_with_s3",
    "aws_variables",
    "boto3_session",
    "bucket",
    "make_client",
    "s3",
    "s3_endpoint",
    "translate",
]


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """Run moto's S3, STS, IAM and DynamoDB in a process and give its address."""
    pytest.importorskip("boto3", reason="needs boto3")
    if not (find_spec("moto") and find_spec("flask")):  # not imported: it patches boto3
        pytest.skip("needs moto[server]")
    from amazon_server.storage import running

    with running("amazon_server.storage") as url:
        yield url


@pytest.fixture
def amazon() -> Iterator[Any]:
    """Run an `AmazonServer` in this process, without S3."""
    with _server(None) as server:
        yield server


@pytest.fixture
def amazon_with_s3(amazon: Any, s3_endpoint: str) -> Any:
    """Give the test's `AmazonServer` its S3."""
    amazon.s3_endpoint = s3_endpoint
    return amazon


@contextmanager
def _server(s3_endpoint: str | None) -> Iterator[Any]:
    pytest.importorskip("boto3", reason="needs boto3")
    from amazon_server.server import AmazonServer

    with AmazonServer(s3_endpoint) as server:
        yield server
        mistakes = list(server.ledger.mistakes)
    assert mistakes == []


@pytest.fixture
def amazon_process() -> Iterator[Callable[..., Any]]:
    """Give ``amazon_process(s3_endpoint=None)``: a server in a process of its own."""
    pytest.importorskip("boto3", reason="needs boto3")
    from amazon_server.server import Remote
    from amazon_server.storage import running

    with ExitStack() as stack:

        def start(s3_endpoint: str | None = None) -> Any:
            arguments = [s3_endpoint] if s3_endpoint else []
            url = stack.enter_context(running("amazon_server", *arguments))
            return Remote(url, s3_endpoint)

        yield start


@pytest.fixture
def aws_variables(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give ``aws_variables(server, region)``: this process' boto3 goes there."""

    def lead(server: Any, region: str = "us-east-1") -> None:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, text in server.environment(region).items():
            monkeypatch.setenv(name, text)

    return lead


@pytest.fixture(scope="session")
def boto3_session() -> Any:
    """Return a session of boto3, which reads its models once for all clients."""
    return pytest.importorskip("boto3", reason="needs boto3").session.Session()


@pytest.fixture
def make_client(
    boto3_session: Any, aws_variables: Callable[..., None]
) -> Iterator[Callable[..., Any]]:
    """Give ``make_client(server, service, region, **config)``.

    The client asks once: with ``attempts=3`` it does as often as boto3 does by itself.
    """
    with ExitStack() as stack:

        def make(
            server: Any,
            service: str = "translate",
            region: str = "us-east-1",
            attempts: int = 1,
            **config: Any,
        ) -> Any:
            from botocore.config import Config

            aws_variables(server, region)
            retries = {"mode": "standard", "total_max_attempts": attempts}
            settings = {"connect_timeout": 5, "read_timeout": 10, "retries": retries}
            client = boto3_session.client(
                service, region_name=region, config=Config(**{**settings, **config})
            )
            stack.callback(client.close)
            return client

        yield make


@pytest.fixture
def translate(amazon: Any, make_client: Callable[..., Any]) -> Any:
    """Return a client of the test's server."""
    return make_client(amazon)


@pytest.fixture
def s3(amazon_with_s3: Any, make_client: Callable[..., Any]) -> Any:
    """Return a client of S3."""
    return make_client(amazon_with_s3, "s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    """Make a bucket for the test and return its name."""
    name = f"books-{uuid4().hex}"
    s3.create_bucket(Bucket=name)
    return name
