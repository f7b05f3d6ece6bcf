"""What the names of directives tell about their content."""

from __future__ import annotations

CODE_DIRECTIVES = frozenset(
    {
        *("code-block", "code-cell", "sourcecode", "literalinclude", "doctest"),
        *("prompt", "testcode", "testoutput", "testsetup", "testcleanup", "ipython"),
        *("bibliography", "graphviz", "digraph", "graph", "mermaid", "plantuml"),
        *("jupyter-execute", "productionlist", "highlight", "glue", "autosummary"),
        "program",
    }
)
"""Directives of docutils, Sphinx and known extensions whose content is no prose."""
