r"""The service's model as botocore has it, and what a value breaks of it.

botocore's own check knows required members, types and minima. The service also has
maxima, patterns and enums, and says so in one message for all faults of a request; that
is what `problems` finds and `message` writes. Patterns use Unicode classes, which `re`
lacks: `compiled` writes them out.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape

_TYPES: dict[str, type | tuple[type, ...]] = {
    "structure": dict,
    "list": list,
    "map": dict,
    "string": str,
    "blob": bytes,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "boolean": bool,
    "timestamp": datetime,
}
STATUS = {
    "ConcurrentModificationException": 409,
    "ConflictException": 409,
    "InternalServerException": 500,
    "ResourceNotFoundException": 404,
    "ServiceUnavailableException": 503,
    "TooManyRequestsException": 429,
}
"""What models before botocore 1.44 do not say."""
_SHOWN = 100  # characters of a wrong value in a message


@cache
def service() -> ServiceModel:
    """Return the model that comes with botocore."""
    return ServiceModel(Loader().load_service_model("translate", "service-2"))


@cache
def operation(name: str) -> OperationModel:
    """Return the model of one operation."""
    return service().operation_model(name)


@cache
def errors() -> dict[str, Shape]:
    """Return every error that the model knows, by name."""
    return {shape.name: shape for shape in service().error_shapes}


def status(error: str) -> int:
    """Return the HTTP status of an error; 400 where nothing is known of it.

    >>> status("TooManyRequestsException"), status("NotAuthorizedException")
    (429, 400)
    """
    shape = errors().get(error)
    known = shape.metadata.get("error", {}) if shape else {}
    return int(known.get("httpStatusCode", STATUS.get(error, 400)))


@dataclass(frozen=True)
class Problem:
    """One thing in a value that its shape does not allow."""

    kind: str  # type, unknown, required, min, max, pattern, enum
    path: str  # text, terminologyData.format, terminologyNames.1.member
    value: Any
    constraint: str

    def __str__(self) -> str:
        shown = "null" if self.value is None else f"'{str(self.value)[:_SHOWN]}'"
        return (
            f"Value {shown} at '{self.path}' failed to satisfy constraint:"
            f" {self.constraint}"
        )


def message(found: list[Problem]) -> str:
    """Write problems as the service does."""
    errors_ = "error" if len(found) == 1 else "errors"
    return f"{len(found)} validation {errors_} detected: {'; '.join(map(str, found))}"


def problems(shape: Shape, value: Any, path: str = "") -> Iterator[Problem]:
    """Yield what is wrong with a value, deepest last."""
    kind = shape.type_name
    if not isinstance(value, _TYPES[kind]) or (
        isinstance(value, bool) and kind != "boolean"
    ):
        yield Problem("type", path, value, f"Member must be of type {kind}")
        return
    yield from _bounds(shape, value, path)
    if kind == "structure":
        yield from _members(shape, value, path)
    elif kind == "list":
        for number, each in enumerate(value, 1):
            yield from problems(shape.member, each, f"{path}.{number}.member")


def _members(shape: Shape, value: dict[str, Any], path: str) -> Iterator[Problem]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield Problem(
                "required", _below(path, name), None, "Member must not be null"
            )
    for name, each in value.items():
        if name not in shape.members:
            yield Problem("unknown", _below(path, name), each, "Member is not known")
        elif each is not None:
            yield from problems(shape.members[name], each, _below(path, name))


def _below(path: str, name: str) -> str:
    return f"{path}.{name[:1].lower()}{name[1:]}".lstrip(".")


def _bounds(shape: Shape, value: Any, path: str) -> Iterator[Problem]:
    rules = shape.metadata
    number = shape.type_name in ("integer", "long", "float", "double")
    size = value if number else len(value) if hasattr(value, "__len__") else None
    what = "value" if number else "length"
    if "min" in rules and size is not None and size < rules["min"]:
        yield Problem(
            "min",
            path,
            value,
            f"Member must have {what} greater than or equal to {rules['min']}",
        )
    if "max" in rules and size is not None and size > rules["max"]:
        yield Problem(
            "max",
            path,
            value,
            f"Member must have {what} less than or equal to {rules['max']}",
        )
    if "enum" in rules and value not in rules["enum"]:
        allowed = ", ".join(rules["enum"])
        yield Problem(
            "enum", path, value, f"Member must satisfy enum value set: [{allowed}]"
        )
    if "pattern" in rules and not compiled(rules["pattern"]).fullmatch(value):
        yield Problem(
            "pattern",
            path,
            value,
            f"Member must satisfy regular expression pattern: {rules['pattern']}",
        )


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    r"""Compile a pattern of the model, whose Unicode classes `re` does not know.

    >>> bool(compiled(r"[\p{L}\p{N}]+").fullmatch("图书2"))
    True
    """
    written = pattern.replace(r"\P{M}\p{M}", r"\s\S").replace(
        r"\p{ASCII}", r"[\x00-\x7f]"
    )
    return re.compile(re.sub(r"\[.*?[^\\]\]|\\p\{\w\}", _with_classes, written))


def _with_classes(found: re.Match[str]) -> str:
    written = re.sub(r"\\p\{(\w)\}", lambda each: _class(each[1]), found[0])
    return written if found[0].startswith("[") else f"[{written}]"


@cache
def _class(initial: str) -> str:
    """Return a Unicode category as the inside of a character class."""
    category = unicodedata.category
    inside = (
        code for code in range(sys.maxunicode + 1) if category(chr(code))[0] == initial
    )
    out = []
    for _, run in groupby(enumerate(inside), lambda pair: pair[1] - pair[0]):
        codes = [code for _, code in run]
        out.append(f"\\U{codes[0]:08x}-\\U{codes[-1]:08x}")
    return "".join(out)
