"""The subtypes of our warnings.

Each warning of a build is of type ``amts`` and one of these subtypes, so that
``suppress_warnings = ["amts.missing"]`` silences it and ``-W`` sees it.
"""

from __future__ import annotations

from enum import Enum


class Subtype(str, Enum):
    """What a warning is about."""

    TAGS = "tags"
    """A translation was refused and the source text kept."""
    MISSING = "missing"
    """Some segments have no translation yet."""
    ENGINE = "engine"
    """The engine could not be used."""
    COST = "cost"
    """The cap on what one build may send was reached."""
    MEMORY = "memory"
    """A memory file could not be used."""
    STORE = "store"
    """The local store was damaged and set aside."""
    SHARED = "shared"
    """The memory that runners share could not be used."""
    TERMS = "terms"
    """Terms that have a required translation were translated otherwise."""
    LANGUAGE = "language"
    """The language is not known, or lacks something that a build needs."""
