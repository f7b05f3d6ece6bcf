"""Notebooks of a Sphinx project: which they are, and reading them without running."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

NOTEBOOK_PARSER = "myst-nb"

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


def may_be_notebook(env: BuildEnvironment, docname: str) -> bool:
    """Tell whether MyST-NB reads a document, which may then be a notebook."""
    suffix = Path(env.doc2path(docname)).suffix
    return bool(env.config.source_suffix.get(suffix) == NOTEBOOK_PARSER)
