"""The shape of the code: sizes of bodies, classes and modules, circles, foreign hands.

Run on a checkout, or on several to compare them::

    python benchmarks/structure.py sphinx_amts
    python benchmarks/structure.py before/sphinx_amts sphinx_amts

A *body* is the statements of a function without its docstring, in lines. A *foreign
assignment* is one to an attribute of something else than ``self`` or ``cls``; a
*foreign read* is one of an attribute with a leading underscore, likewise. *Asked by
getattr* counts the names that are read with a default, by ``getattr`` or ``hasattr``.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

OWN = ("self", "cls")
ASKING = ("getattr", "hasattr")


@dataclass
class Shape:
    """What was counted in a package; places are ``module:line``."""

    bodies: dict[str, int] = field(default_factory=dict)  # lines by place and name
    classes: dict[str, int] = field(default_factory=dict)  # methods
    modules: dict[str, int] = field(default_factory=dict)  # lines
    assignments: list[str] = field(default_factory=list)  # foreign
    reads: list[str] = field(default_factory=list)  # foreign, of privates
    asked: set[str] = field(default_factory=set)  # names read by getattr or hasattr
    imports: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Shape:
        """Read a package."""
        shape = cls()
        paths = sorted(folder.rglob("*.py"))
        names = {path: _name(path, folder) for path in paths}
        for path, name in names.items():
            text = path.read_text(encoding="utf-8")
            shape.modules[name] = len(text.splitlines())
            tree = ast.parse(text)
            shape._walk(tree, name)
            found = set(_imports(tree)) & set(names.values())
            shape.imports[name] = found - {name, folder.name}
        return shape

    def _walk(self, tree: ast.Module, name: str) -> None:
        for node in ast.walk(tree):
            place = f"{name}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self.bodies[f"{place} {node.name}"] = _length(node)
            elif isinstance(node, ast.ClassDef):
                self.classes[f"{place} {node.name}"] = sum(
                    isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
                    for each in node.body
                )
            elif isinstance(node, ast.Attribute) and not _is_own(node.value):
                if isinstance(node.ctx, ast.Store | ast.Del):
                    self.assignments.append(f"{place} {ast.unparse(node)}")
                elif _is_private(node.attr):
                    self.reads.append(f"{place} {ast.unparse(node)}")
            elif isinstance(node, ast.Call) and (asked := _asked(node)):
                self.asked.add(asked)

    def circle(self) -> list[str]:
        """Return modules that import each other in a circle."""
        try:
            TopologicalSorter(self.imports).prepare()
        except CycleError as error:
            return list(error.args[1])
        return []

    def rows(self) -> Iterator[tuple[str, object]]:
        """Yield what is in the table."""
        lengths = sorted(self.bodies.values())
        yield "modules", len(self.modules)
        yield "lines", sum(self.modules.values())
        yield "longest module", max(self.modules.values())
        yield "modules over 500 lines", sum(n > 500 for n in self.modules.values())
        yield "functions", len(lengths)
        yield "median body", lengths[len(lengths) // 2]
        yield "nine in ten bodies up to", lengths[len(lengths) * 9 // 10]
        yield "bodies over 60 lines", sum(n > 60 for n in lengths)
        yield "most methods of a class", max(self.classes.values())
        yield "classes over 25 methods", sum(n > 25 for n in self.classes.values())
        yield "modules in a circle", len(set(self.circle()))
        yield "foreign assignments", len(self.assignments)
        yield "foreign reads of privates", len(self.reads)
        yield "names asked by getattr", len(self.asked)


def _asked(node: ast.Call) -> str:
    """Return the name that a call asks an object for; empty if it does not."""
    is_asking = isinstance(node.func, ast.Name) and node.func.id in ASKING
    if not is_asking or len(node.args) < 2:
        return ""
    name = node.args[1]
    return str(name.value) if isinstance(name, ast.Constant) else "(any)"


def _is_private(name: str) -> bool:
    is_of_python = name.startswith("__") or name in ("_replace", "_asdict", "_exit")
    return name.startswith("_") and not is_of_python


def _name(path: Path, folder: Path) -> str:
    parts = path.relative_to(folder).with_suffix("").parts
    return ".".join([folder.name, *(part for part in parts if part != "__init__")])


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body
    if ast.get_docstring(node) is not None:
        body = body[1:]
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def _is_own(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return isinstance(node, ast.Name) and node.id in OWN


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="+", help="a package")
    parser.add_argument(
        "--list", action="store_true", help="list foreign assignments and reads"
    )
    arguments = parser.parse_args()
    shapes = [Shape.of(folder) for folder in arguments.folder]
    for rows in zip(*(shape.rows() for shape in shapes), strict=True):
        print(f"{rows[0][0]:28}", *(f"{value:>8}" for _name, value in rows))
    if arguments.list:
        for shape in shapes:
            print(*shape.assignments, *shape.reads, sep="\n")


if __name__ == "__main__":
    main()
