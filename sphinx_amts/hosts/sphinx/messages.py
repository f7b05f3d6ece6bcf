"""What gettext's own extraction has of a book, whatever of it is translated here.

That is more than our units: documents that are left out, and what
``gettext_additional_targets`` names, such as blocks of code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util.i18n import docname_to_domain
from sphinx.util.nodes import extract_messages

from sphinx_amts.book.purpose import Collect
from sphinx_amts.hosts.sphinx.kept import Survey
from sphinx_amts.hosts.sphinx.localized import builds
from sphinx_amts.hosts.sphinx.units import IndexUnit, find_units
from sphinx_amts.text.tagged import parse, plain

EXTRACTED = "amts_extracted"
"""In what the environment keeps of the document that is read: its messages, with their
nodes, before catalogs are applied."""


def note_messages(app: Sphinx, found: Collect) -> None:
    """Have a build note the messages of all documents that it reads."""

    def note(document: nodes.document) -> list[tuple[nodes.Element, str]]:
        extracted = list(extract_messages(document))
        messages = list(messages_in(document, extracted))
        build = builds.get(app.config)
        purpose = build.book.purpose if build else found
        if isinstance(purpose, Survey):
            purpose.add_messages(messages)
        else:
            add_messages(app.env, app.env.docname, messages, found)
        return extracted

    class NoteMessages(SphinxTransform):
        """Takes what there is before catalogs are applied, which change code."""

        default_priority = 19  # as `TakeSnapshot`

        def apply(self, **options: object) -> None:
            if not str(self.document.get("source", "")).endswith("<translated>"):
                self.env.temp_data[EXTRACTED] = note(self.document)

    def on_doctree_read(_app: Sphinx, document: nodes.document) -> None:
        note(document)  # with what transforms have made, as gettext's builder sees it

    app.add_transform(NoteMessages)
    app.connect("doctree-read", on_doctree_read)


def add_messages(
    env: BuildEnvironment,
    docname: str,
    messages: Iterable[tuple[str, int]],
    found: Collect,
) -> None:
    """Keep the messages of a document, with their lines."""
    path, domain = path_and_domain(env, docname)
    for message, line in messages:
        found.add_message(domain, message, (path, line))


def path_and_domain(env: BuildEnvironment, docname: str) -> tuple[str, str]:
    """Return the path of a document in its book, and its gettext domain."""
    path = Path(env.doc2path(docname, False)).as_posix()
    return path, docname_to_domain(docname, env.config.gettext_compact)


def messages_in(
    document: nodes.document, extracted: Iterable[tuple[nodes.Element, str]]
) -> Iterator[tuple[str, int]]:
    """Yield the messages of a document with their lines; 0: not known.

    ``extracted`` is what Sphinx finds, which has no entries of the index.
    """
    for node, message in extracted:
        yield str(message), node.line or 0
    is_indexed = any(document.findall(addnodes.index))
    for unit in find_units(document) if is_indexed else ():
        if isinstance(unit, IndexUnit):
            yield plain(parse(unit.segment.source)), unit.node.line or 0
