"""The configurations of Jupyter Book: files in YAML that people have written.

They are not written anew: that would put their comments, lines and blanks elsewhere.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import yaml

from sphinx_amts.book.configuration import (
    MEMORY_FILES,
    NAME,
    SOURCE_LANGUAGE,
    Configuration,
    NotUnderstoodError,
    appended,
    line_end,
    names_in,
)
from sphinx_amts.config import Settings
from sphinx_amts.errors import FileError

Wanted = Mapping[str, Any] | Sequence[str]
"""A list of texts, or keys with such lists or with keys below them."""


class YamlConfiguration(Configuration):
    """A configuration in YAML, read as PyYAML reads it.

    Texts are put where the parser found that a list or a mapping begins: before the
    first, since comments behind the last may be about what comes then. The outcome is
    read again, and has to be what was there and what is wanted.
    """

    place: ClassVar[tuple[str, ...]]  # the keys below which the settings are

    @abstractmethod
    def wanted(self, memories: Sequence[str]) -> dict[str, Wanted]:
        """Return what the file is to have, below one key."""

    def language(self) -> str:
        """Return the setting."""
        found = self._setting(SOURCE_LANGUAGE)
        return found if isinstance(found, str) else Settings().source_language

    def memories(self) -> list[str]:
        """Return the texts of the setting, a list or one text with commas."""
        found = self._setting(MEMORY_FILES)
        if isinstance(found, str):
            return names_in(found)
        is_list = isinstance(found, list)
        return [each for each in found if isinstance(each, str)] if is_list else []

    def _setting(self, name: str) -> Any:
        found: Any = self._read(self._text())
        for key in (*self.place, name):
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def with_memories(self, memories: Sequence[str]) -> bytes:
        """Return the content with what is missing."""
        wanted = self.wanted(memories)
        text = self._text()
        expected = _joined(self._read(text), wanted)
        root = yaml.compose(text, yaml.SafeLoader)
        top = _child(root, self.place[0])
        try:
            after = self._added(text, root, wanted)
            is_right = after == text or self._read(after) == expected
        except _NoPlaceError as error:
            raise self._by_hand(wanted, error.line) from error
        except FileError:  # it is no YAML any more
            is_right = False
        if not is_right:
            raise self._by_hand(wanted, top.start_mark.line + 1 if top else None)
        return after.encode()

    def _added(self, text: str, root: yaml.Node | None, wanted: Wanted) -> str:
        is_mapping = isinstance(root, yaml.MappingNode)
        if root is None or (is_mapping and not _child(root, self.place[0])):
            block = [*([""] if text else []), *_lines(wanted)]
            return appended(self.content, block).decode()
        end = line_end(self.content).decode()
        for place, new in sorted(_places(text, root, wanted, end), reverse=True):
            text = text[:place] + new + text[place:]
        return text

    def _text(self) -> str:
        try:
            return self.content.decode()
        except UnicodeDecodeError as error:
            raise FileError(self.path, f"is not in UTF-8: {error.reason}") from error

    def _read(self, text: str) -> Any:
        try:
            return yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or str(error)
            line = mark.line + 1 if mark else None
            raise FileError(self.path, f"is not YAML: {reason}", line) from error

    def _by_hand(self, wanted: Wanted, line: int | None) -> NotUnderstoodError:
        place = f"{self.path}:{line}" if line else f"{self.path}"
        lines = "\n".join(_lines(wanted))
        return NotUnderstoodError(f"{place}: add what is missing, by hand:\n{lines}")


class JupyterBookConfiguration(YamlConfiguration):
    """The ``_config.yml`` of Jupyter Book 1."""

    file = "_config.yml"
    package = "jupyter-book<2"
    place = ("sphinx", "config")

    def wanted(self, memories: Sequence[str]) -> dict[str, Wanted]:
        """Return the extension and its settings."""
        config = {MEMORY_FILES: list(memories)}
        return {"sphinx": {"extra_extensions": [NAME], "config": config}}


class MystConfiguration(YamlConfiguration):
    """The ``myst.yml`` of Jupyter Book 2 and mystmd."""

    file = "myst.yml"
    package = "jupyter-book>=2"
    place = ("project", "options")
    workflow = "amts-myst.yml"
    plugin = "amts.mjs"

    def wanted(self, memories: Sequence[str]) -> dict[str, Wanted]:
        """Return the plugin, behind all others, and the settings."""
        options = {MEMORY_FILES: list(memories)}
        return {"project": {"plugins": _AtEnd([self.plugin]), "options": options}}


class _AtEnd(list[str]):
    """Texts that are wanted behind all that are there."""


class _NoPlaceError(Exception):
    """What is in a line has no place for what is wanted."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(f"line {line}")


