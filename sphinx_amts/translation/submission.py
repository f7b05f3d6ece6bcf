"""Starting jobs: for what several languages of a book lack alike, one job."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from sphinx_amts.engines.amazon.jobs import ENDED_BADLY
from sphinx_amts.engines.amazon.languages import codes_of
from sphinx_amts.engines.amazon.ledger import Outcome, Plan, now
from sphinx_amts.errors import EngineUnavailable
from sphinx_amts.text.segment import Segment
from sphinx_amts.translation.jobs import Jobs, start


def submit(languages: Sequence[Jobs], segments: Sequence[Segment]) -> Plan | None:
    """Start one job for what several languages lack alike; None where that failed.

    They are of one book and ask for the same in other languages. Never raises for the
    service's sake: their problems then say why.
    """
    if any(each.switch.down for each in languages):
        return None
    try:
        for each in languages:
            each.service.prepare(each.pair)
        return _submit(languages, segments)
    except (EngineUnavailable, OSError) as error:
        for each in languages:
            each.fail(error)
        return None
    finally:
        for each in languages:
            each.look_again()


def _submit(languages: Sequence[Jobs], segments: Sequence[Segment]) -> Plan | None:
    while plan := _planned(languages, segments):
        _job_id, status = start(languages[0], plan, languages)
        if status not in ENDED_BADLY:
            return plan
        # A job of earlier, which the ledger has forgotten and the service has not.
        for each in languages:
            each.ledger.note_end(plan, each.pair.target, Outcome(status, now()))
            each.give_back(plan)
    return None


def _planned(languages: Sequence[Jobs], segments: Sequence[Segment]) -> Plan | None:
    first = languages[0]
    codes = {each.pair.target: codes_of(each.pair)[1] for each in languages}
    version = first.service.version(list(codes.values()))
    segments = _affordable(languages, segments)
    documents = list(first.documents(segments))
    if not documents:
        return None
    signatures = {each.pair.target: each.signature for each in languages}
    request = first.service.request(first.pair)
    keys = sorted(segment.key for segment in segments)
    names = first.ladder.terms.words
    asked = json.dumps(
        [first.pair.source, signatures, request, version, keys, *filter(None, [names])]
    )
    base = sha256(asked.encode()).hexdigest()
    plan = Plan(
        base=base,
        attempt=first.ledger.attempt(base),
        made=now(),
        source=first.pair.source,
        signatures=signatures,
        codes=codes,
        version=version,
        bucket=str(first.service.bucket_name),
        folder="",
        request=request,
        documents=tuple(f"{n:04}.html" for n in range(1, len(documents) + 1)),
        segments=len(segments),
        characters=first.cost(documents),
        names=names,
        region=first.service.access.region or "",
    )
    plan = replace(plan, folder=first.service.folder(plan.token))
    first.ledger.write(plan, zip(plan.documents, documents, strict=True))
    return plan


def _affordable(
    languages: Sequence[Jobs], segments: Sequence[Segment]
) -> Sequence[Segment]:
    """Return the first segments, as many as may still be sent in each language."""
    first = languages[0]
    left = min(each.meter.budget.left for each in languages)
    if left == float("inf"):
        return segments
    taken = []
    ordered = sorted(segments, key=lambda each: each.key)
    for segment in ordered:
        sources = first.ladder.whole(segment).sources
        left -= sum(map(first.service.characters_at_most, sources))
        if left < 0:
            break
        taken.append(segment)
    if len(taken) < len(ordered):
        for each in languages:
            each.switch.stop_at_cap(
                each.service.name, each.meter, len(ordered) - len(taken)
            )
    return taken
