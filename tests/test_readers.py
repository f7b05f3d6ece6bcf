"""Prose from files, read as the blocks that a build would translate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sphinx_amts.errors import AmtsError, FileError
from sphinx_amts.hosts.host import read_file, read_markup
from sphinx_amts.hosts.sphinx.project import read_project
from sphinx_amts.parallel_data.blocks import Block, Kind
from sphinx_amts.readers.catalogs import read_catalog
from sphinx_amts.readers.d2l import to_myst
from sphinx_amts.readers.files import MAX_FILE

RST = """\
The kettle
==========

Read :doc:`tea` and :ref:`the *last* page <end>`, then run ``make`` with |tool|.

.. note:: Mind :guilabel:`Start`.

.. card:: Cups

   Two of them.

.. code-block:: python

   pour()

.. figure:: cup.png
   :alt: A cup

   The cup.
"""
MYST = """\
# The kettle

Read {doc}`tea` and {ref}`the last page <end>`, then run `make` at $t$ degrees.

```{note}
Mind {guilabel}`Start`.
```

```{unheard-of} what
Two of them.
```

```python
pour()
```

| Cup | Tea |
|-----|-----|
| Big | Red |
"""


def read(folder: Path, name: str, text: str) -> list[Block]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_file(path)


def said(blocks: list[Block]) -> list[tuple[str, str]]:
    return [(block.kind.value, str(block.text)) for block in blocks]


def test_rst(tmp_path):
    assert said(read(tmp_path, "a.rst", RST)) == [
        ("title", "The kettle"),
        (
            "text",
            'Read <x id="1"/> and <g id="2">the *last* page</g>, then run'
            ' <x id="3"/> with <x id="4"/>.',
        ),
        ("text", 'Mind <g id="1">Start</g>.'),
        ("title", "Cups"),
        ("text", "Two of them."),
        ("code", "pour()"),
        ("image", "cup.png"),
        ("caption", "A cup"),
        ("caption", "The cup."),
    ]


def test_myst(tmp_path):
    pytest.importorskip("myst_parser")
    assert said(read(tmp_path, "a.md", MYST)) == [
        ("title", "The kettle"),
        (
            "text",
            'Read <x id="1"/> and <g id="2">the last page</g>, then run'
            ' <x id="3"/> at <x id="4"/> degrees.',
        ),
        ("text", 'Mind <g id="1">Start</g>.'),
        ("text", "Two of them."),
        ("code", "pour()"),
        *(("cell", word) for word in ("Cup", "Tea", "Big", "Red")),
    ]


@pytest.mark.parametrize(("name", "text"), [("index.rst", RST), ("index.md", MYST)])
def test_a_file_alone_reads_as_in_its_project(tmp_path, name, text):
    """Aligned pairs find their segments in the build by exactly this text."""
    pytest.importorskip("myst_parser")
    text = text.replace("unheard-of} what", "tip}").replace(
        ".. card:: Cups", ".. tip::"
    )
    conf = "extensions = ['myst_parser']\nmyst_enable_extensions = ['dollarmath']\n"
    (tmp_path / "conf.py").write_text(conf, encoding="utf-8")
    alone = read(tmp_path, name, text)
    sides = [
        [(block.kind, block.text) for block in blocks if block.kind.is_prose]
        for blocks in (read_project(tmp_path)["index"], alone)
    ]
    assert sides[0] == sides[1]
    assert sides[0]


def test_a_project_that_sphinx_refuses(tmp_path):
    (tmp_path / "conf.py").write_text("extensions = ['no_such_thing']")
    with pytest.raises(AmtsError, match="Sphinx cannot read it"):
        read_project(tmp_path)


@pytest.mark.parametrize(
    ("dialect", "myst"),
    [
        ("# Tea\n:label:`sec_tea`\n", "# Tea\n"),
        ("As :numref:`fig_a`\nsays :cite:`B.1,C.2`.", "As {numref}`fig_a`\nsays"),
        ("[**Pour**] it (**now**).", "Pour it now."),
        ("Pour[~~ on a slide~~].", "Pour."),
        (":begin_tab:`tea, mxnet`\nPour.\n:end_tab:\n", "\nPour.\n"),
        ("A\n:begin_tab:`tea`\nPour.\n:end_tab:\nB", "A\n\nB"),
        ("```{.python .input}\n#@tab tea\npour()\n```\n", "\n"),
        ("```{.python .input}\n#@tab all\npour()\n```\n", "```python\n#@tab all\n"),
        ("where\n$$a$$\n:eqlabel:`eq_a`\nholds", "where\n\n$$a$$\n\nholds"),
        ("[Discussions](https://example.org)\n", "\n"),
    ],
)
def test_the_dialect_of_d2l(dialect, myst):
    assert to_myst(dialect).startswith(myst)


def test_notebooks(tmp_path):
    pytest.importorskip("myst_parser")
    cells = [
        {"cell_type": "markdown", "source": ["# Tea\n", "\n", "Pour `it`."]},
        {"cell_type": "code", "source": "pour('```')", "outputs": [{"text": "Hot."}]},
        {"cell_type": "raw", "source": "nothing"},
    ]
    values = {
        "nbformat": 4,
        "metadata": {},
        "cells": [{**c, "metadata": {}} for c in cells],
    }
    found = read(tmp_path, "a.ipynb", json.dumps(values))
    assert said(found) == [
        ("title", "Tea"),
        ("text", 'Pour <x id="1"/>.'),
        ("code", "pour('```')"),
    ]


def test_old_notebooks(tmp_path):
    pytest.importorskip("myst_parser")
    cells = [
        {"cell_type": "heading", "level": 1, "source": ["Tea"]},
        {"cell_type": "heading", "level": 2, "source": "Cups"},
        {"cell_type": "code", "language": "python", "input": "pour()", "outputs": []},
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}}
    text = json.dumps({**old, "worksheets": [{"cells": cells}]})
    found = read(tmp_path, "a.ipynb", text)
    assert said(found) == [("title", "Tea"), ("title", "Cups"), ("code", "pour()")]


CELL = '{"cell_type": "markdown", "metadata": {}, "source": %s}'
NOTEBOOK = '{"nbformat": 4, "metadata": {}, "cells": [%s]}'


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{", "3", "null", '{"cells": [{}]}', '{"cells": 3}', NOTEBOOK),
        *(NOTEBOOK % cell for cell in ("3", "[]", "{}", '{"metadata": {}}')),
        *(NOTEBOOK % (CELL % source) for source in ("3", "null", "{}", "[3]")),
        *(NOTEBOOK.replace("4", n) % "" for n in ("[]", "5")),
        '{"nbformat": 3, "metadata": {}, "worksheets": [{}]}',
        '{"nbformat": 3, "metadata": {}, "worksheets": [3]}',
    ],
)
def test_what_is_no_notebook(tmp_path, text):
    with pytest.raises(FileError, match=r"a.ipynb: not a notebook: .*; open it in"):
        read(tmp_path, "a.ipynb", text)


def test_a_notebook_that_is_too_deep(tmp_path):
    deep = NOTEBOOK % (CELL % ("[" * 100_000 + "]" * 100_000))
    with pytest.raises(FileError, match=r"a.ipynb: is nested too deeply"):
        read(tmp_path, "a.ipynb", deep)


def test_web_articles(tmp_path):
    pytest.importorskip("trafilatura")
    words = "Water that has boiled for long makes tea taste of nothing, people say. "
    page = (
        "<html><body><nav><a href='/'>Home</a></nav><article><h1>Tea &amp; water</h1>"
        f"<p>{words * 4}</p><ul><li>{words}</li></ul></article>"
        "<footer>Imprint</footer></body></html>"
    )
    found = read(tmp_path, "a.html", page)
    texts = [(words * 4).strip(), words.strip()]
    assert said(found)[-2:] == [("text", text) for text in texts]
    assert not any("Imprint" in block.text for block in found)


PO = """\
#: ../kettle.md:3
msgid "Run `make` **now**."
msgstr "**现在**运行`make`。"

