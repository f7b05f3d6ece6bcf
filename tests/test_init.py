"""``sphinx-amts init``: it adds what is missing, and nothing else."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from books import environment, run

from sphinx_amts.book.additions import Additions, Project, render
from sphinx_amts.errors import AmtsError
from sphinx_amts.formats.tmx import Entry, dump, load

pytestmark = pytest.mark.newest

if shutil.which("git") is None:
    pytest.skip("needs git", allow_module_level=True)

PLAIN = 'project = "Bread"\nextensions = ["myst_parser"]\n'
WORKFLOW = ".github/workflows/amts.yml"


def git(folder: Path, *arguments: str, text: str | None = None) -> str:
    """Run git as nobody in particular; ``text`` is for its standard input."""
    options = [
        *("-c", "user.name=A", "-c", "user.email=a@b"),
        *("-c", "commit.gpgsign=false", "-c", "core.autocrlf=false"),
    ]
    done = subprocess.run(
        ["git", *options, *arguments],
        cwd=folder,
        env=environment(GIT_CONFIG_GLOBAL="", GIT_CONFIG_NOSYSTEM="1"),
        input=text and text.encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


@pytest.fixture
def project(tmp_path) -> Callable[..., Path]:
    """Give ``project(conf)``: a repository with a book in ``docs``."""

    def make(
        conf: str | bytes = PLAIN, name: str = "conf.py", folder: str = "docs"
    ) -> Path:
        root = tmp_path / "bread"
        book = root / folder
        book.mkdir(parents=True)
        (book / name).write_bytes(conf.encode() if isinstance(conf, str) else conf)
        (book / "index.rst").write_text("Bread\n=====\n\nIt is warm.\n")
        git(root, "init", "-q", "-b", "trunk")
        return root

    return make


def init(root: Path, *arguments: str, expected: int = 0, folder: str = "docs"):
    """Run the command in a repository."""
    command = ["-m", "sphinx_amts", "init", folder, "-l", "zh", *arguments]
    return run(command, root, cwd=root, expected=expected)


def add(root: Path, *languages: str, folder: str = "docs") -> Additions:
    """Write what is missing, as the command does when somebody agrees."""
    found = Additions.of(Project(root / folder, languages))
    found.write()
    return found


def contents(root: Path) -> dict[str, str]:
    """Return all files but git's."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes().decode()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not {".git", "__pycache__"} & {*path.parts}
    }


def configured(root: Path) -> dict[str, list[str]]:
    """Return what a conf.py says when it is run, as Sphinx runs it."""
    names = ("extensions", "amts_memory_files")
    said = runpy.run_path(str(root / "docs" / "conf.py"))
    return {name: list(said[name]) for name in names}


BLOCK = """
# sphinx_amts: editions in other languages
extensions = [*globals().get("extensions", []), "sphinx_amts"]
amts_memory_files = [*globals().get("amts_memory_files", []), "memory/zh.tmx"]
"""


def test_it_adds_all_that_a_build_needs(project):
    root = project()
    before = contents(root)
    result = init(root, "--yes", "-l", "es")
    after = contents(root)
    assert after.keys() - before.keys() == {
        *(".gitignore", ".gitattributes", WORKFLOW),
        *("docs/memory/zh.tmx", "docs/memory/es.tmx"),
    }
    files = '"memory/zh.tmx", "memory/es.tmx"'
    assert after["docs/conf.py"] == PLAIN + BLOCK.replace('"memory/zh.tmx"', files)
    assert after["docs/index.rst"] == before["docs/index.rst"]
    assert "branches: ['trunk']" in after[WORKFLOW]
    assert "default: 'zh es'" in after[WORKFLOW]
    for name in after.keys() - before.keys() | {"docs/conf.py"}:
        assert f"+++ b/{name}" in result.stdout


@pytest.mark.parametrize("folder", ["docs", "my book"])
@pytest.mark.parametrize("conf", [PLAIN, 'project = "Bread"', "a = 1\r\n\x0cb = 2\r\n"])
def test_what_it_shows_is_what_git_shows(project, conf, folder):
    root = project(conf, folder=folder)
    (root / ".gitignore").write_bytes(b"_build")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "All")
    found = Additions.of(Project(root / folder, ("zh",)))
    shown = "".join(each.diff() for each in found.files)
    git(root, "apply", "-p1", "-", text=shown)
    applied = contents(root)
    git(root, "checkout", "-q", ".")
    git(root, "clean", "-fdq")
    found.write()
    assert contents(root) == applied


def test_the_book_builds_then(project):
    root = project('project = "Bread"\nextensions = []\n')
    init(root, "--yes")
    out = root / "out"
    options = ["-W", "-b", "html", "-D", "language=zh", "-D", "amts_engine=pseudo"]
    result = run(["-m", "sphinx", *options, root / "docs", out], out, cwd=root)
    assert "Îţ îš ŵåřm" in result.read("index.html")


