"""The language as a user means it, and people's gettext catalogs under all its names.

Sphinx wants ``zh_CN``. ``zh``, ``zh-cn`` or ``zh_Hans`` build without its interface
texts, and catalogs in ``locale/zh`` are not even compiled for ``zh_CN``.
"""

from __future__ import annotations

import gettext
import logging as std_logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from weakref import WeakKeyDictionary

import sphinx
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.i18n import CatalogRepository, docname_to_domain

from sphinx_amts.hosts.sphinx import workarounds
from sphinx_amts.hosts.sphinx.catalog_markup import runs
from sphinx_amts.text.languages import Language, matches, to_sphinx
from sphinx_amts.warnings_ import Subtype

logger = logging.getLogger(__name__)

LANGUAGE_VARIABLE = "AMTS_LANGUAGE"
"""Stands in for ``-D language=`` where a build tool has no such flag."""

_MESSAGES = "LC_MESSAGES"


@dataclass
class _Catalogs:
    """People's catalogs of one build."""

    aliases: list[tuple[str, str]]  # folder of locale_dirs, name in it, by preference
    read: dict[tuple[str, ...], gettext.GNUTranslations] = field(default_factory=dict)


_builds: WeakKeyDictionary[Config, _Catalogs] = WeakKeyDictionary()


_written: WeakKeyDictionary[Config, str] = WeakKeyDictionary()
"""The language of each build in its user's words, where Sphinx's are others."""


def set_language(app: Sphinx, config: Config) -> None:
    """Give ``config.language`` the name under which Sphinx has the language.

    Raises `ValueError` where it is no language code. Done twice: as soon as we are set
    up, for the extensions behind us, and when the configuration is complete.
    """
    asked = _asked(config)
    source = str(workarounds.value_of(config, "amts_source_language", "en"))
    language = asked if matches(asked, source) else to_sphinx(asked, _available())
    if language != asked:
        _written[config] = asked
    if language != config.language:
        config.language = language  # type: ignore[attr-defined, unused-ignore]
        workarounds.reload_interface(app)


def asked_language(config: Config) -> str:
    """Return the language as its user wrote it; empty where Sphinx writes it so too."""
    return _written.get(config, "")


def set_up_earlier(app: Sphinx) -> list[str]:
    """Return the extensions set up so far that have catalogs of their own."""
    return [
        name
        for name, folder in workarounds.extension_folders(app)
        if any(folder.rglob(f"{_MESSAGES}/*.mo"))
    ]


def _asked(config: Config) -> str:
    """Return the language that the user wants, in the user's words."""
    overrides = getattr(config, "overrides", {})
    named = overrides.get("language")
    variable = os.environ.get(LANGUAGE_VARIABLE, "").strip()
    # Jupyter Book hands its whole configuration file over in the place of -D options,
    # whose values are never lists.
    if variable and any(isinstance(each, list) for each in overrides.values()):
        named = ""
    return str(named or variable or config.language or "en")


def _available() -> set[str]:
    folder = Path(sphinx.__file__).parent / "locale"
    return {path.parent.name for path in folder.glob(f"*/{_MESSAGES}")} | {"en"}


def compile_aliases(app: Sphinx) -> None:
    """Compile catalogs in folders of the language's other names, as Sphinx does."""
    config = app.config
    aliases = list(_find_aliases(_locale_dirs(app.srcdir, config), config))
    _builds[config] = _Catalogs(aliases)
    if not config.gettext_auto_build:
        return
    encoding = getattr(config, "source_encoding", "utf-8-sig")
    for folder, alias in aliases:
        repository = CatalogRepository(app.srcdir, [folder], alias, encoding)
        for catalog in repository.catalogs:
            if catalog.is_outdated():
                # The name in Sphinx's form: the reader of .po files knows no other.
                catalog.write_mo(
                    config.language or "", config.gettext_allow_fuzzy_translations
                )


