"""Everything that reaches into Sphinx, docutils, gettext or an extension, in one place.

================================  ============================  =======================
what                              because                       until
================================  ============================  =======================
`reload_interface`                Sphinx chooses its interface  it takes the language
                                  texts before extensions load  from ``config-inited``
`renew_defaults`                  extensions translate the      it sets them up with
                                  defaults of settings when     the language
                                  they are set up
`interface_catalogs`              Sphinx has no list of them    it has
`serve_catalog`, `merged_catalog` Sphinx looks for catalogs in  it reads all names of a
                                  the folder of one name only   language
`messages_of`                     gettext does not list what a  gettext does
                                  catalog has
`set_direction`                   no theme has a place for the  themes write ``dir``
                                  direction of the page
`before_writing`                  Sphinx has no event for it    ``write-started``
                                  before 7.4
`renew_theme_options`             Sphinx copies the options of  it reads them: since 6
                                  themes before it reads
`change_scripts`                  scripts have texts of         extensions write them
                                  settings in them              with the pages
`set_up_search`                   Sphinx does not split what a  Sphinx does; 9.1 does
                                  Chinese reader types; 9.0     not stop any more
                                  stops
`stop_execution`                  MyST-NB copies its settings   it reads them when it
                                  before we can say             executes
`rename_slugs`                    MyST keeps the words of       it asks the document
                                  headings when it parses       when it links
`renew_copies`                    sphinx-exercise copies nodes  it reads them when it
                                  when it parses                links
`let_go_of_doctrees`              Sphinx keeps each document    it reads them back
                                  that it has read in memory    when it writes
`keep_settings`                   Sphinx 9 has docutils make    it keeps them, as 8 did
                                  its settings anew for each
                                  document, a tenth of the time
`is_set`, `raw_values`,           Sphinx does not tell a        ``Config`` does
`value_of`                        default from a value
`forget`                          Sphinx keeps what a command   it keeps values alone
                                  line said, in 5.3
================================  ============================  =======================

Each is to go when the supported versions have what is in the last column.
"""

from __future__ import annotations

import copy
import gettext
import json
import re
import struct
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import sphinx.locale
import sphinx.util.docutils
from docutils import nodes
from docutils.frontend import Values
from docutils.utils import DependencyList
from sphinx.application import Sphinx, builtin_extensions
from sphinx.builders import Builder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.domains import Domain, Index
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import clean_astext

GENERAL = "general"
"""Sphinx's name for catalogs that books are made with; others speak to the terminal."""


# --- Interface texts ------------------------------------------------------------------

_TABLES = ("versionlabels", "pairindextypes")  # of texts, in modules of Sphinx


def reload_interface(app: Sphinx) -> None:
    """Choose all interface texts again, now for ``config.language``."""
    translators = sphinx.locale.translators
    names = {name for space, name in translators if space == GENERAL}
    old = sphinx.locale.get_translator()
    for name in names:
        del translators[GENERAL, name]
    app._init_i18n()  # noqa: SLF001, see the table
    for folder in sorted({folder for _name, folder in extension_folders(app)}):
        found = folder.rglob("LC_MESSAGES/*.mo")
        roots = {(path.stem, str(path.parents[2])) for path in found}
        for name, root in sorted(roots):
            if name in names:
                sphinx.locale.init([root], app.config.language, name)
    messages = {text: message for message, text in messages_of(old).items()}
    new = sphinx.locale.get_translator()
    _relabel(lambda text: new.gettext(messages.get(text, text)))


def renew_defaults(app: Sphinx) -> None:
    """Translate the settings whose default an extension takes from its catalog.

    It may have done so before the language was known.
    """
    config, translators = app.config, sphinx.locale.translators
    catalogs = [
        catalog
        for (space, name), catalog in translators.items()
        if space == GENERAL and name != "sphinx"
    ]
    for option in list(config) if catalogs else []:
        if not isinstance(option.value, str) or is_set(config, option.name):
            continue
        for catalog in catalogs if option.value else []:
            translated = catalog.gettext(option.value)
            if translated != option.value:
                config[option.name] = translated
                break


