"""The Sphinx side: settings in, transforms and events, warnings out.

========  ================  ========================================================
priority  transform         why there
========  ================  ========================================================
19        `TakeSnapshot`    just before Sphinx's ``Locale`` (20) applies catalogs
21        `Translate`       just after it, before substitutions (210), sorting of
                            glossaries (500) and references (619), which all see the
                            target text
745       `Sweep`           nodes that other extensions made in between, before
                            SmartQuotes (750) and the domains (850)
========  ================  ========================================================
"""

from __future__ import annotations

import logging as std_logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.locale import get_translator
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.i18n import docname_to_domain
from sphinx.util.nodes import extract_messages

from sphinx_amts import __version__
from sphinx_amts.book.record import Missed, Record, Records
from sphinx_amts.config import PREFIX, default_of, fields, read_settings
from sphinx_amts.engines.contract import Engine, EngineSetup
from sphinx_amts.engines.registry import make_engine
from sphinx_amts.errors import FileError, SettingError, TagError
from sphinx_amts.hosts.sphinx import builder as segments
from sphinx_amts.hosts.sphinx import (
    catalogs,
    formats,
    garbage,
    notebooks,
    page,
    prescan,
    titles,
)
from sphinx_amts.hosts.sphinx.insert import insert_target, placed, rename_slugs
from sphinx_amts.hosts.sphinx.localized import Build, Place, builds
from sphinx_amts.hosts.sphinx.marks import Mark, set_mark, shown_pieces
from sphinx_amts.hosts.sphinx.snapshot import Snapshot
from sphinx_amts.hosts.sphinx.units import (
    TextUnit,
    Unit,
    find_units,
    interface_texts,
    is_interface,
    readable_segments,
)
from sphinx_amts.memory import files as memory_files
from sphinx_amts.memory.people import People
from sphinx_amts.memory.store import Store
from sphinx_amts.text.languages import LanguagePair, matches
from sphinx_amts.text.segment import Segment
from sphinx_amts.text.tagged import count_words, parse, plain
from sphinx_amts.translation.cost import Receipts, count
from sphinx_amts.translation.translator import Hall
from sphinx_amts.warnings_ import Subtype

if TYPE_CHECKING:
    from sphinx_amts.engines.amazon.terminology import Watch

logger = logging.getLogger(__name__)

SHOWN_TERMS = 5  # in the one warning about them


def warn(subtype: Subtype, message: str, **where: Any) -> None:
    """Log one warning of ours."""
    logger.warning(message, type="amts", subtype=subtype.value, **where)


def end(message: str) -> NoReturn:
    """End the build because of a mistake in its settings.

    Not by one of Sphinx's errors: from 9.0 on it prints a traceback for each and asks
    the user to report it.
    """
    logger.error(message)
    raise SystemExit(2)


class _Transform(SphinxTransform):
    """A transform that runs in localized builds only."""

    def apply(self, **kwargs: Any) -> None:
        build = builds.get(self.config)
        if build is None or not build.covers(self.env.docname):
            return
        if str(self.document.get("source", "")).endswith("<translated>"):
            return  # a text of people's catalog, parsed by Sphinx on its own
        self.walk(build)

    def walk(self, build: Build) -> None:
        raise NotImplementedError


class TakeSnapshot(_Transform):
    """Remember the source before people's catalogs are applied."""

    default_priority = 19

    def walk(self, build: Build) -> None:
        """Take a snapshot where there is a catalog for the document."""
        catalog = catalogs.load(self.env, self.config)
        with garbage.no_search():
            build.snapshot = Snapshot.take(self.document, catalog) if catalog else None


