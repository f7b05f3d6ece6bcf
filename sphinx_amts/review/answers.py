"""Why the desk does not do what it is asked: errors with an answer of HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sphinx_amts.errors import AmtsError


class AnswerError(AmtsError):
    """The desk does not do what it is asked; ``status`` is HTTP's."""

    status = 400

    def to_json(self) -> dict[str, Any]:
        """Return what the page gets."""
        return {"error": str(self)}


class NotThereError(AnswerError):
    """There is no such segment, page or engine."""

    status = 404


class RefusedError(AnswerError):
    """A target cannot take its source's place; the message says why."""

    status = 422


class UnwritableError(AnswerError):
    """The memory file, or its log, cannot be read or written now."""

    status = 503


class ConflictError(AnswerError):
    """Somebody else has changed the text meanwhile."""

    status = 409

    def __init__(
        self, yours: Mapping[str, Any], theirs: Mapping[str, Any], version: str
    ) -> None:
        super().__init__("somebody has changed this text meanwhile")
        self._values = {"yours": yours, "theirs": theirs, "version": version}

    def to_json(self) -> dict[str, Any]:
        """Return what the page gets: both texts."""
        return {**super().to_json(), **self._values}
