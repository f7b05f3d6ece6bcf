"""A ``_config.yml`` is added to, and is otherwise as people have written it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from sphinx_amts.book.config_yml import JupyterBookConfiguration
from sphinx_amts.book.configuration import NotUnderstoodError

pytestmark = pytest.mark.newest


def added(text: str, *memories: str) -> str:
    configuration = JupyterBookConfiguration(Path("_config.yml"), text.encode())
    return configuration.with_memories(memories or ["memory/zh.tmx"]).decode()


NOTHING = (
    "",
    """\
sphinx:
  extra_extensions: [sphinx_amts]
  config:
    amts_memory_files: [memory/zh.tmx]
""",
)

COMMENTS_ONLY = (
    "# no end of line",
    """\
# no end of line

sphinx:
  extra_extensions: [sphinx_amts]
  config:
    amts_memory_files: [memory/zh.tmx]
""",
)

ALIGNED = (
    """\
---
title                       : "Bread: a book"  # why
sphinx:                       # what is Sphinx's
  config:
    language                : en

#####################################################
# HTML
html:
  extra_footer : |
    <div>
    </div>
""",
    """\
---
title                       : "Bread: a book"  # why
sphinx:                       # what is Sphinx's
  extra_extensions: [sphinx_amts]
  config:
    amts_memory_files: [memory/zh.tmx]
    language                : en

#####################################################
# HTML
html:
  extra_footer : |
    <div>
    </div>
""",
)

OF_SEVERAL_HANDS = (
    """\
sphinx:
  config:
    html_js_files:
    - https://example.org/a.js
    colors: {'crumb':[1,113,136],'crust':[195,49,47]}
    mathjax3_config:
      chtml: {
        mtextInheritFont: true # for words
      }

  extra_extensions:
      # the first of all
      - 'one' # and why
      - two

# What is cited
bibtex_bibfiles:\x20
  - references.bib
""",
    """\
sphinx:
  config:
    amts_memory_files: [memory/zh.tmx]
    html_js_files:
    - https://example.org/a.js
    colors: {'crumb':[1,113,136],'crust':[195,49,47]}
    mathjax3_config:
      chtml: {
        mtextInheritFont: true # for words
      }

  extra_extensions:
      # the first of all
      - sphinx_amts
      - 'one' # and why
      - two

# What is cited
bibtex_bibfiles:\x20
  - references.bib
""",
)

IN_BRACKETS = (
    """\
sphinx:
  extra_extensions: [one, # and why
    two]
  config: {language: en, mathjax3_config: {
    chtml: {} # nothing
  }}
""",
    """\
sphinx:
  extra_extensions: [sphinx_amts, one, # and why
    two]
  config: {amts_memory_files: [memory/zh.tmx], language: en, mathjax3_config: {
    chtml: {} # nothing
  }}
""",
)

EMPTY = (
    """\
sphinx:
  extra_extensions: # none
  config: {}
""",
    """\
sphinx:
  extra_extensions: [sphinx_amts] # none
  config: {amts_memory_files: [memory/zh.tmx]}
""",
)

EMPTY_AT_ALL = (
    "sphinx: # nothing\ntitle: Bread\n",
    "sphinx: {extra_extensions: [sphinx_amts],"
    " config: {amts_memory_files: [memory/zh.tmx]}} # nothing\ntitle: Bread\n",
)

ANCHORED = (
    """\
sphinx:
  config: &settings
    language: en
  extra_extensions: [sphinx_amts]
""",
    """\
sphinx:
  config: &settings
    amts_memory_files: [memory/zh.tmx]
    language: en
  extra_extensions: [sphinx_amts]
""",
)

TWICE_THE_SAME_KEY = (
    """\
sphinx: {config: {}}
sphinx:
  config:
    language: en
""",
    """\
sphinx: {config: {}}
sphinx:
  extra_extensions: [sphinx_amts]
  config:
    amts_memory_files: [memory/zh.tmx]
    language: en
""",
)

OTHER_MEMORIES = (
    """\
sphinx:
  extra_extensions:
  - "sphinx_amts"
  config:
    amts_memory_files:
    - memory/es.tmx
""",
    """\
sphinx:
  extra_extensions:
  - "sphinx_amts"
  config:
    amts_memory_files:
    - memory/zh.tmx
    - memory/es.tmx
""",
)

ALL_IS_THERE = (
    """\
sphinx:
  extra_extensions: ['sphinx_amts']
  config:
    amts_memory_files: people.csv, memory/zh.tmx
""",
) * 2

CORPUS = {
    name.lower(): value
    for name, value in list(globals().items())
    if name.isupper() and isinstance(value, tuple)
}


@pytest.mark.parametrize(("before", "after"), CORPUS.values(), ids=CORPUS)
def test_what_is_missing_is_added_and_the_rest_stays(before, after):
    assert added(before) == after
    assert added(after) == after
    said = yaml.safe_load(after)["sphinx"]
    assert "sphinx_amts" in said["extra_extensions"]
    assert "memory/zh.tmx" in said["config"]["amts_memory_files"]


@pytest.mark.parametrize(
    ("before", "after"),
    [pair for pair in CORPUS.values() if pair[0].endswith("\n")],
)
def test_the_ends_of_lines_and_the_mark_of_its_bytes_stay(before, after):
    before, after = (text.replace("\n", "\r\n") for text in (before, after))
    assert added(f"\ufeff{before}") == f"\ufeff{after}"


def test_of_several_memories_those_that_are_missing_are_added():
    text = added("", "memory/zh.tmx")
    files = "[memory/es.tmx, memory/de.tmx, memory/zh.tmx]"
    more = added(text, "memory/zh.tmx", "memory/es.tmx", "memory/de.tmx")
    assert more == text.replace("[memory/zh.tmx]", files)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nsphinx: [b]\n", ":2"),
        ("sphinx:\n  extra_extensions: {a: b}\n", ":2"),
        ("sphinx:\n  extra_extensions: a\n", ":2"),
        ("sphinx:\n  config:\n    amts_memory_files: ~\n", ":3"),
        ("- a\n", ":1"),
        ("a\n", ":1"),
        # Found out by reading again.
        ("{title: Bread}\n", ""),
        ("title: Bread\n...\n", ""),
        ("a: &a {b: 1}\nsphinx:\n  config: *a\n", ":3"),
        ("a: &a\n  b: 1\nsphinx:\n  config: *a\n", ":4"),
        ("a: &a {extra_extensions: [b]}\nsphinx:\n  <<: *a\n", ":3"),
        ("sphinx:\n  config:\n    <<: {amts_memory_files: 1}\n", ":2"),
    ],
)
def test_where_there_is_no_place_it_is_said(text, line):
    with pytest.raises(NotUnderstoodError) as error:
        added(text)
    assert str(error.value) == (
        f"_config.yml{line}: add what is missing, by hand:\n{NOTHING[1]}"
    ).rstrip("\n")
