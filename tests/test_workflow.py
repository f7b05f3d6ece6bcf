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
from books import environment, run

import sphinx_amts

pytestmark = pytest.mark.newest

if os.name == "nt" or shutil.which("bash") is None or shutil.which("git") is None:
    pytest.skip("needs bash and git, as GitHub's runner has", allow_module_level=True)

TEMPLATE = Path(sphinx_amts.__file__).parent / "workflows" / "amts.yml"
OF_MYST = TEMPLATE.with_name("amts-myst.yml")
HOW_TO = Path(__file__).parents[1] / "docs" / "how-to" / "read-the-docs.md"
ACTION = Path(__file__).parents[1] / ".github" / "actions" / "build" / "action.yml"
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
CORRECT = """\
import pathlib, re, sys
path, old, new = pathlib.Path(sys.argv[1]), *sys.argv[2:]
units = path.read_text("utf-8").split("<tu>")
units = [
    re.sub("  <prop .*\\n", "", unit).replace(old, new) if old in unit else unit
    for unit in units
]
path.write_text("<tu>".join(units), "utf-8")
"""
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


@pytest.fixture(scope="module")
def first_clone(tmp_path_factory):
    """A clone of a small book, and what it is a clone of, in a folder to be copied."""
    place = tmp_path_factory.mktemp("first")
    root = place / "clone"
    (root / "docs").mkdir(parents=True)
    conf = 'project = "Bread"\namts_engine = "pseudo"\n'
    (root / "docs" / "conf.py").write_text(conf)
    (root / "docs" / "index.rst").write_text("Bread\n=====\n\nIt is warm.\n")
    words = ["init", "docs", "-l", "zh", "-l", "es", "--yes"]
    run(["-m", "sphinx_amts", *words], root, cwd=root)
    script = (
        "git init -q -b main && git init -q --bare ../remote\n"
        "git remote add origin ../remote\n"
        "git add -A && git -c user.name=A -c user.email=a@b commit -qm Book\n"
        "git push -q origin main"
    )
    variables = environment(GIT_CONFIG_GLOBAL=os.devnull)
    subprocess.run(["bash", "-ec", script], cwd=root, env=variables, check=True)
    return place


@pytest.fixture
def runner(first_clone, tmp_path):
    """Give ``runner(script, **variables)``: a step in a clone of a small book."""
    shutil.copytree(first_clone, tmp_path, symlinks=True, dirs_exist_ok=True)
    root = tmp_path / "clone"
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, command in (
        ("python", f'exec "{sys.executable}" "$@"'),
        ("sphinx-amts", f'exec "{sys.executable}" -m sphinx_amts "$@"'),
        ("correct", f'exec "{sys.executable}" "{tmp_path}/correct.py" "$@"'),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{command}\n")
    (programs / "gh").write_text(GH)
    (tmp_path / "correct.py").write_text(CORRECT)
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
        "LOCK": "docs/requirements-hashed.txt",
        "PROPOSAL": "amts/memory",
    }
    (tmp_path / "temp").mkdir()
    (tmp_path / "gh.open").write_text("0\n")

    def call(script: str, **more: str) -> Path:
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=root,
            env=environment(**{**variables, **more}),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return root

    call("git update-index -q --refresh")  # copies are other files to git
    return call


