"""How an engine is found by its name, and taken in or refused, once.

What comes out of `make_engine` keeps the contract as far as that can be told without
asking it for a translation: nobody else looks at what an engine has.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any

from sphinx_amts.engines.contract import (
    Engine,
    EngineSetup,
    JobService,
    Limits,
    SimpleEngine,
    Untranslated,
    construct,
)
from sphinx_amts.errors import SettingError
from sphinx_amts.text.languages import LanguagePair

ENTRY_POINTS = "sphinx_amts.engines"
MEMBERS: Mapping[str, str] = {
    "name": "a text",
    "limits": "a Limits of sphinx_amts.engines.base",
    "signature": "a method signature(pair)",
    "translate": "a method translate(sources, pair)",
}
"""What a class of another origin needs to be an engine."""
_MAY_HAVE: Mapping[str, Callable[[Any], Any]] = {
    "translate_all": callable,
    "size": callable,
    "characters": callable,
    "check_pair": callable,
    "load": callable,
    "gathers": lambda value: isinstance(value, bool),
    "repeats": lambda value: isinstance(value, bool),
    "sends": lambda value: isinstance(value, bool),
    "tariff": lambda value: isinstance(value, str),
}
"""What it may have besides, as `SimpleEngine` has it, and what that has to be."""


def find_class(name: str) -> Any:
    """Find an engine's class by its registered name or as ``module:Class``.

    Raises `SettingError` that names the engines there are.
    """
    try:
        if ":" in name:
            module_name, _, class_name = name.partition(":")
            return getattr(importlib.import_module(module_name), class_name)
        registered = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
        if name in registered:
            return registered[name].load()
    except (ImportError, AttributeError) as error:
        raise SettingError(f"amts_engine: cannot load {name!r}: {error}") from error
    raise SettingError(
        f"amts_engine: there is no engine {name!r}. Known:"
        f" {', '.join(sorted(registered))}, or an own one as 'module:Class'."
    )


def make_engine(name: str, setup: EngineSetup) -> Engine | JobService:
    """Find the engine ``name``, make it, and see that it is one.

    Raises `SettingError`, and `FileError` where a file that it is set to is not usable.
    """
    found = find_class(name)
    if not isinstance(found, type):
        raise SettingError(f"amts_engine: {name!r} is not an engine: it is no class")
    try:
        make = getattr(found, "from_setup", None)  # of a class of any origin
        made = make(setup) if make else construct(found, setup)
    except (TypeError, ValueError) as error:
        raise SettingError(
            f"amts_engine_options: not what engine {name!r} takes: {error}"
        ) from error
    return adapt(made, name)


def adapt(made: object, name: str) -> Engine | JobService:
    """Return an object as an engine; raises `SettingError` for one that is none."""
    if isinstance(made, JobService):
        return made
    if not isinstance(made, Engine):
        return _Adapted(made, name)
    faults = [] if made.name else ["its name is empty"]
    if isinstance(made, SimpleEngine):
        faults += _wrong_members(made)
    _refuse(name, faults)
    return made


def _refuse(name: str, faults: Sequence[str]) -> None:
    if faults:
        raise SettingError(
            f"amts_engine: {name!r} is not an engine: {'; '.join(faults)}"
        )


def _wrong_members(made: object) -> Iterator[str]:
    """Yield what an object has that is not as an engine's."""
    right: Mapping[str, Callable[[Any], Any]] = {
        "name": lambda value: isinstance(value, str) and value,
        "limits": lambda value: isinstance(value, Limits),
        "signature": callable,
        "translate": callable,
    }
    for member, what in MEMBERS.items():
        if not hasattr(made, member):
            yield f"it has no {member} ({what})"
        elif not right[member](getattr(made, member)):
            yield f"its {member} is not {what}"
    for member, is_right in _MAY_HAVE.items():
        if hasattr(made, member) and not is_right(getattr(made, member)):
            yield f"its {member} is not what the contract has"


class _Adapted(SimpleEngine):
    """An object of another origin that has the members of an engine."""

    def __init__(self, inner: Any, name: str) -> None:
        _refuse(name, list(_wrong_members(inner)))
        self.name = inner.name
        self.limits = inner.limits
        self._inner = inner
        self._has = {member for member in _MAY_HAVE if hasattr(inner, member)}
        for member in self._has & {"gathers", "repeats", "sends"}:
            setattr(self, member, getattr(inner, member))

    @property
    def tariff(self) -> str:
        return str(self._inner.tariff) if "tariff" in self._has else self.name

    def signature(self, pair: LanguagePair) -> str:
        return str(self._inner.signature(pair))

    def check_pair(self, pair: LanguagePair) -> None:
        if "check_pair" in self._has:
            self._inner.check_pair(pair)

    def load(self, pair: LanguagePair) -> None:
        if "load" in self._has:
            self._inner.load(pair)

    def size(self, text: str) -> int:
        return self._inner.size(text) if "size" in self._has else super().size(text)

    def characters(self, texts: Sequence[str]) -> int:
        if "characters" in self._has:
            return int(self._inner.characters(texts))
        return super().characters(texts)

    def translate(
        self, sources: Sequence[str], pair: LanguagePair
    ) -> Sequence[str | Untranslated]:
        answers: Sequence[str | Untranslated] = self._inner.translate(sources, pair)
        return answers

    def translate_all(
        self, requests: Sequence[Sequence[str]], pair: LanguagePair
    ) -> Iterator[tuple[int, Sequence[str | Untranslated]]]:
        if "translate_all" in self._has:
            yield from self._inner.translate_all(requests, pair)
        else:
            yield from super().translate_all(requests, pair)