def interface_catalogs(app: Sphinx) -> list[gettext.NullTranslations]:
    """Return the catalogs of Sphinx and of extensions, for what they write in books.

    Sphinx keeps them together with those that people made for the book itself.
    """
    folders = (Path(app.srcdir, folder) for folder in app.config.locale_dirs)
    own = {path.stem for folder in folders for path in folder.rglob("*.[mp]o")}
    own |= set(_served)
    return [
        catalog
        for (space, name), catalog in sphinx.locale.translators.items()
        if space == GENERAL and name not in own
    ]


def extension_folders(app: Sphinx) -> Iterator[tuple[str, Path]]:
    """Yield extensions, without Sphinx's own, and the folders of their packages."""
    for extension in app.extensions:
        parts = extension.split(".")
        is_own = parts[0] == "sphinx" or extension in builtin_extensions
        for end in range(1, 1 if is_own else len(parts) + 1):
            module = sys.modules.get(".".join(parts[:end]))
            file = Path(getattr(module, "__file__", None) or "none")
            if file.name == "__init__.py":
                yield extension, file.parent
                break
            if file.parent == Path(app.confdir):  # beside the book's own conf.py
                yield extension, file.parent
                break


def _relabel(translate: Callable[[str], str]) -> None:
    """Translate the texts that Sphinx's domains looked up while they were imported."""
    modules = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("sphinx.domains.")
    ]
    for holder, attribute in _labels(modules):
        text = getattr(holder, attribute, None)
        if type(text) is str:  # others are looked up when they are shown
            setattr(holder, attribute, translate(text))
    for module in modules:
        for table in filter(None, (vars(module).get(name) for name in _TABLES)):
            for key, text in table.items():
                if type(text) is str:
                    table[key] = translate(text)


def _labels(modules: list[ModuleType]) -> Iterator[tuple[object, str]]:
    """Yield, once each, the objects with a label and the label's attribute."""
    classes = {
        id(each): each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type)
    }
    labels: dict[tuple[int, str], tuple[object, str]] = {}
    for each in classes.values():
        found: list[tuple[object, str]] = [
            (field, "label") for field in vars(each).get("doc_field_types", ())
        ]
        if issubclass(each, Domain):
            found += [(kind, "lname") for kind in each.object_types.values()]
        if issubclass(each, Index):
            found += [(each, "localname"), (each, "shortname")]
        labels.update(((id(holder), name), (holder, name)) for holder, name in found)
    yield from labels.values()


# --- Catalogs -------------------------------------------------------------------------


_served: set[str] = set()  # domains of books


def serve_catalog(domain: str, catalog: gettext.GNUTranslations) -> None:
    """Have Sphinx apply a catalog to the documents of a domain."""
    _served.add(domain)
    # A copy: Sphinx adds to it once for each document.
    sphinx.locale.translators[GENERAL, domain] = copy.copy(catalog)


def merged_catalog(
    paths: Iterable[str], is_unwanted: Callable[[str, str], bool]
) -> tuple[gettext.GNUTranslations, list[str]]:
    """Read catalogs into one; the first that has a message wins.

    Returns it without the messages whose text is unwanted, and those messages.
    """
    whole = gettext.GNUTranslations()
    vars(whole).update(_catalog={}, plural=lambda number: int(number != 1))
    for path in paths:
        try:
            with Path(path).open("rb") as file:
                catalog = gettext.GNUTranslations(file)
        except (OSError, UnicodeError, struct.error):
            continue  # Sphinx passes over it too
        vars(whole)["_catalog"] = {**_messages(catalog), **_messages(whole)}
    left_out = [
        message
        for message, text in messages_of(whole).items()
        if is_unwanted(message, text)
    ]
    for message in left_out:
        _messages(whole)[message] = ""  # where it is missing, Sphinx looks elsewhere
    return whole, left_out


def _messages(catalog: gettext.GNUTranslations) -> dict[object, str]:
    found: dict[object, str] = vars(catalog)["_catalog"]
    return found


def messages_of(catalog: gettext.NullTranslations) -> dict[str, str]:
    """Return a gettext catalog's texts by the messages that they translate."""
    found: dict[str, str] = {}
    current: gettext.NullTranslations | None = catalog
    while current is not None:
        entries = vars(current).get("_catalog", {})
        found = {**entries, **found}
        current = vars(current).get("_fallback")
    return {
        message: text
        for message, text in found.items()
        if message and text and isinstance(message, str)
    }