#, fuzzy
msgid "Wait."
msgstr "等。"

#: kettle.rst:5
msgid "Run ``make``."
msgstr "运行\\ ``make``\\ 。"

msgid "Not yet."
msgstr ""
"""


def test_catalogs(tmp_path):
    pytest.importorskip("myst_parser")
    path = tmp_path / "a.po"
    path.write_text(PO, encoding="utf-8")
    assert [
        (str(s.text), str(t.text)) for s, t, _ in read_catalog(path, read_markup, [])
    ] == [
        ('Run <x id="1"/> <g id="2">now</g>.', '<g id="1">现在</g>运行<x id="2"/>。'),
        ('Run <x id="1"/>.', '运行<x id="1"/>。'),
    ]


def test_a_broken_catalog(tmp_path):
    path = tmp_path / "a.po"
    path.write_bytes(b'msgid "a\nmsgstr \xff')
    with pytest.raises(FileError):
        list(read_catalog(path, read_markup, []))


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.docx", b"", "'.docx' is none of .md"),
        ("a.md", "é".encode("latin-1"), "is not in UTF-8"),
        ("a.rst", b"a" * (MAX_FILE + 1), "is larger than 20 MB"),
    ],
)
def test_files_that_are_refused(tmp_path, name, data, reason):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(FileError, match=reason):
        read_file(tmp_path / name)


@pytest.mark.parametrize("name", ["a.md", "a.rst"])
def test_an_empty_file_has_no_blocks(tmp_path, name):
    pytest.importorskip("myst_parser")
    assert read(tmp_path, name, "") == []


def test_no_other_file_is_read(tmp_path):
    (tmp_path / "secret.txt").write_text("Secret.")
    text = ".. include:: secret.txt\n\n.. raw:: html\n   :file: secret.txt\n\nOpen.\n"
    found = read(tmp_path, "a.rst", text)
    assert [block.text for block in found if block.kind is Kind.TEXT] == ["Open."]