class Translate(_Transform):
    """Put what is known, or what the engine gives, in the place of each unit."""

    default_priority = 21

    def walk(self, build: Build) -> None:
        """Translate all units that no catalog has translated."""
        build.seen.clear()
        build.inserted.clear()
        record = Records.of(self.env)[self.env.docname] = Record()
        record.stale = prescan.remembered_stale(build.hall, self.env.docname)
        build.texts = None
        if build.scanned is None and notebooks.may_be(self.env, self.env.docname):
            build.texts = {}
        if build.collected is not None or build.texts is not None:
            found = extract_messages(self.document)
            build.messages = {id(node): message for node, message in found}
        with garbage.no_search():
            units = find_units(self.document)
        self.translate(build, units)
        build.snapshot = None

    def translate(self, build: Build, units: Sequence[Unit]) -> None:
        """Translate these units of the document."""
        record = Records.of(self.env)[self.env.docname]
        renamed = []
        todo = []
        for unit in units:
            build.seen[id(unit.node)] = unit.node
            if build.snapshot is not None and build.snapshot.is_human(unit):
                self.count_human(build, unit, record)
                renamed.append(unit.node)
            elif build.snapshot is not None and (target := build.snapshot.find(unit)):
                self.count_human(build, unit, record)
                insert_target(self.document, unit, target)
            elif not is_interface(unit.segment, build.interface):
                todo.append(unit)
        missing = build.hall.missing(unit.segment for unit in todo)
        missing = build.hall.cut(readable_segments(missing, todo))
        if build.collected is not None:
            every = readable_segments([unit.segment for unit in todo], todo)
            build.collected.update((each.key, each) for each in every)
        elif build.scanned is not None:
            build.scanned.add(missing, _lengths(build, todo))
        elif missing:
            if build.is_paid:
                build.announce(missing, _lengths(build, todo))
            build.fill(missing)
        record.base, record.failure = build.base, build.hall.failure
        with garbage.no_search():
            renamed += [unit.node for unit in todo if self._insert(build, unit, record)]
        if build.scanned is None:
            build.hall.keep_derived()
        rename_slugs(self.document, renamed)

    def count_human(self, build: Build, unit: Unit, record: Record) -> None:
        """Count a unit that people's catalog has translated."""
        assert build.snapshot is not None
        source = build.snapshot.source(unit)
        record.human += 1
        record.words.human += count_words(source.source)
        if build.collected is None and build.texts is None:
            return
        place = self.place(build, unit, source)
        text = build.snapshot.messages.get(place.message, "")
        if build.texts is not None:
            build.texts[place.message] = None, text
        if build.collected is not None:
            build.places.append(replace(place, text=text, is_catalog=True))

    def place(self, build: Build, unit: Unit, source: Segment | None = None) -> Place:
        """Return where a unit stands, for who collects them."""
        segment = source or unit.segment
        message = build.messages.get(id(unit.node), "")
        if not isinstance(unit, TextUnit) or not (message or segment.tags):
            message = plain(parse(segment.source))
        docname = self.env.docname
        return Place(
            docname,
            getattr(placed(unit.node), "line", None) or 0,
            segment,
            message,
            path=Path(self.env.doc2path(docname, False)).as_posix(),
            domain=docname_to_domain(docname, self.config.gettext_compact),
        )

    def _insert(self, build: Build, unit: Unit, record: Record) -> bool:
        match = build.hall.find(unit.segment)
        place = None if build.texts is None else self.place(build, unit)
        record.keys[unit.segment.key] = match.digest if match else ""
        if build.scanned is None:
            exactly = build.collected is not None
            record.count(build.hall, unit.segment, match, exactly=exactly)
        if build.collected is not None:
            build.places.append(self.place(build, unit))
        if match is None:
            set_mark(unit, Mark("source"))
            return False
        reason = match.refusal
        if not reason and match.target != unit.segment.source:
            is_shown = build.settings.html_notice and not match.origin.is_human
            source = shown_pieces(unit) if is_shown else ()
            try:
                insert_target(self.document, unit, match.target)
            except TagError as error:
                reason = str(error)
            else:
                build.inserted.append(match.target)
                if place is not None and build.texts is not None:
                    build.texts[place.message] = place.segment, match.target
                if not match.origin.is_human:
                    record.machine += 1
                    is_stale = bool(record.stale.get(unit.segment.key))
                    state = "stale" if is_stale else "machine"
                    set_mark(unit, Mark(state, record.machine, source))
                    self._watch(build, unit, match.target, record)
                return True
        if reason:
            set_mark(unit, Mark("source"))
            warn(
                Subtype.TAGS,
                f"a translation was refused ({reason}); the source text is kept",
                location=placed(unit.node) or (self.env.docname, 1),
            )
        return False

    def _watch(self, build: Build, unit: Unit, target: str, record: Record) -> None:
        """Note the terms that an engine did not translate as required."""
        if build.watch is None:
            return
        missed = build.watch.missed(unit.segment.source, target)
        if missed:
            node = placed(unit.node)
            place = logging.get_node_location(node) if node else None
            place = place or self.env.docname
            record.missed += tuple(Missed(place, *term) for term in missed.items())


