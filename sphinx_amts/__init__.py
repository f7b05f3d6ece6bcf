"""Machine translation and synchronization of multilingual books in Sphinx builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__version__ = "0.1.0"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    from sphinx_amts.hosts.sphinx import extension  # the core must not need Sphinx

    return extension.setup(app)
