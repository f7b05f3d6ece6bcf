"""Reference pages made from what the program itself reads.

Three directives: ``amts-settings``, ``amts-commands``, ``amts-warnings``. Each makes
ordinary nodes, so that the pages are translated like any other text.
"""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

from sphinx_amts import cli, config, warnings_


def inline(text: str) -> list[nodes.Node]:
    """Read text in which words between backquotes are code."""
    parts = text.split("`")
    return [
        nodes.literal(part, part) if number % 2 else nodes.Text(part)
        for number, part in enumerate(parts)
        if part
    ]


def paragraph(text: str) -> nodes.paragraph:
    """Make a paragraph."""
    return nodes.paragraph("", "", *inline(text))


def sentence(text: str) -> str:
    """Write a help text as a sentence."""
    return text[:1].upper() + text[1:].rstrip(".") + "."


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the commands that a parser has below itself, by name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


class Reference(SphinxDirective):
    """A directive whose content is a list of sections."""

    def section(self, name: str, *content: nodes.Node) -> nodes.section:
        """Make a section whose title is code; its anchor is the name."""
        made = nodes.section("", nodes.title("", "", nodes.literal(name, name)))
        made["names"].append(name)
        self.state.document.note_explicit_target(made)
        made += content
        return made


class Settings(Reference):
    """Every setting, in the order of the table."""

    def run(self) -> list[nodes.Node]:
        """Make one section for each."""
        return [self.setting(field) for field in config.fields()]

    def setting(self, field: Any) -> nodes.Node:
        """Make the section of one setting."""
        rows = nodes.field_list("")
        default = repr(config.default_of(field))
        for name, text in (
            ("Value", field.metadata["kind"]),
            ("Default", f"`{default}`"),
        ):
            rows += nodes.field(
                "", nodes.field_name("", name), nodes.field_body("", paragraph(text))
            )
        name = config.PREFIX + field.name
        return self.section(name, paragraph(field.metadata["help"]), rows)


class Commands(Reference):
    """Every command, as its parser describes it."""

    def run(self) -> list[nodes.Node]:
        """Make one section for each command."""
        return [self.command(*each) for each in subcommands(cli.parser()).items()]

    def command(self, name: str, parser: argparse.ArgumentParser) -> nodes.Node:
        """Make the section of one command."""
        usage = parser.format_usage().removeprefix("usage: ").strip()
        usage = re.sub(r"\n\s+", "\n    ", usage)
        content: list[nodes.Node] = [
            paragraph(sentence(parser.description or "")),
            nodes.literal_block(usage, usage, language="text"),
        ]
        actions = subcommands(parser)
        if not actions:
            content.append(self.takes(parser))
        examples = list(self.examples(parser, name))
        if examples:
            content += [nodes.rubric("", "Examples"), *examples]
        content += [self.command(f"{name} {each}", actions[each]) for each in actions]
        return self.section(f"sphinx-amts {name}", *content)

    def takes(self, parser: argparse.ArgumentParser) -> nodes.Node:
        """List what a command takes."""
        made = nodes.definition_list()
        for action in parser._actions:
            is_hidden = action.help == argparse.SUPPRESS
            if is_hidden or isinstance(action, argparse._HelpAction):
                continue
            names = ", ".join(action.option_strings) or action.dest
            if action.option_strings and action.nargs != 0:
                names += f" {action.metavar or action.dest.upper()}"
            made += nodes.definition_list_item(
                "",
                nodes.term("", "", nodes.literal(names, names)),
                nodes.definition("", paragraph(sentence(action.help or ""))),
            )
        return made

    def examples(
        self, parser: argparse.ArgumentParser, name: str
    ) -> Iterator[nodes.Node]:
        """Yield the examples in an epilog: a command, below it what it does."""
        pattern = r"^  (\S.*)\n((?:    +\S.*\n?)+)"
        for command, text in re.findall(pattern, parser.epilog or "", re.MULTILINE):
            if command.startswith(f"sphinx-amts {name} "):
                yield paragraph(sentence(" ".join(text.split())))
                yield nodes.literal_block(command, command, language="console")


class Warnings(Reference):
    """Every subtype of warnings, as the enum documents it."""

    def run(self) -> list[nodes.Node]:
        """List the subtypes."""
        analyzer = ModuleAnalyzer.for_module(warnings_.__name__)
        texts = analyzer.find_attr_docs()
        made = nodes.definition_list()
        for subtype in warnings_.Subtype:
            lines = texts["Subtype", subtype.name]
            text = inspect.cleandoc("\n".join(lines)).replace("``", "`")
            name = f"amts.{subtype.value}"
            made += nodes.definition_list_item(
                "",
                nodes.term("", "", nodes.literal(name, name)),
                nodes.definition("", paragraph(" ".join(text.split()))),
            )
        return [made]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("amts-settings", Settings)
    app.add_directive("amts-commands", Commands)
    app.add_directive("amts-warnings", Warnings)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
