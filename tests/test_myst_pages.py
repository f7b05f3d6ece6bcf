"""Pages of mystmd as units and back: trees, titles, settings, and the plugin."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from books import environment
from myst_books import PATH

from sphinx_amts.book.config_yml import MystConfiguration
from sphinx_amts.book.configuration import NotUnderstoodError
from sphinx_amts.book.purpose import Collect
from sphinx_amts.errors import FileError, SettingError, TagError
from sphinx_amts.hosts.host import host_of
from sphinx_amts.hosts.myst.config import (
    index_of,
    read_config,
    settings_of,
    sphinx_signs,
    texts_of,
)
from sphinx_amts.hosts.myst.edition import Edition
from sphinx_amts.hosts.myst.host import MystHost
from sphinx_amts.hosts.myst.inline import Spelling, flatten, rebuild
from sphinx_amts.hosts.myst.markup import Written
from sphinx_amts.hosts.myst.titles import Source, flat_title, title_of
from sphinx_amts.hosts.myst.units import find_labels, find_made, find_units

NODE = shutil.which("node", path=PATH)


def numbered(node, count=None):
    """Return a node with numbers as the plugin gives them."""
    count = count if count is not None else [0]
    made = {**node, "n": count[0]}
    count[0] += 1
    if "children" in node:
        made["children"] = [numbered(each, count) for each in node["children"]]
    return made


def text(value):
    return {"type": "text", "value": value}


def node(kind, *children, **attributes):
    inside = [text(each) if isinstance(each, str) else each for each in children]
    return {"type": kind, "children": inside, **attributes}


CODE = {"type": "inlineCode", "value": "make"}


def flat(*children, spelling=None, **attributes):
    made = numbered(node("paragraph", *children, **attributes))
    return flatten(made, 0, len(made["children"]), spelling or Spelling())


# One text


@pytest.mark.parametrize(
    ("children", "source", "kinds"),
    [
        (["Run ", CODE, "."], 'Run <x id="1"/>.', "code"),
        ([node("emphasis", "All")], "All", ""),
        ([node("strong", "All")], '<g id="1">All</g>', "strong"),
        ([node("strong", node("emphasis", "All"))], '<g id="1">All</g>', "strong"),
        (["A ", node("emphasis", "b")], 'A <g id="1">b</g>', "emphasis"),
        (
            ["A ", node("link", node("emphasis", "b"), url="c.md")],
            'A <g id="1">b</g>',
            "reference",
        ),
        (
            ["A ", node("link", node("strong", "b"), url="c.md")],
            'A <g id="1"><g id="2">b</g></g>',
            "reference,strong",
        ),
        (
            [node("mystRole", name="octicon"), " Write"],
            '<x id="1"/> Write',
            "sd_icon",
        ),
        (["A ", node("link", url="b.md")], 'A <x id="1"/>', "reference"),
        (
            ["A ", node("link", "https://e.org", url="https://e.org")],
            'A <x id="1"/>',
            "reference",
        ),
        (["H", node("subscript", "2"), "O"], 'H<x id="1"/>O', "subscript"),
        (["A ", CODE, {"type": "break"}, "b"], 'A <x id="1"/>b', "code"),
        (
            ["A ", node("crossReference", "box %s", identifier="b")],
            'A <g id="1">box <x id="2"/></g>',
            "reference,text",
        ),
        (
            ["A ", node("link", "a plan", url="p.png", static=True)],
            'A <g id="1">a plan</g>',
            "code",
        ),
        (["A\nline & <more>"], "A line &amp; &lt;more&gt;", ""),
        ([{"type": "comment"}, "A"], "A", ""),
    ],
)
def test_a_text_is_the_segment_that_sphinx_has(children, source, kinds):
    segment = flat(*children).segment
    assert segment.source == source
    assert ",".join(tag.kind for tag in segment.tags) == kinds


@pytest.mark.parametrize("children", [[CODE], ["1 – 2"], [node("link", url="a.md")]])
def test_what_has_no_words_is_no_segment(children):
    assert flat(*children) is None


def test_what_a_reader_sees_is_known():
    found = flat("Run ", CODE, ", ", {"type": "image", "alt": "a hive"}, " now.")
    source = found.readable_segment().source
    assert source.equivalents == {1: "make", 2: "a hive"}


def test_abbreviations_that_are_looked_for_stay():
    spelling = Spelling.of("", ["QEX", "QE"])
    found = flat("The QEX, QEXs.", spelling=spelling)
    assert found.segment.source == 'The <x id="1"/>, QEXs.'
    edit = rebuild(found, 'QEXs y <x id="1"/>.')
    assert edit["children"] == ["QEXs y ", "QEX", "."]


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ('It\'s "so"', 'It\'s "so"'),
        ("It’s “so”", "It’s “so”"),
        ("It's “so”", "It's “so”"),
        ("a -- b...", "a -- b..."),
    ],
)
def test_signs_are_those_of_the_author(written, source):
    read = "It’s “so”" if "so" in written else "a – b…"
    assert flat(read, spelling=Spelling.of(written)).segment.source == source


def test_signs_that_sphinx_makes_too_stay(tmp_path):
    assert sphinx_signs(tmp_path) == frozenset()
    config = "parse:\n  myst_enable_extensions: [dollarmath, smartquotes]\n"
    (tmp_path / "_config.yml").write_text(config, encoding="utf-8")
    spelling = Spelling.of('"so"...', (), sphinx_signs(tmp_path))
    assert flat("“so”…", spelling=spelling).segment.source == "“so”..."
    (tmp_path / "_config.yml").write_text("a: [", encoding="utf-8")
    assert sphinx_signs(tmp_path) == frozenset()


def test_nodes_change_their_order_and_nothing_else():
    found = flat("See ", node("link", "a ", CODE, url="a.md"), " and ", CODE, ".")
    target = '<x id="3"/> y <g id="1"><x id="2"/> un</g>.'
    assert rebuild(found, target) == {
        "n": 0,
        "start": 0,
        "end": 5,
        "children": [
            {"n": 6},
            " y ",
            {"n": 2, "children": [{"n": 4}, " un"]},
            ".",
        ],
    }


@pytest.mark.parametrize(
    "target",
    [
        "Ve",
        'Ve <g id="1">a</g> <g id="1">b</g>',
        'Ve <g id="1">a</g><x id="2"/>',
        'Ve <g id="1">%s</g>',
        'Ve <g id="1">{name}</g>',
        'Ve <g id="1">a</g><b>',
        "Ve <g id='1'>a</g>",
    ],
)
def test_a_target_that_does_not_fit_is_refused(target):
    found = flat("See ", node("crossReference", "a", identifier="b"))
    with pytest.raises(TagError):
        rebuild(found, target)


def test_a_percent_sign_outside_of_references_is_text():
    assert rebuild(flat("Print %s."), "%s se imprime.")["children"] == [
        "%s se imprime."
    ]


# One page


def units(*blocks, **attributes):
    tree = numbered(node("root", *blocks, **attributes))
    return find_units(tree, Spelling())


def test_all_texts_of_a_page_are_units():
    found = units(
        node("heading", "Title"),
        node("listItem", "One", node("list", node("listItem", "Two")), "Three"),
        node("tabItem", node("paragraph", "Four"), title="Tab"),
        {"type": "image", "alt": "Alt"},
        {"type": "code", "value": "no"},
        node("block", node("paragraph", "Kept"), **{"class": "notranslate"}),
        node(
            "paragraph",
            "Five",
            indexEntries=[{"entry": "honey", "subEntry": {"value": "dark"}}],
        ),
    )
    assert [unit.segment.source for unit in found] == [
        *("Title", "One", "Two", "Three", "Tab", "Four", "Alt"),
        *("honey", "dark", "Five"),
    ]
    assert [unit.is_heading for unit in found].count(True) == 1


def test_terms_of_a_glossary_wait():
    entries = node("definitionTerm", "Swarm"), node("definitionDescription", "Bees")
    glossary, plain = units(node("glossary", node("definitionList", *entries)))
    assert (glossary.is_made_later, plain.is_made_later) == (True, False)
    term = numbered(node("definitionTerm", "Swarm", identifier="term-swarm"))
    (made,) = find_made(term, Spelling())
    assert made.segment.key == glossary.segment.key
    assert made.edit("Enjambre")["children"] == ["Enjambre"]


def test_the_entries_of_an_index_go_together():
    found = units(
        node("paragraph", "a", indexEntries=[{"entry": "one"}, {"entry": "two"}])
    )
    edits = [unit.edit(unit.segment.source.upper()) for unit in found[:2]]
    assert edits[-1]["set"]["indexEntries"] == [{"entry": "ONE"}, {"entry": "TWO"}]


@pytest.mark.parametrize(
    ("template", "shown", "source", "target", "made"),
    [
        ("Figure\xa0%s:", "Figure\xa01:", 'Figure <x id="1"/>', None, "F\xa01:"),
        ("Figure\xa0%s", "Figure\xa01", 'Figure <x id="1"/>', None, "F\xa01"),
        ("Figure", "Figure", "Figure", "F", "F"),
        (
            "Exercise ({name})",
            "Exercise (Bees)",
            'Exercise (<x id="1"/>)',
            'E (<x id="1"/>)',
            "E (Bees)",
        ),
    ],
)
def test_labels(template, shown, source, target, made):
    reference = node("crossReference", shown, template=template, enumerator="1")
    (unit,) = find_labels(numbered(reference))
    assert unit.segment.source == source
    edit = unit.edit(target or 'F <x id="1"/>')
    assert edit["children"] == [made]
    again = node("crossReference", made, template=template, enumerator="1")
    assert not list(find_labels(numbered(again)))  # pages may come twice


@pytest.mark.parametrize(
    ("template", "shown"),
    [("(%s)", "(1)"), ("Figure\xa0%s", "my words"), ("{name}", "Bees")],
)
def test_what_is_no_label(template, shown):
    reference = node("crossReference", shown, template=template, enumerator="1")
    assert not list(find_labels(numbered(reference)))


def test_titles_in_what_mystmd_makes():
    line = node("listItem", "Bees")
    tree = node("root", node("block", line, data={"part": "toc:project"}))
    (unit,) = find_made(numbered(tree), Spelling())
    assert unit.edit("Abejas") == {"n": 3, "set": {"value": "Abejas"}}


# The file


@pytest.mark.parametrize(
    ("content", "source", "shown"),
    [
        ("# Bees\n", "Bees", "Bees"),
        ("# Bees #\n\nWords.\n", "Bees", "Bees"),
        ("Bees\n====\n", "Bees", "Bees"),
        ("---\ntitle: Bees\n---\n# Other\n", "Bees", "Bees"),
        ("---\nauthor: me\n---\n\n% a comment\n(a)=\n# Bees\n", "Bees", "Bees"),
        ("# Keep *bees*\n", 'Keep <g id="1">bees</g>', "Keep bees"),
        ("# `a` and $b$\n", '<x id="1"/> and <x id="2"/>', "a and b"),
        ("# [Bees](a.md) & {kbd}`b`\n", '<g id="1">Bees</g> &amp; <x id="2"/>', None),
        ("# A \\* star_sign\n", "A * star_sign", "A * star_sign"),
        ("Words.\n\n## Later\n", "Later", "Later"),
        ("Words.\n", None, None),
        ("---\n: [\n---\n# Bees\n", "Bees", "Bees"),
    ],
)
def test_titles(tmp_path, content, source, shown):
    path = tmp_path / "a.md"
    path.write_text(content, encoding="utf-8")
    tree = node("root", node("heading", "Later") if "## " in content else "Words.")
    title = title_of(Source.of(path), tree)
    if source is None:
        assert title is None
        return
    assert flat_title(title).segment.source == source
    if shown:
        assert title.text == shown


@pytest.mark.parametrize(
    ("cells", "metadata", "source"),
    [
        ([("markdown", "# Bees\n\nWords")], {}, "Bees"),
        ([("markdown", ["# Bees\n", "Words"])], {}, "Bees"),
        ([("code", "1"), ("markdown", "# Bees")], {}, None),
        ([("markdown", "Words")], {"title": "Bees"}, "Bees"),
    ],
)
def test_titles_of_notebooks(tmp_path, cells, metadata, source):
    path = tmp_path / "a.ipynb"
    values = [{"cell_type": kind, "source": text} for kind, text in cells]
    path.write_text(json.dumps({"cells": values, "metadata": metadata}))
    title = title_of(Source.of(path), node("root"))
    assert (title and flat_title(title).segment.source) == source


def test_a_page_is_known_by_each_name_of_its_folder(tmp_path, folder):
    link = tmp_path / "link"
    try:
        link.symlink_to(folder, target_is_directory=True)
    except OSError:
        pytest.skip("this system has no links for everyone")
    with MystHost().opened(link, "es", Collect(), sys.stderr) as book:
        edition = Edition(book, link, {}, print)
    for name in (link, folder.resolve()):
        path = str(name / "guide" / "a.md#parts.abstract")
        assert edition.name_of({"path": path}) == "guide/a#parts.abstract"
    assert edition.name_of({"path": str(Path("/elsewhere/a.md"))}) == "a"


def test_what_mystmd_says_of_a_title_is_right(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("# *Bees*\n", encoding="utf-8")
    source = Source.of(path)
    title = title_of(source, node("root"), "Bees")
    assert flat_title(title).segment.source == "Bees"
    assert title.written == "*Bees*"
    assert title_of(source, node("root"), "Hives").text == "Hives"


def test_a_file_that_is_not_there_has_no_title(tmp_path):
    assert title_of(Source.of(tmp_path / "a.md"), node("root")) is None


@pytest.mark.parametrize(
    ("source", "children", "message"),
    [
        ("A _b_.\n", ["A ", node("emphasis", "b"), "."], "A _b_."),
        ("> A\n> **b**.\n", ["A\n", node("strong", "b"), "."], "A **b**."),
        ("See [](a.md)!", ["See ", node("link", url="a.md"), "!"], "See [](a.md)!"),
        (
            "See {ref}`it <a>`.",
            ["See ", node("crossReference", "it"), "."],
            "See {ref}`it <a>`.",
        ),
        ('It\'s "so".', ["It’s “so”."], 'It\'s "so".'),
        ("Other words.", ["A ", CODE], ""),
        (
            "$x$ and ``make``",
            [{"type": "inlineMath", "value": "x"}, " and ", CODE],
            "$x$ and ``make``",
        ),
    ],
)
def test_markup_is_found_in_the_file(source, children, message):
    found = node("paragraph", *children)["children"]
    assert Written(f"# Title\n\n{source}\n\nMore.\n").find(found) == message


# myst.yml


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "myst.yml").write_text(
        "extends: below.yml\nproject:\n  title: Bees\n  options:\n"
        "    amts_engine: pseudo\n  toc:\n    - file: a/start.md\n"
        "    - title: Part\n      children:\n        - file: b.md\n",
        encoding="utf-8",
    )
    (tmp_path / "below.yml").write_text(
        "project:\n  title: No\n  options:\n    amts_reuse: paragraph\n"
        "site:\n  nav:\n    - title: More\n",
        encoding="utf-8",
    )
    return tmp_path


def test_settings(folder, monkeypatch):
    monkeypatch.delenv("AMTS_ENGINE", raising=False)
    config = read_config(folder / "myst.yml")
    settings = settings_of(config)
    assert (settings.engine, settings.reuse) == ("pseudo", "paragraph")
    monkeypatch.setenv("AMTS_ENGINE", "identity")
    monkeypatch.setenv("AMTS_PRICES", '{"amazon": 1}')
    settings = settings_of(config)
    assert (settings.engine, settings.prices) == ("identity", {"amazon": 1.0})
    assert settings_of(config, {"amts_engine": "memory"}).engine == "memory"
    monkeypatch.setenv("AMTS_REUSE", "word")
    with pytest.raises(SettingError, match="amts_reuse is 'word'"):
        settings_of(config)


def test_texts_of_a_configuration(folder):
    config = read_config(folder / "myst.yml")
    assert list(texts_of(config)) == ["Bees", "Part", "More"]
    assert index_of(config, folder) == "a/start"
    (folder / "README.md").write_text("# Bees\n")
    assert index_of({}, folder) == "README"
    assert isinstance(host_of(folder), MystHost)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"a: [", "is not YAML"), (b"- a", "is no configuration"), (b"\xff", "UTF-8")],
)
def test_a_broken_configuration_names_itself(tmp_path, content, reason):
    path = tmp_path / "myst.yml"
    path.write_bytes(content)
    with pytest.raises(FileError, match=reason):
        read_config(path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "project:\n  plugins:\n    - a.mjs # ours\n    # end\n  title: Bees\n",
            "project:\n  options:\n    amts_memory_files: [es.tmx]\n  plugins:\n"
            "    - a.mjs # ours\n    - amts.mjs\n    # end\n  title: Bees\n",
        ),
        (
            "project:\n  plugins: [a.mjs]\n  options: {}",
            "project:\n  plugins: [a.mjs, amts.mjs]\n"
            "  options: {amts_memory_files: [es.tmx]}",
        ),
        (
            "project:\n  plugins:\n  - type: executable\n    path: b.py",
            "project:\n  options:\n    amts_memory_files: [es.tmx]\n  plugins:\n"
            "  - type: executable\n    path: b.py\n  - amts.mjs\n",
        ),
        (
            "version: 1\n",
            "version: 1\n\nproject:\n  plugins: [amts.mjs]\n  options:\n"
            "    amts_memory_files: [es.tmx]\n",
        ),
    ],
)
def test_init_puts_the_plugin_behind_all_others(tmp_path, before, after):
    path = tmp_path / "myst.yml"
    made = MystConfiguration(path, before.encode()).with_memories(["es.tmx"])
    assert made.decode() == after
    again = MystConfiguration(path, made).with_memories(["es.tmx"])
    assert again == made


def test_a_plugin_that_is_there_is_not_added(tmp_path):
    content = (
        b"project:\n  plugins: [./amts.mjs]\n  options: {amts_memory_files: [es.tmx]}\n"
    )
    found = MystConfiguration(tmp_path / "myst.yml", content)
    assert found.with_memories(["es.tmx"]) == content


def test_what_init_cannot_write_is_said(tmp_path):
    found = MystConfiguration(tmp_path / "myst.yml", b"project: words\n")
    with pytest.raises(NotUnderstoodError, match=r"myst\.yml:1: add what is missing"):
        found.with_memories(["es.tmx"])


# What `init` writes


EARLIER = """
import {{ make }} from "{address}";
export default make("{python}", "{folder}");
"""


def loaded(folder, text, **variables):
    """Run node on an ``amts.mjs``; print how many transforms its plugin has."""
    (folder / "amts.mjs").write_text(text, encoding="utf-8")
    look = "import p from './amts.mjs'; console.log(p.name, p.transforms?.length ?? 0);"
    (folder / "look.mjs").write_text(look, encoding="utf-8")
    return subprocess.run(
        [str(NODE), "look.mjs"],
        cwd=folder,
        env={**environment(), "PATH": "", **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def shim():
    return files("sphinx_amts").joinpath("hosts/myst/amts.mjs").read_text("utf-8")


@pytest.mark.skipif(NODE is None, reason="needs node")
class TestWhatInitWrites:
    def test_the_python_of_a_variable_has_the_plugin(self, tmp_path, shim):
        done = loaded(tmp_path, shim, AMTS_PYTHON=sys.executable)
        assert done.stdout == "sphinx_amts 0\n"

    @pytest.mark.skipif(sys.platform == "win32", reason="a script stands for a Python")
    @pytest.mark.parametrize("name", [".venv/bin/python", "bin/py"])
    def test_other_pythons_are_looked_for(self, tmp_path, shim, name):
        python = tmp_path / name
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        (tmp_path / "bin").mkdir(exist_ok=True)
        other = tmp_path / "bin" / "python3"
        other.write_text("#!/bin/sh\necho no such module >&2; exit 1\n")
        other.chmod(0o755)
        done = loaded(tmp_path, shim, PATH=str(tmp_path / "bin"))
        assert done.stdout == "sphinx_amts 0\n", done.stderr

    @pytest.mark.skipif(sys.platform == "win32", reason="a script stands for a Python")
    @pytest.mark.parametrize(
        ("program", "python"),
        [
            ("venv/lib/python3.11/site-packages/jb/jb.cjs", "venv/bin/python"),
            ("C:\\venv\\Lib\\site-packages\\jb.cjs", "C:\\venv/Scripts/python.exe"),
        ],
    )
    def test_the_environment_of_mystmd_is_known_by_its_program(
        self, tmp_path, shim, program, python
    ):
        path = tmp_path / python
        path.parent.mkdir(parents=True)
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        path.chmod(0o755)
        started = f"process.argv[1] = {json.dumps(program)};\n{shim}"
        done = loaded(tmp_path, started, AMTS_LANGUAGE="es")
        assert done.stdout == "sphinx_amts 2\n", done.stderr

    def test_without_any_a_build_in_the_own_language_is_quiet(self, tmp_path, shim):
        done = loaded(tmp_path, shim)
        assert (done.stdout, done.stderr) == ("sphinx_amts 0\n", "")

    def test_without_any_an_edition_says_what_to_do(self, tmp_path, shim):
        done = loaded(tmp_path, shim, AMTS_LANGUAGE="es")
        assert "python -m pip install sphinx_amts" in done.stderr

    def test_what_earlier_versions_wrote_works(self, tmp_path):
        asked = subprocess.run(
            [sys.executable, "-m", "sphinx_amts.hosts.myst", "--plugin"],
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        text = EARLIER.format(
            address=Path(asked.stdout.strip()).as_uri(),
            python=Path(sys.executable).as_posix(),
            folder=tmp_path.as_posix(),
        )
        assert loaded(tmp_path, text).stdout == "sphinx_amts 0\n"


# The plugin's own tests


@pytest.mark.skipif(NODE is None, reason="needs node")
def test_the_plugin(tmp_path):
    folder = Path(str(files("sphinx_amts").joinpath("hosts/myst")))
    done = subprocess.run(
        [str(NODE), "--test", str(Path(__file__).with_name("myst_plugin.test.mjs"))],
        env=environment(AMTS_PLUGIN_FOLDER=str(folder), PATH=PATH),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
    for path in folder.glob("*.mjs"):
        subprocess.run([str(NODE), "--check", str(path)], check=True, env=os.environ)