class Sweep(Translate):
    """Translate what other extensions made after `Translate`."""

    default_priority = 745

    def walk(self, build: Build) -> None:
        """Translate units that are new, and no copies of text already translated."""
        units = find_units(self.document, build.seen)
        if units:
            copies = {_words(target) for target in build.inserted}
            self.translate(
                build,
                [unit for unit in units if _words(unit.segment.source) not in copies],
            )
        build.seen.clear()
        if build.scanned is not None:
            raise prescan.DocumentScanned


def _lengths(build: Build, units: Sequence[Unit]) -> dict[str, int]:
    """Return the characters of what is known, by key, where they have a price."""
    if not build.is_paid:
        return {}
    known = [unit.segment for unit in units if build.hall.find(unit.segment)]
    return {
        each.key: build.hall.characters([[each.source]])
        for each in readable_segments(known, units)
    }


def _words(tagged: str) -> str:
    return " ".join(plain(parse(tagged)).split())


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
    page.add_templates(config)
    if not matches(config.language or "en", str(config["amts_source_language"])):
        formats.set_up_formats(config)


def on_builder_inited(app: Sphinx) -> None:
    """Get ready, if this is a build in another language."""
    config = app.config
    builds.pop(config, None)
    try:
        settings = read_settings(_values(config))
        pair = LanguagePair.of(settings.source_language, config.language or "en")
    except (SettingError, ValueError) as error:
        end(str(error))
    if pair.is_same or app.builder.name in ("gettext", "segments"):
        return
    base = Path(app.confdir)
    try:
        engine = make_engine(
            settings.engine,
            EngineSetup(
                options=settings.engine_options,
                settings={each.name: getattr(settings, each.name) for each in fields()},
                base=base,
                processes=app.parallel,
            ),
        )
        watch = _watch(settings.terminology, base, pair)
    except (SettingError, FileError) as error:
        end(str(error))
    store = Store(base / settings.cache_dir, lambda text: warn(Subtype.STORE, text))
    paths = [base / name for name in settings.memory_files]

    def read_people() -> People:
        people, problems = memory_files.load(paths, pair, store, settings.reuse)
        for problem in problems:
            if problem.is_fatal:  # what it holds might be paid for again
                message = f"{problem.message}. The engine is not asked in this build."
                hall.stop(Subtype.MEMORY, message)
            else:
                warn(Subtype.MEMORY, problem.message)
        return people

    digest = f"{memory_files.digest(paths)} {settings.reuse}"
    hall = _hall_class(engine)(
        pair,
        engine,
        store,
        read_people,
        timeout_s=settings.timeout_s,
        max_characters=settings.max_characters,
    )
    texts = interface_texts(get_translator(), str(config.language or "en"))
    builds[config] = Build(
        settings,
        hall,
        Receipts(hall, base / settings.cache_dir, settings.prices),
        frozenset(texts),
        digest,
        watch,
    )
    catalogs.compile_aliases(app)
    catalogs.check_search(app, lambda text: warn(Subtype.LANGUAGE, text))


def _hall_class(engine: Engine) -> type[Hall]:
    if not getattr(engine, "defers", False):
        return Hall
    from sphinx_amts.translation.jobs import BatchHall  # not for builds without jobs

    return BatchHall


def _watch(terms: str | None, base: Path, pair: LanguagePair) -> Watch | None:
    if terms is None:
        return None
    from sphinx_amts.engines.amazon.terminology import (
        watch,  # not for builds without terms
    )

    return watch(terms, base, pair)


def on_builder_ready(app: Sphinx) -> None:
    """Get ready to write pages, after themes have changed how that is done."""
    try:
        settings = read_settings(_values(app.config))
        pair = LanguagePair.of(settings.source_language, app.config.language or "en")
        if page.set_up(app, settings, pair):
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
    if build.collected is None:
        build.hall.collect()
    outdated = [
        docname
        for docname, record in Records.of(env).items()
        if docname in env.found_docs
        and docname not in added
        and (
            record.is_outdated(build.hall, build.base)
            or catalogs.is_outdated(env, app.config, docname)
        )
    ]
    build.hall.store.close()
    return outdated


def on_env_before_read_docs(
    app: Sphinx, env: BuildEnvironment, docnames: list[str]
) -> None:
    """Have everything translated that the documents to be read will need."""
    build = builds.get(app.config)
    if build is None:
        return

    wanted = titles.find_titles(app.config)
    if build.collected is not None:
        build.collected.update((each.key, each) for each in wanted)
    covered = [name for name in docnames if build.covers(name)]
    prescan.gather(app, build, covered, wanted)
    build.hall.store.close()


