"""The rules of the house: who may import whom. Read from the source, by its imports."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from books import environment

pytestmark = pytest.mark.oldest_and_newest

PACKAGE = "sphinx_amts"

FLOORS = [
    # From the top. A module imports from floors below its own, and from its own floor
    # as long as that makes no circle. A folder stands for all that is in it.
    ["extension", "cli", "commands", "__main__"],
    ["build", "html"],
    ["translate"],
    [
        *("doctree", "readers", "memory", "engines", "terminology"),
        *("parallel_data", "evaluation"),
    ],
    ["tmx"],
    ["segment", "config", "aws"],
    ["warnings_", "languages", "files"],
    ["errors"],
]

DOORS = {
    # Packages that only these rooms know.
    "boto3": ["aws"],
    "botocore": ["aws"],
    "diskcache": ["memory.store"],
    "sacrebleu": ["evaluation.metrics"],
    "docutils": ["doctree", "readers", "html", "build", "extension", "__init__"],
    "sphinx": ["doctree", "readers", "html", "build", "extension", "__init__"],
}

CORE = [
    *("segment", "memory", "engines", "terminology"),
    *("parallel_data", "evaluation", "translate"),
]
"""What has to work without Sphinx and docutils, as newer book tools do."""

Imports = Mapping[str, set[str]]
"""Module -> the modules that it imports, wherever in it, but not for types only."""


def read_package(folder: Path, package: str) -> Imports:
    """Read the imports of all modules below ``folder``."""
    paths = {_module_name(path, folder, package): path for path in folder.rglob("*.py")}
    return {
        name: set(_imports(ast.parse(path.read_bytes()), name, path, paths))
        for name, path in paths.items()
    }


def _module_name(path: Path, folder: Path, package: str) -> str:
    parts = path.relative_to(folder).with_suffix("").parts
    return ".".join([package, *(part for part in parts if part != "__init__")])


def _imports(
    tree: ast.AST, name: str, path: Path, modules: Mapping[str, Path]
) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = node.module or ""
            if node.level:
                parts = name.split(".")
                above = node.level - (path.name == "__init__.py")
                base = parts[: len(parts) - above]
                start = ".".join([*base, *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{start}.{alias.name}"
                yield inner if inner in modules else start
        else:
            yield from _imports(node, name, path, modules)


def room(module: str, rooms: list[str]) -> str | None:
    """Return which of ``rooms`` a module of the package is in."""
    inside = module.partition(".")[2] or "__init__"
    return next(
        (each for each in rooms if inside == each or inside.startswith(f"{each}.")),
        None,
    )


def wrong_floors(imports: Imports, package: str) -> list[str]:
    """Return imports that go upwards, and modules that have no floor."""
    height = {name: -depth for depth, names in enumerate(FLOORS) for name in names}
    faults = []
    for module, imported in sorted(imports.items()):
        own = room(module, list(height))
        if module == package:
            continue  # the roof: it may import anything
        if own is None:
            faults.append(f"{module} has no floor")
            continue
        for other in sorted(each for each in imported if each.startswith(package)):
            below = room(other, list(height))
            if below is not None and height[below] > height[own]:
                faults.append(f"{module} imports {other}")
            if other == package and own not in FLOORS[0]:
                faults.append(f"{module} imports {other}")
    return faults


def wrong_doors(imports: Imports) -> list[str]:
    """Return imports of packages by rooms that should not know them."""
    return [
        f"{module} imports {other}"
        for module, imported in sorted(imports.items())
        for other in sorted(imported)
        if other.partition(".")[0] in DOORS
        and room(module, DOORS[other.partition(".")[0]]) is None
    ]


def circles(imports: Imports) -> list[str]:
    """Return modules that import each other in a circle, the roof left out."""
    graph = {
        module: {each for each in imported if each in imports and "." in each}
        for module, imported in imports.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


HOUSE = read_package(Path(importlib.util.find_spec(PACKAGE).origin).parent, PACKAGE)


def test_all_of_the_house_is_read():
    assert {f"{PACKAGE}.segment", f"{PACKAGE}.build.catalogs"} <= set(HOUSE)
    assert "sphinx.application" in HOUSE[f"{PACKAGE}.extension"]
    assert f"{PACKAGE}.languages" in HOUSE[f"{PACKAGE}.memory.unit"]


def test_imports_go_downwards():
    # The extension's version is the package's: the only thing that is taken from above.
    assert [
        fault
        for fault in wrong_floors(HOUSE, PACKAGE)
        if fault != f"{PACKAGE}.extension imports {PACKAGE}"
    ] == []


def test_foreign_packages_come_in_by_their_doors():
    assert wrong_doors(HOUSE) == []


def test_there_is_no_circle():
    assert circles(HOUSE) == []


def test_the_core_needs_neither_sphinx_nor_docutils():
    core = sorted(module for module in HOUSE if room(module, CORE))
    assert len(core) > len(CORE)
    code = f"""
import importlib, sys
for name in {core!r}:
    importlib.import_module(name)
print([name for name in ("sphinx", "docutils") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


# The checks themselves: one house in which all is well, and one fault at a time.

GOOD = {
    "__init__.py": "def setup(app):\n    from house import extension\n",
    "extension.py": "import sphinx\nfrom house.build import records\n",
    "build/__init__.py": "",
    "build/records.py": "from house import translate\nfrom house.translate import go\n",
    "translate.py": "from house.memory.store import Store\nimport house.segment\n",
    "memory/__init__.py": "",
    "memory/store.py": "import diskcache\nfrom ..segment import Segment\n",
    "segment.py": (
        "from __future__ import annotations\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from docutils import nodes\n"
        "from .errors import TagError\n"
    ),
    "errors.py": "",
}


def faults(folder: Path, files: Mapping[str, str]) -> list[str]:
    for name, text in files.items():
        path = folder / "house" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    imports = read_package(folder / "house", "house")
    return [*wrong_floors(imports, "house"), *wrong_doors(imports), *circles(imports)]


def test_a_good_house_has_no_fault(tmp_path):
    assert faults(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("segment.py", "from house import build", "house.segment imports house.build"),
        ("segment.py", "from .tmx import load", "house.segment imports house.tmx"),
        (
            "memory/unit.py",
            "def f():\n    from ..translate import Hall",
            "house.memory.unit imports house.translate",
        ),
        ("segment.py", "import docutils.nodes", "house.segment imports docutils.nodes"),
        ("memory/unit.py", "import diskcache", "house.memory.unit imports diskcache"),
        (
            "translate.py",
            "try:\n    import boto3\nexcept ImportError:\n    pass",
            "house.translate imports boto3",
        ),
        ("translate.py", "import house", "house.translate imports house"),
        ("helpers.py", "", "house.helpers has no floor"),
    ],
)
def test_each_fault_is_found(tmp_path, name, text, fault):
    assert faults(tmp_path, {**GOOD, name: text}) == [fault]


def test_a_circle_is_found(tmp_path):
    files = {
        "memory/store.py": "from house.memory import unit",
        "memory/unit.py": "from house.memory import store",
    }
    found = faults(tmp_path, {**GOOD, **files})
    assert {"house.memory.store", "house.memory.unit"} == set(found)