def _find_aliases(folders: Iterable[str], config: Config) -> Iterator[tuple[str, str]]:
    """Yield where people may have put catalogs besides ``config.language``.

    First the language under another name (``zh_Hans`` for ``zh_CN``), then without
    region (``pt`` for ``pt_BR``); where there is neither, with a region if there is one
    region only (``es_ES`` for ``es``).
    """
    wanted = Language.parse(config.language or "en")
    general = replace(wanted, region="")
    for folder in folders:
        names = {
            path.parent.name: language
            for path in sorted(Path(folder).glob(f"*/{_MESSAGES}"))
            if path.is_dir() and (language := _language(path.parent.name))
        }
        same = [name for name, language in names.items() if language == wanted]
        wider = [name for name, language in names.items() if language == general]
        narrower = [
            name
            for name, language in names.items()
            if replace(language, region="") == wanted != language
        ]
        if not same and len(narrower) == 1:
            wider = narrower
        for name in dict.fromkeys([*same, *wider]):
            if name != config.language:
                yield folder, name


def _language(name: str) -> Language | None:
    try:
        return Language.parse(name)
    except ValueError:
        return None


def load(env: BuildEnvironment, config: Config) -> gettext.NullTranslations | None:
    """Return the catalogs about to be applied to the present document, if any.

    Makes Sphinx apply those in folders that it would not look into.
    """
    domain = docname_to_domain(env.docname, config.gettext_compact)
    paths = tuple(_find(domain, env, config))
    if not paths:
        return None
    for path in paths:
        env.note_dependency(path)
    read = _builds[config].read
    if paths not in read:
        read[paths], left_out = workarounds.merged_catalog(paths, runs)
        for message in left_out:
            _warn_of(message, env.docname)
    workarounds.serve_catalog(domain, read[paths])
    return read[paths]


def _warn_of(message: str, docname: str) -> None:
    logger.warning(
        f"a catalog's translation of {message[:60]!r} was not used: Sphinx would run a"
        " directive or an expression in it that its source has not",
        type="amts",
        subtype=Subtype.TAGS.value,
        location=docname,
    )


def paths_of(env: BuildEnvironment, config: Config, docname: str) -> list[str]:
    """Return the compiled catalogs of a document, the preferred first."""
    domain = docname_to_domain(docname, config.gettext_compact)
    return list(_find(domain, env, config))


def is_outdated(env: BuildEnvironment, config: Config, docname: str) -> bool:
    """Tell whether a catalog has come for a document since it was read."""
    known = {str(path) for path in env.dependencies.get(docname, ())}
    return any(path not in known for path in paths_of(env, config, docname))


def _find(domain: str, env: BuildEnvironment, config: Config) -> Iterator[str]:
    """Yield the compiled catalogs of a domain, the preferred first."""
    aliases = _builds[config].aliases
    for folder in _locale_dirs(env.srcdir, config):
        found = gettext.find(domain, folder, [str(config.language)], all=True)
        found += [
            str(path)
            for place, alias in aliases
            if place == folder
            and (path := Path(folder, alias, _MESSAGES, f"{domain}.mo")).is_file()
        ]
        yield from dict.fromkeys(found)


def check_search(app: Sphinx, warn: Callable[[str], None]) -> None:
    """Say what a working search needs in this language."""
    language = app.config.html_search_language or app.config.language
    if (
        app.builder.format == "html"
        and getattr(app.builder, "search", False)
        and str(language).startswith("zh")
    ):
        # It reports every step of its start, in every build.
        std_logging.getLogger("jieba").addFilter(_is_worth_saying)
        if find_spec("jieba") is None:
            warn(
                "search will not find Chinese words: install jieba"
                " (pip install 'sphinx_amts[zh]')."
            )


def _is_worth_saying(record: std_logging.LogRecord) -> bool:
    return record.levelno > std_logging.DEBUG


def _locale_dirs(srcdir: str | os.PathLike[str], config: Config) -> list[str]:
    return [str(Path(srcdir) / folder) for folder in config.locale_dirs]
