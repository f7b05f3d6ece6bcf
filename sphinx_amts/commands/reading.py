"""What the commands read prose with: files alone, and the projects of hosts."""

from __future__ import annotations

from sphinx_amts.hosts.sphinx.files import SUFFIXES, read_file
from sphinx_amts.hosts.sphinx.project import is_project, read_project
from sphinx_amts.readers.folders import Reader

READER = Reader(SUFFIXES, read_file, is_project, read_project)
