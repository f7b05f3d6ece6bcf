"""The digest of what all pages of a book depend on, beside their own files.

Where it has changed, what was kept of any page is not used: Python and what is
installed, this package and the extensions that lie elsewhere, the configuration with
its ``-D`` values and tags, and the book's other files, such as ``_toc.yml``.
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.matching import Matcher

from sphinx_amts.config import PREFIX
from sphinx_amts.memory.corrections import SUFFIX

PACKAGE = __name__.partition(".")[0]
MAX_BYTES = 1 << 20
"""Of a file whose content counts; of a larger one, such as a film, size and time do."""
_PASSED_BY = (".po", ".mo", ".pot", ".pyc", ".tmx", ".xlf", ".xliff", SUFFIX)
"""Files that pages depend on one by one, and translators' memories with their logs."""
_DISTRIBUTIONS = (".dist-info", ".egg-info")
_ADDRESS = re.compile(" at 0x[0-9a-fA-F]+")  # of an object, another in each process
_INSTALLED = [
    Path(path).resolve()
    for name, path in sysconfig.get_paths().items()
    if name in ("purelib", "platlib", "stdlib")
]
MAX_NAME = 1000  # characters of a setting that may be the name of a file
_UNDERSTOOD = ("sphinx", PACKAGE, "myst_parser", "myst_nb", "sphinx_external_toc")
"""Packages whose rules for what is outdated are kept here too."""
_LATER = frozenset(
    f"{PREFIX}{name}"
    for name in (
        *("engine", "engine_options", "memory_files", "reuse", "shared_memory"),
        *("local_model_dir", "on_missing", "timeout_s", "max_characters", "prices"),
        *("aws_region", "aws_profile", "requests_per_second", "formality"),
        *("terminology", "s3_bucket", "s3_prefix", "role_arn", "parallel_data"),
        *("batch_wait", "batch_min_characters", "suggest_url"),
    )
)
"""Settings of what becomes of texts when they have been read."""


def state_of(app: Sphinx, interface: Iterable[str]) -> str:
    """Return the digest; files below ``exclude_patterns`` are none of the book's.

    ``interface`` are the texts that Sphinx and extensions write of their own.
    """
    digest = blake2b(digest_size=16)
    for part in (*_parts(app), *sorted(interface)):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()


def _parts(app: Sphinx) -> Iterator[str]:
    yield sys.version
    yield from _installed()
    own = Path(str(sys.modules[PACKAGE].__file__)).parent
    yield from _contents(sorted(own.rglob("*.py")))
    yield from _contents(_extensions(app))
    for name, value in sorted(_values(app).items()):
        yield f"{name}={stable(value)}"
    yield stable(set(app.tags))
    yield app.builder.name
    yield from _contents(_others(app))
    yield from _contents(_named(app))


def _installed() -> Iterator[str]:
    """Yield the packages that are installed, with their versions."""
    for folder in sys.path:
        try:
            names = sorted(path.name for path in Path(folder).iterdir())
        except OSError:
            continue
        yield from (name for name in names if name.endswith(_DISTRIBUTIONS))


def _extensions(app: Sphinx) -> Iterator[Path]:
    """Yield the sources of extensions that no version tells of."""
    for name in sorted(app.extensions):
        file = getattr(sys.modules.get(name), "__file__", None)
        if not file:
            continue
        path = Path(file).resolve()
        if _is_installed(path):
            continue
        is_package = path.name == "__init__.py" or "." in name
        search = path.parent.rglob if is_package else path.parent.glob
        yield from sorted(search("*.py"))


def _values(app: Sphinx) -> Mapping[str, Any]:
    return {each.name: each.value for each in app.config if each.name not in _LATER}