def _places(
    text: str, node: yaml.Node, wanted: Wanted, end: str
) -> Iterator[tuple[int, str]]:
    """Yield where in a text something has to be put in, and what.

    Raises `_NoPlaceError`.
    """
    if node.start_mark.index == node.end_mark.index:  # a key without a value
        yield node.end_mark.index, f" {_flow(wanted)}"
    elif isinstance(wanted, Mapping) and isinstance(node, yaml.MappingNode):
        children = {key: _child(node, key) for key in wanted}
        for key, child in children.items():
            if child:
                yield from _places(text, child, wanted[key], end)
        missing = {key: wanted[key] for key in wanted if not children[key]}
        yield from _first(text, node, missing, end)
    elif isinstance(wanted, Sequence) and isinstance(node, yaml.SequenceNode):
        there = set(_names(node))
        put = _last if isinstance(wanted, _AtEnd) and node.value else _first
        yield from put(text, node, [x for x in wanted if x not in there], end)
    elif isinstance(wanted, Mapping) or not _is_in(node, wanted):
        raise _NoPlaceError(node.start_mark.line + 1)


def _is_in(node: yaml.Node, wanted: Sequence[str]) -> bool:
    """Tell whether a text, which stands for a list, names all that is wanted."""
    is_text = isinstance(node, yaml.ScalarNode)
    return is_text and set(wanted) <= set(names_in(node.value))


def _first(
    text: str, node: yaml.CollectionNode, missing: Wanted, end: str
) -> Iterator[tuple[int, str]]:
    """Yield the place before the first in a collection, and what to put there."""
    mark = node.start_mark
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        mark = node.value[0][0].start_mark  # its own may be an anchor's
    if missing and node.flow_style:
        yield mark.index + 1, _flow(missing)[1:-1] + (", " if node.value else "")
    elif missing:
        start = mark.index - mark.column
        indent = text[start : mark.index]
        yield start, "".join(f"{indent}{line}{end}" for line in _lines(missing))


def _names(node: yaml.SequenceNode) -> Iterator[str]:
    """Yield the texts of a list, and the paths of what is named by one."""
    for each in node.value:
        found = _child(each, "path") if isinstance(each, yaml.MappingNode) else each
        if found is not None and isinstance(found.value, str):
            yield found.value.removeprefix("./")


def _last(
    text: str, node: yaml.CollectionNode, missing: Wanted, end: str
) -> Iterator[tuple[int, str]]:
    """Yield the place behind the last in a list, and what to put there."""
    place = _end(node.value[-1])
    if missing and node.flow_style:
        yield place, f", {_flow(missing)[1:-1]}"
    elif missing:
        mark = node.start_mark
        indent = text[mark.index - mark.column : mark.index]
        line = text.find("\n", place)  # a comment may follow the last
        lines = [f"{indent}{each}{end}" for each in _lines(missing)]
        if line < 0:
            yield len(text), end + "".join(lines)
        else:
            yield line + 1, "".join(lines)


def _end(node: yaml.Node) -> int:
    """Return where a node ends; the parser has it before what comes next."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    return int(node.end_mark.index)


def _bare(names: Iterable[Any]) -> set[str]:
    return {each.removeprefix("./") for each in names if isinstance(each, str)}


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    """Return the value of a key; of several the last, as PyYAML does."""
    if not isinstance(node, yaml.MappingNode):
        return None
    found = [value for each, value in node.value if each.value == key]
    return found[-1] if found else None


def _flow(wanted: Wanted) -> str:
    if isinstance(wanted, Mapping):
        items = (f"{key}: {_flow(value)}" for key, value in wanted.items())
        return f"{{{', '.join(items)}}}"
    return f"[{', '.join(wanted)}]"


def _lines(wanted: Wanted) -> Iterator[str]:
    if not isinstance(wanted, Mapping):
        yield from (f"- {each}" for each in wanted)
        return
    for key, value in wanted.items():
        if isinstance(value, Mapping):
            yield f"{key}:"
            yield from (f"  {line}" for line in _lines(value))
        else:
            yield f"{key}: {_flow(value)}"


def _joined(data: Any, wanted: Wanted) -> Any:
    """Return what a configuration is to say: what it says, and what is wanted."""
    if isinstance(wanted, Mapping) and isinstance(data, dict | None):
        there = data or {}
        return there | {key: _joined(there.get(key), wanted[key]) for key in wanted}
    if isinstance(wanted, Sequence) and isinstance(data, list | None):
        old = data or []
        named = [each.get("path") if isinstance(each, dict) else each for each in old]
        new = [each for each in wanted if each not in _bare(named)]
        return [*old, *new] if isinstance(wanted, _AtEnd) else [*new, *old]
    return data  # nothing can be added
