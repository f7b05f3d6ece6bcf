"""A book about a harbour that has something of everything a page can hold."""

import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "Harbour handbook"
author = "The harbour office"
version = release = "2.5"
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx.ext.todo",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_templates", "_build"]
templates_path = ["_templates"]
nitpicky = True
numfig = True
todo_include_todos = True
autosummary_generate = False
extlinks = {"buoy": ("https://example.org/buoys/%s", "buoy %s")}
rst_epilog = """
.. |office| replace:: the *harbour* office
.. |lamp| image:: lamp.png
   :alt: A small green lamp
.. |notice| replace:: `notice board <https://example.org/notices>`__
"""

if find_spec("myst_parser"):
    extensions.append("myst_parser")
    myst_enable_extensions = ["deflist", "dollarmath", "substitution"]
    myst_heading_anchors = 3
    myst_substitutions = {"keeper": "the *keeper* of the light"}
else:
    exclude_patterns.append("*.md")
    suppress_warnings = ["toc.excluded"]