def stable(value: object) -> str:
    """Return a text that is the same for the same value in another process.

    >>> stable({"b": {2, 1}, "a": len})
    "{'a': builtins.len, 'b': {1, 2}}"
    """
    if isinstance(value, dict):
        items = sorted((stable(key), stable(each)) for key, each in value.items())
        return f"{{{', '.join(f'{key}: {each}' for key, each in items)}}}"
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(map(stable, value)))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(stable, value))}]"
    if value is None or isinstance(value, str | bytes | int | float | os.PathLike):
        return repr(value)
    if isinstance(value, type) or callable(value):
        name = getattr(value, "__qualname__", type(value).__qualname__)
        return f"{getattr(value, '__module__', '')}.{name}"
    return _ADDRESS.sub("", repr(value))


def _named(app: Sphinx) -> Iterator[Path]:
    """Yield the files that settings name, wherever they are."""
    names = sorted(set(_texts(list(_values(app).values()))))
    for name in names:
        for folder in (app.confdir, app.srcdir):
            path = Path(folder, name)
            with suppress(OSError, ValueError):  # not every text may be a path
                if path.is_file():
                    yield path


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str) and 0 < len(value) <= MAX_NAME:
        yield value
    elif isinstance(value, os.PathLike):
        yield os.fspath(value)
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _texts(each)


def has_rules(app: Sphinx) -> bool:
    """Tell whether an extension has rules of its own for what is outdated.

    It may know of files that Sphinx is not told of.
    """
    listeners = app.events.listeners.get("env-get-outdated", ())
    modules = (str(each.handler.__module__) for each in listeners)
    return any(module.partition(".")[0] not in _UNDERSTOOD for module in modules)


def modules_behind(files: Iterable[Path]) -> list[Path]:
    """Return the sources of modules that may be behind what a module's say.

    Docstrings are inherited. Of installed packages those count that are among ``files``
    themselves.
    """
    made_of = {file.resolve() for file in files if file.suffix == ".py"}
    if not made_of:
        return []
    sources = {
        name: Path(file).resolve()
        for name, module in list(sys.modules.items())
        if (file := getattr(module, "__file__", None)) and file.endswith(".py")
    }
    tops = {_top(name) for name, path in sources.items() if path in made_of}
    return [
        path
        for name, path in sources.items()
        if _top(name) in tops or not (_is_installed(path) or _top(name) == PACKAGE)
    ]


def _top(module: str) -> str:
    return module.partition(".")[0]


def _is_installed(path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in _INSTALLED)


def _others(app: Sphinx) -> Iterator[Path]:
    """Yield the files of a book that are neither documents nor our own."""
    is_excluded = Matcher(app.config.exclude_patterns)
    cache = Path(app.confdir, app.config[f"{PREFIX}cache_dir"]).resolve()
    suffixes = (*app.config.source_suffix, *_PASSED_BY)
    for root in sorted({Path(app.srcdir).resolve(), Path(app.confdir).resolve()}):
        seen = {cache}  # a link may lead to a folder above

        def is_wanted(path: Path, root: Path = root, seen: set[Path] = seen) -> bool:
            is_hidden = path.name.startswith(".") or path.name == "__pycache__"
            if is_hidden or is_excluded(path.relative_to(root).as_posix()):
                return False
            is_new = path.resolve() not in seen
            seen.add(path.resolve())
            return is_new

        for folder, folders, files in os.walk(root, followlinks=True):
            folders[:] = sorted(
                name for name in folders if is_wanted(Path(folder, name))
            )
            for name in sorted(files):
                if not name.endswith(suffixes):
                    yield Path(folder, name)


def _contents(paths: Iterable[Path]) -> Iterator[str]:
    """Yield what there is to know of files: name, and content or size and time."""
    for path in paths:
        yield str(path)
        try:
            found = path.stat()
            if not found.st_size:
                yield ""  # not read: what a system shows as empty may never end
            elif path.is_file() and found.st_size <= MAX_BYTES:
                yield blake2b(path.read_bytes(), digest_size=12).hexdigest()
            else:
                yield f"{found.st_size} {found.st_mtime_ns}"
        except OSError:
            yield "none"
