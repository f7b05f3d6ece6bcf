"""What an endpoint has of the protocol's later parts; found out once, then known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sphinx_amts.errors import SettingError

CHOICES = ("auto", "on", "off")

Parts = frozenset[str]
"""Names of parts of the protocol."""


class Form:
    """Which parts of the protocol requests use, over all threads.

    A part that is ``auto`` is used until the endpoint refuses a request with it and
    takes the same request without it.
    """

    def __init__(self, choices: Mapping[str, str]) -> None:
        """Begin with the choice for each part; raises `SettingError`."""
        for name, choice in choices.items():
            if choice not in CHOICES:
                raise SettingError(
                    f"amts_engine_options: {name!r} is {choice!r}, but should be"
                    f" {', '.join(map(repr, CHOICES[:-1]))} or {CHOICES[-1]!r}"
                )
        self._parts = frozenset(name for name in choices if choices[name] != "off")
        self._open = frozenset(name for name in choices if choices[name] == "auto")

    def tries(self) -> Iterator[Parts]:
        """Yield what to use, then what to leave out where that is refused."""
        parts, in_doubt = self._parts, self._parts & self._open
        yield parts
        for name in sorted(in_doubt):
            yield parts - {name}
        if len(in_doubt) > 1:
            yield parts - in_doubt

    def learn(self, used: Parts) -> None:
        """Note that a request with these parts was answered."""
        self._parts = (self._parts - self._open) | (self._parts & used)
        self._open -= used
