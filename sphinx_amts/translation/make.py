"""Which translator an engine gets."""

from __future__ import annotations

from collections.abc import Callable

from sphinx_amts.engines.contract import Engine, JobService
from sphinx_amts.errors import SettingError
from sphinx_amts.memory.people import People
from sphinx_amts.memory.store import Store
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.terms import NO_TERMS, RequiredTerms
from sphinx_amts.translation.asking import Order
from sphinx_amts.translation.sharing import Sharing
from sphinx_amts.translation.translator import Translating, Translator


def make_translator(
    pair: LanguagePair,
    engine: Engine | JobService,
    store: Store,
    read_people: Callable[[], People],
    order: Order,
    terms: RequiredTerms = NO_TERMS,
    sharing: Sharing | None = None,
) -> Translating:
    """Return what translates by an engine, or by a service of jobs.

    Raises `SettingError` for a service of jobs that is not known.
    """
    if isinstance(engine, Engine):
        return Translator(pair, engine, store, read_people, order, terms, sharing)
    # Not for builds without jobs: it takes its time to be imported.
    from sphinx_amts.engines.amazon.jobs import AmazonJobs
    from sphinx_amts.translation.job_translator import JobTranslator

    if isinstance(engine, AmazonJobs):
        return JobTranslator(pair, engine, store, read_people, order, terms, sharing)
    raise SettingError(f"amts_engine: nothing is known of the jobs of {engine.name!r}")
