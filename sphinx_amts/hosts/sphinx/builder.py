"""The builder ``segments``: what a book has to translate, as lines of JSON.

For programs, and for ``sphinx-amts align`` where the two editions of a book cannot be
built in one environment.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from weakref import WeakSet

from sphinx.application import Sphinx
from sphinx.builders.dummy import DummyBuilder
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.locale import __
from sphinx.transforms import SphinxTransform

from sphinx_amts.files import replace_file
from sphinx_amts.hosts.sphinx.blocks import read_blocks
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.readers import segments


class SegmentsBuilder(DummyBuilder):
    """Writes ``segments.jsonl``."""

    name = "segments"
    epilog = __("The segments are in %(outdir)s/" + segments.NAME + ".")

    def finish(self) -> None:
        """Write the file, as a whole or not at all."""
        lines = segments.dump(_blocks(self.env))
        replace_file(Path(self.outdir) / segments.NAME, lines)


class CollectBlocks(SphinxTransform):
    """Takes a document's blocks for the builder, and is nothing in other builds."""

    default_priority = 19  # as `TakeSnapshot`: before people's catalogs are applied

    def apply(self, **options: object) -> None:
        """Take the blocks of a document; texts of catalogs are parsed apart."""
        if self.config in _asked:
            found = read_blocks(self.document)
            _blocks(self.env).setdefault(self.env.docname, found)


_asked: WeakSet[Config] = WeakSet()
"""The configurations of builds by the builder ``segments``."""


def _blocks(env: BuildEnvironment) -> dict[str, list[Block]]:
    found: dict[str, list[Block]] = getattr(env, "amts_blocks", {})
    env.amts_blocks = found  # type: ignore[attr-defined]
    return found


def _on_builder_inited(app: Sphinx) -> None:
    if app.builder.name == SegmentsBuilder.name:
        _asked.add(app.config)


def _on_env_get_outdated(app: Sphinx, env: BuildEnvironment, *_: object) -> list[str]:
    """Return the documents whose blocks are not known, where they are wanted."""
    if app.config not in _asked:
        return []
    return sorted(env.found_docs - _blocks(env).keys())


def _on_env_purge_doc(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _blocks(env).pop(docname, None)


def _on_env_merge_info(
    app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: BuildEnvironment
) -> None:
    found = _blocks(other)
    _blocks(env).update((name, found[name]) for name in docnames if name in found)


def setup(app: Sphinx) -> None:
    """Register the builder with Sphinx."""
    app.add_builder(SegmentsBuilder)
    app.add_transform(CollectBlocks)
    app.connect("builder-inited", _on_builder_inited)
    app.connect("env-get-outdated", _on_env_get_outdated)
    app.connect("env-purge-doc", _on_env_purge_doc)
    app.connect("env-merge-info", _on_env_merge_info)
