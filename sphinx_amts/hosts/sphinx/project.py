"""Sphinx projects, read by their own build: with their configuration and extensions."""

from __future__ import annotations

import ast
import io
import tempfile
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import docutils_namespace, patch_docutils

from sphinx_amts.errors import AmtsError
from sphinx_amts.hosts.sphinx.blocks import read_blocks
from sphinx_amts.hosts.sphinx.execution import stop_execution
from sphinx_amts.parallel_data.blocks import Block


def is_project(folder: Path) -> bool:
    """Tell whether a folder is what sphinx-build is given."""
    return (folder / "conf.py").is_file()


def named_memories(folder: Path) -> list[Path]:
    """Return the files of ``amts_memory_files`` in a folder's ``conf.py``, if any.

    It is read as data: a list of texts is understood, and nothing is executed. Files
    that are not there are left out, since a build may be what writes them.
    """
    try:
        tree = ast.parse((folder / "conf.py").read_bytes())
    except (OSError, ValueError, SyntaxError):
        return []
    names = [
        text.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Tuple)
        if [ast.unparse(each) for each in node.targets] == ["amts_memory_files"]
        for text in node.value.elts
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
    ]
    return [folder / name for name in names if (folder / name).is_file()]


def read_project(folder: Path) -> dict[str, list[Block]]:
    """Return the blocks of each document by its name, as its build would have them.

    The project is read in its own language and no code of it is executed but
    ``conf.py``. Raises `AmtsError` where Sphinx fails.
    """
    found: dict[str, list[Block]] = {}

    class Collect(SphinxTransform):
        """Takes the blocks when the extension would translate them."""

        default_priority = 19

        def apply(self, **options: object) -> None:
            found.setdefault(self.env.docname, read_blocks(self.document))

    try:
        with (
            tempfile.TemporaryDirectory() as scratch,
            patch_docutils(),
            docutils_namespace(),
        ):
            app = Sphinx(
                str(folder),
                str(folder),
                scratch,
                scratch,
                "dummy",
                status=None,
                warning=io.StringIO(),
                freshenv=True,
            )
            stop_execution(app)
            app.add_transform(Collect)
            app.build()
    except SphinxError as error:
        raise AmtsError(f"{folder}: Sphinx cannot read it: {error}") from error
    return found
