"""What we put on a page, and the files that belong to it.

Everything a reader sees is a template below ``templates/amts`` and a style in
``static/amts.css``. A book replaces a template with one of the same name in its own
``templates_path``, and the style with a file of the same name in ``html_static_path``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.jinja2glue import BuiltinTemplateLoader

from sphinx_amts.book.phrases import direction, phrases_for
from sphinx_amts.book.site import Site
from sphinx_amts.book.suggestion import suggestion
from sphinx_amts.config import Settings
from sphinx_amts.files import replace_file, without_links
from sphinx_amts.hosts.sphinx import workarounds
from sphinx_amts.hosts.sphinx.marks import Mark, key_of, mark_of, said, words_of
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.sentences import join_sentences
from sphinx_amts.text.tagged import collapse

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"
SOURCES = "_amts"
"""Folder of the files with source texts, one for each page, loaded when asked for."""
KEY = "data-amts-key"
"""Attribute of a block with the key of its segment, in builds for translators."""


@dataclass(frozen=True)
class Parts:
    """What a page has to say."""

    is_machine: bool = False  # a machine translated some of it
    human_percent: int = 0  # of the page, rounded down


@dataclass
class Pages:
    """All that the pages of one build have in common."""

    pair: LanguagePair
    site: Site | None  # where readers can choose a language
    has_notice: bool
    is_interactive: bool  # a site; not a book in one file, nor part of another program
    suggest_url: str = ""  # template of an address; empty where readers suggest nothing
    lists: bool = False  # whether blocks have the keys of their segments
    templates: BuiltinTemplateLoader = field(default_factory=BuiltinTemplateLoader)
    marks: dict[int, Mark] = field(default_factory=dict)
    """By number, those of the page that is being written."""

    def dress(
        self,
        app: Sphinx,
        pagename: str,
        context: dict[str, Any],
        document: nodes.document | None,
        parts: Parts,
    ) -> None:
        """Put all that belongs on a page into the context of its template."""
        marks, self.marks = self.marks, {}
        uri = app.builder.get_target_uri(pagename)
        context["amts"] = shown = self._shown(uri, parts)
        if self.site and self.is_interactive:
            context["metatags"] = context.get("metatags", "") + self._alternates(uri)
        if document is None:
            self._add_files(app, shown)
            return
        if self.has_notice and self.is_interactive:
            file = without_links(Path(app.outdir), f"{SOURCES}/{pagename}.js")
            if self._write_sources(file, marks):
                up = "../" * uri.count("/")
                shown["sources"] = f"{up}{SOURCES}/{pagename}.js"
        if shown["notice"] or shown["languages"]:
            bar = self.templates.render("amts/bar.html", {**context, "amts": shown})
            context["body"] = bar + context["body"]
        self._add_files(app, shown)

    def _shown(self, uri: str, parts: Parts) -> dict[str, Any]:
        """Return what templates know as ``amts``."""
        texts, tag = phrases_for(self.pair.target)
        site = self.site if self.is_interactive else None
        shown: dict[str, Any] = {
            "texts": vars(texts),
            "tag": tag,
            "is_own_language": tag == self.pair.target,
            "direction": direction(tag),
            "page_direction": direction(self.pair.target),
            "notice": texts.notice if self.has_notice and parts.is_machine else "",
            "human_percent": parts.human_percent,
            "sources": "",
            "original": "",
            "languages": [],
        }
        if shown["notice"] and parts.human_percent:
            share = texts.share.format(percent=parts.human_percent)
            shown["notice"] = join_sentences([texts.notice, share], tag)
        if site:
            shown["languages"] = [
                {
                    "name": each.name,
                    "tag": each.tag,
                    "direction": direction(each.tag),
                    "href": site.href(each, uri),
                    "is_current": each == site.current,
                }
                for each in site.editions
            ]
            if site.current != site.source:
                shown["original"] = site.href(site.source, uri)
        return shown

    def suggestion(self, node: nodes.Element, page: str) -> str:
        """Return the link for suggesting a correction of a block; empty for most."""
        mark = mark_of(node)
        if mark is None or mark.number not in self.marks or node.get("refid"):
            return ""  # a title that is a link to the contents has no room for another
        texts, tag = phrases_for(self.pair.target)
        address = suggestion(
            self.suggest_url,
            page=page,
            source=collapse("".join(map(said, mark.source))).strip(),
            target=collapse(words_of(node)).strip(),
            language=self.pair.target,
        )
        language = "" if tag == self.pair.target else f' lang="{tag}"'
        name = escape(texts.suggest)
        return (
            f'<a class="amts-suggest" rel="nofollow"{language} title="{name}"'
            f' aria-label="{name}" href="{escape(address)}"></a>'
        )

    def _alternates(self, uri: str) -> str:
        assert self.site is not None
        return "".join(
            f'\n<link rel="alternate" hreflang="{code}" href="{escape(url)}" />'
            for code, url in self.site.alternates(uri)
        )

    def _add_files(self, app: Sphinx, shown: dict[str, Any]) -> None:
        """Add style and script, to the page that is being written only."""
        if not self.is_interactive:
            return
        is_rtl = self.has_notice and direction(self.pair.target) == "rtl"
        if shown["notice"] or shown["languages"] or is_rtl:
            app.add_css_file("amts.css")
        if shown["sources"] or shown["languages"]:
            app.add_js_file("amts.js", loading_method="defer")

    def _write_sources(self, file: Path, marks: Mapping[int, Mark]) -> bool:
        """Write the file of a page's source texts; tell whether there are any."""
        if not marks:
            file.unlink(missing_ok=True)
            return False
        page = {
            "lang": self.pair.source,
            "dir": direction(self.pair.source),
            "texts": {number: mark.source for number, mark in sorted(marks.items())},
        }
        text = json.dumps(page, ensure_ascii=False, separators=(",", ":"))
        file.parent.mkdir(parents=True, exist_ok=True)
        # A script and no JSON: a page that is opened from a disk may load nothing else.
        # And as Sphinx writes pages, not flushed to the disk one by one.
        file.write_text(f"amtsSources({text})\n", encoding="utf-8", newline="\n")
        return True


