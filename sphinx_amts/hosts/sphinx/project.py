"""Sphinx projects, opened and read by their own build, without writing a page."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import SphinxError
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import docutils_namespace, patch_docutils
from sphinx.util.tags import Tags

from sphinx_amts.config import PREFIX, Settings, fields, read_settings
from sphinx_amts.errors import AmtsError
from sphinx_amts.hosts.sphinx import garbage
from sphinx_amts.hosts.sphinx.blocks import read_blocks
from sphinx_amts.hosts.sphinx.workarounds import raw_values, stop_execution
from sphinx_amts.parallel_data.blocks import Block


@contextmanager
def application(
    folder: Path, warnings: TextIO, settings: Mapping[str, Any], builder: str = "dummy"
) -> Iterator[Sphinx]:
    """Make an application whose output goes when the context ends.

    Raises `AmtsError`.
    """
    try:
        with (
            tempfile.TemporaryDirectory() as scratch,
            patch_docutils(),
            docutils_namespace(),
            garbage.as_before(),
        ):
            yield Sphinx(
                str(folder),
                str(folder),
                # Extensions write beside it.
                str(Path(scratch, builder)),
                str(Path(scratch, "doctrees")),
                builder,
                confoverrides=dict(settings),
                status=None,
                warning=warnings,
                freshenv=True,
            )
    except SphinxError as error:
        raise AmtsError(f"{folder}: Sphinx cannot read it: {error}") from error


def read_all(app: Sphinx) -> None:
    """Read all documents as a build would, which then would write pages."""
    app.builder.compile_update_catalogs()
    app.builder.read()


def read_project(folder: Path) -> dict[str, list[Block]]:
    """Return the blocks of each document by its name, as its build would have them.

    The project is read in its own language, with what its theme brings where that is
    installed, and no code of it is executed but ``conf.py``. Raises `AmtsError` where
    Sphinx fails.
    """
    try:
        return _read_project(folder, "html")
    except AmtsError:  # perhaps for the theme, which another's book may lack here
        return _read_project(folder, "dummy")


def _read_project(folder: Path, builder: str) -> dict[str, list[Block]]:
    found: dict[str, list[Block]] = {}

    class Collect(SphinxTransform):
        """Takes the blocks when the extension would translate them."""

        default_priority = 19

        def apply(self, **options: object) -> None:
            found.setdefault(self.env.docname, read_blocks(self.document))

    with application(folder, io.StringIO(), {}, builder) as app:
        stop_execution(app)
        app.add_transform(Collect)
        read_all(app)
    return found


def read_conf(folder: Path) -> Settings:
    """Read a project's settings without building it; raises `AmtsError`."""
    path = folder / "conf.py"
    try:
        # Not its public values, which are only those that are registered.
        config = Config.read(str(folder.resolve()), overrides={}, tags=Tags())
        values = raw_values(config)
    except SphinxError as error:
        raise AmtsError(str(error)) from error
    if "sphinx_amts" not in values.get("extensions", ()):
        raise AmtsError(f'{path}: add "sphinx_amts" to the extensions')
    names = {PREFIX + each.name for each in fields()}
    return read_settings({name: values[name] for name in names & values.keys()})
