"""The language as a user means it, and people's gettext catalogs under all its names.

Sphinx wants ``zh_CN``. ``zh``, ``zh-cn`` or ``zh_Hans`` build without its interface texts,
and catalogs in ``locale/zh`` are not even compiled for ``zh_CN``.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from weakref import WeakKeyDictionary

import sphinx
import sphinx.locale
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util.i18n import CatalogRepository, docname_to_domain

from sphinx_amts.languages import matches, to_sphinx

LANGUAGE_VARIABLE = "AMTS_LANGUAGE"
"""Stands in for ``-D language=`` where a build tool has no such flag."""

_aliases: WeakKeyDictionary[Config, list[str]] = WeakKeyDictionary()
_loaded: set[tuple[str, str, str]] = set()


def set_language(app: Sphinx, config: Config) -> None:
    """Give ``config.language`` the name under which Sphinx has the language.

    Raises `ValueError` where it is no language code.
    """
    overrides = getattr(config, "overrides", {})
    asked = str(
        overrides.get("language")
        or os.environ.get(LANGUAGE_VARIABLE)
        or config.language
        or "en"
    )
    folder = Path(sphinx.__file__).parent / "locale"
    available = {path.name for path in folder.iterdir() if path.is_dir()} | {"en"}
    source = str(config["amts_source_language"])
    language = asked if matches(asked, source) else to_sphinx(asked, available)
    names = [asked, asked.replace("-", "_"), language.partition("_")[0]]
    _aliases[config] = [
        name for name in dict.fromkeys(names) if name not in (language, "")
    ]
    if language != config.language:
        config.language = language  # type: ignore[attr-defined, unused-ignore]
        # Sphinx has chosen its interface texts before any extension was loaded.
        sphinx.locale.translators.clear()
        app._init_i18n()


def compile_aliases(app: Sphinx) -> None:
    """Compile catalogs in folders of the language's other names, as Sphinx does."""
    for alias in _aliases.get(app.config, ()):
        repository = CatalogRepository(
            app.srcdir,
            app.config.locale_dirs,
            alias,
            getattr(app.config, "source_encoding", "utf-8-sig"),
        )
        for catalog in repository.catalogs:
            if catalog.is_outdated():
                catalog.write_mo(alias, app.config.gettext_allow_fuzzy_translations)


def load(env: BuildEnvironment, config: Config) -> gettext.NullTranslations | None:
    """Return the catalogs about to be applied to the present document, if any."""
    domain = docname_to_domain(env.docname, config.gettext_compact)
    paths: list[str] = []
    for folder in _locale_dirs(env, config):
        paths += gettext.find(domain, folder, [str(config.language)], all=True)
        for alias in _aliases.get(config, ()):
            found = gettext.find(domain, folder, [alias], all=True)
            if found and not set(found) & set(paths):
                _chain(folder, alias, domain)
                paths += found
    merged: gettext.NullTranslations | None = None
    for path in dict.fromkeys(paths):
        env.note_dependency(path)
        with open(path, "rb") as file:
            catalog = gettext.GNUTranslations(file)
        if merged is None:
            merged = catalog
        else:
            merged.add_fallback(catalog)
    return merged


def is_outdated(env: BuildEnvironment, config: Config, docname: str) -> bool:
    """Tell whether a catalog has come for a document since it was read."""
    domain = docname_to_domain(docname, config.gettext_compact)
    known = {str(path) for path in env.dependencies.get(docname, ())}
    return any(
        path not in known
        for folder in _locale_dirs(env, config)
        for alias in _aliases.get(config, ())
        for path in gettext.find(domain, folder, [alias], all=True)
    )


def check_search(app: Sphinx, warn: Callable[[str], None]) -> None:
    """Say what a working search needs in this language."""
    language = app.config.html_search_language or app.config.language
    if (
        app.builder.format == "html"
        and getattr(app.builder, "search", False)
        and str(language).startswith("zh")
        and find_spec("jieba") is None
    ):
        warn(
            "search will not find Chinese words: install jieba"
            " (pip install 'sphinx_amts[zh]')."
        )


def _locale_dirs(env: BuildEnvironment, config: Config) -> list[str]:
    return [str(Path(env.srcdir) / folder) for folder in config.locale_dirs]


def _chain(folder: str, alias: str, domain: str) -> None:
    """Make Sphinx find a catalog whose folder it would not look into."""
    if (folder, alias, domain) not in _loaded:
        _loaded.add((folder, alias, domain))
        sphinx.locale.init([folder], alias, domain)
