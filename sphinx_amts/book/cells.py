r"""The cells of notebooks in the language of a book, for readers to download and run.

A page that a notebook becomes is its cells; the page's texts are messages, as gettext
has them, in the markup that stands in the cells too. So every text of a Markdown cell
that is a message of the page gets the page's translation, written with the cell's own
markup. Everything else of the notebook stays as it is.

>>> from markdown_it import MarkdownIt
>>> cell = "# Bread\n\n> Take *flour*\n> and `water`."
>>> texts = {"Bread": "面包", "Take *flour* and `water`.": "取*面粉*和`water`。"}
>>> print(translate_cell(cell, texts, MarkdownIt()))
# 面包
<BLANKLINE>
> 取*面粉*和`water`。
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx_amts.book.markup import Markup
from sphinx_amts.errors import FileError, TagError
from sphinx_amts.readers import notebooks
from sphinx_amts.text.directives import CODE_DIRECTIVES
from sphinx_amts.text.reach import is_harmless_html, leads_to_harm, scheme_of
from sphinx_amts.text.segment import Segment

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_UNREAD = CODE_DIRECTIVES | {"math", "raw", "eval-rst"}
_DIRECTIVE = re.compile(r"\{([\w:.+-]+)\}[ \t]*(.*)")
_OPTION = re.compile(r"[ \t]*:([\w-]+):[ \t]*(.*)")
_PROSE_OPTIONS = {"alt", "caption", "title"}
_LINE_END = re.compile(r"\r\n?|\n")

Passage = tuple[int, int, str, bool]
"""The first line, the line behind the last, the text between without prefixes, and
whether that is the cell of a table."""


def in_markup(
    texts: Mapping[str, tuple[Segment | None, str]], parser: MarkdownIt
) -> dict[str, str]:
    """Return targets in the markup of their messages, without what cannot be.

    ``texts`` has segment and target by message; without a segment, the target is in
    markup already. ``parser`` takes every address for one.
    """
    written = {}
    for message, (segment, target) in texts.items():
        key = " ".join(message.split())
        if segment is None and _harms(target, parser) - _harms(message, parser):
            continue  # it stays in the source language
        try:
            written[key] = _written(message, segment, target) if segment else target
        except TagError:
            continue  # the same
    return written


def _harms(text: str, parser: MarkdownIt) -> set[str]:
    """Return what in a text may run, or is asked for, when the notebook is opened."""
    found = set()
    for token in parser.parseInline(text)[0].children or ():
        link, image = (str(token.attrGet(name) or "") for name in ("href", "src"))
        if leads_to_harm(link):
            found.add(link)
        if scheme_of(image) not in ("", "attachment"):
            found.add(image)
        if token.type == "html_inline" and not is_harmless_html(token.content):
            found.add(token.content)
    return found


def _written(message: str, segment: Segment, target: str) -> str:
    return Markup.of(message, segment, is_rst=False).write(target)


def translate_notebook(
    text: str, path: Path, texts: Mapping[str, str], parser: MarkdownIt
) -> str:
    """Return a notebook, as JSON, with its Markdown cells translated.

    ``texts`` has targets in markup by their messages, white space collapsed. Where
    nothing is to be translated, the same text is returned. Raises `FileError`, which
    names ``path``, where it is no valid notebook.
    """
    notebook = notebooks.load(text, path)
    try:
        changed = [_translate(cell, texts, parser) for cell in notebook["cells"]]
        if not any(changed):
            return text
        return notebooks.dump(notebook) + "\n" * text.endswith("\n")
    except RecursionError as error:
        raise FileError(path, notebooks.TOO_DEEP) from error


def _translate(
    cell: dict[str, Any], texts: Mapping[str, str], parser: MarkdownIt
) -> bool:
    """Translate a cell in its place; tell whether anything has changed."""
    if cell["cell_type"] != "markdown":
        return False
    source = cell["source"]
    is_one = isinstance(source, str)
    before = source if is_one else "".join(source)
    after = translate_cell(before, texts, parser)
    if after == before:
        return False
    cell["source"] = after if is_one else after.splitlines(keepends=True)
    return True


def translate_cell(cell: str, texts: Mapping[str, str], parser: MarkdownIt) -> str:
    """Return a Markdown cell with the texts that are known in their places.

    A text that would be something else there, such as a list by its first signs, stays.
    """
    tokens = parser.parse(cell)
    places = list(_passages(tokens, parser))
    whole = _replaced(cell, places, texts)
    shape = _shape(tokens)
    if whole == cell or _shape(parser.parse(whole)) == shape:
        return whole
    kept: dict[str, str] = {}
    for _first, _behind, content, _is_cell in places:
        key = " ".join(content.split())
        if key in texts and key not in kept:
            more = {**kept, key: texts[key]}
            if _shape(parser.parse(_replaced(cell, places, more))) == shape:
                kept = more
    return _replaced(cell, places, kept)


def _shape(tokens: Iterable[Token]) -> list[tuple[str, str]]:
    """Return a cell's blocks by type, and of directives the name."""
    return [
        (each.type, each.info.partition(" ")[0])
        for each in tokens
        if each.type != "inline"
    ]


def _replaced(cell: str, places: Iterable[Passage], texts: Mapping[str, str]) -> str:
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
        if found := _find(content, cell, start, end):
            written = target.replace("|", r"\|") if is_cell else target
            parts += [cell[done : found.start], written]
            done = found.stop
    return "".join([*parts, cell[done:]])


def _find(content: str, cell: str, start: int, end: int) -> slice | None:
    """Find a text whose lines begin with the marks of lists and quotes around it."""
    lines = [line.strip() for line in content.strip().split("\n")]
    if len(lines) == 1:
        found = cell.find(lines[0], start, end)
        return slice(found, found + len(lines[0])) if found >= 0 else None
    pattern = r"[ \t]*(?:\r\n?|\n)[ \t>]*".join(map(re.escape, lines))
    match = re.compile(pattern).search(cell, start, end)
    return slice(*match.span()) if match else None


def _passages(
    tokens: Sequence[Token], parser: MarkdownIt, line: int = 0
) -> Iterator[Passage]:
    """Yield the texts of a Markdown source in their order, also within directives."""
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


def _directive(
    info: str, body: str, parser: MarkdownIt, line: int
) -> Iterator[Passage]:
    found = _DIRECTIVE.match(info.strip())
    if found is None or found[1] in _UNREAD:
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
    tokens = parser.parse("\n".join(lines[number:]))
    yield from _passages(tokens, parser, line + 1 + number)
