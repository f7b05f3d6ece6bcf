"""The Sphinx side: settings in, events, warnings out."""

from __future__ import annotations

import logging as std_logging
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any, Literal, NoReturn

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from sphinx_amts import __version__
from sphinx_amts.book import listing
from sphinx_amts.book.book import Book
from sphinx_amts.book.opening import open_book
from sphinx_amts.book.purpose import Collect
from sphinx_amts.book.record import Records
from sphinx_amts.book.result import Result
from sphinx_amts.config import PREFIX, default_of, fields, read_settings
from sphinx_amts.errors import FileError, SettingError
from sphinx_amts.hosts.sphinx import (
    builder,
    by_language,
    catalogs,
    formats,
    garbage,
    notebooks,
    pages,
    prescan,
    raw_places,
    raw_texts,
    titles,
)
from sphinx_amts.hosts.sphinx.document import page_of
from sphinx_amts.hosts.sphinx.localized import Localized, builds, purpose
from sphinx_amts.hosts.sphinx.transforms import Sweep, TakeSnapshot, Translate
from sphinx_amts.hosts.sphinx.units import interface_texts
from sphinx_amts.hosts.sphinx.workarounds import (
    before_writing,
    change_scripts,
    forget,
    interface_catalogs,
    let_go_of_doctrees,
    renew_defaults,
    renew_theme_options,
)
from sphinx_amts.text.languages import LanguagePair, matches
from sphinx_amts.translation.cost import count
from sphinx_amts.warnings_ import Subtype

logger = logging.getLogger(__name__)

AFTER_READING = 950  # priority: behind all that looks at a document when it is read
SHOWN_TERMS = 5  # in the one warning about them
LARGE = 200  # documents; those of `benchmarks/large_book.py` take 50 MB for 400
OPTIONS = f"{PREFIX}engine_options"


def warn(subtype: Subtype, message: str) -> None:
    """Log one warning of ours."""
    logger.warning(message, type="amts", subtype=subtype.value)


def end(message: str) -> NoReturn:
    """End the build because of a mistake in its settings.

    Not by one of Sphinx's errors: from 9.0 on it prints a traceback for each and asks
    the user to report it.
    """
    logger.error(message)
    raise SystemExit(2)


class _Forward(std_logging.Handler):
    """Shows what the rooms without Sphinx have to say, such as a download's size."""

    def emit(self, record: std_logging.LogRecord) -> None:
        """Log a record the way Sphinx does."""
        subtype = getattr(record, "subtype", None)
        logger.log(record.levelno, record.getMessage(), type="amts", subtype=subtype)


def on_config_inited(app: Sphinx, config: Config) -> None:
    """Understand the language as a user means it, before anything is built on it."""
    try:
        catalogs.set_language(app, config)
    except ValueError as error:
        end(f"language: {error}")
    pages.add_templates(config)
    leave_out_store(config)
    if purpose().lists:  # the words of Chinese take longer to load than all the rest
        config.html_search_language = "en"  # type: ignore[attr-defined, unused-ignore]
    if not matches(config.language or "en", str(config["amts_source_language"])):
        formats.set_up_formats(config)
        renew_defaults(app)


def leave_out_store(config: Config) -> None:
    """Have no file of ours be taken for a source: editions are built there for review.

    Files of notebooks for instance, which readers can download.
    """
    folder = PurePath(str(config[f"{PREFIX}cache_dir"]))
    if not folder.is_absolute() and ".." not in folder.parts and folder.parts:
        patterns = [*config.exclude_patterns, f"{folder.as_posix()}/**"]
        config.exclude_patterns = patterns  # type: ignore[attr-defined, unused-ignore]


def on_builder_inited(app: Sphinx) -> None:
    """Get ready, if this is a build in another language."""
    config = app.config
    builds.pop(config, None)
    try:
        settings = read_settings(_values(config))
        forget(config, OPTIONS)  # the environment would keep a key that is among them
        pair = LanguagePair.of(settings.source_language, config.language or "en")
    except (SettingError, ValueError) as error:
        end(str(error))
    if pair.is_same or app.builder.name in ("gettext", "segments"):
        return
    try:
        book = open_book(
            settings,
            Path(app.confdir),
            pair,
            purpose(),
            records_of(app.env),
            warn=warn,
            processes=app.parallel,
        )
    except (SettingError, FileError) as error:
        end(str(error))
    written = interface_catalogs(app)
    texts = interface_texts(written, str(config.language or "en"))
    builds[config] = Localized(book, frozenset(texts), garbage.search_rarely())
    catalogs.compile_aliases(app)
    catalogs.check_search(app, lambda text: warn(Subtype.LANGUAGE, text))


