"""The documentation of sphinx_amts, which translates itself."""

import sys
from pathlib import Path

import sphinx_amts

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "sphinx_amts"
release = version = sphinx_amts.__version__
extensions = ["myst_parser", "sphinx_amts", "house", "reference"]
exclude_patterns = ["_build"]
locale_dirs = ["locale"]
myst_enable_extensions = ["deflist"]

# What the memory lacks is a warning, never a request to an engine.
amts_engine = "memory"
amts_memory_files = ["memory/zh.tmx"]

html_theme = "furo"
html_title = project
html_copy_source = False
html_show_copyright = False
html_show_sourcelink = False
html_show_sphinx = False
html_use_index = False
epub_copyright = "Apache License 2.0"
epub_show_urls = "no"
latex_documents = [("index", "sphinx_amts.tex", r"sphinx\_amts", "", "manual")]