def test_what_is_there_twice_counts_once(project):
    root = project("from shared import *\n")
    shared = 'extensions = ["sphinx_amts"]\namts_memory_files = ["memory/zh.tmx"]\n'
    (root / "shared.py").write_text(shared)
    add(root, "zh")
    out = root / "out"
    options = ["-W", "-b", "html", "-D", "language=zh", "-D", "amts_engine=pseudo"]
    run(["-m", "sphinx", *options, root / "docs", out], out, cwd=root)


def test_twice_is_once(project):
    root = project()
    init(root, "--yes")
    before = contents(root)
    assert init(root, "--yes").stdout == "nothing is missing\n"
    assert contents(root) == before


def test_a_language_is_added_later(project):
    root = project()
    add(root, "zh")
    path = root / WORKFLOW
    path.write_text("# of my own\n")
    added = add(root, "zh", "es")
    assert {each.name for each in added.files} == {
        *("docs/conf.py", "docs/memory/es.tmx")
    }
    after = contents(root)
    assert after["docs/conf.py"].startswith(PLAIN + BLOCK)
    assert configured(root) == {
        "extensions": ["myst_parser", "sphinx_amts"],
        "amts_memory_files": ["memory/zh.tmx", "memory/es.tmx"],
    }
    assert after[WORKFLOW] == "# of my own\n"


def test_nothing_is_written_unless_somebody_agrees(project):
    root = project()
    before = contents(root)
    assert "agree with --yes" in init(root, expected=1).stderr
    shown = init(root, "--dry-run", "--json").stdout
    assert json.loads(shown)["is_written"] is False
    assert "docs/conf.py" in json.loads(shown)["files"]
    assert contents(root) == before


def test_nothing_is_written_where_a_file_cannot_be(project):
    root = project()
    (root / ".github").write_text("no folder\n")
    before = contents(root)
    result = init(root, "--yes", expected=2)
    assert "amts.yml: cannot be " in result.stderr
    assert contents(root) == before


def test_lines_for_git_that_are_there_stay(project):
    root = project()
    (root / ".gitignore").write_text("_build\n.amts/")  # no end of line
    (root / ".gitattributes").write_bytes(b"* text=auto\r\n*.x y")
    add(root, "zh")
    after = contents(root)
    assert after[".gitignore"] == "_build\n.amts/"
    lines = "* text=auto\r\n*.x y\r\ndocs/memory/*.tmx merge=union\r\n"
    assert after[".gitattributes"] == lines


# conf.py


@pytest.mark.parametrize(
    ("conf", "extensions"),
    [
        ("", []),
        ('extensions = ["a"]\nextensions += ["b"]\n', ["a", "b"]),
        ('extensions = ("a",)\n', ["a"]),
        ('extensions = ["a"] + list("b")\n', ["a", "b"]),
        ('base = ["a"]\nextensions = base', ["a"]),
        ('if True:\n    extensions = ["a"]\n', ["a"]),
        ('globals()["extensions"] = ["a"]\n', ["a"]),
        ("from shared_by_books import *\n", ["a"]),
        ('project = "sphinx_amts"\nexclude_patterns = ["memory/zh.tmx"]\n', []),
    ],
)
def test_whatever_a_conf_py_does_is_added_to(project, monkeypatch, conf, extensions):
    root = project(conf)
    (root / "shared_by_books.py").write_text('extensions = ["a"]\n')
    monkeypatch.syspath_prepend(str(root))
    assert add(root, "zh").by_hand == []
    assert configured(root) == {
        "extensions": [*extensions, "sphinx_amts"],
        "amts_memory_files": ["memory/zh.tmx"],
    }
    assert contents(root)["docs/conf.py"].startswith(conf)
    assert add(root, "zh").files == []


@pytest.mark.parametrize(
    "conf",
    [
        'extensions = [\n  "sphinx_amts",\n]\namts_memory_files = ["memory/zh.tmx"]\n',
        'extensions = load()\nextensions += ["sphinx_amts"]\n'
        'amts_memory_files = ["memory/" + "x.tmx"]\n'
        'amts_memory_files.append("memory/zh.tmx")\n',
        'extensions: list[str] = ["sphinx_amts"]\n'
        'amts_memory_files = "people.csv, memory/zh.tmx"\n',
    ],
)
def test_a_conf_py_that_has_all_is_left_alone(project, conf):
    root = project(conf)
    add(root, "zh")
    assert contents(root)["docs/conf.py"] == conf


