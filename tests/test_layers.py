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

pytestmark = pytest.mark.newest

_LIST = Path(__file__).parent.parent / "docs" / "_ext" / "house.py"
_spec = importlib.util.spec_from_file_location("house_list", _LIST)
house_list = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(house_list)

PACKAGE = house_list.PACKAGE
FLOORS = [[room.name for room in floor] for floor in house_list.FLOORS]
DOORS = house_list.DOORS
HOSTED = house_list.HOSTED

CORE = [
    *("text", "formats", "memory", "engines", "parallel_data", "readers"),
    *("translation", "evaluation", "book", "hosts.host", "aws", "config"),
    *("files", "errors", "warnings_", "workers"),
]
"""What has to work without Sphinx and docutils, as newer book tools do."""

Imports = Mapping[str, set[str]]
"""Module -> the modules that it imports, wherever in it, also for types only."""


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
    """Return imports that do not go downwards, and modules that have no floor."""
    height = {name: -depth for depth, names in enumerate(FLOORS) for name in names}
    faults = []
    for module, imported in sorted(imports.items()):
        own = room(module, list(height))
        if module == package:
            continue  # the roof: it may import anything
        if own is None:
            if imported or not module.endswith(FOLDERS_OF_ROOMS):
                faults.append(f"{module} has no floor")
            continue
        for other in sorted(each for each in imported if each.startswith(package)):
            below = room(other, list(height))
            if below not in (None, own) and height[below] >= height[own]:
                faults.append(f"{module} imports {other}")
            if other == package and own not in FLOORS[0]:
                faults.append(f"{module} imports {other}")
    return faults


FOLDERS_OF_ROOMS = (".hosts",)
"""Folders that are no rooms themselves: what is in them is."""


def wrong_doors(imports: Imports) -> list[str]:
    """Return imports of packages by rooms that should not know them."""
    return [
        f"{module} imports {other}"
        for module, imported in sorted(imports.items())
        for other in sorted(imported)
        if other.partition(".")[0] in DOORS
        and room(module, DOORS[other.partition(".")[0]]) is None
    ]


def named_hosts(imports: Imports, package: str) -> list[str]:
    """Return imports of a host by rooms that must not know which there are."""
    return [
        f"{module} names {other}"
        for module, imported in sorted(imports.items())
        for other in sorted(imported)
        if other.startswith(f"{package}.hosts.")
        and not other.startswith(f"{package}.hosts.host")
        and room(module, HOSTED) is None
    ]


def circles(imports: Imports) -> list[str]:
    """Return modules that import each other in a circle, the roof left out."""
    return _circle(
        {
            module: {each for each in imported if each in imports and "." in each}
            for module, imported in imports.items()
        }
    )


def rings(imports: Imports, package: str) -> list[str]:
    """Return folders, at any depth, that import each other in a ring."""
    graph: dict[str, set[str]] = {}
    for module, imported in imports.items():
        own = module.rpartition(".")[0]
        for other in imported:
            theirs = other.rpartition(".")[0]
            is_inside = theirs.startswith(f"{own}.") or own.startswith(f"{theirs}.")
            if theirs.startswith(f"{package}.") and theirs != own and not is_inside:
                graph.setdefault(own, set()).add(theirs)
    return _circle(graph)


