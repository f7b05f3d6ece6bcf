"""A book built with d2lbook 1.0.3, whose Sphinx is 5.3."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from books import Result, environment, run

pytestmark = pytest.mark.skipif(
    not importlib.util.find_spec("d2lbook"), reason="needs d2lbook"
)

FIXED = {
    "code": r'<div class="highlight.*?</pre>',
    "formula": r"\\[(\[].*?\\[)\]]",
    "anchor": r'\bid="[^"]*"',
    "link": r'\bhref="[^"#]*#[^"]*"',
}


def d2lbook(source: Path, **variables: str) -> Result:
    """Run d2lbook's own build in a book."""
    import pypandoc

    path = [str(Path(sys.executable).parent), os.environ["PATH"]]
    path.insert(1, str(Path(pypandoc.get_pandoc_path()).parent))
    done = subprocess.run(
        ["d2lbook", "build", "html"],
        cwd=source,
        env=environment(**variables, PATH=os.pathsep.join(path)),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Result(0, done.stdout, done.stderr, source / "_build" / "html")


@pytest.fixture
def trees(book):
    """The book, built in its own language."""
    made = book("d2lbook")
    d2lbook(made.source)
    (made.source / "_build" / "html").rename(made.source / "source")
    return made.source


def test_d2lbook_builds_another_language(trees):
    page = d2lbook(trees, AMTS_LANGUAGE="es").read("oak.html")
    assert 'lang="es"' in page
    assert "Ţĥéîř ŵööð îš ĥåřð." in page
    assert "leaves</span> <span" in page
    original = (trees / "source" / "oak.html").read_text(encoding="utf-8")
    for name, pattern in FIXED.items():
        wanted, found = (
            re.findall(pattern, each, re.DOTALL) for each in (original, page)
        )
        assert wanted == found, name
        assert wanted, name


def test_its_rst_is_extracted_and_built_by_sphinx(trees):
    rst = trees / "_build" / "rst"
    out = trees / "out"
    command = ["-m", "sphinx_amts", "export", rst, "-l", "es", "--missing"]
    run([*command, "-o", trees / "todo.tmx"], out, cwd=trees)
    texts = (trees / "todo.tmx").read_text(encoding="utf-8")
    assert "Their wood is hard." in texts
    assert "leaves = 3" not in texts
    assert "x^2" not in texts
    options = ["-b", "html", "-D", "language=es", "-c", rst]
    built = run(["-m", "sphinx", *options, rst, out], out, cwd=trees)
    assert "Ţĥéîř ŵööð îš ĥåřð." in built.read("oak.html")
    run(["-m", "sphinx_amts", "build", "-l", "es", rst, out], out, cwd=trees)
    assert "Ţĥéîř ŵööð îš ĥåřð." in built.read("es/oak.html")
