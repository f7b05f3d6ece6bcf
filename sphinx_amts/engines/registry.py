"""How an engine is found by its name."""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points

from sphinx_amts.engines.contract import Engine, EngineSetup
from sphinx_amts.errors import SettingError

ENTRY_POINTS = "sphinx_amts.engines"


def load_engine_class(name: str) -> type[Engine]:
    """Find an engine by its registered name or as ``module:Class``.

    Raises `SettingError` that names the engines there are.
    """
    if ":" in name:
        module_name, _, class_name = name.partition(":")
        try:
            found = getattr(importlib.import_module(module_name), class_name)
        except (ImportError, AttributeError) as error:
            raise SettingError(f"amts_engine: cannot load {name!r}: {error}") from error
    else:
        registered = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
        if name not in registered:
            known = ", ".join(sorted(registered))
            raise SettingError(
                f"amts_engine: there is no engine {name!r}. Known: {known}, or an own"
                " one as 'module:Class'."
            )
        try:
            found = registered[name].load()
        except (ImportError, AttributeError) as error:
            raise SettingError(f"amts_engine: cannot load {name!r}: {error}") from error
    if not callable(getattr(found, "translate", None)):
        raise SettingError(
            f"amts_engine: {name!r} is not an engine: it has no method translate"
        )
    return found  # type: ignore[no-any-return]


def make_engine(name: str, setup: EngineSetup) -> Engine:
    """Find the engine ``name`` and make it.

    Raises `SettingError`, and `FileError` where a file that it is set to is not usable.
    """
    found = load_engine_class(name)
    try:
        return found.from_setup(setup)
    except (TypeError, ValueError) as error:
        raise SettingError(
            f"amts_engine_options: not what engine {name!r} takes: {error}"
        ) from error
