"""MyST read by MyST-Parser with settings of ours, whatever the text itself asks for.

The front matter of a file may switch extensions on, one of which evaluates expressions.
Here it is no settings and no text: MyST-Parser's own `parse`, which takes settings from
it, is not called. Nor takes a text more time than is proportional to its length.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from docutils import nodes
from myst_parser.config.main import MdParserConfig
from myst_parser.mdit_to_docutils.base import DocutilsRenderer
from myst_parser.parsers.docutils_ import Parser
from myst_parser.parsers.mdit import create_md_parser

from sphinx_amts.hosts.sphinx.bare_rst import (
    MAX_INLINE,
    BareRstParser,
    cut_long,
    new_document,
)

_EXTENSIONS = {"amsmath", "colon_fence", "deflist", "dollarmath"}
_SETTINGS: dict[str, Any] = {
    "dmath_double_inline": True,
    "suppress_warnings": ["myst"],  # since MyST-Parser 0.19
}
_BEGIN = re.compile(r"^.{0,99}?\\begin\{(\w+\*?)\}", re.MULTILINE)
_END = re.compile(r"\\end\{(\w+\*?)\}[ \t]*$", re.MULTILINE)
MAX_OPEN = 50
"""Formulas that begin and do not end; for each, all of the text is looked through."""


class BareMystParser(Parser):
    """Reads MyST by our settings alone."""

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Read a text."""
        self.setup_parse(inputstring, document)
        parser = create_md_parser(_config(inputstring), _Renderer)
        parser.core.ruler.before("inline", "amts_cut", _cut)
        parser.options["document"] = document
        parser.render(inputstring)
        self.finish_parse()


class _Renderer(DocutilsRenderer):
    """Makes nodes of all but the front matter."""

    def render_front_matter(self, token: Any) -> None:
        """Pass over it: a build makes it the page's data, which nobody reads."""

    def render_restructuredtext(self, token: Any) -> None:
        """Read what is in a directive ``eval-rst``."""
        made = new_document(self.document["source"], self.document.settings)
        BareRstParser().parse(token.content, made)
        first = token.map[0] if token.map else 0
        for node in made.findall():
            node.line = node.line and node.line + first
        self.current_node.extend(made.children)


def _config(text: str) -> MdParserConfig:
    known = {each.name for each in MdParserConfig.get_fields()}
    settings = {name: _SETTINGS[name] for name in known & {*_SETTINGS}}
    ends = {match[1]: match.start() for match in _END.finditer(text)}  # the last
    begins = (each for each in _BEGIN.finditer(text))
    is_open = (ends.get(each[1], -1) < each.start() for each in begins)
    without = {"amsmath"} if sum(is_open) > MAX_OPEN else set()
    return MdParserConfig(enable_extensions=_EXTENSIONS - without, **settings)


def _cut(state: Any) -> None:
    """Make several inline tokens of one that is long."""
    state.tokens[:] = [
        part
        for token in state.tokens
        for part in (
            (
                replace(token, content=each, children=[])
                for each in cut_long(token.content)
            )
            if token.type == "inline" and len(token.content) > MAX_INLINE
            else [token]
        )
    ]