def records_of(env: BuildEnvironment) -> Records:
    """Return the records that the environment keeps."""
    found = getattr(env, "amts", None)
    if not isinstance(found, Records):
        found = Records()
        env.amts = found  # type: ignore[attr-defined]
    return found


def on_builder_ready(app: Sphinx) -> None:
    """Get ready to write pages, after themes have changed how that is done."""
    if app.config in builds:
        raw_places.escape_for_writer(app)
    try:
        settings = read_settings(_values(app.config))
        pair = LanguagePair.of(settings.source_language, app.config.language or "en")
        if pages.set_up(app, settings, pair, lists=purpose().lists):
            warn(
                Subtype.LANGUAGE,
                f"{app.config.language!r} is not in amts_languages: its pages have no"
                " language menu.",
            )
    except SettingError as error:
        end(str(error))


def _values(config: Config) -> dict[str, Any]:
    return {PREFIX + each.name: config[PREFIX + each.name] for each in fields()}


def on_env_get_outdated(
    app: Sphinx,
    env: BuildEnvironment,
    added: set[str],
    changed: set[str],
    removed: set[str],
) -> list[str]:
    """Return the documents whose text would be another one now."""
    build = builds.get(app.config)
    if build is None:
        return []
    book = build.book
    if not book.purpose.forbids:
        book.translator.collect()
    outdated = [
        docname
        for docname in dict.fromkeys([*book.outdated(), *_with_new_catalogs(app, book)])
        if docname in env.found_docs and docname not in added
    ]
    book.translator.store.close()
    return outdated


def _with_new_catalogs(app: Sphinx, book: Book) -> list[str]:
    return [
        docname
        for docname in book.records
        if catalogs.is_outdated(app.env, app.config, docname)
    ]


def on_env_before_read_docs(
    app: Sphinx, env: BuildEnvironment, docnames: list[str]
) -> None:
    """Have everything translated that the documents to be read will need."""
    build = builds.get(app.config)
    if build is None:
        return
    book = build.book
    wanted = titles.find_titles(app.config, book.settings.texts)
    if isinstance(book.purpose, Collect):
        book.purpose.add_titles(book.translator.known, wanted)
    covered = [name for name in docnames if book.covers(name)]
    prescan.gather(app, build, covered, wanted)
    book.translator.store.close()


