r"""Fixtures: books that are built for real.

A test that uses one::

    def test_title(write_book):
        book = write_book({"index.rst": "Title\n=====\n"})
        assert "[Ţîţļé ~~]" in book.build(language="es").read("index.html")
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from amazon_server.fixtures import (  # noqa: F401, fixtures for every test
    amazon,
    amazon_process,
    amazon_with_s3,
    aws_variables,
    boto3_session,
    bucket,
    make_client,
    s3,
    s3_endpoint,
    translate,
)
from books import CONF, ROOTS, Book
from chat_fixtures import make, people, secret_url, server  # noqa: F401, the same
from desk_fixtures import chromium, desks, visit  # noqa: F401, the same
from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

collect_ignore = ["roots"]  # books, no tests

OF_SPHINX = {"book", "write_book"}
OF_AWS = {"amazon", "amazon_process", "amazon_with_s3", "s3", "shop", "translate"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their fixtures: what builds a book, what talks to AWS."""
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if names & OF_SPHINX:
            item.add_marker(pytest.mark.sphinx)
        if names & OF_AWS:
            item.add_marker(pytest.mark.aws)


@pytest.fixture
def book(tmp_path: Path) -> Callable[[str], Book]:
    """Give ``book(name)``: a copy of ``tests/roots/test-<name>`` to build."""

    def copy(name: str) -> Book:
        source = tmp_path / name
        shutil.copytree(ROOTS / f"test-{name}", source)
        return Book(source, tmp_path / f"{name}-built")

    return copy


@pytest.fixture
def write_book(tmp_path: Path) -> Callable[[Mapping[str, str]], Book]:
    """Give ``write_book(files)``: a book of these, with a conf.py if there is none."""

    def write(files: Mapping[str, str]) -> Book:
        made = Book(tmp_path / "book", tmp_path / "book-built")
        made.write({"conf.py": CONF, **files})
        return made

    return write


@pytest.fixture
def shop(write_book, amazon_with_s3, s3, bucket):  # noqa: F811, its fixtures
    """A book with the test's server, whose clock leaps with each call."""
    amazon_with_s3.advance(0, per_call_s=20)
    from batch_shop import FILES, Shop

    return Shop(write_book(FILES), amazon_with_s3, s3, bucket)
