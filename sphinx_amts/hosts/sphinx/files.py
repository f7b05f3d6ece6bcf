"""One file of prose as blocks; its suffix tells how it is read."""

from __future__ import annotations

from pathlib import Path

from sphinx_amts.errors import FileError
from sphinx_amts.hosts.sphinx.prose import read_myst, read_rst
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.readers import d2l, notebooks
from sphinx_amts.readers.pages import read_page

SUFFIXES = (".md", ".markdown", ".myst", ".rst", ".ipynb", ".html", ".htm")
MAX_FILE = 20_000_000
"""Bytes of one file; a chapter has some hundred thousand, a notebook with pictures some
millions. What is larger is no text."""


def read_file(path: Path) -> list[Block]:
    """Read a file; raises `FileError` where it is not what its suffix says."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        reason = f"{suffix or 'no suffix'!r} is none of {', '.join(SUFFIXES)}"
        raise FileError(path, reason)
    text = _text(path)
    if suffix == ".rst":
        return read_rst(text, path)
    if suffix in (".html", ".htm"):
        return read_page(text, path)
    if suffix == ".ipynb":
        text = notebooks.to_myst(text, path)
    return read_myst(d2l.to_myst(text) if d2l.is_d2l(text) else text, path)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE:
            raise FileError(path, f"is larger than {MAX_FILE // 1_000_000} MB")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(path, "is not in UTF-8; save it in this encoding") from error
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error
