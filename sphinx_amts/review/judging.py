"""What there is to say of a text before it is saved."""

from __future__ import annotations

from typing import Any

from sphinx_amts.errors import TagError
from sphinx_amts.memory.normal import optional_tags
from sphinx_amts.review.answers import RefusedError
from sphinx_amts.review.item import Item
from sphinx_amts.review.subject import Subject
from sphinx_amts.text.check import check
from sphinx_amts.text.faithful import faults

NO_TARGET = "no text: there is nothing to save"


def checked(item: Item, target: str) -> str:
    """Return a target in its one form.

    Raises `RefusedError` where it cannot take the source's place.
    """
    segment = item.segment()
    try:
        found = check(segment.source, target, optional_tags(segment.tags))
    except TagError as error:
        raise RefusedError(str(error)) from error
    if not found:
        raise RefusedError(NO_TARGET)
    return found


def remarks(item: Item, target: str, subject: Subject) -> dict[str, Any]:
    """Return what may be wrong with a target that is accepted all the same."""
    required = subject.terms.missed(item.source, "")
    missed = subject.terms.missed(item.source, target)
    return {
        "faults": faults(item.source, target, subject.pair) if target else [],
        "terms": [
            {"source": source, "target": wanted, "is_met": source not in missed}
            for source, wanted in required.items()
        ],
    }