def _circle(graph: Mapping[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


HOUSE = read_package(Path(importlib.util.find_spec(PACKAGE).origin).parent, PACKAGE)


def test_all_of_the_house_is_read():
    assert {f"{PACKAGE}.text.tagged", f"{PACKAGE}.hosts.sphinx.catalogs"} <= set(HOUSE)
    assert "sphinx.application" in HOUSE[f"{PACKAGE}.hosts.sphinx.extension"]
    assert f"{PACKAGE}.text.languages" in HOUSE[f"{PACKAGE}.memory.unit"]


def test_imports_go_downwards():
    # The version of the package is the only thing that is taken from above.
    assert [
        fault
        for fault in wrong_floors(HOUSE, PACKAGE)
        if not fault.endswith(f" imports {PACKAGE}")
    ] == []


def test_foreign_packages_come_in_by_their_doors():
    assert wrong_doors(HOUSE) == []


def test_only_the_edge_names_a_host():
    assert named_hosts(HOUSE, PACKAGE) == []


def test_there_is_no_circle_of_modules():
    assert circles(HOUSE) == []


def test_there_is_no_ring_of_folders():
    assert rings(HOUSE, PACKAGE) == []


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
    "__init__.py": "def setup(app):\n    from house.hosts.sphinx import extension\n",
    "hosts/__init__.py": "",
    "hosts/host.py": "from house.book.page import Page\n",
    "hosts/sphinx/__init__.py": "",
    "hosts/sphinx/extension.py": (
        "import sphinx\nfrom house.book import page\n"
        "from house.hosts.host import Host\n"
    ),
    "book/__init__.py": "",
    "book/page.py": "from house import text\nfrom house.translation.known import go\n",
    "translation/__init__.py": "",
    "translation/known.py": "from house.memory.store import Store\n",
    "memory/__init__.py": "",
    "memory/store.py": "import diskcache\nfrom ..text.segment import Segment\n",
    "text/__init__.py": "",
    "text/segment.py": "from house.errors import TagError\n",
    "errors.py": "",
}


def faults(folder: Path, files: Mapping[str, str]) -> list[str]:
    for name, text in files.items():
        path = folder / "house" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    imports = read_package(folder / "house", "house")
    return [
        *wrong_floors(imports, "house"),
        *wrong_doors(imports),
        *named_hosts(imports, "house"),
    ]


def test_a_good_house_has_no_fault(tmp_path):
    assert faults(tmp_path, GOOD) == []
    imports = read_package(tmp_path / "house", "house")
    assert circles(imports) == rings(imports, "house") == []


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        (
            "text/segment.py",
            "from house import book",
            "house.text.segment imports house.book",
        ),
        (
            "text/segment.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
            "    from ..memory.store import Store",
            "house.text.segment imports house.memory.store",
        ),
        (
            "memory/unit.py",
            "def f():\n    from ..translation.known import go",
            "house.memory.unit imports house.translation.known",
        ),
        (
            "book/page.py",
            "from house.evaluation import run",
            "house.book.page imports house.evaluation",
        ),
        (
            "text/segment.py",
            "import docutils.nodes",
            "house.text.segment imports docutils.nodes",
        ),
        ("memory/unit.py", "import diskcache", "house.memory.unit imports diskcache"),
        (
            "translation/known.py",
            "try:\n    import boto3\nexcept ImportError:\n    pass",
            "house.translation.known imports boto3",
        ),
        (
            "translation/known.py",
            "import house",
            "house.translation.known imports house",
        ),
        ("helpers.py", "", "house.helpers has no floor"),
    ],
)
def test_each_fault_is_found(tmp_path, name, text, fault):
    assert faults(tmp_path, {**GOOD, name: text}) == [fault]


def test_naming_a_host_is_found(tmp_path):
    text = "from house.hosts.sphinx import extension"
    found = faults(tmp_path, {**GOOD, "book/page.py": text})
    assert "house.book.page names house.hosts.sphinx.extension" in found


def test_a_circle_is_found(tmp_path):
    files = {
        "memory/store.py": "from house.memory import unit",
        "memory/unit.py": "from house.memory import store",
    }
    faults(tmp_path, {**GOOD, **files})
    found = circles(read_package(tmp_path / "house", "house"))
    assert {"house.memory.store", "house.memory.unit"} == set(found)


def test_a_ring_of_folders_is_found(tmp_path):
    # No module imports itself by way of the other folder; the folders do.
    files = {
        "engines/amazon/terms.py": "from house.engines.local import words",
        "engines/local/words.py": "",
        "engines/local/models.py": "from house.engines.amazon import codes",
        "engines/amazon/codes.py": "",
    }
    faults(tmp_path, {**GOOD, **files})
    imports = read_package(tmp_path / "house", "house")
    assert circles(imports) == []
    assert {"house.engines.amazon", "house.engines.local"} == set(
        rings(imports, "house")
    )