pages: WeakKeyDictionary[Config, Pages] = WeakKeyDictionary()
"""The pages of each application, by its configuration."""


def add_templates(config: Config) -> None:
    """Let themes find our templates, after those of the book."""
    paths = [*config.templates_path, str(TEMPLATES)]
    config.templates_path = paths  # type: ignore[attr-defined, unused-ignore]


def set_up(
    app: Sphinx, settings: Settings, pair: LanguagePair, *, lists: bool = False
) -> bool:
    """Get ready to write pages; tell whether the language menu lacks this language.

    With ``lists``, blocks have the keys of their segments. Raises `SettingError`.
    """
    config, builder = app.config, app.builder
    pages.pop(config, None)
    if not isinstance(builder, StandaloneHTMLBuilder):
        return False
    site = None
    if settings.languages:
        site = Site.of(settings.languages, pair, str(config.html_baseurl or ""))
    is_localized = not pair.is_same
    made = Pages(
        pair,
        site,
        has_notice=settings.html_notice and is_localized,
        is_interactive=_is_site(builder),
        suggest_url=settings.suggest_url or "",
        lists=lists and is_localized,
    )
    if not (made.has_notice or site or made.lists):
        return bool(settings.languages)
    pages[config] = made
    made.templates.init(builder)
    if made.is_interactive:
        # First, so that a book's own files of the same names win.
        paths = [str(STATIC), *config.html_static_path]
        config.html_static_path = paths  # type: ignore[attr-defined, unused-ignore]
        if site and site.base_url:
            config.html_baseurl = site.base_url
    if made.has_notice or made.lists:
        mark_blocks(app, made)
    if made.has_notice and made.is_interactive:
        if direction(pair.target) == "rtl":
            workarounds.set_direction(builder)
        workarounds.set_up_search(app)
    return bool(settings.languages) and site is None


def _is_site(builder: StandaloneHTMLBuilder) -> bool:
    """Tell whether readers meet the pages one by one, as they are written.

    Not in an e-book, in one long page, or in what another program shows.
    """
    is_serialized = hasattr(builder, "implementation")  # json, pickle
    return builder.search and not builder.embedded and not is_serialized


def mark_blocks(app: Sphinx, made: Pages) -> None:
    """Make the writer tell of each marked block whose text it is.

    Last of all that change the writer: themes derive from the class that they find.
    """
    base = app.builder.get_translator_class()
    ours: tuple[type, ...] = (_MarkedBlocks, base)
    if made.suggest_url and made.has_notice and made.is_interactive:
        ours = (_Suggesting, *ours)
    marked = type(base.__name__, ours, {"amts_pages": made})
    app.set_translator(app.builder.name, marked, override=True)


class _MarkedBlocks:
    """What a writer of HTML does for nodes with a mark."""

    amts_pages: Pages

    def starttag(self, node: Any, *arguments: Any, **attributes: Any) -> str:
        """Return the tag that opens an element."""
        mark = mark_of(node) if self.amts_pages.has_notice else None
        if mark is not None:
            attributes = self._marked(mark, attributes)
        key = key_of(node) if self.amts_pages.lists else ""
        if key:
            attributes[KEY] = key
        start: str = super().starttag(  # type: ignore[misc]
            node, *arguments, **attributes
        )
        return start

    def _marked(self, mark: Mark, attributes: dict[str, Any]) -> dict[str, Any]:
        made = self.amts_pages
        pair = made.pair
        found = {name.lower(): value for name, value in attributes.items()}
        found["class"] = f"{found.get('class', '')} amts-{mark.state}".strip()
        tag = pair.source if mark.state == "source" else pair.target
        found["lang"] = tag
        if mark.state == "source" and direction(tag) != direction(pair.target):
            found["dir"] = direction(tag)
        if mark.number:
            found["data-amts"] = str(mark.number)
            if made.is_interactive:
                made.marks[mark.number] = mark
        return found


class _Suggesting:
    """What a writer does at the end of blocks where readers may suggest a correction.

    A link of HTML alone: it needs no script.
    """

    amts_pages: Pages
    builder: StandaloneHTMLBuilder
    body: list[str]

    def dispatch_departure(self, node: nodes.Node) -> None:
        """Leave a node."""
        if isinstance(node, nodes.Element):
            page = self.builder.current_docname
            if link := self.amts_pages.suggestion(node, page):
                self.body.append(link)
        super().dispatch_departure(node)  # type: ignore[misc]


def write_sitemap(app: Sphinx) -> None:
    """Write ``sitemap.xml`` where the address of the site is known."""
    made = pages.get(app.config)
    if made is None or made.site is None or not made.site.base_url:
        return
    if not made.is_interactive or "sphinx_sitemap" in app.extensions:
        return
    uris = [app.builder.get_target_uri(name) for name in sorted(app.env.found_docs)]
    path = without_links(Path(app.outdir), "sitemap.xml")
    replace_file(path, made.site.sitemap(uris))
