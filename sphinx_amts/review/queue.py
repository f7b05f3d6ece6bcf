"""What a translator should look at next, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sphinx_amts.review.answers import NotThereError
from sphinx_amts.review.item import MACHINE, MIXED, PEOPLE, SOURCE, STALE, Item, Items
from sphinx_amts.text.terms import RequiredTerms

DOUBT, OF_STALE, PAGE, TERM = "doubt", "stale", "page", "term"
QUEUES = (DOUBT, OF_STALE, PAGE, TERM)
MOST = 500  # segments in one answer
USUAL = 50


@dataclass(frozen=True)
class Wanted:
    """Which segments, and how many."""

    queue: str = DOUBT
    page: str = ""  # only of this page
    term: str = ""  # only with this in the source
    limit: int = USUAL
    offset: int = 0


def select(items: Items, wanted: Wanted, terms: RequiredTerms) -> dict[str, Any]:
    """Return a queue: how much is in it, and the segments that were asked for."""
    found = _queue(items, wanted, terms)
    shown = found[wanted.offset : wanted.offset + wanted.limit]
    return {
        "total": len(found),
        "words": sum(item.words for item in found),
        "segments": [item.summary() for item in shown],
    }


def _queue(items: Items, wanted: Wanted, terms: RequiredTerms) -> list[Item]:
    within: Iterable[Item] = items
    if wanted.page:
        page = items.page(wanted.page)
        if page is None:
            raise NotThereError(f"there is no page {wanted.page!r}")
        within = {item.key: item for item in page.items}.values()
    if wanted.queue == TERM:
        return _with_term(within, wanted.term, terms)
    open_ = [item for item in within if not item.is_human]
    if wanted.queue == OF_STALE:
        return [item for item in open_ if item.listed.is_stale]
    if wanted.queue == DOUBT:
        # What has no translation at all comes before all that has one.
        open_.sort(key=lambda item: -2.0 if item.doubt is None else -item.doubt)
    return open_


def _with_term(items: Iterable[Item], term: str, terms: RequiredTerms) -> list[Item]:
    """Return what has a term in its source; without one, what misses any."""
    if term:
        return [item for item in items if term in item.source]
    if not terms:
        return []
    return [item for item in items if item.target and _missed(item, terms)]


def _missed(item: Item, terms: RequiredTerms) -> dict[str, str]:
    return terms.missed(item.source, item.target)


def progress(items: Items, terms: RequiredTerms) -> dict[str, Any]:
    """Return how many words are whose, in all and by page; all by place."""
    total = dict.fromkeys(("total", PEOPLE, STALE, MIXED, MACHINE, SOURCE), 0)
    pages = []
    for page in items.pages:
        left = doubt = 0.0
        words = page.catalog_words + sum(item.words for item in page.items)
        total["total"] += words
        total[PEOPLE] += page.catalog_words
        for item in page.items:
            total[item.whose] += item.words
            if not item.is_human:
                left += item.words
                doubt += item.words * (item.doubt or 0.0)
        pages.append(
            {
                "page": page.name,
                "path": page.path,
                "title": page.title,
                "words": words,
                "left": int(left),
                "doubt": round(doubt / left, 3) if left else None,
            }
        )
    open_ = [item for item in items if not item.is_human]
    left_in_all = {"words": sum(item.words for item in open_), "segments": len(open_)}
    return {
        "words": total,
        "left": left_in_all,
        "pages": pages,
        "terms": _of_terms(items, terms),
    }


def _of_terms(items: Iterable[Item], terms: RequiredTerms) -> list[dict[str, Any]]:
    """Return each required term with how often it is wanted, and missed."""
    counts: dict[str, dict[str, Any]] = {}
    if not terms:
        return []
    for item in items:
        missed = _missed(item, terms) if item.target else {}
        for source, target in terms.missed(item.source, "").items():
            found = counts.setdefault(
                source,
                {"source": source, "target": target, "segments": 0, "missed": 0},
            )
            found["segments"] += 1
            found["missed"] += source in missed
    return sorted(counts.values(), key=lambda each: (-each["missed"], each["source"]))
