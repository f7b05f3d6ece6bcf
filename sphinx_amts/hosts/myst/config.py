"""``myst.yml``: the settings of ours in it, and what readers see of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from sphinx_amts.config import PREFIX, Settings, fields, read_settings
from sphinx_amts.errors import FileError

NAME = "myst.yml"
PAGES = (".md", ".ipynb", ".tex", ".myst")  # suffixes
INDEXES = ("index", "README", "main")
"""What mystmd takes for the first page, where there is no ``toc``."""
JUPYTER_BOOK_1 = "_config.yml"
SIGNS = {
    "smartquotes": "\u201c\u201d\u2018\u2019",
    "replacements": "\u2026\u2014\u2013",
}
"""What extensions of Jupyter Book 1 make, as mystmd always does."""
_TITLES = ("title", "short_title", "subtitle", "description")


def read_config(path: Path) -> dict[str, Any]:
    """Read a configuration with the files that it extends; raises `FileError`."""
    try:
        text = path.read_text(encoding="utf-8")
        values = yaml.safe_load(text) or {}
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FileError(path, f"is not in UTF-8: {error.reason}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark else None
        raise FileError(path, f"is not YAML: {reason}", line) from error
    if not isinstance(values, dict):
        raise FileError(path, "is no configuration")
    extended = values.get("extends", [])
    for name in [extended] if isinstance(extended, str) else extended:
        if "://" not in name and (path.parent / name).is_file():
            values = _merged(read_config(path.parent / name), values)
    return values


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return two configurations as one, in which ``above`` comes first."""
    found = {**below, **above}
    for name in below.keys() & above.keys():
        if isinstance(below[name], dict) and isinstance(above[name], dict):
            found[name] = _merged(below[name], above[name])
    return found


def settings_of(
    config: Mapping[str, Any], overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Read the settings; raises `SettingError`.

    ``overrides`` come before the environment, and that before ``project.options``.
    """
    project = config.get("project")
    options = project.get("options") if isinstance(project, dict) else None
    values = dict(options) if isinstance(options, dict) else {}
    for each in fields():
        name = PREFIX + each.name
        if (text := os.environ.get(name.upper())) is not None:
            values[name] = _value(text)
    return read_settings({**values, **(overrides or {})})


def _value(text: str) -> Any:
    """Return what a variable says: JSON for a dictionary or a list, else text."""
    if text.startswith(("{", "[")):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def texts_of(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts for readers in a configuration, each as it stands there."""
    for name in ("project", "site"):
        part = config.get(name)
        if not isinstance(part, dict):
            continue
        yield from _texts(part, _TITLES)
        abbreviations = part.get("abbreviations")
        if isinstance(abbreviations, dict):
            yield from _texts(abbreviations, tuple(abbreviations))
        options = part.get("options")
        if isinstance(options, dict):
            yield from _texts(options, ("logo_text",))
        for menu in ("toc", "nav", "actions"):
            yield from _menu(part.get(menu))


def has_toc(config: Mapping[str, Any]) -> bool:
    """Tell whether a table of contents is written; else mystmd makes one of files."""
    project = config.get("project")
    return isinstance(project, dict) and bool(project.get("toc"))


def index_of(config: Mapping[str, Any], folder: Path) -> str:
    """Return the file of the page at the root of a site, without its suffix."""
    project = config.get("project")
    toc = project.get("toc") if isinstance(project, dict) else None
    first = toc[0] if isinstance(toc, list) and toc else None
    file = first.get("file") if isinstance(first, dict) else None
    if isinstance(file, str):
        path = PurePosixPath(file)
        return str(path.with_suffix("") if path.suffix in PAGES else path)
    there = (name for name in INDEXES if any(folder.glob(f"{name}.*")))
    return next(there, INDEXES[0])


def sphinx_signs(folder: Path) -> frozenset[str]:
    """Return the signs that the book has in Jupyter Book 1, too, if it builds there.

    Its typographers are extensions there, which few books switch on. A file that cannot
    be read says nothing here.
    """
    try:
        config = read_config(folder / JUPYTER_BOOK_1)
    except FileError:
        return frozenset()
    parse = config.get("parse")
    names = parse.get("myst_enable_extensions") if isinstance(parse, dict) else None
    listed = names if isinstance(names, list) else ()
    return frozenset("".join(SIGNS.get(str(name), "") for name in listed))


def _menu(entries: Any) -> Iterator[str]:
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            yield from _texts(entry, ("title",))
            yield from _menu(entry.get("children"))


def _texts(values: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    yield from (values[x] for x in names if isinstance(values.get(x), str))
