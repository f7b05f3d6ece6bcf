"""The cells of notebooks: their prose is translated, all else is as it was."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from books import environment
from hypothesis import given
from hypothesis import strategies as st

markdown_it = pytest.importorskip("markdown_it", reason="comes with MyST-Parser")

from sphinx_amts.book.cells import (  # noqa: E402, it needs that
    _passages,
    _shape,
    translate_cell,
    translate_notebook,
)
from sphinx_amts.errors import FileError  # noqa: E402

pytestmark = pytest.mark.newest

MarkdownIt = markdown_it.MarkdownIt
PATH = Path("oven.ipynb")
TEXTS = {"Warm *bread*.": "热*面包*。"}


def notebook(**changes: Any) -> dict[str, Any]:
    """Return a notebook with all that may be lost, its keys in no order."""
    return {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {
            "z": 1,
            "signature": "of IPython",
            "a": {"number": 1.5, "big": 12345678901234567890, "none": None},
        },
        "cells": [
            {
                "source": ["Warm *bread*.\n", "\n", "![loaf](attachment:loaf.svg)"],
                "attachments": {"loaf.svg": {"image/svg+xml": ["<svg>\n", "</svg>"]}},
                "metadata": {"trusted": True, "b": [], "a": ""},
                "cell_type": "markdown",
            },
            {
                "source": "Warm *bread*.",
                "cell_type": "code",
                "outputs": [
                    {
                        "text": "Warm *bread*.\n\ud800",
                        "output_type": "stream",
                        "name": "stdout",
                    },
                    {
                        "output_type": "display_data",
                        "metadata": {},
                        "data": {
                            "text/html": ["<b>\n", "</b>"],
                            "application/json": [1, 2],
                        },
                    },
                ],
                "metadata": {},
                "execution_count": None,
            },
            {"metadata": {}, "cell_type": "markdown", "source": "Warm *bread*."},
            {"metadata": {}, "cell_type": "raw", "source": ["Warm *bread*."]},
        ],
        **changes,
    }


def translated(text: str) -> str:
    return translate_notebook(text, PATH, TEXTS, MarkdownIt())


def with_ids(value: dict[str, Any]) -> dict[str, Any]:
    for number, cell in enumerate(value["cells"]):
        cell["id"] = f"cell-{number}"
    return {**value, "nbformat_minor": 5}


@pytest.mark.parametrize("change", [dict, with_ids])
def test_all_but_the_text_of_markdown_cells_stays(
    change: Callable[[dict[str, Any]], dict[str, Any]],
):
    source = change(notebook())
    text = json.dumps(source) + "\n"
    expected = copy.deepcopy(source)
    expected["cells"][0]["source"][0] = "热*面包*。\n"
    expected["cells"][2]["source"] = "热*面包*。"
    written = translated(text)
    assert json.dumps(json.loads(written)) == json.dumps(expected)  # the order too
    assert nbformat.validator.isvalid(json.loads(written))
    written.encode()  # halves of surrogate pairs are escapes


def test_cells_that_lack_their_ids_get_the_same_each_time():
    source = with_ids(notebook())
    del source["cells"][1]["id"]
    found = translated(json.dumps(source))
    ids = [cell["id"] for cell in json.loads(found)["cells"]]
    assert ids == ["cell-0", "amts-1", "cell-2", "cell-3"]
    assert translated(json.dumps(source)) == found
    assert nbformat.validator.isvalid(json.loads(found))


def test_it_is_indented_as_nbformat_does():
    source = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("Warm *bread*.\n\nBread.", id="a")]
    )
    source.nbformat_minor = 5
    expected = nbformat.writes(source).replace("Warm *bread*.", "热*面包*。")
    assert translated(nbformat.writes(source)) == expected


@pytest.mark.parametrize("end", ["", "\n"])
def test_where_nothing_is_translated_nothing_changes(end):
    text = json.dumps(notebook(), indent=3).replace("Warm", "Cold") + end
    assert translated(text) == text


def test_an_old_notebook_that_has_no_text_stays_old():
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}}
    text = json.dumps({**old, "worksheets": [{"cells": []}]})
    assert translated(text) == text


def of_cell(**changes: Any) -> str:
    cell = {"cell_type": "markdown", "metadata": {}, "source": "", **changes}
    return json.dumps(notebook(cells=[cell]))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no notebook", "does not appear to be JSON|Expecting value"),
        ("[]", "'list' object has no attribute"),
        ("{}", "missing"),
        (json.dumps(notebook(cells=3)), "cells: 3 is not of type 'array'"),
        (json.dumps(notebook(cells=[[]])), "cells/0: "),
        (json.dumps(notebook(nbformat=5)), "nbformat: 5 is greater than"),
        (json.dumps(notebook(nbformat="4")), "not supported between"),
        (json.dumps(notebook(nbformat_minor="4")), "not supported between"),
        (of_cell(source=3), "cells/0/source: 3 is not valid"),
        (of_cell(source=["a", 3]), "cells/0/source: "),
        (of_cell(cell_type="markdown", metadata=[]), "cells/0/metadata: "),
        (of_cell(cell_type="other"), "cells/0: "),
        (json.dumps({**notebook(cells=3), "nbformat_minor": 5}), "not iterable"),
        (json.dumps({**notebook(cells=[3]), "nbformat_minor": 5}), "cells/0: "),
        (json.dumps({**notebook(), "nbformat": 3}), "missing"),
        (json.dumps({"nbformat": 3, "worksheets": 3}), "not iterable"),
        (of_cell(source=list(range(9999))), "\u2026; open it in Jupyter"),
    ],
)
def test_what_is_no_valid_notebook_is_named(text, says):
    with pytest.raises(FileError, match=says) as caught:
        translated(text)
    assert str(caught.value).startswith("oven.ipynb: not a notebook: ")
    assert str(caught.value).endswith("; open it in Jupyter and save it again")
    assert len(caught.value.reason) < 300


def test_what_is_too_deep_is_named():
    """What is read may still be too deep to be written, so there are many depths."""
    text = json.dumps(notebook(metadata={"deep": "here"}))
    outcomes = []
    for depth in (*range(100, 1500, 100), 100_000):
        try:
            translated(text.replace('"here"', "[" * depth + "]" * depth))
            outcomes.append("written")
        except FileError as error:
            outcomes.append(error.reason)
    told = "is nested too deeply for a notebook; open it in Jupyter and save it again"
    assert set(outcomes) == {"written", told}
    assert outcomes == sorted(outcomes, reverse=True)


def test_nbformat_is_imported_only_for_notebooks(tmp_path):
    (tmp_path / "a.rst").write_text("Tea\n===\n")
    code = f"""