def on_env_purge_doc(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a document."""
    Records.of(env).pop(docname, None)


def on_env_merge_info(
    app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: BuildEnvironment
) -> None:
    """Take over what a reading process recorded."""
    Records.of(env).merge(docnames, Records.of(other))


def on_env_updated(app: Sphinx, env: BuildEnvironment) -> None:
    """Sum up, and remember what each document needs."""
    build = builds.get(app.config)
    if build is None:
        return
    if build.collected is not None:
        build.words = {name: each.words for name, each in Records.of(env).items()}
        return  # whoever collects says more than a warning would
    titles.insert_titles(app.config, build.hall)
    records = Records.of(env)
    prescan.remember(build.hall, env, records)
    made = build.hall.made.union(*(each.made for each in build.hall.helpers))
    build.receipts.save(records.hits(made))
    build.hall.store.close()
    total, missing, refused = records.count()
    pair = build.hall.pair
    logger.info(
        "sphinx_amts: %d of %d segments translated (%s)",
        total - missing - refused,
        total,
        pair,
    )
    if total:
        logger.info("sphinx_amts: words: %s", records.words())
    notices = build.hall.notices or [
        (Subtype.ENGINE, message) for message in records.failures()[:1]
    ]
    segments = f"{missing} segment{'' if missing == 1 else 's'}"
    for subtype, message in notices:
        said = f"{message.rstrip('.')}. Without a translation: {segments} ({pair})."
        warn(subtype, said)
    text = f"Without a translation: {segments} ({pair})"
    waiting = records.count_missing(build.hall.is_on_its_way)
    if waiting:
        logger.info(
            "sphinx_amts: %s on the way from a batch job. Build again when it is done.",
            count(waiting),
        )
    if missing and build.settings.on_missing == "error":
        logger.error("%s. That is an error by amts_on_missing.", text)
        app.statuscode = 1
    elif missing > waiting and not notices and records.has_new:
        warn(Subtype.MISSING, f"{text}. The source text is kept.")
    if missed := records.missed():
        shown = "; ".join(map(str, missed[:SHOWN_TERMS]))
        more = len(missed) - SHOWN_TERMS
        warn(
            Subtype.TERMS,
            f"terms were not translated as amts_terminology requires: {shown}"
            f"{f'; and {more} more' if more > 0 else ''}. Correct these texts in a"
            f" memory file, or leave the terms out.",
        )
    build.hall.notices.clear()
    for record in records.values():
        record.is_new = False
    garbage.keep()  # what has been read stays, while pages are written


def on_html_page_context(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Put what readers see of the translation on a page."""
    pages = page.pages.get(app.config)
    if pages is not None:
        record = Records.of(app.env).get(pagename, Record())
        percent = int(record.words.percent(record.words.human))
        parts = page.Parts(record.machine > 0, percent)
        pages.dress(app, pagename, context, doctree, parts)


def on_build_finished(app: Sphinx, exception: Exception | None) -> None:
    """Write what belongs to the site as a whole, and let go of the book."""
    if app.config in builds:
        garbage.release()
    if exception is None:
        page.write_sitemap(app)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    for each in fields():
        default = default_of(each)
        types = [] if default is None else [type(default)]
        if isinstance(default, list):
            types += [tuple, dict] if "dictionary" in each.metadata["kind"] else [tuple]
        rebuild: Literal["", "env", "html"] = ""
        if each.name in ("source_language", "exclude", "html_notice"):
            rebuild = "env"  # the notice comes with what texts were, which is read
        elif each.name == "languages":
            rebuild = "html"
        app.add_config_value(PREFIX + each.name, default, rebuild, types)
    for transform in (TakeSnapshot, Translate, Sweep):
        app.add_transform(transform)
    ours = std_logging.getLogger("sphinx_amts")
    if not any(isinstance(handler, _Forward) for handler in ours.handlers):
        ours.addHandler(_Forward())
        ours.setLevel(std_logging.INFO)
    segments.setup(app)
    notebooks.setup(app)
    app.connect("config-inited", on_config_inited, priority=0)
    app.connect("builder-inited", on_builder_inited)
    app.connect("builder-inited", on_builder_ready, priority=900)
    app.connect("env-get-outdated", on_env_get_outdated)
    app.connect("env-before-read-docs", on_env_before_read_docs)
    app.connect("env-purge-doc", on_env_purge_doc)
    app.connect("env-merge-info", on_env_merge_info)
    app.connect("env-updated", on_env_updated)
    app.connect("html-page-context", on_html_page_context)
    app.connect("build-finished", on_build_finished)
    return {
        "version": __version__,
        "env_version": 3,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