def test_a_text_in_the_place_of_a_list_is_said(project):
    conf = 'extensions = []\namts_memory_files = "people.csv"\n'
    root = project(conf)
    result = init(root, "--yes", expected=1)
    assert "conf.py:2: amts_memory_files is no list. Make it one" in result.stderr
    assert 'add to it: "memory/zh.tmx"' in result.stderr
    assert contents(root)["docs/conf.py"] == conf
    assert WORKFLOW in contents(root)


@pytest.mark.parametrize(
    ("conf", "reason"),
    [("a = 1\nextensions = [\n", "conf.py:2: is not Python"), ("\0", "is not Python")],
)
def test_a_book_without_python_s_grammar(project, conf, reason):
    root = project(conf)
    before = contents(root)
    assert reason in init(root, "--yes", expected=2).stderr
    assert contents(root) == before


@pytest.mark.parametrize(
    "conf",
    [
        b'project = "Bread"\r\nauthor = "A"\r\n',
        b'\xef\xbb\xbfproject = "Br\xc3\xb6t"\n',
        b'# -*- coding: latin-1 -*-\nproject = "Br\xf6t"\n',
        b'project = "Bread" # no end of line',
    ],
)
def test_the_bytes_of_a_conf_py_stay(project, conf):
    root = project(conf)
    add(root, "zh")
    after = (root / "docs" / "conf.py").read_bytes()
    assert after.startswith(conf)
    assert after.count(b"\n") == after.count(b"\r\n") or b"\r" not in conf
    assert configured(root)["extensions"] == ["sphinx_amts"]


@pytest.mark.skipif(os.name == "nt", reason="needs permissions and links of POSIX")
def test_a_file_stays_what_it_is(project):
    root = project()
    conf = root / "docs" / "conf.py"
    conf.chmod(0o750)
    conf.rename(root.parent / "conf.py")
    conf.symlink_to("../../conf.py")
    add(root, "zh")
    assert conf.is_symlink()
    assert conf.stat().st_mode & 0o777 == 0o750
    assert conf.read_text() == PLAIN + BLOCK


# Languages


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("../x", "'../x' is not a language code"),
        ("qq", "'qq' is no language, region or script that is known"),
        ("pt_XX", "'pt_XX' is no language, region or script that is known"),
        ("en", "'en' is the language of the book itself"),
        ("en-GB", "'en-GB' is the language of the book itself"),
    ],
)
def test_what_is_no_other_language_is_refused(project, language, reason):
    root = project()
    before = contents(root)
    assert reason in init(root, "--yes", "-l", language, expected=2).stderr
    assert contents(root) == before


def test_a_language_in_two_spellings_is_one(project):
    root = project()
    languages = ("pt_BR", "pt-br", "ZH", "zh-Hans", "sr@latin", "de", "de_AT")
    add(root, *languages)
    expected = ["pt_BR", "zh", "sr_Latn", "de", "de_AT"]
    files = [f"memory/{name}.tmx" for name in expected]
    assert configured(root)["amts_memory_files"] == files
    assert f"default: '{' '.join(expected)}'" in contents(root)[WORKFLOW]
    (root / WORKFLOW).unlink()
    (again,) = add(root, "pt-BR", "zh_CN").files
    assert again.name == WORKFLOW
    assert b"default: 'pt_BR zh'" in again.after


@pytest.mark.parametrize(
    ("name", "conf"),
    [
        ("conf.py", 'amts_source_language = "de"\n'),
        ("_config.yml", "sphinx:\n  config:\n    amts_source_language: de\n"),
    ],
)
def test_a_book_in_another_language(project, name, conf):
    root = project(conf, name)
    with pytest.raises(AmtsError, match="'de-AT' is the language of the book"):
        add(root, "de-AT")
    add(root, "en")
    assert 'srclang="de"' in contents(root)["docs/memory/en.tmx"]


# Jupyter Book 1


def test_a_jupyter_book(project):
    root = project("title: Bread\n", "_config.yml")
    init(root, "--yes")
    assert contents(root)["docs/_config.yml"] == (
        "title: Bread\n\nsphinx:\n  extra_extensions: [sphinx_amts]\n"
        "  config:\n    amts_memory_files: [memory/zh.tmx]\n"
    )
    assert "default: 'jupyter-book<2 sphinx_amts'" in contents(root)[WORKFLOW]
    assert init(root, "--yes").stdout == "nothing is missing\n"
    add(root, "zh", "es")
    lists = "[memory/es.tmx, memory/zh.tmx]"
    assert f"    amts_memory_files: {lists}\n" in contents(root)["docs/_config.yml"]


