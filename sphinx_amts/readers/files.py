"""One file of prose as blocks; its suffix tells how it is read."""

from __future__ import annotations

from pathlib import Path

from sphinx_amts.errors import FileError
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.readers import d2l, notebooks
from sphinx_amts.readers.catalogs import ReadMarkup
from sphinx_amts.readers.pages import read_page
from sphinx_amts.readers.plain import read_plain

SUFFIXES = (".md", ".markdown", ".myst", ".rst", ".ipynb", ".html", ".htm")
"""Of what is read in a folder."""
PLAIN = ".txt"
"""Of what is read too where it is named: in a folder, many such files are no prose."""
MAX_FILE = 20_000_000
"""Bytes of one file; a chapter has some hundred thousand, a notebook with pictures some
millions. What is larger is no text."""


def read_file(path: Path, read_markup: ReadMarkup) -> list[Block]:
    """Read a file; raises `FileError` where it is not what its suffix says.

    ``read_markup`` reads what is in a language of markup.
    """
    _check_suffix(path)
    return read_data(_data(path), path, read_markup)


def read_data(data: bytes, path: Path, read_markup: ReadMarkup) -> list[Block]:
    """Read what a file holds; raises `FileError`."""
    _check_suffix(path)
    suffix = path.suffix.lower()
    text = _text(data, path)
    if suffix == PLAIN:
        return read_plain(text)
    if suffix in (".html", ".htm"):
        return read_page(text, path)
    if suffix == ".rst":
        return read_markup(text, False, path)
    if suffix == ".ipynb":
        text = notebooks.to_myst(text, path)
    return read_markup(d2l.to_myst(text) if d2l.is_d2l(text) else text, True, path)


def _check_suffix(path: Path) -> None:
    if path.suffix.lower() not in (*SUFFIXES, PLAIN):
        suffix = repr(path.suffix.lower()) if path.suffix else "'no suffix'"
        reason = f"{suffix} is none of {', '.join([*SUFFIXES, PLAIN])}"
        raise FileError(path, reason)


def _data(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise FileError(path, f"is larger than {MAX_FILE // 1_000_000} MB")
        return path.read_bytes()
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error


def _text(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(path, "is not in UTF-8; save it in this encoding") from error
