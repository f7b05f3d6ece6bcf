"""TOML files, with every Python."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sphinx_amts.errors import FileError, SettingError

INSTALL = "python -m pip install tomli"


def load_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; raises `FileError`."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        try:
            import tomli as tomllib
        except ImportError as error:
            raise SettingError(f"tomli is missing. Install it: {INSTALL}") from error
    try:
        values: dict[str, Any] = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise FileError(path, "is not in UTF-8; save it in this encoding") from error
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FileError(path, f"is not TOML: {error}") from error
    return values
