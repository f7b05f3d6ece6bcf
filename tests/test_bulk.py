"""The misses of all documents go out together, in few large requests."""

from __future__ import annotations

import json
import os

import pytest
from books import run
from stand_in_engines import Recording

ENGINE = "stand_in_engines:Recording"
LIMIT = 10_000  # bytes per request of that engine
WORDS = [
    "root",
    "stem",
    "leaf",
    "bark",
    "seed",
    "moss",
    "fern",
    "twig",
    "branch",
    "bloom",
    "petal",
    "pollen",
]


class RecordingAlone(Recording):
    """The recording engine under its own name, but each document asks for itself."""

    gathers = False


pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="no fork on this system: each document asks itself"
)


def page(number):
    lines = [f"Page {number}", "=" * 10, ""]
    for paragraph in range(20):
        words = [
            WORDS[(number * 7 + paragraph * i + i) % len(WORDS)] for i in range(40)
        ]
        lines += [f"Paragraph {number}.{paragraph} with {' '.join(words)}.", ""]
    return "\n".join(lines)


def make_book(write_book, pages, **files):
    names = [f"page{number}" for number in range(pages)]
    toctree = "\n   ".join([".. toctree::", "", *names])
    return write_book(
        {
            "index.rst": f"Plants\n======\n\n{toctree}\n",
            **{f"{name}.rst": page(number) for number, name in enumerate(names)},
            **files,
        }
    )


def requests(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
def test_a_book_of_fifty_documents_takes_the_least_requests(write_book, tmp_path, jobs):
    record = tmp_path / "record"
    book = make_book(write_book, 50)
    result = book.build(
        jobs, language="es", engine=ENGINE, variables={"AMTS_RECORD": str(record)}
    )
    sent = requests(record)
    sizes = [sum(len(text.encode()) for text in request) for request in sent]
    assert sum(map(len, sent)) == 50 * 21 + 1
    assert max(sizes) <= LIMIT
    assert len(sent) <= 1.1 * -(-sum(sizes) // LIMIT)
    assert result.warnings == []
    assert "1051 of 1051 segments translated" in result.stdout


def test_the_same_pages_whether_gathered_or_not(write_book, tmp_path):
    book = make_book(write_book, 4)
    gathered = book.build(language="es", engine=ENGINE)
    pages = {path.name: path.read_bytes() for path in gathered.out.glob("*.html")}
    for path in (book.source / ".amts" / "memory").iterdir():
        path.unlink()
    alone = book.build("-E", language="es", engine="test_bulk:RecordingAlone")
    assert {path.name: path.read_bytes() for path in alone.out.glob("*.html")} == pages


NOTEBOOK = """
---
file_format: mystnb
kernelspec:
  name: python3
mystnb:
  execution_mode: force
---

# A notebook

Some text of notebook {number}.

```{{code-cell}}
with open({path!r}, "a") as file:
    file.write("ran\\n")
```
"""


def test_a_notebook_runs_once(write_book, tmp_path):
    pytest.importorskip("myst_nb", reason="needs myst-nb")
    pytest.importorskip("ipykernel", reason="needs a kernel")
    ran, record = tmp_path / "ran", tmp_path / "record"
    texts = {
        f"note{number}.md": NOTEBOOK.format(number=number, path=str(ran)).lstrip()
        for number in range(2)
    }
    conf = 'project = "Book"\nextensions = ["sphinx_amts", "myst_nb"]\n'
    index = "# Notes\n\n```{toctree}\nnote0\nnote1\n```\n"
    book = write_book({"conf.py": conf, "index.md": index, **texts})
    book.build(language="es", engine=ENGINE, variables={"AMTS_RECORD": str(record)})
    assert ran.read_text() == "ran\n" * 2
    assert len(requests(record)) == 1
    read = (
        "import sys; from pathlib import Path;"
        "from sphinx_amts.hosts.sphinx.project import read_project;"
        "print(read_project(Path(sys.argv[1])))"
    )
    result = run(["-c", read, book.source], book.work, cwd=tmp_path)
    assert "Some text of notebook 0." in result.stdout
    assert ran.read_text() == "ran\n" * 2, "who only reads runs nothing"


def test_a_document_that_cannot_be_read_is_reported_once(write_book, tmp_path):
    index = "Plants\n======\n\n.. toctree::\n\n   page0\n   page1\n\n.. nonsense::\n"
    book = make_book(write_book, 2, **{"index.rst": index})
    result = book.build(language="es", engine=ENGINE)
    assert result.stderr.count("Unknown directive") == 1
