"""Terms: words that have one required translation."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sphinx_amts.text.sentences import UNSPACED
from sphinx_amts.text.tagged import parse, plain


class RequiredTerms:
    """Finds terms that a translation does not have.

    ``terms`` are targets by sources, in ``language`` (BCP 47) as the sources are.
    """

    def __init__(self, terms: Mapping[str, str], language: str) -> None:
        self._terms = terms
        # The longest first: of two terms at one place, it is the one that is meant.
        sources = sorted(terms, key=lambda text: (-len(text), text))
        pattern = "|".join(map(re.escape, sources))
        if language.partition("-")[0] not in UNSPACED:
            pattern = rf"(?<!\w)(?:{pattern})(?!\w)"
        self._pattern = re.compile(pattern)

    def wanted(self, source: str) -> list[str]:
        """Return the terms that occur in a tagged source, each once."""
        return list(dict.fromkeys(self._pattern.findall(plain(parse(source)))))

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
