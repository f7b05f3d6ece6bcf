r"""Notebooks in the language of the build, for readers to download and run.

A page of MyST-NB is a notebook's cells; its texts are messages, as gettext has them,
in the markup that stands in the cells too. So every text of a Markdown cell that is a
message of the page gets the page's translation, written with the cell's own markup.
Everything else of the notebook stays as it is, byte for byte.

>>> from markdown_it import MarkdownIt
>>> cell = "# Bread\n\n> Take *flour*\n> and `water`."
>>> texts = {"Bread": "面包", "Take *flour* and `water`.": "取*面粉*和`water`。"}
>>> print(translate_cell(cell, texts, MarkdownIt()))
# 面包
<BLANKLINE>
> 取*面粉*和`water`。
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from sphinx_amts.errors import TagError
from sphinx_amts.files import replace_file
from sphinx_amts.hosts.sphinx.document import page_of
from sphinx_amts.hosts.sphinx.localized import builds
from sphinx_amts.text.segment import Segment

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

logger = logging.getLogger(__name__)

FOLDER = "amts_notebooks"  # among the doctrees, until the pages are written
AFTER_METADATA = 900  # priority: Sphinx collects a document's metadata at 500
_DIRECTIVE = re.compile(r"\{([\w:.+-]+)\}[ \t]*(.*)")
_OPTION = re.compile(r"[ \t]*:([\w-]+):[ \t]*(.*)")
_PROSE_OPTIONS = {"alt", "caption", "title"}
_LINE_END = re.compile(r"\r\n?|\n")
_INDENT = 1  # blanks, as Jupyter saves

Place = tuple[int, int, str, bool]
"""The first line, the line behind the last, the text between without prefixes, and
whether that is the cell of a table."""


def _markup(texts: Mapping[str, tuple[Segment | None, str]]) -> dict[str, str]:
    """Return targets in the markup of their messages, without what cannot be."""
    from sphinx_amts.book.markup import Markup  # not for books without notebooks

    written = {}
    for message, (segment, target) in texts.items():
        try:
            written[" ".join(message.split())] = (
                Markup.of(message, segment, is_rst=False).write(target)
                if segment
                else target
            )
        except TagError:
            logger.debug("sphinx_amts: not in the notebook: %r", message)
    return written


def translate_notebook(text: str, texts: Mapping[str, str], parser: MarkdownIt) -> str:
    """Return a notebook (nbformat 4, as JSON) with its Markdown cells translated.

    ``texts`` has targets in markup by their messages, white space collapsed. Where
    nothing is to be translated, the same text is returned. Raises `ValueError`.
    """
    notebook = json.loads(text)
    is_changed = False
    for cell in notebook.get("cells", ()):
        if cell.get("cell_type") != "markdown":
            continue
        source = cell["source"]
        before = source if isinstance(source, str) else "".join(source)
        after = translate_cell(before, texts, parser)
        if after != before:
            is_changed = True
            is_one = isinstance(source, str)
            cell["source"] = after if is_one else after.splitlines(keepends=True)
    if not is_changed:
        return text
    written = json.dumps(notebook, ensure_ascii=False, indent=_INDENT)
    return written + "\n" * text.endswith("\n")


def translate_cell(cell: str, texts: Mapping[str, str], parser: MarkdownIt) -> str:
    """Return a Markdown cell with the texts that are known in their places.

    A text that would be something else there, such as a list by its first signs, stays.
    """
    places = list(_places(cell, parser))
    shape = _shape(cell, parser)
    whole = _replaced(cell, places, texts)
    if _shape(whole, parser) == shape:
        return whole
    kept: dict[str, str] = {}
    for _first, _behind, content, _is_cell in places:
        key = " ".join(content.split())
        if key in texts and key not in kept:
            more = {**kept, key: texts[key]}
            if _shape(_replaced(cell, places, more), parser) == shape:
                kept = more
    return _replaced(cell, places, kept)


def _shape(cell: str, parser: MarkdownIt) -> list[tuple[str, str]]:
    """Return a cell's blocks by type, and of directives the name."""
    return [
        (each.type, each.info.partition(" ")[0])
        for each in parser.parse(cell)
        if each.type != "inline"
    ]


def _replaced(cell: str, places: Iterable[Place], texts: Mapping[str, str]) -> str:
    # As the parser counts lines: a line separator of Unicode ends none.
    starts = [0, *(end.end() for end in _LINE_END.finditer(cell))]
    parts: list[str] = []
    done = 0
    for first, behind, content, is_cell in places:
        target = texts.get(" ".join(content.split()))
        if not target:
            continue
        start = max(done, starts[first]) if first < len(starts) else len(cell)
        end = starts[behind] if behind < len(starts) else len(cell)
        found = _as_written(content).search(cell, start, end)
        if found:
            written = target.replace("|", r"\|") if is_cell else target
            parts += [cell[done : found.start()], written]
            done = found.end()
    return "".join([*parts, cell[done:]])


