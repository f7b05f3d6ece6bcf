"""Terms: words that have one required translation, and names, which stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from sphinx_amts.text.sentences import UNSPACED
from sphinx_amts.text.tagged import parse, plain


class RequiredTerms:
    """Finds terms in a source, and those that a translation does not have.

    ``terms`` are targets by sources, in ``language`` (BCP 47) as the sources are. One
    that is its own target is a name; ``everywhere`` are those that are it in every
    target language.
    """

    def __init__(
        self, terms: Mapping[str, str], language: str, everywhere: Iterable[str] = ()
    ) -> None:
        self._terms = terms
        self._language = language
        self._everywhere = tuple(sorted(everywhere))
        self._pattern = _pattern(terms, language)

    @classmethod
    def of_names(cls, names: Iterable[str], language: str) -> RequiredTerms:
        """Make one of names that stay in every target language."""
        stay = {name: name for name in names}
        return cls(stay, language, stay)

    def __bool__(self) -> bool:
        return bool(self._terms)

    @property
    def everywhere(self) -> RequiredTerms:
        """Those that are names in every target language."""
        return self.of_names(self._everywhere, self._language)

    @property
    def stays(self) -> RequiredTerms:
        """Those that are names in the target language."""
        own = [term for term, target in self._terms.items() if term == target]
        return self.of_names(own, self._language)

    @property
    def digest(self) -> str:
        """What changes with the terms; empty without any."""
        return _identity(self._terms)

    def lacks(self, source: str, target: str) -> str:
        """Return the identity of the terms that `missed` returns; empty for none."""
        return _identity(self.missed(source, target))

    @property
    def words(self) -> tuple[str, ...]:
        """The sources, sorted."""
        return tuple(sorted(self._terms))

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield the places of terms in plain characters, each with its target."""
        if self._terms:
            for match in self._pattern.finditer(text):
                yield *match.span(), self._terms[match[0]]

    def names(self, text: str) -> Iterator[tuple[int, int, str]]:
        """As `find`, for names only."""
        for start, end, target in self.find(text):
            if text[start:end] == target:
                yield start, end, target

    def keeps_names(self, source: str, target: str) -> bool:
        """Tell whether a tagged target has the names of its source."""
        text, made = plain(parse(source)), plain(parse(target))
        return all(text[start:end] in made for start, end, _ in self.names(text))

    def wanted(self, source: str) -> list[str]:
        """Return the terms that occur in a tagged source, each once."""
        text = plain(parse(source))
        return list(dict.fromkeys(text[start:end] for start, end, _ in self.find(text)))

    def missed(self, source: str, target: str) -> dict[str, str]:
        """Return the terms of a tagged source whose target a tagged text lacks.

        As in the service, a source has the term's own case. A target may begin with a
        capital.

        >>> terms = RequiredTerms({"tree": "árbol", "oak tree": "roble"}, "en")
        >>> terms.missed("An oak tree, no Tree.", "Un roble.")
        {}
        >>> terms.missed("Some trees and one tree.", "Arboledas y un palo.")
        {'tree': 'árbol'}
        """
        wanted = self.wanted(source)
        if not wanted:
            return {}
        text = plain(parse(target))
        found = {term: self._terms[term] for term in wanted}
        return {
            term: required
            for term, required in found.items()
            if required not in text and required[:1].upper() + required[1:] not in text
        }


def _identity(terms: Mapping[str, str]) -> str:
    known = repr(sorted(terms.items())).encode()
    return sha256(known).hexdigest()[:12] if terms else ""


def _pattern(terms: Mapping[str, str], language: str) -> re.Pattern[str]:
    # The longest first: of two terms at one place, it is the one that is meant.
    sources = sorted(terms, key=lambda text: (-len(text), text))
    pattern = "|".join(map(re.escape, sources))
    if language.partition("-")[0] not in UNSPACED:
        pattern = rf"(?<!\w)(?:{pattern})(?!\w)"
    return re.compile(pattern)


NO_TERMS = RequiredTerms({}, "en")
