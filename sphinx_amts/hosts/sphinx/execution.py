"""Reading a Sphinx project without running the code of its notebooks."""

from __future__ import annotations

from sphinx.application import Sphinx

_EXECUTION_SETTINGS = {
    "nb_execution_mode": "off",
    "jupyter_execute_notebooks": "off",
    "nbsphinx_execute": "never",
}
"""What keeps notebook extensions from running code while a document is read."""


def stop_execution(app: Sphinx) -> None:
    """Keep notebook extensions from running code in this process."""
    for name, value in _EXECUTION_SETTINGS.items():
        if name in app.config:
            setattr(app.config, name, value)
    notebooks = getattr(app.env, "mystnb_config", None)
    if notebooks is not None:
        notebooks.execution_mode = "off"
        notebooks.execution_excludepatterns = ["*"]  # a notebook's own mode gives way
