"""Asking an engine on the way: for a command that wants translations as evidence."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable
from pathlib import Path

from sphinx_amts.config import Settings, read_settings
from sphinx_amts.engines.amazon.terminology import required_terms
from sphinx_amts.engines.contract import Budget, Engine, EngineSetup
from sphinx_amts.engines.registry import make_engine
from sphinx_amts.errors import SettingError
from sphinx_amts.hosts.host import is_book, settings_of
from sphinx_amts.memory.people import People
from sphinx_amts.memory.store import Store
from sphinx_amts.parallel_data.blocks import Block
from sphinx_amts.parallel_data.scoring import Heard
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.translation.asking import Order, Problems
from sphinx_amts.translation.cost import cost_of
from sphinx_amts.translation.heard import heard, missing, segments
from sphinx_amts.translation.translator import Translator


def ask(
    name: str, source: Path, beside: Path, pair: LanguagePair, blocks: Iterable[Block]
) -> Heard:
    """Have an engine translate blocks; say first what is sent, and what it costs.

    The settings are those of the book in ``source``, if there is one, and the store is
    its own; without a book, the store is made ``beside`` a file. Where the engine is
    down or at its cap, what there is has to do. Raises `AmtsError`.
    """
    has_book = source.is_dir() and is_book(source)
    settings = settings_of(source) if has_book else read_settings({})
    folder = source if has_book else beside.parent
    translator = _translator(name, settings, folder, pair)
    wanted = segments(blocks)
    translator.check_pair()
    absent = missing(translator, wanted)
    if absent:
        cost = cost_of(translator.quote(absent), pair, settings.prices)
        _say(f"to translate with engine {name!r} ({pair}): {cost}")
        translator.ask_for_all(absent)
    for problem in translator.problems:
        _say(f"WARNING: {problem.message} [amts.{problem.subtype.value}]")
    found = heard(translator, wanted)
    translator.store.close()
    return found


def _translator(
    name: str, settings: Settings, folder: Path, pair: LanguagePair
) -> Translator:
    settings = dataclasses.replace(settings, engine=name)
    setup = EngineSetup(settings.engine_options, vars(settings), folder)
    engine = make_engine(name, setup)
    if not isinstance(engine, Engine):
        raise SettingError(f"--engine {name}: it answers with jobs; take one that does")
    budget = Budget(settings.max_characters)
    order = Order(Problems(), budget, timeout_s=settings.timeout_s)
    terms = required_terms(settings.terminology, folder, pair)
    store = Store(folder / settings.cache_dir, _say)
    return Translator(pair, engine, store, lambda: People.of([]), order, terms)


def _say(text: str) -> None:
    print(f"sphinx-amts: {text}", file=sys.stderr)
