"""The titles of a page, which mystmd takes out of its tree before plugins see it.

They are read in the page's file, as far as mystmd's own way is followed here: the
frontmatter, a first heading of level 1, else the first heading there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from sphinx_amts.files import read_json
from sphinx_amts.hosts.myst.inline import Flat, Spelling, flatten
from sphinx_amts.hosts.myst.nodes import Node, text_of, walk

FIELDS = ("short_title", "subtitle", "description")
"""What else of the frontmatter readers see."""
_FRONTMATTER = re.compile(r"---[ \t]*\n(.*?)\n---[ \t]*(?:\n|$)", re.DOTALL)
_BEFORE = re.compile(
    r"(?:\s*(?:%[^\n]*|\([^\n]*\)=|\+\+\+[^\n]*|<!--.*?-->)\n)*\s*", re.S
)
_ATX = re.compile(r"#[ \t]+(.+?)(?:[ \t]+#+)?[ \t]*(?:\n|$)")
_NUMBERS = re.compile(r"^(?:[0-9]+[_.-])+")  # at the beginning of a name
_SETEXT = re.compile(r"(\S[^\n]*)\n=+[ \t]*(?:\n|$)")
_INLINE = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|\{(?P<role>[\w:+.-]+)\}(?P<r>`+)(?P<argument>.+?)(?P=r)"
    r"|(?P<c>`+)(?P<code>.+?)(?P=c)"
    r"|\$(?P<math>[^$]+)\$"
    r"|\*\*(?P<strong>.+?)\*\*|\*(?P<emphasis>.+?)\*"
    r"|(?<!\w)__(?P<strong2>.+?)__(?!\w)|(?<!\w)_(?P<emphasis2>.+?)_(?!\w)"
    r"|!\[(?P<alt>[^\]]*)\]\([^)]*\)"
    r"|\[(?P<words>[^\]]+)\]\((?P<url>[^)\s]*)[^)]*\)"
)
_ROLES = {
    "math": "inlineMath",
    "code": "inlineCode",
    "kbd": "keyboard",
    "sub": "subscript",
    "subscript": "subscript",
    "sup": "superscript",
    "superscript": "superscript",
}


@dataclass(frozen=True)
class Source:
    """A page's file, as far as it is read here."""

    text: str = ""  # its Markdown; of a notebook, all of its words
    head: str = ""  # where the frontmatter and the first heading are
    metadata: Mapping[str, Any] | None = None  # of a notebook

    @classmethod
    def of(cls, path: Path) -> Source:
        """Read a file; one that cannot be read has nothing."""
        try:
            text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
            if path.suffix != ".ipynb":
                return cls(text, text) if path.suffix in (".md", ".myst") else cls(text)
            notebook = read_json(text)
            cells = [
                "".join(cell["source"])
                for cell in notebook["cells"]
                if cell["cell_type"] == "markdown"
            ]
            first = notebook["cells"][0]["cell_type"] if notebook["cells"] else ""
            head = cells[0] if first == "markdown" else ""
            return cls("\n\n".join(cells), head, notebook.get("metadata"))
        except (OSError, ValueError, LookupError, TypeError):
            return cls()

    def frontmatter(self) -> Mapping[str, Any]:
        """Return what the page says of itself."""
        found = dict(self.metadata or {})
        if match := _FRONTMATTER.match(self.head):
            try:
                values = yaml.safe_load(match[1])
            except (yaml.YAMLError, ValueError, RecursionError):
                values = None
            found.update(values if isinstance(values, dict) else {})
        return found

    def heading(self) -> str:
        """Return the markup of a heading of level 1 that the page begins with."""
        rest = _FRONTMATTER.sub("", self.head, count=1)
        rest = rest[_BEFORE.match(rest).end() :]  # type: ignore[union-attr]  # matches
        match = _ATX.match(rest) or _SETEXT.match(rest)
        return match[1] if match else ""


class Title(NamedTuple):
    """A page's title: a node for `flatten`, and its markup where that is known."""

    node: Node
    written: str = ""

    @property
    def text(self) -> str:
        """The title that mystmd has in its place, plainly."""
        return plainly(text_of(self.node))


def title_of(source: Source, tree: Node, given: str = "") -> Title | None:
    """Return a page's title; None where it has none.

    ``given`` is what mystmd says that it is, where it says so.
    """
    found = _title_in(source, tree)
    if given and (found is None or found.text != plainly(given)):
        return Title(_heading([_text(given)]))
    return found


def title_of_name(name: str) -> str:
    """Return the title that mystmd gives a file or a folder that has none.

    >>> title_of_name("02_old-hivesAndBees")
    'Old Hives And Bees'
    """
    words = re.split(r"[_-]|(?<=[a-z0-9])(?=[A-Z])", _NUMBERS.sub("", name))
    return " ".join(word[0].upper() + word[1:] for word in words if word)


def _title_in(source: Source, tree: Node) -> Title | None:
    title = source.frontmatter().get("title")
    if isinstance(title, str) and title:
        return Title(_heading([_text(title)]), title)
    if heading := source.heading():
        return Title(_heading(list(_nodes(heading))), heading)
    first = next((each for each in walk(tree) if each["type"] == "heading"), None)
    return Title(first) if first else None


def _heading(children: list[Node]) -> Node:
    return {"type": "heading", "children": children}


def fields_of(source: Source) -> Iterator[str]:
    """Yield what else of the frontmatter readers see."""
    values = source.frontmatter()
    for name in FIELDS:
        if isinstance(values.get(name), str):
            yield values[name]
    found = values.get("abbreviations")
    if isinstance(found, dict):
        yield from (each for each in found.values() if isinstance(each, str))


def plainly(text: str) -> str:
    """Return a title without what the typographer makes, as ``site.mjs`` does."""
    return Spelling().plainly(text)


def flat_title(title: Title) -> Flat | None:
    """Return a title as a segment; None where it has no words."""
    return flatten(title.node, 0, len(title.node["children"]), Spelling())


def _nodes(markup: str) -> Iterator[Node]:
    """Yield the inline nodes of a heading's markup."""
    end = 0
    for match in _INLINE.finditer(markup):
        if match.start() > end:
            yield _text(markup[end : match.start()])
        end = match.end()
        yield _node(match)
    if end < len(markup):
        yield _text(markup[end:])


def _text(value: str) -> Node:
    return {"type": "text", "value": value}


def _node(match: re.Match[str]) -> Node:
    found = match.groupdict()
    if found["escaped"]:
        return _text(found["escaped"])
    for name, kind in (("code", "inlineCode"), ("math", "inlineMath")):
        if found[name]:
            return {"type": kind, "value": found[name]}
    for kind in ("strong", "emphasis"):
        if words := found[kind] or found[f"{kind}2"]:
            return {"type": kind, "children": list(_nodes(words))}
    if found["words"]:
        nodes = list(_nodes(found["words"]))
        return {"type": "link", "url": found["url"], "children": nodes}
    if found["role"]:
        return _role(found["role"], found["argument"])
    return {"type": "image", "alt": found["alt"] or ""}


def _role(name: str, argument: str) -> Node:
    kind = _ROLES.get(name, "inlineCode")
    if kind in ("subscript", "superscript"):
        return {"type": kind, "children": [_text(argument)]}
    return {"type": kind, "value": argument}
