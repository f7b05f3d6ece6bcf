"""Machine translation and synchronization of multilingual books inside Sphinx builds."""

from __future__ import annotations

__version__ = "0.1.0"
