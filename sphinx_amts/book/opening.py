"""Opening a book: its engine, store, memory files and terms, by its settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sphinx_amts.aws.errors import Access
from sphinx_amts.book.book import Book
from sphinx_amts.book.purpose import Purpose
from sphinx_amts.book.record import Records
from sphinx_amts.config import Settings
from sphinx_amts.engines.amazon.terminology import required_terms
from sphinx_amts.engines.contract import Budget, EngineSetup
from sphinx_amts.engines.registry import make_engine
from sphinx_amts.memory.fetched import Missed, fetch_all, path_of
from sphinx_amts.memory.files import Fault, MemoryFiles
from sphinx_amts.memory.shared import Place
from sphinx_amts.memory.store import Store
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.translation.asking import Order, Problems
from sphinx_amts.translation.make import make_translator
from sphinx_amts.translation.sharing import Sharing
from sphinx_amts.warnings_ import Subtype

Warn = Callable[[Subtype, str], None]


def open_book(
    settings: Settings,
    folder: Path,
    pair: LanguagePair,
    purpose: Purpose,
    records: Records,
    *,
    warn: Warn,
    processes: int = 1,
) -> Book:
    """Open a book for a purpose, which decides whether its engine may be asked.

    ``folder`` is where relative paths of settings begin, ``processes`` may ask at the
    same time. Raises `SettingError`, and `FileError` for a file of terms.
    """
    setup = EngineSetup(settings.engine_options, vars(settings), folder, processes)
    engine = make_engine(settings.engine, setup)
    cache, names = folder / settings.cache_dir, settings.memory_files
    store = Store(cache, lambda text: warn(Subtype.STORE, text))
    missed = list(fetch_all(names, folder, cache))
    lost = {each.address for each in missed if each.is_fatal}
    paths = [path_of(name, folder, cache) for name in names if name not in lost]
    files = MemoryFiles(paths, pair, cache, settings.reuse)
    problems = Problems()
    forbidden = purpose.forbids
    faults: list[Missed | Fault] = [*missed, *files.faults]
    for fault in faults:
        if fault.is_fatal:  # what it holds might be paid for again
            message = f"{fault.message}. The engine is not asked in this build."
            problems.add(Subtype.MEMORY, message)
            forbidden = forbidden or message
        else:
            warn(Subtype.MEMORY, fault.message)
    order = Order(
        problems, Budget(settings.max_characters), forbidden, settings.timeout_s
    )
    terms = required_terms(settings.terminology, folder, pair)
    return Book(
        settings,
        folder,
        make_translator(
            pair,
            engine,
            store,
            lambda: files.people,
            order,
            terms,
            sharing_of(settings, problems),
        ),
        purpose,
        records,
        files.digest,
        terms,
    )


def sharing_of(settings: Settings, problems: Problems) -> Sharing:
    """Return what a build has of a shared memory; nothing is opened yet."""
    address = settings.shared_memory
    place = Place.parse(address) if address else None
    access = Access(settings.aws_region, settings.aws_profile)
    return Sharing(place, access, problems)
