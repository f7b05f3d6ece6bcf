"""What gettext's own extraction has of a book, whatever of it is translated here.

That is more than our units: documents that are left out, and what
``gettext_additional_targets`` names, such as blocks of code.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.i18n import docname_to_domain
from sphinx.util.nodes import extract_messages

from sphinx_amts.book.purpose import Collect
from sphinx_amts.hosts.sphinx.units import IndexUnit, find_units
from sphinx_amts.text.tagged import parse, plain


def note_messages(app: Sphinx, found: Collect) -> None:
    """Have a build note the messages of all documents that it reads."""

    def note(document: nodes.document) -> None:
        env = app.env
        domain = docname_to_domain(env.docname, env.config.gettext_compact)
        path = Path(env.doc2path(env.docname, False)).as_posix()
        for message, line in _messages(document):
            found.add_message(domain, message, (path, line))

    class NoteMessages(SphinxTransform):
        """Takes what there is before catalogs are applied, which change code."""

        default_priority = 19  # as `TakeSnapshot`

        def apply(self, **options: object) -> None:
            if not str(self.document.get("source", "")).endswith("<translated>"):
                note(self.document)

    def on_doctree_read(_app: Sphinx, document: nodes.document) -> None:
        note(document)  # with what transforms have made, as gettext's builder sees it

    app.add_transform(NoteMessages)
    app.connect("doctree-read", on_doctree_read)


def _messages(document: nodes.document) -> Iterator[tuple[str, int]]:
    for node, message in extract_messages(document):
        yield str(message), node.line or 0
    for unit in find_units(document):
        if isinstance(unit, IndexUnit):
            yield plain(parse(unit.segment.source)), unit.node.line or 0
