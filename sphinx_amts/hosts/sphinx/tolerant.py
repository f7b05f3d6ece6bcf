"""Roles and directives that nobody has registered, read as well as their names tell.

A page is read here without its project's extensions. What a role or a directive would
make is guessed so that the text around it becomes the segment that it is in the build.
Only docutils' own are run, whatever else the process has registered: an extension's may
run code, fetch or read files.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes, utils
from docutils.parsers.rst import Directive, directives
from sphinx import addnodes
from sphinx.util.docutils import CustomReSTDispatcher

from sphinx_amts.text.directives import CODE_DIRECTIVES

_EXPLICIT = re.compile(r"^(?P<title>.+?)\s*(?<!\\)<(?P<target>[^<]*)>$", re.DOTALL)

_OBJECT_ROLES = {
    *("attr", "class", "const", "data", "exc", "func", "macro", "meth", "mod", "obj"),
    *("type", "var", "envvar", "keyword", "option", "token", "download", "eq"),
}
"""References whose words are code, or a number, whoever wrote them."""
_CODE_ROLES = {
    *("code", "command", "file", "kbd", "mailheader", "makevar", "manpage", "samp"),
    *("mimetype", "newsgroup", "program", "regexp", "cve", "cwe", "pep", "rfc"),
    *("glue", "octicon", "fa", "fab", "fas", "material-regular"),
}
_WORD_ROLES = {"dfn": nodes.emphasis, "guilabel": nodes.inline, "menuselection": None}

_TITLED_DIRECTIVES = {
    *("card", "dropdown", "exercise", "grid-item-card", "seealso", "solution", "tab"),
    *("centered", "tab-item"),
}
"""Directives whose argument is for readers; so is that of every one of `prf`."""
_DATED_DIRECTIVES = {"deprecated", "versionadded", "versionchanged", "versionremoved"}
_SILENT_DIRECTIVES = {
    *("contents", "date", "default-domain", "include", "index", "only", "raw"),
}
"""What shows nothing of its own here, or must not be read from other files."""
_OWN = "docutils.parsers.rst."
"""Where docutils' own roles and directives are. Of these, `include`, `raw` and
`csv-table` read files, and `figure` measures pictures: not where file insertion is
disabled."""


class Tolerance(CustomReSTDispatcher):
    """While it is entered, no role and no directive is unknown to docutils."""

    def role(self, role_name: str, *place: Any) -> tuple[Any, list[Any]]:
        """Return the role of docutils by a name, or a guess."""
        found, messages = self.role_func(role_name, *place)
        if _is_own(found) and role_name not in _WORD_ROLES:
            return found, messages
        return _guess_role, []

    def directive(self, directive_name: str, *place: Any) -> tuple[Any, list[Any]]:
        """Return the directive of docutils by a name, or a guess."""
        if directive_name not in _SILENT_DIRECTIVES:
            found, messages = self.directive_func(directive_name, *place)
            if _is_own(found):
                return found, messages
        return _Guess, []


def _is_own(found: object) -> bool:
    return str(getattr(found, "__module__", "")).startswith(_OWN)


def _guess_role(
    name: str,
    rawtext: str,
    text: str,
    lineno: int,
    inliner: Any,
    options: Any = None,
    content: Any = None,
) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """Make what a role of Sphinx, or of a known extension, would make."""
    kind = name.rpartition(":")[2]
    text = utils.unescape(text)
    if kind in _WORD_ROLES:
        node_class = _WORD_ROLES[kind] or nodes.inline
        return [node_class(rawtext, text)], []
    if kind in _CODE_ROLES:
        return [nodes.literal(rawtext, text)], []
    explicit = _EXPLICIT.match(text)
    title, target = explicit.groups() if explicit else (text, text)
    words = nodes.literal if kind in _OBJECT_ROLES else nodes.inline
    reference = addnodes.pending_xref(
        rawtext,
        words(rawtext, title),
        reftype=kind,
        refexplicit=bool(explicit),
        reftarget=target,
    )
    return [reference], []


class _AnyOptions(dict[str, Any]):
    """Takes every option of a directive as it is written."""

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> Any:
        return directives.unchanged

    def __bool__(self) -> bool:
        return True


class _Guess(Directive):
    """A directive that is not known: its content is read, if it is no code."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = _AnyOptions()

    def run(self) -> list[nodes.Node]:
        """Return what readers would see of it."""
        name = self.name.rpartition(":")[2]
        argument = self.arguments[0] if self.arguments else ""
        if name == "toctree":
            return self._toctree()
        if name in _SILENT_DIRECTIVES and name != "only":
            return []
        if name in CODE_DIRECTIVES or name.startswith("auto"):
            text = "\n".join(self.content)
            return [nodes.literal_block(text, text)] if text else []
        made = nodes.container()
        if name in _DATED_DIRECTIVES:
            self._words(made, argument.partition(" ")[2])
        elif name in _TITLED_DIRECTIVES or self.name.startswith("prf:"):
            self._words(made, argument)
        self.state.nested_parse(self.content, self.content_offset, made)
        return [made]

    def _words(self, made: nodes.Element, text: str) -> None:
        if text:
            children, _ = self.state.inline_text(text, self.lineno)
            made += nodes.rubric(text, "", *children)

    def _toctree(self) -> list[nodes.Node]:
        entries = [_EXPLICIT.match(line.strip()) for line in self.content]
        made = addnodes.toctree()
        made["entries"] = [(each["title"], each["target"]) for each in entries if each]
        if "caption" in self.options:
            made["caption"] = self.options["caption"]
        return [made]
