"""Notebooks in the language of a build, for readers to download and run.

mystmd copies a notebook under a name that knows no language, so a translated one stands
beside it, and the page leads there.
"""

from __future__ import annotations

from pathlib import Path

from sphinx_amts.book.cells import in_markup, translate_notebook
from sphinx_amts.errors import FileError
from sphinx_amts.files import replace_file, without_links
from sphinx_amts.hosts.myst.page import MystPage

FOLDER = "notebooks"  # in the folder of the store, below it the language


def write_notebook(page: MystPage, path: Path) -> Path | None:
    """Write the notebook of a page; None where nothing of it is translated.

    That is so too where ``markdown-it-py`` is missing, or it is no valid notebook.
    """
    if not page.texts:
        return None
    try:
        from markdown_it import MarkdownIt
    except ImportError:
        return None
    parser = MarkdownIt("commonmark").enable("table")
    parser.validateLink = _is_link  # type: ignore[assignment, method-assign]
    try:
        text = path.read_bytes().decode("utf-8-sig")  # with its line ends
        translated = translate_notebook(
            text, path, in_markup(page.texts, parser), parser
        )
    except (OSError, ValueError, FileError):
        return None
    if translated == text:
        return None
    book = page.book
    name = f"{FOLDER}/{book.translator.pair.target}/{page.name}.ipynb"
    draft = without_links(book.folder / book.settings.cache_dir, name)
    draft.parent.mkdir(parents=True, exist_ok=True)
    replace_file(draft, [translated])
    return draft.resolve()


def _is_link(address: str) -> bool:
    """Take every address for a link: others that read a notebook may do so, too."""
    return True
