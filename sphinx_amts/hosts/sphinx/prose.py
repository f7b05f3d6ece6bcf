"""Markdown and reStructuredText without their project, as blocks.

MyST is read by MyST-Parser and reStructuredText by docutils, so that a text becomes the
tagged text that it is in the build. Such a text is data, whoever wrote it: it is read
with settings of ours (`bare_myst`, `bare_rst`), roles and directives of extensions are
guessed and not run (`tolerant`), what it registers is forgotten, no other file is read,
no message is shown.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from docutils.frontend import get_default_settings
from docutils.parsers import Parser
from sphinx.util.docutils import docutils_namespace

from sphinx_amts.errors import FileError
from sphinx_amts.hosts.sphinx.bare_rst import BareRstParser, new_document
from sphinx_amts.hosts.sphinx.blocks import read_blocks
from sphinx_amts.hosts.sphinx.tolerant import Tolerance
from sphinx_amts.parallel_data.blocks import Block


def read_myst(text: str, path: Path) -> list[Block]:
    """Read CommonMark or MyST; ``path`` is named in errors. Raises `FileError`."""
    try:
        from sphinx_amts.hosts.sphinx.bare_myst import BareMystParser
    except ImportError as error:
        reason = "Markdown needs MyST-Parser: pip install myst-parser"
        raise FileError(path, reason) from error
    return _read(BareMystParser, text, path)


def read_rst(text: str, path: Path) -> list[Block]:
    """Read reStructuredText; ``path`` is named in errors. Raises `FileError`."""
    return _read(BareRstParser, text, path)


def _read(parser: type[Parser], text: str, path: Path) -> list[Block]:
    document = new_document(str(path), _settings(parser))
    try:
        with docutils_namespace(), Tolerance():
            parser().parse(text, document)
            return read_blocks(document)
    except RecursionError as error:
        raise FileError(path, "is nested too deeply to be read") from error
    except Exception as error:  # whatever a parser makes of a hostile text
        reason = f"cannot be read: {type(error).__name__}: {error}"
        raise FileError(path, reason) from error


def _settings(parser: type[Parser]) -> Any:
    settings = get_default_settings(parser)
    settings.report_level, settings.halt_level = 5, 6  # nothing is shown, nothing ends
    settings.warning_stream = io.StringIO()
    settings.file_insertion_enabled = False
    settings.syntax_highlight = "none"
    return settings