def on_env_purge_doc(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a document."""
    records_of(env).drop(docname)


def on_env_merge_info(
    app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: BuildEnvironment
) -> None:
    """Take over what a reading process recorded."""
    records_of(env).merge(docnames, records_of(other))


def on_doctree_read(app: Sphinx, doctree: nodes.document) -> None:
    """Let go of a document's titles, before they are written to a file."""
    page = page_of(app.env, doctree)
    if page is not None:
        page.release_titles()
        if _is_large(app.env):
            let_go_of_doctrees(app.env)


def on_env_updated(app: Sphinx, env: BuildEnvironment) -> None:
    """Sum up, and remember what each document needs."""
    build = builds.get(app.config)
    if build is None or isinstance(build.book.purpose, Collect):
        return  # whoever collects says more than a warning would
    book = build.book
    before_writing(app.builder, lambda: insert_texts(app, book))
    prescan.remember(book.translator, env, book.records)
    result = Result.of(book)
    book.receipts.save(result.memory_hits)
    result.write(Path(app.doctreedir))
    if book.purpose.lists:
        order = reading_order(env)
        listing.write(book, Path(app.doctreedir), app.builder.get_target_uri, order)
    book.translator.store.close()
    _report(app, book, result)
    book.records.settle()
    is_large = _is_large(env)
    if is_large:
        let_go_of_doctrees(env)
    garbage.keep(is_much=is_large)  # what has been read stays, while pages are written


def _is_large(env: BuildEnvironment) -> bool:
    """Tell whether pages are too many to wait in memory until they are written."""
    return len(env.found_docs) > LARGE


def reading_order(env: BuildEnvironment) -> list[str]:
    """Return the names of documents as the tables of contents have them."""
    found: dict[str, None] = {}
    waiting = [env.config.root_doc]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            waiting += reversed(env.toctree_includes.get(name, []))
    return [*found, *sorted(env.found_docs - found.keys())]


def insert_texts(app: Sphinx, book: Book) -> None:
    """Put the texts of conf.py into the configuration, and where they went from it."""
    known, further = book.translator.known, book.settings.texts
    builder = app.builder
    put_in = titles.insert_titles(app.config, known, further, builder=builder.name)
    renew_theme_options(builder)
    change_scripts(builder, put_in)


def _report(app: Sphinx, book: Book, result: Result) -> None:
    """Say what became of the book."""
    logger.info(
        "sphinx_amts: %d of %d segments translated (%s)",
        result.translated,
        result.segments,
        book.translator.pair,
    )
    if result.segments:
        logger.info("sphinx_amts: words: %s", book.records.words())
    left = f"Without a translation: {count(result.missing)} ({book.translator.pair})"
    for problem in result.problems:
        warn(problem.subtype, f"{problem.message.rstrip('.')}. {left}.")
    if result.waiting:
        logger.info(
            "sphinx_amts: %s on the way from a batch job. Build again when it is done.",
            count(result.waiting),
        )
    is_new = any(book.records.new())
    if result.missing and book.settings.on_missing == "error":
        logger.error("%s. That is an error by amts_on_missing.", left)
        app.statuscode = 1
    elif result.missing > result.waiting and not result.problems and is_new:
        warn(Subtype.MISSING, f"{left}. The source text is kept.")
    _report_terms(book)


def _report_terms(book: Book) -> None:
    missed = book.records.missed()
    if not missed:
        return
    shown = "; ".join(map(str, missed[:SHOWN_TERMS]))
    more = len(missed) - SHOWN_TERMS
    warn(
        Subtype.TERMS,
        f"terms were not translated as amts_terminology requires: {shown}"
        f"{f'; and {more} more' if more > 0 else ''}. Correct these texts in a"
        f" memory file, or leave the terms out.",
    )


def on_html_page_context(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Put what readers see of the translation on a page."""
    made = pages.pages.get(app.config)
    if made is not None:
        record = records_of(app.env).get(pagename)
        percent = int(record.words.percent(record.words.human))
        parts = pages.Parts(record.machine > 0, percent)
        made.dress(app, pagename, context, doctree, parts)


def on_build_finished(app: Sphinx, exception: Exception | None) -> None:
    """Write what belongs to the site as a whole, and let go of the book."""
    build = builds.get(app.config)
    if build is not None:
        garbage.release(build.thresholds)
        build.book.translator.store.close()
    if exception is None:
        pages.write_sitemap(app)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    for each in fields():
        default = default_of(each)
        types = [] if default is None else [type(default)]
        if isinstance(default, float):
            types.append(int)
        if isinstance(default, list):
            types += [tuple, dict] if "dictionary" in each.metadata["kind"] else [tuple]
        rebuild: Literal["", "env", "html"] = ""
        if each.name in ("source_language", "exclude", "html_notice"):
            rebuild = "env"  # the notice comes with what texts were, which is read
        elif each.name in ("languages", "suggest_url"):
            rebuild = "html"
        app.add_config_value(PREFIX + each.name, default, rebuild, types)
    for transform in (TakeSnapshot, Translate, Sweep):
        app.add_transform(transform)
    ours = std_logging.getLogger("sphinx_amts")
    if not any(isinstance(handler, _Forward) for handler in ours.handlers):
        ours.addHandler(_Forward())
        ours.setLevel(std_logging.INFO)
    builder.setup(app)
    notebooks.setup(app)
    by_language.setup(app)
    raw_texts.setup(app)
    if os.environ.get(catalogs.LANGUAGE_VARIABLE):
        with suppress(ValueError):  # told when the configuration is complete
            catalogs.set_language(app, app.config)
        if earlier := catalogs.set_up_earlier(app):
            logger.info(
                "sphinx_amts: what %s wrote while setting up is in the source language:"
                " put 'sphinx_amts' first in extensions.",
                ", ".join(earlier),
            )
    app.connect("config-inited", on_config_inited, priority=0)
    app.connect("builder-inited", on_builder_inited)
    app.connect("builder-inited", on_builder_ready, priority=900)
    app.connect("env-get-outdated", on_env_get_outdated)
    app.connect("env-before-read-docs", on_env_before_read_docs)
    app.connect("env-purge-doc", on_env_purge_doc)
    app.connect("env-merge-info", on_env_merge_info)
    app.connect("doctree-read", on_doctree_read, priority=AFTER_READING)
    app.connect("env-updated", on_env_updated)
    app.connect("html-page-context", on_html_page_context)
    app.connect("build-finished", on_build_finished)
    return {
        "version": __version__,
        "env_version": 4,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
