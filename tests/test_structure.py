"""No big thing, and nothing is set from outside: read from the source."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import sphinx_amts

_SCRIPT = Path(__file__).parent.parent / "benchmarks" / "structure.py"
_spec = importlib.util.spec_from_file_location("structure", _SCRIPT)
structure = sys.modules["structure"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(structure)

SHAPE = structure.Shape.of(Path(sphinx_amts.__file__).parent)

OWNED = {
    # The classes with state, and the attributes that only they may set.
    "known": "Known",
    "asker": "Asker",
    "switch": "Switch",
    "page": "Page",
    "record": "Record",
    "records": "Records",
    "book": "Book",
    "translator": "Translator",
    "jobs": "Jobs",
    "meter": "Meter",
    "problems": "Problems",
}

FOREIGN = {
    # What may be set on something else than `self`, by module, with the reason.
    "hosts.myst.notebooks": "markdown-it's way to take links",
    "hosts.myst.worker": "the standard output, which is for the plugin alone",
    "hosts.sphinx.bare_myst": "docutils's nodes: a line of theirs",
    "hosts.sphinx.builder": "Sphinx keeps what is set on its environment",
    "hosts.sphinx.catalogs": "Sphinx has no other way to a language",
    "hosts.sphinx.extension": "the same, and the exit status of a build",
    "hosts.sphinx.inline": "docutils's nodes: its own way looks for the document",
    "hosts.sphinx.insert": "the same",
    "hosts.sphinx.marks": "docutils's nodes: an attribute of theirs is written",
    "hosts.sphinx.notebooks": "MyST's parser: what is a link is asked this way",
    "hosts.sphinx.pages": "Sphinx's configuration is set so",
    "hosts.sphinx.prescan": "tqdm: no thread of its own before a fork",
    "hosts.sphinx.prose": "docutils's settings are set so",
    "hosts.sphinx.workarounds": "what it is for",
    "book.po": "babel's catalogs and messages are set so",
    "commands.arguments": "argparse's name of a type",
    "evaluation.metrics": "sacrebleu's scores, of which it wants one type",
    "engines.dispatch": "a call on its way, of this module only",
    "engines.llm.address": "records of logging: a filter may change them so",
    "engines.local.engine": "what belongs to a thread",
    "engines.local.sentences": "a sentence while it is written, of this module only",
    "formats.tmx": "a mark while it is read, of this module only",
    "formats.xliff": "the text of elements of lxml is set so",
    "memory.database": "sqlite3 is told so how text is read",
    "memory.store": "the same",
    "memory.units_database": "sqlite3's way to read text",
    "parallel_data.pairs": "a text while it is put together, of this module only",
    "text.tagged": "a new text, which has no constructor of its own",
}


def inside(place: str) -> str:
    """Return the module of a place, below the package."""
    return place.partition(":")[0].partition(".")[2]


def test_no_module_is_over_500_lines():
    assert {n: size for n, size in SHAPE.modules.items() if size > 500} == {}


def test_no_class_has_over_25_methods():
    assert {n: size for n, size in SHAPE.classes.items() if size > 25} == {}


def test_no_body_is_over_60_lines():
    assert {n: size for n, size in SHAPE.bodies.items() if size > 60} == {}


def test_state_is_set_by_its_owner_only():
    found = [
        each
        for each in SHAPE.assignments
        if set(each.partition(" ")[2].split(".")[:-1]) & set(OWNED)
    ]
    assert found == []


def test_nothing_else_is_set_from_outside_without_a_reason():
    assert [x for x in SHAPE.assignments if not FOREIGN.get(inside(x))] == []


def test_an_engine_is_read_with_a_default_at_the_door_only():
    members = {"name", "limits", "signature", "translate", "translate_all", "size"}
    members |= {"characters", "load", "gathers", "repeats", "sends", "meters", "tariff"}
    members |= {"defers", "meter", "check_pair", "prepare", "answers", "traits"}
    assert SHAPE.asked & members == set()


def test_a_fault_is_found(tmp_path):
    package = tmp_path / "house"
    package.mkdir()
    (package / "__init__.py").write_text(
        "class Big:\n"
        + "".join(f"    def m{n}(self):\n        pass\n" for n in range(26))
        + "def set_it(book):\n    book.problems = []\n    book._files = ''\n"
        + "    return getattr(book, 'limits', None)\n"
    )
    shape = structure.Shape.of(package)
    assert max(shape.classes.values()) == 26
    assert [x.partition(" ")[2] for x in shape.assignments] == [
        "book.problems",
        "book._files",
    ]
    assert shape.asked == {"limits"}
