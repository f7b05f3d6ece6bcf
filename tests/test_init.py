"""``sphinx-amts init``: it adds what is missing, and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from books import environment, run

from sphinx_amts.book.additions import NotUnderstoodError, Project, add_to_list, render
from sphinx_amts.formats.tmx import Entry, dump, load

pytestmark = pytest.mark.oldest_and_newest

if shutil.which("git") is None:
    pytest.skip("needs git", allow_module_level=True)

PLAIN = 'project = "Bread"\nextensions = ["myst_parser"]\n'
WORKFLOW = ".github/workflows/amts.yml"


def git(folder: Path, *arguments: str) -> str:
    """Run git as nobody in particular."""
    options = [
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@b",
        "-c",
        "commit.gpgsign=false",
    ]
    done = subprocess.run(
        ["git", *options, *arguments],
        cwd=folder,
        env=environment(GIT_CONFIG_GLOBAL="", GIT_CONFIG_NOSYSTEM="1"),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


@pytest.fixture
def project(tmp_path) -> Callable[..., Path]:
    """Give ``project(conf)``: a repository with a book in ``docs``."""

    def make(conf: str = PLAIN, name: str = "conf.py") -> Path:
        root = tmp_path / "bread"
        (root / "docs").mkdir(parents=True)
        (root / "docs" / name).write_text(conf, encoding="utf-8")
        (root / "docs" / "index.rst").write_text("Bread\n=====\n\nIt is warm.\n")
        git(root, "init", "-q", "-b", "trunk")
        return root

    return make


def init(root: Path, *arguments: str, expected: int = 0):
    """Run the command in a repository."""
    command = ["-m", "sphinx_amts", "init", "docs", "-l", "zh", *arguments]
    return run(command, root, cwd=root, expected=expected)


def contents(root: Path) -> dict[str, str]:
    """Return all files but git's."""
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }


def test_it_adds_all_that_a_build_needs(project):
    root = project()
    before = contents(root)
    result = init(root, "--yes", "-l", "es")
    after = contents(root)
    assert after.keys() - before.keys() == {
        *(".gitignore", ".gitattributes", WORKFLOW),
        *("docs/memory/zh.tmx", "docs/memory/es.tmx"),
    }
    assert after["docs/conf.py"] == (
        'project = "Bread"\nextensions = ["myst_parser", "sphinx_amts"]\n'
        'amts_memory_files = ["memory/zh.tmx", "memory/es.tmx"]\n'
    )
    assert after["docs/index.rst"] == before["docs/index.rst"]
    assert "branches: ['trunk']" in after[WORKFLOW]
    assert "default: 'zh es'" in after[WORKFLOW]
    for name in after.keys() - before.keys() | {"docs/conf.py"}:
        assert f"+++ b/{name}" in result.stdout


def test_what_it_shows_is_what_git_shows(project):
    root = project()
    git(root, "add", "-A")
    git(root, "commit", "-qm", "All")
    shown = init(root, "--dry-run").stdout
    subprocess.run(
        ["git", "apply", "-p1", "-"], input=shown, cwd=root, check=True, text=True
    )
    applied = contents(root)
    git(root, "checkout", "-q", ".")
    git(root, "clean", "-fdq")
    init(root, "--yes")
    assert contents(root) == applied


def test_the_book_builds_then(project):
    root = project('project = "Bread"\nextensions = []\n')
    init(root, "--yes")
    out = root / "out"
    options = ["-W", "-b", "html", "-D", "language=zh", "-D", "amts_engine=pseudo"]
    result = run(["-m", "sphinx", *options, root / "docs", out], out, cwd=root)
    assert "Îţ îš ŵåřm" in result.read("index.html")


def test_twice_is_once(project):
    root = project()
    init(root, "--yes")
    before = contents(root)
    assert init(root, "--yes").stdout == "nothing is missing\n"
    assert contents(root) == before


def test_a_language_is_added_later(project):
    root = project()
    init(root, "--yes")
    path = root / WORKFLOW
    path.write_text("# of my own\n")
    init(root, "--yes", "-l", "es")
    after = contents(root)
    assert '["memory/zh.tmx", "memory/es.tmx"]' in after["docs/conf.py"]
    assert after[WORKFLOW] == "# of my own\n"


