"""What an engine of your own is made with; see ``docs/how-to/own-engine.md``."""

from __future__ import annotations

from sphinx_amts.engines.contract import (
    EngineSetup,
    Limits,
    Untranslated,
)
from sphinx_amts.engines.contract import SimpleEngine as Engine
from sphinx_amts.errors import (
    EngineError,
    EngineUnavailable,
    SegmentError,
    UnsupportedPair,
)

__all__ = [
    "Engine",
    "EngineError",
    "EngineSetup",
    "EngineUnavailable",
    "Limits",
    "SegmentError",
    "UnsupportedPair",
    "Untranslated",
]
