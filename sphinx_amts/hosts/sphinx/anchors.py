"""Anchors are made of the source's titles, whoever makes them, and when.

nbsphinx gives the sections of a notebook new ids after we have translated their titles.
Until a document has been read, a section's title therefore answers with its source when
it is asked for its text, which is what anchors are made of. Tables of contents and
references look at its nodes, or at a copy, and see the target.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import clean_astext


def is_section_title(node: nodes.Node) -> bool:
    """Tell whether a node is the title of a section."""
    return isinstance(node, nodes.title) and isinstance(node.parent, nodes.section)


class HeldTitles:
    """The titles of one document that answer with their source."""

    def __init__(self) -> None:
        self._held: list[tuple[nodes.Element, str]] = []

    def hold(self, title: nodes.Element, source: str | None) -> None:
        """Have a title answer with its source; nothing is done where there is none."""
        if source is not None:
            vars(title)["astext"] = lambda: source
            self._held.append((title, source))

    def release(self, env: BuildEnvironment) -> None:
        """Have the titles answer with their target, in labels made of them too."""
        for title, _source in self._held:
            vars(title).pop("astext", None)
        targets = {
            (anchor, source): clean_astext(title)
            for title, source in self._held
            if title.parent is not None
            for anchor in ("", *title.parent["ids"])
        }
        labels = env.domaindata["std"]["labels"]
        for name, (docname, anchor, text) in list(labels.items()):
            if docname == env.docname and (anchor, text) in targets:
                labels[name] = (docname, anchor, targets[anchor, text])
        self._held.clear()