# --- Pages ----------------------------------------------------------------------------

_HTML_TAG = re.compile(r"<html(?=[\s>])(?![^>]*\sdir=)", re.IGNORECASE)


def set_direction(builder: StandaloneHTMLBuilder) -> None:
    """Say on every page that its language is written from right to left.

    Themes write ``<html>`` each in its own way, and none has a place for it.
    """
    bridge = builder.templates
    render = bridge.render

    def render_rtl(template: str, context: dict[str, Any]) -> str:
        return _HTML_TAG.sub('<html dir="rtl"', render(template, context), count=1)

    bridge.render = render_rtl


def before_writing(builder: Builder, act: Callable[[], None]) -> None:
    """Have something done between reading and writing.

    What is changed in the configuration before that is kept with the environment: the
    next build would read all documents again.
    """
    write = builder.write

    def act_and_write(*arguments: Any, **options: Any) -> None:
        act()
        write(*arguments, **options)

    vars(builder)["write"] = act_and_write


def renew_theme_options(builder: Builder) -> None:
    """Have a theme take its options from the configuration: some Sphinx copies them."""
    options = getattr(builder, "theme_options", None)
    own = builder.config["html_theme_options"] if options is not None else None
    if isinstance(options, dict) and isinstance(own, dict):
        options.update((key, own[key]) for key in options.keys() & own.keys())


def change_scripts(builder: Builder, targets: Mapping[str, str]) -> None:
    """Put targets in the place of texts that extensions have written into scripts.

    They take them from settings before anything is translated. A text is what stands
    between quotes as a whole, and once: else nobody can say which of them it is.
    """
    files = getattr(builder, "_js_files", None) or getattr(builder, "script_files", [])
    for file in files:
        attributes = getattr(file, "attributes", None) or {}
        if attributes.get("body"):
            attributes["body"] = _with_targets(attributes["body"], targets)


def _with_targets(script: str, targets: Mapping[str, str]) -> str:
    for source, target in targets.items():
        made = json.dumps(target, ensure_ascii=False)[1:-1].replace("</", "<\\/")
        single = made.replace('\\"', '"').replace("'", "\\'")
        for quote, text in (('"', made), ("'", single)):
            if script.count(f"{quote}{source}{quote}") == 1:
                script = script.replace(
                    f"{quote}{source}{quote}", f"{quote}{text}{quote}"
                )
    return script


SPLITTER = Path(__file__).with_name("split_query.js")


def set_up_search(app: Sphinx) -> None:
    """Give the search of a Chinese book what it lacks; other languages need nothing."""
    language = str(app.config.html_search_language or app.config.language)
    if not language.startswith("zh"):
        return
    from sphinx.search.zh import SearchChinese  # starts jieba, if it is there

    stemmer = getattr(SearchChinese, "js_stemmer_rawcode", "")
    found = {"js_splitter_code": SPLITTER.read_text(encoding="utf-8")}
    if stemmer:  # the script that is copied; Sphinx takes its class from this name
        found["language_name"] = stemmer.partition("-")[0].title()
    app.add_search_language(type("SearchChinese", (SearchChinese,), found))


# --- Reading --------------------------------------------------------------------------

_EXECUTION_SETTINGS = {
    "nb_execution_mode": "off",
    "jupyter_execute_notebooks": "off",
    "nbsphinx_execute": "never",
}
"""What keeps notebook extensions from running code while a document is read."""


def stop_execution(app: Sphinx) -> None:
    """Keep notebook extensions from running code in this process."""
    for name, value in _EXECUTION_SETTINGS.items():
        if name in app.config:
            setattr(app.config, name, value)
    notebooks = getattr(app.env, "mystnb_config", None)
    if notebooks is not None:
        notebooks.execution_mode = "off"
        notebooks.execution_excludepatterns = ["*"]  # a notebook's own mode gives way


def let_go_of_doctrees(env: BuildEnvironment) -> None:
    """Have documents be read from their files when they are written.

    So do processes that read in parallel. A large book need not be in memory as a
    whole: most of what a build holds are nodes, and the search for garbage walks over
    them again and again.
    """
    getattr(env, "_write_doc_doctree_cache", {}).clear()