@pytest.mark.parametrize(
    ("event", "branch", "is_main"),
    [
        ("push", "main", "true"),
        ("schedule", "main", "true"),
        ("push", "other", "false"),
        ("workflow_dispatch", "main", "true"),
        ("pull_request", "main", "false"),
        ("pull_request_target", "main", "false"),
        ("workflow_run", "main", "false"),
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


# What is proposed, and what reviewers do with it

CLEAN = "git switch -q main && git reset -q --hard origin/main && git clean -fdq"
AS_ANA = "git -c user.name=Ana -c user.email=ana@b commit -qam Review"
TAKE_IN = "Take in what reviewers did"
ES = "docs/memory/es.tmx"
KEEP = f'cp {ES} "$RUNNER_TEMP/memory"'
ADD = f"echo '<!-- more -->' >> {ES}; {KEEP}"  # what a translation is for git


@pytest.fixture
def propose(workflow, runner):
    """Give ``propose()``: one run of the workflow, from translating to the request.

    ``translate`` may stand for what that step runs, ``between`` is done after it.
    """

    def run(between: str = "true", translate: str = "", languages: str = "es") -> Path:
        translate = translate or step(workflow, "translate", "Translate")
        runner("git fetch -q origin && git remote prune origin")
        for script in (step(workflow, "translate", TAKE_IN), translate):
            runner(script, LANGUAGES=languages)
        runner(f"{CLEAN}\n{between}")  # another job, another machine
        runner("git branch -qD amts/memory || true; git fetch -q origin")
        root = runner(step(workflow, "propose", "Open a pull request"), GH_TOKEN="none")
        runner(CLEAN)
        return root

    return run


def proposed(runner, name: str = ES) -> str:
    """Return a file of the branch that is proposed."""
    root = runner(f"git fetch -q origin && git show origin/amts/memory:{name} > ../a")
    return (root.parent / "a").read_text("utf-8")


def review(runner, script: str, branch: str = "amts/memory") -> None:
    """Commit what a person does on a branch."""
    runner(f"git fetch -q origin && git switch -q -C review origin/{branch}")
    runner(f"{script}\n{AS_ANA} && git push -q origin HEAD:{branch}")
    runner("git switch -q main && git pull -q origin main && git branch -qD review")


def test_what_was_translated_becomes_a_pull_request(runner, propose):
    root = propose(languages="zh es")
    temp = root.parent / "temp" / "memory"
    assert {path.name for path in temp.iterdir()} == {"zh.tmx", "es.tmx", "reviewed"}
    log = (root.parent / "gh.log").read_text()
    assert "pr create --head amts/memory --base main --title New translations" in log
    assert "Îţ îš ŵåřm" in proposed(runner)
    runner("git diff --name-only origin/main origin/amts/memory > ../names")
    names = (root.parent / "names").read_text().split()
    assert names == ["docs/memory/es.tmx", "docs/memory/zh.tmx"]


def test_what_reviewers_commit_survives(runner, propose):
    root = propose()
    (root.parent / "gh.open").write_text("1\n")
    review(runner, f"correct {ES} 'Îţ îš ŵåřm' 'Está caliente'")
    review(runner, "echo 'All of it is read.' >> docs/conf.py")  # not yet let in
    review(runner, "printf '\\nIt is new.\\n' >> docs/index.rst", "main")
    propose()
    text = proposed(runner)
    assert "Está caliente" in text
    assert "Îţ îš ŵåřm" not in text
    assert "Îţ îš ñéŵ" in text
    assert "All of it is read." in proposed(runner, "docs/conf.py")
    assert "It is new." in proposed(runner, "docs/index.rst")
    runner("git log --format=%an origin/amts/memory > ../who")
    assert (root.parent / "who").read_text().split().count("Ana") == 3
    assert (root.parent / "gh.log").read_text().count("pr create") == 1
    tip = runner("git rev-parse origin/amts/memory > ../tip").parent / "tip"
    before = tip.read_text()
    propose()  # nothing is new
    runner("git rev-parse origin/amts/memory > ../tip")
    assert tip.read_text() == before


def test_a_person_s_unit_wins_on_either_branch(runner, propose):
    more = "printf '\\nA crust.\\n' >> docs/index.rst"
    review(runner, more, "main")
    propose()
    review(runner, f"correct {ES} 'Îţ îš ŵåřm' 'Está caliente'")
    memory = f"git fetch -q && git show origin/amts/memory~1:{ES} > {ES}"
    review(runner, f"{memory}\ncorrect {ES} 'Å çřûšţ' Una", "main")
    propose()
    text = proposed(runner)
    assert "Está caliente" in text
    assert "Una" in text
    assert "Îţ îš ŵåřm" not in text
    assert "Å çřûšţ" not in text


def test_a_branch_that_was_merged_is_continued(runner, propose):
    propose()
    runner("git merge -q --squash origin/amts/memory")
    runner("git -c user.name=A -c user.email=a@b commit -qam Squashed")
    runner("git push -q origin main")
    review(runner, f"correct {ES} 'Îţ îš ŵåřm' 'Quema'", "main")
    review(runner, "printf '\\nIt is new.\\n' >> docs/index.rst", "main")
    propose()
    text = proposed(runner)
    assert "Quema" in text
    assert "Îţ îš ñéŵ" in text
    runner("git merge -q --ff-only origin/amts/memory")  # no conflict


def test_what_comes_while_it_runs_is_left_for_the_next_run(runner, propose):
    propose(translate=ADD)
    between = "git fetch -q && git switch -q -C x origin/amts/memory\n"
    between += f"echo '<!-- read -->' >> {ES}\n{AS_ANA}\n"
    between += f"git push -q origin HEAD:amts/memory\n{CLEAN}"
    propose(between, translate=ADD)
    assert proposed(runner).split("\n")[-3:] == ["<!-- more -->", "<!-- read -->", ""]
    propose(translate=ADD)
    assert proposed(runner).split("\n")[-4:] == [
        *("<!-- more -->", "<!-- read -->", "<!-- more -->", "")
    ]


def test_a_conflict_elsewhere_is_left_to_people(runner, propose):
    propose(translate=ADD)
    review(runner, "sed -i 's/warm/soft/' docs/index.rst")
    review(runner, "sed -i 's/warm/cold/' docs/index.rst", "main")
    propose(translate=ADD)
    assert "It is soft." in proposed(runner, "docs/index.rst")
    assert proposed(runner).count("<!-- more -->") == 2


def test_nothing_new_is_no_pull_request(propose):
    root = propose(translate=KEEP)
    assert not (root.parent / "gh.log").exists()


def test_nothing_is_forced():
    assert "--force" not in TEMPLATE.read_text(encoding="utf-8")


# Rights


def test_each_job_has_no_more_rights_than_it_needs(workflow):
    assert workflow["permissions"] == {}
    rights = {name: job["permissions"] for name, job in workflow["jobs"].items()}
    assert rights == {
        "plan": {},
        "build": {"contents": "read"},
        "site": {},
        "deploy": {"pages": "write", "id-token": "write"},
        "translate": {"contents": "read"},
        "propose": {"contents": "write", "pull-requests": "write"},
    }


def test_the_workflow_of_a_book_of_mystmd_has_the_same_rights(workflow):
    other = yaml.safe_load(OF_MYST.read_text(encoding="utf-8"))
    assert other["permissions"] == {}
    for name, job in other["jobs"].items():
        assert job["permissions"] == workflow["jobs"][name]["permissions"]
    for name in ("build", "propose"):
        assert "secrets." not in json.dumps(other["jobs"][name])


def test_a_job_with_a_token_installs_what_is_pinned(workflow, runner):
    install = step(workflow, "translate", "Install")
    said = 'printf "%s|" "$@" >> said'
    root = runner("true")
    (root.parent / "programs" / "python").write_text(f"#!/bin/sh\n{said}\n")
    token = {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://example.org"}
    with pytest.raises(AssertionError, match=r"::error::.*requirements-hashed\.txt"):
        runner(install, INSTALL="sphinx_amts", **token)
    assert not (root / "said").exists()
    runner("touch docs/requirements-hashed.txt")
    runner(install, INSTALL="sphinx_amts", **token)
    words = ["-m", "pip", "install", "--require-hashes", "--only-binary", ":all:"]
    expected = "|".join([*words, "-r", "docs/requirements-hashed.txt", ""])
    assert (root / "said").read_text("utf-8") == expected
    for name, job in workflow["jobs"].items():
        if name != "translate" and "id-token" in job["permissions"]:
            assert not any("run" in each for each in job["steps"])


@pytest.mark.parametrize(
    "path", [TEMPLATE, OF_MYST, ACTION], ids=["workflow", "of mystmd", "action"]
)
def test_what_a_fork_builds_is_never_in_a_cache(path):
    if not path.exists():
        pytest.skip("needs the repository, not the package")
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    jobs = data["jobs"].values() if "jobs" in data else [data["runs"]]
    writers = [
        (str(each.get("if", "")), str(job.get("if", "")))
        for job in jobs
        for each in job["steps"]
        if re.match(r"actions/cache(/save)?@", each.get("uses", ""))
    ]
    assert len(writers) == 1
    events = '["push", "schedule", "workflow_dispatch"]'
    (of_step, of_job) = writers[0]
    is_main = of_job == "needs.plan.outputs.is-main == 'true'"
    assert is_main or f"contains(fromJSON('{events}'), github.event_name)" in of_step


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
            steps[-2]["run"],
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
