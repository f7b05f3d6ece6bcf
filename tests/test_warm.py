"""Commands that are forks are what processes are."""

import subprocess
import sys

import pytest
import warm
from books import environment

pytestmark = [
    pytest.mark.sphinx,
    pytest.mark.newest,
    pytest.mark.skipif(not warm.CAN_FORK, reason="forks are used on Linux only"),
]

CONF = """\
import os, sys, time
print(os.getcwd(), os.environ.get("GIVEN"), sorted(set(sys.modules) & {"given"}))
sys.modules["given"] = sys
time.sleep(float(os.environ.get("SLEEP_S", "0")))
"""


@pytest.fixture
def build(tmp_path):
    (tmp_path / "conf.py").write_text(CONF, encoding="utf-8")
    (tmp_path / "index.rst").write_text("Boats\n=====\n", encoding="utf-8")

    def run(*words, timeout_s=60, **variables):
        command = ["-m", "sphinx", "-E", *words, ".", "out"]
        changed = environment(**variables)
        assert warm.can_run(command, changed)
        return warm.FORKER.run(command, tmp_path, changed, timeout_s)

    return run


def test_nothing_of_a_command_is_there_for_the_next(build, tmp_path):
    for given in ("a", "b"):
        status, out, err = build("-q", GIVEN=given)
        assert (status, out, err) == (0, f"{tmp_path} {given} []\n", "")
    assert "None" in build("-q")[1]


def test_it_ends_as_a_process_ends(build, tmp_path):
    command = ["-m", "sphinx", "-b", "nonsense", ".", "out"]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    status, _out, err = build("-b", "nonsense")
    assert status == done.returncode == 2
    assert err.splitlines()[-1] == done.stderr.splitlines()[-1]


ENDING = """\
import atexit, sys, threading, time
atexit.register(print, "at the end", end="")
threading.Thread(target=lambda: time.sleep(0.1) or print("thread")).start()
print("here", end=" ", file=sys.stderr)
"""


@pytest.mark.parametrize(
    "end", ["pass", "sys.exit()", "sys.exit(3)", "sys.exit('said')", "1 / 0"]
)
def test_all_is_said_and_done_at_the_end(tmp_path, end):
    (tmp_path / "ending.py").write_text(f"{ENDING}{end}\n", encoding="utf-8")
    command = ["-m", "ending"]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    status, out, err = warm.FORKER.run(command, tmp_path, environment(), 60)
    assert status == done.returncode
    assert out == done.stdout == "thread\nat the end"
    assert err.splitlines()[-1:] == done.stderr.splitlines()[-1:]
    assert err.startswith("here ")


def test_it_ends_when_its_time_is_over(build):
    with pytest.raises(subprocess.TimeoutExpired):
        build(SLEEP_S="30", timeout_s=1)


@pytest.mark.parametrize(
    ("command", "variables"),
    [
        (["-c", "pass"], {}),
        (["-X", "importtime", "-m", "sphinx"], {}),
        (["-m", "sphinx"], {"PYTHONHASHSEED": "1"}),
        (["-m", "sphinx"], {"PYTHONPATH": ""}),
    ],
)
def test_what_changes_python_is_no_fork(command, variables):
    assert not warm.can_run(command, environment(**variables))
