"""Markup that people's catalogs bring: what is of use stays, nothing of it runs."""

from __future__ import annotations

import pytest
from books import po

pytestmark = pytest.mark.newest

CONF = """\
from docutils.parsers.rst import Directive

class Run(Directive):
    has_content = True
    optional_arguments = 1

    def run(self):
        open("ran", "w").close()
        return []

def setup(app):
    app.add_directive("run", Run)

extensions = ["sphinx_amts"{more}]
amts_engine = "identity"
locale_dirs = ["locale"]
myst_enable_extensions = ["substitution"]
myst_substitutions = {{"key": "a value"}}
"""
RST = """\
Boats
=====

First text.

Second text.

A `link <https://example.org/a>`__ here.

:download:`The plan <plan.txt>` is here.

Last text.
"""
MYST = """\
# Boats

First text.

Second text.

A <kbd>key</kbd> here.

The {{ key }} is here.

Last text.
"""


def build(write_book, kind, targets):
    """Build a page with a catalog; return the book and what was built."""
    if kind == "md":
        pytest.importorskip("myst_parser")
    more = ', "myst_parser"' if kind == "md" else ""
    book = write_book(
        {
            "conf.py": CONF.format(more=more),
            f"index.{kind}": MYST if kind == "md" else RST,
            "plan.txt": "a plan",
            "locale/es/LC_MESSAGES/index.po": po(targets),
            "../secret.txt": "a secret",
        }
    )
    return book, book.build(language="es", engine=None)


def assert_safe(book, result):
    page = result.read("index.html")
    for evil in ('"javascript:', "<img", "<script>alert", "onerror=alert(1)>"):
        assert evil not in page
    assert not (book.source / "ran").exists()
    assert not (book.source.parent / "ran").exists()
    assert [name for name in result.files() if "secret" in name] == []
    assert [line for line in result.warnings if "catalog" not in line] == []
    return page


@pytest.mark.parametrize(
    ("kind", "message", "text", "shown"),
    [
        ("rst", "First text.", "Un `texto <javascript:alert(1)>`__.", "Un texto."),
        ("rst", "First text.", "`Un <JaVaScript:alert(1)>`_.", "<p>Un.</p>"),
        ("rst", "First text.", ":download:`Uno </../../secret.txt>`", "Uno</"),
        ("rst", "First text.", ":download:`Uno <../secret.txt>`", "Uno</"),
        ("md", "First text.", "Un <script>alert(1)</script> texto", "&lt;script&gt;"),
        ("md", "First text.", "Un <img src=x onerror=alert(1)>", "&lt;img src=x"),
        ("md", "First text.", "![foto](https://evil.example/a.png)", "<p>foto</p>"),
        ("md", "First text.", "![foto](../../secret.png)", "<p>foto</p>"),
    ],
)
def test_what_would_run_or_reach_out_is_text(write_book, kind, message, text, shown):
    book, result = build(write_book, kind, {message: text})
    page = assert_safe(book, result)
    assert shown in page
    (line,) = result.warnings
    assert "a catalog has HTML, an address or signs here" in line
    assert f"index.{kind}:" in line


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("rst", ".. run::"),
        ("rst", "Uno.\n\n.. run::\n\n   x"),
        ("rst", "- .. run:: x"),
        ("rst", ".. |x| run::"),
        ("md", "```{run}\n```"),
        ("md", "- ```{run}\n  ```"),
        ("md", "{{ cycler.__init__.__globals__.os.mkdir('ran') }}"),
    ],
)
def test_what_would_run_when_it_is_read_is_left_out(write_book, kind, text):
    book, result = build(write_book, kind, {"First text.": text})
    page = assert_safe(book, result)
    assert "First text." in page
    (line,) = result.warnings
    assert "translation of 'First text.' was not used" in line


@pytest.mark.parametrize(
    ("kind", "message", "text", "shown"),
    [
        ("rst", "First text.", "Un *texto* ``x``.", "Un <em>texto</em>"),
        ("rst", "First text.", "`Un <https://example.org>`__ texto", "example.org"),
        (
            "rst",
            "A `link <https://example.org/a>`__ here.",
            "Un `enlace <https://example.org/b>`__ y `x <mailto:a@example.org>`__.",
            'href="https://example.org/b"',
        ),
        (
            "rst",
            ":download:`The plan <plan.txt>` is here.",
            "Aquí está :download:`el plan <plan.txt>`.",
            '<span class="pre">plan</span>',
        ),
        ("md", "First text.", "Un<br>texto <b>más</b>", "Un<br>texto <b>más</b>"),
        ("md", "A <kbd>key</kbd> here.", "Una <kbd>tecla</kbd>.", "<kbd>tecla</kbd>"),
        ("md", "The {{ key }} is here.", "Aquí está {{ key }}.", "Aquí está a value."),
        ("md", "First text.", "Un ```{raw}``` texto", "{raw}"),
    ],
)
def test_what_is_of_use_stays(write_book, kind, message, text, shown):
    book, result = build(write_book, kind, {message: text})
    assert shown in assert_safe(book, result)
    assert result.warnings == []
