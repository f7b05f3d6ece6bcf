"""What one localized build works with, and where it is found."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from docutils import nodes
from sphinx.config import Config

from sphinx_amts.build.prescan import Scan
from sphinx_amts.config import Settings
from sphinx_amts.doctree.extract import Snapshot
from sphinx_amts.segment import Segment
from sphinx_amts.terminology import Watch
from sphinx_amts.translate import Hall


@dataclass
class Build:
    """What one localized build works with."""

    settings: Settings
    hall: Hall
    interface: frozenset[str]  # Sphinx's own strings in the target language
    files_digest: str = ""  # of the memory files
    watch: Watch | None = None  # for terms, where there is a file of them
    scanned: Scan | None = None  # set in the child of a pre-scan only
    inserted: list[str] = field(default_factory=list)  # targets in this document
    seen: dict[int, nodes.Element] = field(default_factory=dict)  # units done
    snapshot: Snapshot | None = None
    collected: dict[str, Segment] | None = None  # all segments, for who asks for them

    @property
    def base(self) -> str:
        """Identity of all that decides on a text: the memory files and the engine."""
        return f"{self.files_digest} {self.hall.signature}"

    def covers(self, docname: str) -> bool:
        """Tell whether a document is to be translated."""
        return not any(
            fnmatch.fnmatchcase(docname, pattern) for pattern in self.settings.exclude
        )


builds: WeakKeyDictionary[Config, Build] = WeakKeyDictionary()
"""The build of each application, by its configuration; none in the source language."""
