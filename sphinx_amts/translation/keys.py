"""The keys of what this room keeps in the store.

========================  ==============================================================
``<64 hex digits>``       a machine's unit: `sphinx_amts.memory.unit.unit_key`
``people:<unit key>``     what was made of people's units for a segment
``lost:<unit key>``       the token of the job that did not bring a segment
``doc:<pair>:<name>``     what a document was made from and needed
``signatures:<pair>``     which engines have units here: their names by signature
========================  ==============================================================
"""

from __future__ import annotations

from sphinx_amts.text.languages import LanguagePair


def derived_key(unit_key: str, collected: str = "") -> str:
    """Return the key of a text made of people's units and of a machine's.

    ``collected`` tells the results of jobs apart that may be in it.
    """
    return f"people:{unit_key}:{collected}" if collected else f"people:{unit_key}"


def lost_key(unit_key: str) -> str:
    """Return the key of what tells that a job did not bring a segment."""
    return f"lost:{unit_key}"


def signatures_key(pair: LanguagePair) -> str:
    """Return the key of the list of signatures that a pair has units of."""
    return f"signatures:{pair.source}:{pair.target}"


def document_key(pair: LanguagePair, name: str) -> str:
    """Return the key of what is remembered of a document."""
    return f"doc:{pair.source}:{pair.target}:{name}"
