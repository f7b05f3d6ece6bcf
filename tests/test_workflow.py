"""The workflow for GitHub: its form, its rights, and what its steps run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from books import environment

import sphinx_amts

pytestmark = pytest.mark.oldest_and_newest

if os.name == "nt" or shutil.which("bash") is None or shutil.which("git") is None:
    pytest.skip("needs bash and git, as GitHub's runner has", allow_module_level=True)

TEMPLATE = Path(sphinx_amts.__file__).parent / "workflows" / "amts.yml"
OF_MYST = TEMPLATE.with_name("amts-myst.yml")
HOW_TO = Path(__file__).parents[1] / "docs" / "how-to" / "read-the-docs.md"
ACTION = Path(__file__).parents[1] / ".github" / "actions" / "build" / "action.yml"
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
GH = """\
#!/bin/sh
echo "$@" >> "$GH_LOG"
if [ "$1 $2" = "pr list" ]; then cat "$GH_OPEN"; fi
"""


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    """The workflow as data."""
    return yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))


def step(workflow: dict[str, Any], job: str, name: str) -> str:
    """Return what a step runs."""
    steps = workflow["jobs"][job]["steps"]
    return next(each["run"] for each in steps if each.get("name") == name)


@pytest.fixture
def runner(tmp_path):
    """Give ``runner(script, **variables)``: a step in a clone of a small book."""
    root, remote = tmp_path / "clone", tmp_path / "remote"
    (root / "docs").mkdir(parents=True)
    conf = 'project = "Bread"\namts_engine = "pseudo"\n'
    (root / "docs" / "conf.py").write_text(conf)
    (root / "docs" / "index.rst").write_text("Bread\n=====\n\nIt is warm.\n")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, command in (
        ("python", f'exec "{sys.executable}" "$@"'),
        ("sphinx-amts", f'exec "{sys.executable}" -m sphinx_amts "$@"'),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{command}\n")
    (programs / "gh").write_text(GH)
    for each in programs.iterdir():
        each.chmod(0o755)
    variables = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GH_LOG": str(tmp_path / "gh.log"),
        "GH_OPEN": str(tmp_path / "gh.open"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "SOURCE": "docs",
        "LANGUAGES": "zh es",
        "MEMORY": "docs/memory",
        "BRANCH": "main",
        "PROPOSAL": "amts/memory",
    }
    (tmp_path / "temp").mkdir()
    (tmp_path / "gh.open").write_text("0\n")

    def call(script: str, **more: str) -> Path:
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=root,
            env=environment(**variables, **more),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return root

    call(
        f'git init -q -b main && git init -q --bare "{remote}"\n'
        f'git remote add origin "{remote}"\n'
        "sphinx-amts init docs -l zh -l es --yes\n"
        "git add -A && git -c user.name=A -c user.email=a@b commit -qm Book\n"
        "git push -q origin main"
    )
    return call


@pytest.mark.parametrize(
    ("event", "branch", "is_main"),
    [
        ("push", "main", "true"),
        ("schedule", "main", "true"),
        ("push", "other", "false"),
        ("pull_request", "main", "false"),
    ],
)
def test_the_plan(workflow, runner, event, branch, is_main):
    script = step(workflow, "plan", "List the editions")
    root = runner(script, GITHUB_EVENT_NAME=event, GITHUB_REF_NAME=branch)
    text = (root.parent / "output").read_text()
    values = dict(line.split("=", 1) for line in text.splitlines())
    assert json.loads(values["editions"]) == ["source", "zh", "es"]
    assert values["is-main"] == is_main


@pytest.mark.parametrize("job", ["build", "translate"])
def test_what_is_installed_may_have_blanks(workflow, runner, job):
    root = runner('mkdir "my book" && echo "# nothing" > "my book/requirements.txt"')
    (root.parent / "programs" / "python").write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    install = "-r 'my book/requirements.txt' \"furo<3\" sphinx_amts[zh]"
    runner(f"({step(workflow, job, 'Install')}) > said", INSTALL=install)
    words = ["-m", "pip", "install", "-r", "my book/requirements.txt"]
    expected = "|".join([*words, "furo<3", "sphinx_amts[zh]", ""])
    assert (root / "said").read_text("utf-8") == expected


def test_editions_are_built_where_the_site_has_them(workflow, runner):
    script = step(workflow, "build", "Build")
    for edition in ("source", "zh"):
        root = runner(script, EDITION=edition)
    assert "It is warm" in (root / "site" / "index.html").read_text("utf-8")
    assert "Îţ îš ŵåřm" in (root / "site" / "zh" / "index.html").read_text("utf-8")
    assert not list((root / "site").rglob("*.doctree"))


def test_what_was_translated_becomes_a_pull_request(workflow, runner):
    runner(step(workflow, "translate", "Translate"))
    runner("git checkout -q . && git clean -fdq")  # another job, another machine
    script = step(workflow, "propose", "Open a pull request")
    root = runner(script, GH_TOKEN="none")
    temp = root.parent / "temp" / "memory"
    assert {path.name for path in temp.iterdir()} == {"zh.tmx", "es.tmx"}
    log = (root.parent / "gh.log").read_text()
    assert "pr create --head amts/memory --base main --title New translations" in log
    runner("git fetch -q origin && git show origin/amts/memory:docs/memory/es.tmx > a")
    assert "Îţ îš ŵåřm" in (root / "a").read_text("utf-8")
    runner("git diff --name-only origin/main origin/amts/memory > names")
    names = (root / "names").read_text().split()
    assert names == ["docs/memory/es.tmx", "docs/memory/zh.tmx"]


def test_a_pull_request_that_is_open_is_renewed(workflow, runner):
    runner(step(workflow, "translate", "Translate"))
    script = step(workflow, "propose", "Open a pull request")
    root = runner(script, GH_TOKEN="none")
    (root.parent / "gh.open").write_text("1\n")
    runner("git switch -q main && git branch -qD amts/memory")
    runner(script, GH_TOKEN="none")
    assert (root.parent / "gh.log").read_text().count("pr create") == 1


def test_nothing_new_is_no_pull_request(workflow, runner):
    runner(step(workflow, "translate", "Translate"))
    runner("git add docs/memory && git -c user.name=A -c user.email=a@b commit -qm M")
    root = runner(step(workflow, "propose", "Open a pull request"), GH_TOKEN="none")
    assert not (root.parent / "gh.log").exists()


def test_each_job_has_no_more_rights_than_it_needs(workflow):
    assert workflow["permissions"] == {}
    rights = {name: job["permissions"] for name, job in workflow["jobs"].items()}
    assert rights == {
        "plan": {},
        "build": {"contents": "read"},
        "site": {},
        "deploy": {"pages": "write", "id-token": "write"},
        "translate": {"contents": "read", "id-token": "write"},
        "propose": {"contents": "write", "pull-requests": "write"},
    }


def test_the_workflow_of_a_book_of_mystmd_has_the_same_rights(workflow):
    other = yaml.safe_load(OF_MYST.read_text(encoding="utf-8"))
    assert other["permissions"] == {}
    for name, job in other["jobs"].items():
        assert job["permissions"] == workflow["jobs"][name]["permissions"]
    for name in ("build", "propose"):
        assert "secrets." not in json.dumps(other["jobs"][name])


def test_a_fork_needs_no_secret(workflow):
    """Where a pull request comes from a fork, these jobs alone run."""
    main = "needs.plan.outputs.is-main == 'true'"
    jobs = workflow["jobs"]
    free = [name for name, job in jobs.items() if job.get("if") != main]
    assert free == ["plan", "build", "site", "propose"]
    assert jobs["propose"]["needs"] == "translate"  # skipped with it
    for name in free[:3]:
        text = json.dumps(jobs[name])
        assert "secrets." not in text
        assert "vars." not in text


@pytest.mark.parametrize(
    "path", [TEMPLATE, OF_MYST, ACTION], ids=["workflow", "of mystmd", "action"]
)
def test_actions_are_pinned_and_no_input_is_in_a_script(path):
    if not path.exists():
        pytest.skip("needs the repository, not the package")
    text = path.read_text(encoding="utf-8")
    uses = re.findall(r"uses: .*", text)
    assert uses
    assert [each for each in uses if not PINNED.match(each)] == []
    data = yaml.safe_load(text)
    jobs = data["jobs"].values() if "jobs" in data else [data["runs"]]
    scripts = [each["run"] for job in jobs for each in job["steps"] if "run" in each]
    assert scripts
    assert not any("${{" in script for script in scripts)


def test_the_action_builds_a_language(runner):
    if not ACTION.exists():
        pytest.skip("needs the repository, not the package")
    steps = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"]["steps"]
    options = "-W -q -D 'html_title=My book'"
    for language, words in (("es", "Îţ îš ŵåřm"), ("", "It is warm")):
        root = runner(
            steps[-1]["run"],
            LANGUAGE_TO_BUILD=language,
            OUTPUT="out",
            OPTIONS=options if language else "",
        )
        page = (root / "out" / "index.html").read_text("utf-8")
        assert words in page
        assert ("[Mý" in page) == bool(language)


def test_read_the_docs_builds_what_its_environment_says(runner):
    if not HOW_TO.exists():
        pytest.skip("needs the documentation of the repository")
    text = HOW_TO.read_text(encoding="utf-8")
    found = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    configuration = yaml.safe_load(found[0])
    for language, words in (("zh_CN", "Îţ îš ŵåřm"), ("en", "It is warm")):
        for command in configuration["build"]["jobs"]["build"]["html"]:
            root = runner(
                command,
                READTHEDOCS_LANGUAGE=language,
                READTHEDOCS_OUTPUT=f"_readthedocs/{language}",
            )
        page = root / "_readthedocs" / language / "html" / "index.html"
        assert words in page.read_text("utf-8")
