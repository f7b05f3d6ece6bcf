"""Jupyter notebooks (nbformat 3 and 4) as MyST: their Markdown, code as landmarks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx_amts.errors import FileError


def to_myst(text: str, path: Path) -> str:
    """Write a notebook as MyST; raises `FileError` where it is none."""
    try:
        notebook = json.loads(text)
        return "\n\n".join(_cells(notebook))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FileError(path, f"not a notebook: {error}") from error


def _cells(notebook: Any) -> Iterator[str]:
    sheets = notebook.get("worksheets") or [notebook]
    for cell in (cell for sheet in sheets for cell in sheet["cells"]):
        source = cell.get("source", cell.get("input", ""))
        text = source if isinstance(source, str) else "".join(source)
        if cell["cell_type"] == "markdown":
            yield text
        elif cell["cell_type"] == "heading":  # of nbformat 3
            yield f"{'#' * int(cell.get('level', 1))} {text}"
        elif cell["cell_type"] == "code":
            longest = max(map(len, re.findall("`+", text)), default=0)
            fence = "`" * max(3, longest + 1)
            yield f"{fence}python\n{text}\n{fence}"
