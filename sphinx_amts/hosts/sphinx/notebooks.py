"""Notebooks in the language of the build, for readers to download and run.

A page of MyST-NB is a notebook, whose cells are translated as the page's texts were.
They wait among the doctrees until the pages are written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from sphinx_amts.errors import FileError
from sphinx_amts.files import replace_file, without_links
from sphinx_amts.hosts.sphinx.document import page_of
from sphinx_amts.hosts.sphinx.localized import builds

logger = logging.getLogger(__name__)

FOLDER = "amts_notebooks"  # among the doctrees
AFTER_METADATA = 900  # priority: Sphinx collects a document's metadata at 500


def on_doctree_read(app: Sphinx, doctree: nodes.document) -> None:
    """Write the notebook of a document that was translated."""
    env = app.env
    docname = env.docname
    page = page_of(env, doctree)
    _remove(app, docname)
    if page is None or not page.wants_texts:
        return
    path = Path(env.doc2path(docname))
    if path.suffix != ".ipynb":
        if "kernelspec" not in env.metadata[docname]:
            return  # a page without code
        # What MyST-NB made of it, with what its code printed.
        path = Path(app.outdir).parent / "jupyter_execute" / f"{docname}.ipynb"
    # Not for books without notebooks.
    from markdown_it.renderer import RendererHTML
    from myst_parser.parsers.mdit import create_md_parser

    from sphinx_amts.book.cells import in_markup, translate_notebook

    config: Any = env.myst_config  # type: ignore[attr-defined]
    try:
        text = path.read_bytes().decode("utf-8-sig")  # with its line ends
        parser = create_md_parser(config, RendererHTML)
        parser.validateLink = _is_link  # type: ignore[assignment, method-assign]
        texts = in_markup(page.texts, parser)
        translated = translate_notebook(text, path, texts, parser)
        draft = _draft(app, docname)
        draft.parent.mkdir(parents=True, exist_ok=True)
        replace_file(draft, [translated])
    except (OSError, ValueError, FileError) as error:
        logger.info("sphinx_amts: no notebook of %s: %s", docname, error)


def _is_link(address: str) -> bool:
    """Take every address for a link: others that read a notebook may do so, too."""
    return True


def _remove(app: Sphinx, docname: str) -> None:
    """Remove what an earlier build made of a document; most have no notebook."""
    if Path(app.doctreedir, FOLDER).exists():
        for path in (_draft(app, docname), *_published(app, docname)):
            path.unlink(missing_ok=True)


def _draft(app: Sphinx, docname: str) -> Path:
    return without_links(Path(app.doctreedir), f"{FOLDER}/{docname}.ipynb")


def _published(app: Sphinx, docname: str) -> list[Path]:
    """Return where readers find the notebook of a document."""
    names = {f"{docname}.ipynb"}
    if Path(app.env.doc2path(docname)).suffix == ".ipynb":
        names.add(f"{docname}.ipynb{app.config.html_sourcelink_suffix}")
    out = Path(app.outdir)
    return [without_links(out, f"_sources/{name}") for name in sorted(names)]


def on_build_finished(app: Sphinx, exception: Exception | None) -> None:
    """Put the notebooks where themes lead readers who download a page."""
    is_html = app.builder.format == "html" and app.builder.name != "epub"
    if exception or not is_html or not app.config.html_copy_source:
        return
    if builds.get(app.config) is None:
        return
    for docname in sorted(app.env.found_docs):
        draft = _draft(app, docname)
        if not draft.exists():
            continue
        text = draft.read_bytes().decode()
        for path in _published(app, docname):
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, [text])


def on_env_purge_doc(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a document's notebook."""
    _draft(app, docname).unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("doctree-read", on_doctree_read, priority=AFTER_METADATA)
    app.connect("env-purge-doc", on_env_purge_doc)
    app.connect("build-finished", on_build_finished)
