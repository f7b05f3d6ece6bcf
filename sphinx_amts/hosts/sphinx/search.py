"""Search in Chinese, as far as Sphinx leaves it undone.

Sphinx indexes the words of Chinese text, but takes what a reader types as one word; and
in 9.0 the search page stops, because its script names a stemmer that is not there.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

SPLITTER = Path(__file__).with_name("split_query.js")


def set_up_search(app: Sphinx) -> None:
    """Give the search of a Chinese book what it lacks; other languages need nothing."""
    language = str(app.config.html_search_language or app.config.language)
    if not language.startswith("zh"):
        return
    from sphinx.search.zh import SearchChinese  # starts jieba, if it is there

    stemmer = getattr(SearchChinese, "js_stemmer_rawcode", "")
    found = {"js_splitter_code": SPLITTER.read_text(encoding="utf-8")}
    if stemmer:  # the script that is copied; Sphinx takes its class from this name
        found["language_name"] = stemmer.partition("-")[0].title()
    app.add_search_language(type("SearchChinese", (SearchChinese,), found))