def test_a_config_yml_without_a_place_is_not_written(project):
    text = "title: Bread\nsphinx: [a]\n"
    root = project(text, "_config.yml")
    result = init(root, "--yes", expected=1)
    assert "_config.yml:2: add what is missing, by hand:\nsphinx:\n" in result.stderr
    assert contents(root)["docs/_config.yml"] == text
    assert WORKFLOW in contents(root)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [b\nc: d\n", "_config.yml:2: is not YAML"),
        ("a: 1\n---\nb: 2\n", "_config.yml:2: is not YAML"),
        ("a: \0\n", "_config.yml: is not YAML"),
        (b"a: \xf6\n", "_config.yml: is not in UTF-8"),
    ],
)
def test_a_book_without_yaml_s_grammar(project, text, reason):
    root = project(text, "_config.yml")
    assert reason in init(root, "--yes", expected=2).stderr
    assert not (root / ".gitignore").exists()


@pytest.mark.parametrize(
    ("conf", "other", "edited"),
    [
        (PLAIN, "_config.yml", "conf.py"),  # Jekyll's
        ("# Auto-generated by `jupyter-book config`\n", "_config.yml", "_config.yml"),
        ("# Auto-generated by `jupyter-book config`\n", "other.yml", "conf.py"),
    ],
)
def test_people_edit_one_of_two_configurations(project, conf, other, edited):
    root = project(conf)
    (root / "docs" / other).write_text("title: Bread\n")
    names = {each.name for each in add(root, "zh").files}
    both = {"docs/conf.py", "docs/_config.yml"}
    assert names & both == {f"docs/{edited}"}


def test_no_book(tmp_path):
    command = ["-m", "sphinx_amts", "init", ".", "-l", "zh"]
    result = run(command, tmp_path, cwd=tmp_path, expected=2)
    assert "neither conf.py, myst.yml nor _config.yml" in result.stderr


# The workflow, and what git is told


def test_the_requirements_of_the_book(project):
    root = project()
    (root / "requirements.txt").write_text("furo\n")
    assert "'-r requirements.txt sphinx_amts'" in init(root, "--dry-run").stdout
    (root / "docs" / "requirements.txt").write_text("sphinx-amts @ file:///x\n")
    assert "'-r docs/requirements.txt'" in init(root, "--dry-run").stdout


@pytest.mark.parametrize(
    "folder",
    [
        "my book",
        "it's #1 [a]",
        pytest.param(
            'a: "b"',
            marks=pytest.mark.skipif(os.name == "nt", reason="no name on Windows"),
        ),
    ],
)
def test_a_path_may_have_blanks(project, folder):
    root = project(folder=folder)
    (root / folder / "requirements.txt").write_text("furo\n")
    init(root, "--yes", folder=folder)
    workflow = yaml.safe_load((root / WORKFLOW).read_text(encoding="utf-8"))
    inputs = workflow[True]["workflow_call"]["inputs"]  # YAML's "on"
    assert inputs["source"]["default"] == folder
    assert inputs["memory"]["default"] == f"{folder}/memory"
    quoted = f"{folder}/memory".replace("'", "''")
    assert workflow["env"]["MEMORY"] == f"${{{{ inputs.memory || '{quoted}' }}}}"
    memory = f"{folder}/memory/zh.tmx"
    said = git(root, "check-attr", "-z", "merge", "--", memory)
    assert said == f"{memory}\0merge\0union\0"


def test_our_own_workflow_is_what_init_writes():
    root = Path(__file__).parents[1]
    if not (root / WORKFLOW).exists():
        pytest.skip("needs the repository, not the package")
    project = Project(root / "docs", ("zh",), ".[docs]", "main")
    template = root / "sphinx_amts" / "workflows" / "amts.yml"
    # Written out, not `Project.root`: a copy of the repository may have no git.
    written = render(template.read_text(encoding="utf-8"), project)
    assert (root / WORKFLOW).read_text(encoding="utf-8") == written


def test_branches_that_translate_different_texts_merge(project):
    root = project()
    init(root, "--yes")
    memory = root / "docs" / "memory" / "zh.tmx"

    def put(*texts: str) -> None:
        origins = {text: {"origin": "machine"} for text in "CZ"}
        entries = [
            Entry({"en": text, "zh-CN": f"译{text}"}, {}, origins.get(text, {}))
            for text in texts
        ]
        dump(entries, memory, source_language="en")
        git(root, "add", "-A")
        git(root, "commit", "-qm", "Texts")

    put("A", "M")
    git(root, "switch", "-qc", "other")
    put("A", "C", "M", "Z")
    git(root, "switch", "-q", "trunk")
    put("A", "B", "M")
    git(root, "merge", "-q", "--no-edit", "other")
    merged = {entry.texts["en"]: entry for entry in load(memory)}
    texts = {source: entry.texts["zh-CN"] for source, entry in merged.items()}
    assert texts == {text: f"译{text}" for text in "ABCMZ"}
    machine = [text for text, entry in merged.items() if entry.properties]
    assert machine == ["C", "Z"]
