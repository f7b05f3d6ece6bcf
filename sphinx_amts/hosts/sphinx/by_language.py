"""What a book has for one language only, found under the name that a user wrote.

A build for ``zh`` is one for ``zh_CN``: Sphinx has its interface texts under that name.
Pictures such as ``lamp.zh.png``, and parts for readers of ``'zh'``, keep theirs. As it
is written comes first, then the name that Sphinx knows.
"""

from __future__ import annotations

from glob import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.i18n import get_image_filename_for_language

from sphinx_amts.hosts.sphinx import catalogs
from sphinx_amts.hosts.sphinx.localized import builds

BEFORE_IMAGES = 400  # priority: Sphinx collects a document's images at 500
BEFORE_CONDITIONS = 400  # sphinx.ext.ifconfig drops what is not shown at 500


def on_doctree_read(app: Sphinx, doctree: nodes.document) -> None:
    """Take the pictures of the language under the name that was asked for."""
    asked = catalogs.asked_language(app.config)
    if not asked or app.config not in builds:
        return
    for image in doctree.findall(nodes.image):
        uri = str(image.get("uri", ""))
        if "://" not in uri and not uri.startswith("data:"):
            image["uri"] = _localized(app.env, uri, asked)


def _localized(env: BuildEnvironment, uri: str, language: str) -> str:
    """Return the path of a picture in a language; the same if there is none."""
    config = env.config
    known = config.language
    config["language"] = language
    try:
        translated = get_image_filename_for_language(uri, env)
    finally:
        config["language"] = known
    _, path = env.relfn2path(translated)
    file = Path(path)
    is_any = file.suffix == ".*"
    pattern = f"{escape(file.stem)}.*" if is_any else escape(file.name)
    return translated if any(file.parent.glob(pattern)) else uri


def on_doctree_resolved(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Have conditions on the language hold for the name that was asked for."""
    asked = catalogs.asked_language(app.config)
    if not asked or "sphinx.ext.ifconfig" not in app.extensions:
        return
    from sphinx.ext.ifconfig import ifconfig

    for node in doctree.findall(ifconfig):
        node["expr"] = _either(node["expr"], asked)


def _either(condition: str, language: str) -> str:
    """Return a condition that a name of the language meets, if one of both does.

    What is for all but some languages is asked with the name as it was written only.

    >>> _either("language == 'zh'", "zh")
    "(lambda language: (language == 'zh'))('zh') or (language == 'zh')"
    """
    written = f"(lambda language: ({condition}))({language!r})"
    is_negative = "!=" in condition or "not " in condition
    return written if is_negative else f"{written} or ({condition})"


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("doctree-read", on_doctree_read, priority=BEFORE_IMAGES)
    app.connect("doctree-resolved", on_doctree_resolved, priority=BEFORE_CONDITIONS)
