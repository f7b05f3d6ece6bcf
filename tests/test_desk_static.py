"""The files of the translators' desk in a browser, as far as they need no browser."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from books import TESTS, environment

FOLDER = Path(str(files("sphinx_amts").joinpath("review/static")))
NODE = shutil.which("node")
MODULES = sorted(FOLDER.glob("*.js"))
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function"
)
ELSEWHERE = re.compile(r"https?:|(?:src|href)=\"//|url\(|@import")


@pytest.mark.skipif(NODE is None, reason="needs node")
def test_tagged_text():
    done = subprocess.run(
        [str(NODE), "--test", str(TESTS / "desk_tagged.test.mjs")],
        env=environment(AMTS_DESK_FOLDER=str(FOLDER), PATH=os.environ["PATH"]),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(NODE is None, reason="needs node")
@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_can_be_read(module):
    subprocess.run(
        [str(NODE), "--input-type=module", "--check"],
        input=module.read_bytes(),
        check=True,
    )


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_no_text_becomes_markup_or_code(module):
    assert FORBIDDEN.findall(module.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "path", sorted(FOLDER.iterdir()), ids=lambda path: str(path.name)
)
def test_nothing_comes_from_elsewhere(path):
    assert ELSEWHERE.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", ["queue.html", "effort.html"])
def test_pages_have_no_script_or_style_of_their_own(name):
    page = (FOLDER / name).read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]* src=)|<style|\bstyle=|\bon[a-z]+=", page) == []
