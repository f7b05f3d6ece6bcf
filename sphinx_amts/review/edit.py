"""What somebody wants to have saved."""

from __future__ import annotations

from dataclasses import dataclass

from sphinx_amts.text.segment import State


@dataclass(frozen=True)
class Edit:
    """A text, or a comment, for one segment."""

    target: str  # tagged
    state: State = State.REVIEWED  # translated: it is only commented on
    comment: str = ""
    version: str = ""  # of what was there for who writes this
    seconds: float = 0.0  # at the desk
    author: str = ""