import sys
from pathlib import Path
import sphinx_amts.book.cells
from sphinx_amts.hosts.host import read_file
read_file(Path({str(tmp_path / "a.rst")!r}))
print([name for name in sys.modules if name.partition(".")[0] == "nbformat"])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("cell", "target", "expected"),
    [
        ("| A | B |\n|---|---|\n| c | d |", {"c": "x | y"}, r"| x \| y | d |"),
        ("One.\n\nTwo.", {"One.": "1. 一", "Two.": "二。"}, "One.\n\n二。"),
        ("One.\n\nTwo.", {"One.": "# 一", "Two.": "二。"}, "One.\n\n二。"),
        ("- A\n- B", {"B": "乙"}, "- A\n- 乙"),
        ("    A\n\nA", {"A": "甲"}, "    A\n\n甲"),
        ("A\u2028B\n\nC", {"C": "丙"}, "A\u2028B\n\n丙"),
        ("A\r\n\r\n> B\r\n> C\r\n", {"B C": "乙丙"}, "A\r\n\r\n> 乙丙\r\n"),
        ("```{note} A\n```", {"A": "甲"}, "```{note} 甲\n```"),
        ("```{code-block} A\nA\n```", {"A": "甲"}, "```{code-block} A\nA\n```"),
        ("```{note}\n---\na: b\n---\nA\n```", {"A": "甲", "a: b": "-"}, "---\n甲\n```"),
    ],
)
def test_a_cell_keeps_its_blocks(cell, target, expected):
    assert expected in translate_cell(cell, target, MarkdownIt().enable("table"))


WORDS = st.lists(
    st.sampled_from("Warm bread *is* `good` > - # 1. | *** [a](b)".split())
)
BLOCKS = st.sampled_from(
    [
        *("{}", "# {}", "> {}", "- {}", "1. {}", "    {}", "```\n{}\n```"),
        "| {} |\n|---|\n| {} |",
        ":::{note}\n{}\n:::",
        "```{note} {}\n:class: a\n{}\n```",
    ]
)


@given(st.lists(st.tuples(BLOCKS, WORDS)), st.data())
def test_any_cell_keeps_what_is_not_translated(blocks, data):
    parser = MarkdownIt().enable("table")
    cell = "\n\n".join(form.replace("{}", " ".join(text)) for form, text in blocks)
    places = list(_passages(parser.parse(cell), parser))
    sources = {" ".join(content.split()) for _, _, content, _ in places}
    assert translate_cell(cell, {each: each for each in sources}, parser).split() == (
        cell.split()
    )
    targets = {each: " ".join(data.draw(WORDS)) for each in sorted(sources)}
    translated = translate_cell(cell, targets, parser)
    assert _shape(parser.parse(translated)) == _shape(parser.parse(cell))
    assert translate_cell(cell, {}, parser) == cell
