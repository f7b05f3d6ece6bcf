"""Markdown and reStructuredText without their project, as blocks.

MyST is read by MyST-Parser's own parser for docutils and reStructuredText by docutils,
so that a text becomes the tagged text that it is in the build. Roles and directives of
extensions are guessed (`tolerant`), no other file is read, no message is shown.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from docutils.frontend import get_default_settings
from docutils.parsers import Parser
from docutils.parsers.rst import Parser as RstParser
from docutils.utils import new_document

from sphinx_amts.errors import FileError
from sphinx_amts.hosts.sphinx.blocks import read_blocks
from sphinx_amts.hosts.sphinx.tolerant import Tolerance
from sphinx_amts.parallel_data.blocks import Block

_MYST_SETTINGS = {
    "myst_enable_extensions": {"amsmath", "colon_fence", "deflist", "dollarmath"},
    "myst_dmath_double_inline": True,
    "myst_suppress_warnings": ["myst"],
}


def read_myst(text: str, path: Path) -> list[Block]:
    """Read CommonMark or MyST; ``path`` is named in errors. Raises `FileError`."""
    try:
        from myst_parser.parsers.docutils_ import Parser as MystParser
    except ImportError as error:
        reason = "Markdown needs MyST-Parser: pip install myst-parser"
        raise FileError(path, reason) from error
    return _read(MystParser, text, path)


def read_rst(text: str, path: Path) -> list[Block]:
    """Read reStructuredText; ``path`` is named in errors. Raises `FileError`."""
    return _read(RstParser, text, path)


def _read(parser: type[Parser], text: str, path: Path) -> list[Block]:
    document = new_document(str(path), _settings(parser))
    try:
        with Tolerance():
            parser().parse(text, document)
    except Exception as error:  # whatever a parser makes of a hostile text
        reason = f"cannot be read: {type(error).__name__}: {error}"
        raise FileError(path, reason) from error
    return read_blocks(document)


def _settings(parser: type[Parser]) -> Any:
    settings = get_default_settings(parser)
    settings.report_level, settings.halt_level = 5, 6  # nothing is shown, nothing ends
    settings.warning_stream = io.StringIO()
    settings.file_insertion_enabled = False
    settings.syntax_highlight = "none"
    for name, value in _MYST_SETTINGS.items():
        setattr(settings, name, value)
    return settings