def keep_settings() -> None:
    """Have docutils' settings be made once, in a process that reads and then ends."""
    make = getattr(sphinx.util.docutils, "_get_settings", None)
    if make is None:
        return
    made: dict[tuple[type, ...], tuple[dict[str, Any], Values]] = {}

    def copied(*components: Any, defaults: Mapping[str, Any], **options: Any) -> Values:
        kinds = tuple(
            each if isinstance(each, type) else type(each) for each in components
        )
        if kinds not in made or made[kinds][0] != defaults:
            values = make(*components, defaults=defaults, **options)
            made[kinds] = dict(defaults), values
        values = copy.copy(made[kinds][1])
        values.record_dependencies = DependencyList()
        return values

    vars(sphinx.util.docutils)["_get_settings"] = copied


def rename_slugs(document: nodes.document, changed: Iterable[nodes.Element]) -> None:
    """Give MyST's record of headings their new text; anchors stay the source's.

    MyST fixes slug, id and text of each heading when it parses, and uses that text for
    links without words of their own (``[](#my-heading)``).
    """
    slugs = getattr(document, "myst_slugs", None)
    if slugs:
        texts = {
            name: clean_astext(node) for node in changed for name in _anchors(node)
        }
        for slug, (line, section_id, _text) in list(slugs.items()):
            if section_id in texts:
                slugs[slug] = (line, section_id, texts[section_id])
        return
    for node in changed:  # MyST-Parser before 0.19 has labels for them
        anchor = node.parent.get("myst-anchor") if node.parent is not None else None
        if anchor and isinstance(node, nodes.title):
            labels = document.settings.env.domaindata["std"]["labels"]
            labels[anchor] = (*labels[anchor][:2], clean_astext(node))


def renew_copies(env: BuildEnvironment, document: nodes.document) -> None:
    """Give extensions that keep copies of a document's nodes the translated ones.

    sphinx-exercise shows the title of an exercise beside its solution.
    """
    for registry in list(vars(env).values()):
        for entry in _noted_last(registry, env.docname):
            copied = entry.get("node")
            if isinstance(copied, nodes.Element) and copied["ids"]:
                entry["node"] = _same(document, copied) or copied


def _noted_last(registry: object, docname: str) -> Iterator[dict[str, Any]]:
    """Yield what a registry has at its end of the document that is being read.

    All that it has would be looked at once for each document of the book.
    """
    for entry in reversed(registry.values()) if isinstance(registry, dict) else ():
        if not isinstance(entry, dict) or entry.get("docname") != docname:
            return
        yield entry


def _same(document: nodes.document, copied: nodes.Element) -> nodes.Element | None:
    """Return a copy of the node that a copy was made of."""
    found = document.ids.get(copied["ids"][0])
    return found.deepcopy() if type(found) is type(copied) else None


def _anchors(node: nodes.Element) -> Iterable[str]:
    """Return the ids that lead to a heading; one within a directive is no section."""
    if isinstance(node, nodes.title) and isinstance(node.parent, nodes.section):
        return [*node.parent["ids"], *node["ids"]]
    return node["ids"] if isinstance(node, nodes.rubric) else []


# --- Configuration --------------------------------------------------------------------


def raw_values(config: Config) -> Mapping[str, Any]:
    """Return what a conf.py has, registered or not."""
    found: Mapping[str, Any] = vars(config).get("_raw_config", {})
    return found


def value_of(config: Config, name: str, default: Any) -> Any:
    """Return a value that an author has set, before Sphinx has read them all, too."""
    overrides = getattr(config, "overrides", {})
    return overrides.get(name, raw_values(config).get(name, default))


def is_set(config: Config, name: str) -> bool:
    """Tell whether an author has set a value, and it is no default of Sphinx's."""
    return name in raw_values(config) or name in getattr(config, "overrides", {})


def forget(config: Config, name: str) -> None:
    """Take a value out of a configuration, which is kept with the environment."""
    config[name] = {}
    for each in list(getattr(config, "overrides", {})):
        if each == name or each.startswith(f"{name}."):
            del config.overrides[each]
