"""The interface texts ("Search", "Parameters") in a language that was named late.

Sphinx chooses them before it loads any extension: it reads its own catalog when the
application is made, extensions add theirs when they are set up, and texts outside of
functions are looked up while modules are imported. All three are done again here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import sphinx.locale
from sphinx.application import Sphinx
from sphinx.domains import Domain, Index

from sphinx_amts.hosts.sphinx.units import messages_of

GENERAL = "general"
"""Sphinx's name for catalogs that books are made with; others speak to the terminal."""

_TABLES = ("versionlabels", "pairindextypes")  # of texts, in modules of Sphinx


def reload(app: Sphinx) -> None:
    """Choose all interface texts again, now for ``config.language``."""
    translators = sphinx.locale.translators
    names = {name for space, name in translators if space == GENERAL}
    old = sphinx.locale.get_translator()
    for name in names:
        del translators[GENERAL, name]
    app._init_i18n()
    for folder in sorted(set(_extension_folders(app))):
        found = folder.rglob("LC_MESSAGES/*.mo")
        roots = {(path.stem, str(path.parents[2])) for path in found}
        for name, root in sorted(roots):
            if name in names:
                sphinx.locale.init([root], app.config.language, name)
    messages = {text: message for message, text in messages_of(old).items()}
    new = sphinx.locale.get_translator()
    _relabel(lambda text: new.gettext(messages.get(text, text)))


def _extension_folders(app: Sphinx) -> Iterator[Path]:
    """Yield the folders of the packages of extensions, without Sphinx's own."""
    for extension in app.extensions:
        parts = extension.split(".")
        for end in range(1, len(parts) + 1 if parts[0] != "sphinx" else 1):
            module = sys.modules.get(".".join(parts[:end]))
            file = Path(getattr(module, "__file__", None) or "none")
            if file.name == "__init__.py":
                yield file.parent
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
