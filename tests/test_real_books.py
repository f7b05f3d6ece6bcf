"""Nothing is lost on real books either: documentation that other projects wrote.

The books lie outside the project: MyST-Parser's and MyST-NB's in ``AMTS_BOOKS`` (or
``../shared/data/books`` beside the repository), Sphinx's own in the unpacked source
distribution that ``AMTS_SPHINX_SDIST`` names. Others come from the package index, in
the source distributions that ``source_books.txt`` pins. ``python tests/fidelity.py``
prints the same comparison for any book.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fidelity import CLASSES, KEEP_ORDER, SEARCH, Book, Built, compare

pytestmark = pytest.mark.books

REPOSITORY = Path(__file__).resolve().parent.parent
BOOKS = Path(os.environ.get("AMTS_BOOKS", REPOSITORY.parent / "shared/data/books"))
SPHINX = os.environ.get("AMTS_SPHINX_SDIST", "")
EXPLAINED = {each.name for each in CLASSES} | {
    "interface",  # of Sphinx and the theme
    "pages of code",
    "raw HTML",
}

LONG = ("identity", "mark", "pseudo", "hostile", "unspaced")
SHORT = ("mark", "pseudo", "hostile")  # what a build of half a minute leaves time for


@dataclass
class RealBook:
    """A book and its build without the extension."""

    book: Book
    plain: Built


def _real_book(
    folder: Path, work: Path, settings: Mapping[str, Any] = SEARCH
) -> RealBook:
    if not (folder / "conf.py").exists():
        pytest.skip(f"there is no book in {folder}")
    book = Book(folder, work, language="zh_CN", settings=settings)
    plain = book.build()
    if plain.status:
        pytest.skip(f"it cannot be built here: {plain.log.strip().splitlines()[-1]}")
    return RealBook(book, plain)


@pytest.fixture(scope="module")
def myst_nb(tmp_path_factory: pytest.TempPathFactory) -> RealBook:
    # With the search for Chinese words, which `identity` must not change either.
    work = tmp_path_factory.mktemp("myst-nb")
    return _real_book(BOOKS / "myst-nb/docs", work, {})


@pytest.fixture(scope="module")
def myst_parser(tmp_path_factory: pytest.TempPathFactory) -> RealBook:
    folder = BOOKS / "myst-parser/docs"
    return _real_book(folder, tmp_path_factory.mktemp("myst-parser"))


@pytest.fixture(scope="module")
def sphinx_doc(tmp_path_factory: pytest.TempPathFactory) -> RealBook:
    if not SPHINX:
        pytest.skip("AMTS_SPHINX_SDIST does not name a source distribution of Sphinx")
    return _real_book(Path(SPHINX) / "doc", tmp_path_factory.mktemp("sphinx"), {})


@pytest.mark.parametrize("engine", LONG)
def test_myst_nb(myst_nb, engine):
    _hold(myst_nb, engine)


@pytest.mark.parametrize("engine", SHORT)
def test_myst_parser(myst_parser, engine):
    _hold(myst_parser, engine)


@pytest.mark.parametrize("engine", LONG)
def test_sphinx(sphinx_doc, engine):
    _hold(sphinx_doc, engine)


# From the package index

PINS = Path(__file__).with_name("source_books.txt")
STAYS: dict[str, set[str]] = {
    # What an extension writes of its own, in HTML; types that are cut at a comma.
    "itsdangerous": {"Changelog", "tuple[bool,", "tuple[bytes,", "] | bytes"},
    # The brackets of the engine `pseudo`, beside those of the source.
    "numpydoc": {
        "[pre-commit.ci] pre-commit autoupdate",
        "[pre-commit.ci] pre-commit autoupdate (",
    },
    # A button's text, which only its extension knows.
    "sphinx_thebe": {
        *("Run code", "Launch thebe", "Launch thebe in R", "Launch examples below!"),
    },
}
"""Texts that stay in the source language, by the book that has them."""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the unpacked source distributions."""
    folder = tmp_path_factory.mktemp("sources")
    options = ["--no-deps", "--no-binary", ":all:", "--require-hashes", "-q"]
    command = [sys.executable, "-m", "pip", "download", *options, "-r", PINS]
    done = subprocess.run(
        [*command, "-d", folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        pytest.skip(f"no source distributions from the package index: {reason}")
    for path in folder.glob("*.tar.gz"):
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
    return folder


@pytest.mark.parametrize(
    ("name", "docs"),
    [
        ("itsdangerous", "docs"),  # autodoc, and a theme of its own
        ("numpydoc", "doc"),  # pydata-sphinx-theme, docstrings of NumPy's kind
        ("sphinx_exercise", "docs/source"),  # MyST-NB, exercises and proofs
        ("sphinx_inline_tabs", "docs"),  # furo, tabs
        ("sphinx_thebe", "docs"),  # notebooks, sphinx-design
    ],
)
def test_books_of_the_package_index(sources, tmp_path, name, docs):
    (folder,) = (each for each in sources.glob(f"{name}-*") if each.is_dir())
    real = _real_book(folder / docs, tmp_path)
    for engine in ("identity", "pseudo", "hostile"):
        built = real.book.build(engine)
        assert built.status == 0, built.log[-2000:]
        report = compare(real.plain, built, engine=engine)
        faults = dict(report.faults)
        stays = {text.partition(": ")[2] for text in faults.pop("prose", [])}
        assert stays <= STAYS.get(name, set())
        assert faults == {}
        assert bool(report.bytes_differ) is (engine != "identity")
        if engine in KEEP_ORDER:
            assert report.order == []


def _hold(real: RealBook, engine: str) -> None:
    built = real.book.build(engine)
    assert built.status == 0, built.log[-2000:]
    report = compare(real.plain, built, engine=engine)
    assert report.faults == {}
    if engine in KEEP_ORDER:
        assert report.order == []
    if engine == "identity":
        assert report.bytes_differ == []
    else:
        assert len(report.bytes_differ) > report.pages / 2
    if engine == "mark":
        assert report.text_differs == []
    if engine == "pseudo":
        assert report.leftover.keys() <= EXPLAINED
    if engine == "hostile":
        refused = [each for each in report.refusals if "was refused" in each]
        assert refused
        assert [each for each in refused if not re.search(r":\d+: WARN", each)] == []
        again = real.book.build(engine, again="again")
        assert again.requests == ()
