"""MyST read by MyST-Parser with settings of ours, whatever the text itself asks for.

The front matter of a file may switch extensions on, one of which evaluates expressions.
Here it is no settings and no text: MyST-Parser's own `parse`, which takes settings from
it, is not called.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from myst_parser.config.main import MdParserConfig
from myst_parser.mdit_to_docutils.base import DocutilsRenderer
from myst_parser.parsers.docutils_ import Parser
from myst_parser.parsers.mdit import create_md_parser

_SETTINGS: dict[str, Any] = {
    "enable_extensions": {"amsmath", "colon_fence", "deflist", "dollarmath"},
    "dmath_double_inline": True,
    "suppress_warnings": ["myst"],  # since MyST-Parser 0.19
}


def _config() -> MdParserConfig:
    known = {each.name for each in MdParserConfig.get_fields()}
    return MdParserConfig(**{name: _SETTINGS[name] for name in known & {*_SETTINGS}})


class _Renderer(DocutilsRenderer):
    """Makes nodes of all but the front matter."""

    def render_front_matter(self, token: Any) -> None:
        """Pass over it: a build makes it the page's data, which nobody reads."""


class BareMystParser(Parser):
    """Reads MyST by our settings alone."""

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Read a text."""
        self.setup_parse(inputstring, document)
        parser = create_md_parser(_config(), _Renderer)
        parser.options["document"] = document
        parser.render(inputstring)
        self.finish_parse()
