"""gettext catalogs of a book's Sphinx edition, used and written for mystmd too."""

from __future__ import annotations

from sphinx_amts.book.page import Translated
from sphinx_amts.text.segment import Segment


class Catalog:
    """What people's catalog has for a page."""

    def __init__(self, domain: str) -> None:
        self.domain = domain

    def find(self, segment: Segment) -> Translated | None:
        """Return people's translation of a segment."""
        return None

    def message(self, segment: Segment) -> str:
        """Return a segment as gettext has it; empty where that is not known."""
        return ""