def _as_written(content: str) -> re.Pattern[str]:
    """Find a text whose lines begin with the marks of lists and quotes around it."""
    lines = (re.escape(line.strip()) for line in content.strip().split("\n"))
    return re.compile(r"[ \t]*(?:\r\n?|\n)[ \t>]*".join(lines))


def _places(text: str, parser: MarkdownIt, line: int = 0) -> Iterator[Place]:
    """Yield the texts of a Markdown source in their order, also within directives."""
    tokens = parser.parse(text)
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.map is None:
            continue
        first = line + token.map[0]
        behind = max(line + token.map[1], first + 1)  # of a term it is the first, too
        if token.type == "inline":
            is_cell = before is not None and before.type in ("td_open", "th_open")
            yield first, behind, token.content, is_cell
            for child in token.children or ():
                if child.type == "image":
                    yield first, behind, child.content, is_cell
        elif token.type in ("fence", "colon_fence"):
            yield from _directive(token.info, token.content, parser, first)


def _directive(info: str, body: str, parser: MarkdownIt, line: int) -> Iterator[Place]:
    from sphinx_amts.hosts.sphinx.tolerant import CODE_DIRECTIVES  # as above

    found = _DIRECTIVE.match(info.strip())
    if found is None or found[1] in CODE_DIRECTIVES | {"math", "raw", "eval-rst"}:
        return
    if found[2]:
        yield line, line + 1, found[2], False
    lines = body.split("\n")
    number = 0
    while number < len(lines) and (option := _OPTION.match(lines[number])):
        number += 1
        if option[1] in _PROSE_OPTIONS:
            yield line + number, line + number + 1, option[2], False
    if lines and lines[0].strip() == "---":
        closing = (n for n, each in enumerate(lines) if n and each.strip() == "---")
        number = next(closing, -1) + 1
    yield from _places("\n".join(lines[number:]), parser, line + 1 + number)


def on_doctree_read(app: Sphinx, doctree: nodes.document) -> None:
    """Write the notebook of a document that was translated."""
    env = app.env
    docname = env.docname
    page = page_of(env, doctree)
    draft = _draft(app, docname)
    draft.unlink(missing_ok=True)
    if page is None or not page.wants_texts:
        return
    path = Path(env.doc2path(docname))
    if path.suffix != ".ipynb":
        if "kernelspec" not in env.metadata[docname]:
            return  # a page without code
        # What MyST-NB made of it, with what its code printed.
        path = Path(app.outdir).parent / "jupyter_execute" / f"{docname}.ipynb"
    from markdown_it.renderer import RendererHTML
    from myst_parser.parsers.mdit import create_md_parser

    config: Any = env.myst_config  # type: ignore[attr-defined]
    try:
        text = path.read_text(encoding="utf-8-sig")
        parser = create_md_parser(config, RendererHTML)
        translated = translate_notebook(text, _markup(page.texts), parser)
        draft.parent.mkdir(parents=True, exist_ok=True)
        replace_file(draft, [translated])
    except (OSError, ValueError) as error:
        logger.info("sphinx_amts: no notebook of %s: %s", docname, error)


def _draft(app: Sphinx, docname: str) -> Path:
    return Path(app.doctreedir) / FOLDER / f"{docname}.ipynb"


def on_build_finished(app: Sphinx, exception: Exception | None) -> None:
    """Put the notebooks where themes lead readers who download a page."""
    is_html = app.builder.format == "html" and app.builder.name != "epub"
    if exception or not is_html or not app.config.html_copy_source:
        return
    if builds.get(app.config) is None:
        return
    for docname in sorted(app.env.found_docs):
        draft = _draft(app, docname)
        if not draft.exists():
            continue
        text = draft.read_text(encoding="utf-8")
        names = {f"{docname}.ipynb"}
        if Path(app.env.doc2path(docname)).suffix == ".ipynb":
            names.add(f"{docname}.ipynb{app.config.html_sourcelink_suffix}")
        for name in names:
            path = Path(app.outdir) / "_sources" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, [text])


def on_env_purge_doc(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a document's notebook."""
    _draft(app, docname).unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("doctree-read", on_doctree_read, priority=AFTER_METADATA)
    app.connect("env-purge-doc", on_env_purge_doc)
    app.connect("build-finished", on_build_finished)
