"""What a desk is about: a book's settings, its pair of languages, its terms.

Not an open `Book`: its store serves one thread, and a desk has several.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sphinx_amts.config import Settings
from sphinx_amts.engines.amazon.terminology import required_terms
from sphinx_amts.memory.fetched import path_of
from sphinx_amts.memory.files import MemoryFiles
from sphinx_amts.memory.people import People
from sphinx_amts.memory.store import Store
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.terms import RequiredTerms


@dataclass(frozen=True)
class Subject:
    """A book in one language, as far as its translators are concerned."""

    settings: Settings
    folder: Path  # of the book
    pair: LanguagePair
    terms: RequiredTerms

    @classmethod
    def of(cls, settings: Settings, folder: Path, pair: LanguagePair) -> Subject:
        """Make one; raises `FileError` for a file of terms."""
        terms = required_terms(settings.terminology, folder, pair)
        return cls(settings, folder, pair, terms)

    def store(self) -> Store:
        """Open the book's store, for the thread that asks."""
        return Store(self.folder / self.settings.cache_dir, lambda text: None)

    def people(self) -> People:
        """Return what people wrote, of all memory files."""
        cache = self.folder / self.settings.cache_dir
        names = self.settings.memory_files
        paths = [path_of(name, self.folder, cache) for name in names]
        return MemoryFiles(paths, self.pair, cache, self.settings.reuse).people
