"""Jupyter notebooks, as nbformat knows them: any version is read as nbformat 4.

nbformat is imported only where there is a notebook.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sphinx_amts.errors import FileError

FORMAT = 4  # the major version of today's notebooks
WITHOUT_IDS = 4
"""The last minor version of nbformat 4 whose cells have no ids. nbformat makes ids up
while it upgrades, others each time."""
OWN_ID = "amts"  # what ids of cells begin with that had none
INDENT = 1  # blanks, as nbformat writes
ADVICE = "open it in Jupyter and save it again"
TOO_DEEP = f"is nested too deeply for a notebook; {ADVICE}"
_WRONG = (
    *(ValueError, TypeError, AttributeError, LookupError, ArithmeticError),
    NameError,  # nbformat's own fault, where a cell of version 1 is of no known type
)
SHOWN = 200  # characters of a reason; nbformat quotes whole cells


def to_myst(text: str, path: Path) -> str:
    """Write a notebook as MyST, its code as landmarks; raises `FileError`."""
    with _refusing(path):
        return "\n\n".join(_prose(_read(text)))


def load(text: str, path: Path) -> dict[str, Any]:
    """Return a notebook of nbformat 4 as its JSON has it; raises `FileError`.

    It is valid by the schema of its minor version. An older one is upgraded first, and
    where cells should have ids and have none, they get such as are always the same.
    """
    from nbformat import reader, validator

    with _refusing(path):
        notebook: dict[str, Any] = json.loads(text)
        if reader.get_version(notebook)[0] < FORMAT:
            notebook = _upgraded(text)
        minor = notebook.get("nbformat_minor", 0)
        if minor > WITHOUT_IDS:
            _name_cells(notebook)
        for error in validator.iter_validate(
            notebook, version=FORMAT, version_minor=minor
        ):
            raise error
    return notebook


def dump(notebook: Mapping[str, Any]) -> str:
    """Write a notebook with its keys in the order that they have."""
    # Not by nbformat, which sorts the keys and cuts all texts into lines.
    written = json.dumps(notebook, ensure_ascii=False, indent=INDENT)
    # Half of a surrogate pair, which UTF-8 does not know, stays an escape.
    return written.encode(errors="backslashreplace").decode()


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Turn all that nbformat raises where something else is expected to `FileError`."""
    from nbformat import ValidationError

    try:
        yield
    except RecursionError as error:
        raise FileError(path, TOO_DEEP) from error
    except ValidationError as error:
        place = "/".join(map(str, error.absolute_path))
        reason = f"{place}: {error.message}" if place else str(error.message)
        raise _no_notebook(path, reason) from error
    except KeyError as error:
        raise _no_notebook(path, f"{error} is missing") from error
    except _WRONG as error:
        raise _no_notebook(path, str(error)) from error


def _no_notebook(path: Path, reason: str) -> FileError:
    if len(reason) > SHOWN:
        reason = f"{reason[: SHOWN - 1]}\u2026"
    return FileError(path, f"not a notebook: {reason}; {ADVICE}")


def _read(text: str) -> Any:
    from nbformat import convert, reader

    return convert(reader.reads(text), FORMAT)


def _upgraded(text: str) -> dict[str, Any]:
    from nbformat import writes

    notebook = _read(text)
    notebook["nbformat_minor"] = WITHOUT_IDS
    for cell in notebook["cells"]:
        cell.pop("id", None)
    found: dict[str, Any] = json.loads(writes(notebook))
    return found


def _name_cells(notebook: Mapping[str, Any]) -> None:
    """Give ids to cells without one, as nbformat does that makes up others each time.

    Many a notebook that was written by hand has none.
    """
    for number, cell in enumerate(notebook["cells"]):
        if isinstance(cell, dict):
            cell.setdefault("id", f"{OWN_ID}-{number}")


def _prose(notebook: Any) -> Iterator[str]:
    for cell in notebook["cells"]:
        kind = cell["cell_type"]
        if kind not in ("markdown", "code"):
            continue
        text = cell["source"]
        if not isinstance(text, str):
            raise TypeError(f"the source of a cell is {text!r}")
        if kind == "markdown":
            yield text
        else:
            longest = max(map(len, re.findall("`+", text)), default=0)
            fence = "`" * max(3, longest + 1)
            yield f"{fence}python\n{text}\n{fence}"