def test_nothing_is_written_unless_somebody_agrees(project):
    root = project()
    before = contents(root)
    assert "agree with --yes" in init(root, expected=1).stderr
    shown = init(root, "--dry-run", "--json").stdout
    assert json.loads(shown)["is_written"] is False
    assert "docs/conf.py" in json.loads(shown)["files"]
    assert contents(root) == before


def test_lines_for_git_that_are_there_stay(project):
    root = project()
    (root / ".gitignore").write_text("_build\n.amts/")  # no end of line
    (root / ".gitattributes").write_text("* text=auto")
    init(root, "--yes")
    after = contents(root)
    assert after[".gitignore"] == "_build\n.amts/"
    lines = "* text=auto\ndocs/memory/*.tmx merge=union\n"
    assert after[".gitattributes"] == lines


@pytest.mark.parametrize(
    "conf",
    [
        'extensions = ["a"]\nextensions += ["b"]\n',
        'extensions = ["a"] + more()\n',
        'base = ["a"]\nextensions = base\n',
        'if True:\n    extensions = ["a"]\n',
        "from shared import *\n",
    ],
)
def test_a_conf_py_that_is_not_understood_is_not_written(project, conf):
    root = project(conf)
    result = init(root, "--yes", expected=1)
    assert 'add to `extensions`, by hand: "sphinx_amts"' in result.stderr
    assert contents(root)["docs/conf.py"] == conf
    assert WORKFLOW in contents(root)


def test_a_book_without_python_s_grammar(project):
    result = init(project("extensions = [\n"), "--yes", expected=2)
    assert "conf.py:1: is not Python" in result.stderr


def test_no_book(tmp_path):
    result = run(
        ["-m", "sphinx_amts", "init", ".", "-l", "zh"],
        tmp_path,
        cwd=tmp_path,
        expected=2,
    )
    assert "neither conf.py nor _config.yml" in result.stderr


def test_no_language(project):
    result = init(project(), "-l", "../x", expected=2)
    assert "is not a language code" in result.stderr


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = []\n", 'x = ["new"]\n'),
        ("x = ['a']  # why\n", "x = ['a', \"new\"]  # why\n"),
        ("x = [\n  'a',\n  'b'\n]\n", "x = [\n  'a',\n  'b',\n  \"new\"\n]\n"),
        ("x = [\n\t'书', # 书\n]\n", "x = [\n\t'书',\n\t\"new\", # 书\n]\n"),
        ("书 = 1; x = ['书']\n", "书 = 1; x = ['书', \"new\"]\n"),
        ("y = 1", 'y = 1\nx = ["new"]\n'),
        ("x = ['new']", "x = ['new']"),
        ("x = load()\nx += ['new']\n", "x = load()\nx += ['new']\n"),
    ],
)
def test_a_list_in_python(before, after):
    assert add_to_list(before, Path("conf.py"), "x", ["new"]) == after


def test_a_list_of_calls_is_kept():
    with pytest.raises(NotUnderstoodError):
        add_to_list("x = ['a']\nx += f()\n", Path("conf.py"), "x", ["new"])


def test_a_jupyter_book(project):
    root = project("title: Bread\n", "_config.yml")
    init(root, "--yes")
    assert contents(root)["docs/_config.yml"] == (
        "title: Bread\n\nsphinx:\n  extra_extensions: [sphinx_amts]\n"
        "  config:\n    amts_memory_files: [memory/zh.tmx]\n"
    )
    assert "default: 'jupyter-book<2 sphinx_amts'" in contents(root)[WORKFLOW]
    assert init(root, "--yes").stdout == "nothing is missing\n"


def test_a_jupyter_book_with_settings_of_sphinx(project):
    text = "sphinx:\n  config:\n    language: en\n"
    root = project(text, "_config.yml")
    result = init(root, "--yes", expected=1)
    assert "extra_extensions: [sphinx_amts]" in result.stderr
    assert contents(root)["docs/_config.yml"] == text


def test_the_requirements_of_the_book(project):
    root = project()
    (root / "requirements.txt").write_text("furo\n")
    assert "'-r requirements.txt sphinx_amts'" in init(root, "--dry-run").stdout
    (root / "docs" / "requirements.txt").write_text("sphinx-amts @ file:///x\n")
    assert "'-r docs/requirements.txt'" in init(root, "--dry-run").stdout


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
