"""Processes that run a command without importing Sphinx first: half of a small build.

One process imports what a build imports, and waits. Each command is a fork of it, with
its own arguments, folder, environment and output, and ends as any process ends, but for
the modules: nothing takes them apart. Nothing but modules is there before: no setting,
no book, no application; beside them, there is what Jinja compiled of a theme before,
and the dictionary of a search in Chinese.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import json
import logging
import os
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

COMMANDS = ("sphinx", "sphinx_amts")  # modules
MODULES = (
    *("babel.dates", "babel.messages.mofile", "boto3", "concurrent.futures.thread"),
    *(
        f"docutils.parsers.rst.directives.{n}"
        for n in ("admonitions", "images", "misc")
    ),
    *("docutils.parsers.rst.directives.tables", "docutils.parsers.rst.states"),
    *("docutils.writers.html5_polyglot", "myst_parser.parsers.sphinx_"),
    *("myst_nb.sphinx_ext", "myst_parser.sphinx_ext.main", "pygments.formatters.html"),
    *("pygments.lexers.python", "rapidfuzz", "sphinx.cmd.build", "sphinx.jinja2glue"),
    *("sphinx.search.en", "sphinx_amts.cli", "sphinx_amts.hosts.sphinx.extension"),
)
"""What builds import, beside Sphinx's own extensions; some may not be installed."""
CAN_FORK = sys.platform == "linux"  # elsewhere, system libraries do not survive it


def can_run(command: Sequence[str], variables: Mapping[str, str]) -> bool:
    """Tell whether a command may be a fork: not one that changes Python itself."""
    names = {name for name in variables if "PYTHON" in name}
    is_plain = names == {"PYTHONPATH", "PYTHONUTF8"} and (
        variables["PYTHONPATH"].split(os.pathsep)[-1] == str(Path(__file__).parent)
    )
    return CAN_FORK and is_plain and command[0] == "-m" and command[1] in COMMANDS


class Forker:
    """The process that waits; it starts with the first command."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    @functools.cached_property
    def templates(self) -> str:
        """The folder where Jinja keeps what it compiles."""
        folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def run(
        self,
        command: Sequence[str],
        cwd: Path,
        variables: Mapping[str, str],
        timeout_s: int,
    ) -> tuple[int, str, str]:
        """Return the exit status of ``-m module ...`` and what it said."""
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            status = self._ask(
                command=command[1:],
                cwd=str(cwd),
                variables=dict(variables),
                files=[str(out), str(err)],
                timeout_s=timeout_s,
            )
            texts = [path.read_text(encoding="utf-8") for path in (out, err)]
        if -status == signal.SIGALRM:
            raise subprocess.TimeoutExpired(list(command), timeout_s, *texts)
        return (status, *texts)

    def _ask(self, **request: Any) -> int:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__, self.templates],
                cwd=Path(__file__).anchor,  # not a folder that Python imports from
                env=request["variables"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
            atexit.register(self._end, self._process)
        waiting = self._process
        assert waiting.stdin is not None
        assert waiting.stdout is not None
        waiting.stdin.write(json.dumps(request) + "\n")
        waiting.stdin.flush()
        return int(waiting.stdout.readline())

    @staticmethod
    def _end(waiting: subprocess.Popen[str]) -> None:
        with waiting:
            pass  # it ends with its input


FORKER = Forker()


def _serve() -> dict[str, Any]:
    """Fork for each request; return it in the fork."""
    for name in MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    from sphinx.application import builtin_extensions

    for name in builtin_extensions:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for line in iter(sys.stdin.readline, ""):
        if "zh" in line:
            _read_chinese()
        pid = os.fork()
        if not pid:
            request: dict[str, Any] = json.loads(line)
            return request
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()
    sys.exit()


@functools.cache
def _read_chinese() -> None:
    """Read the dictionary that Sphinx reads in each build of a Chinese book."""
    with contextlib.suppress(ImportError):
        jieba = importlib.import_module("jieba")
        logger = logging.getLogger("jieba")
        logger.disabled = True
        jieba.initialize()
        logger.disabled = False
        search = importlib.import_module("sphinx.search.zh")
        del sys.modules[search.__name__]  # a book may have no jieba
        if path := getattr(search, "JIEBA_DEFAULT_DICT", ""):  # since Sphinx 9
            jieba.load_userdict = functools.cache(jieba.load_userdict)
            jieba.load_userdict(path)


def _become(request: dict[str, Any]) -> None:
    """Be the process of a command, up to its first line."""
    signal.alarm(request["timeout_s"])
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["variables"])
    for number, path in enumerate((os.devnull, *request["files"])):
        flags = os.O_RDWR | os.O_CREAT
        os.dup2(os.open(path, flags, 0o600), number)
    sys.argv = request["command"]
    tempfile.tempdir = None  # of this environment, when it is asked for
    *folders, _tests = os.environ["PYTHONPATH"].split(os.pathsep)
    sys.path[:1] = [request["cwd"], *folders]  # as with -m
    if folders:  # what Python does at its start, if there is something to do
        sys.modules.pop("sitecustomize", None)
        with contextlib.suppress(ImportError):
            importlib.import_module("sitecustomize")


def _keep_templates(folder: str) -> None:
    """Let Jinja keep what it compiles, as Python does: by name and source."""
    import jinja2

    kept = jinja2.FileSystemBytecodeCache(folder)
    make = functools.partialmethod(jinja2.Environment.__init__, bytecode_cache=kept)
    jinja2.Environment.__init__ = make  # type: ignore[method-assign, assignment]


class Ended:
    """How a process ends: it leaves its memory as it is.

    Python would go through all modules, which takes longer than a small build.
    """

    def __init__(self) -> None:
        self.status = 1  # as after an exception, which Python shows
        # The first to be registered is called last, after all threads.
        atexit.register(self._end)

    def _end(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(self.status)

    def run(self, module: str) -> None:
        """Run a module to the end; note the status that Python ends with then."""
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
            self.status = 0
        except SystemExit as end:
            if isinstance(end.code, int | None):
                self.status = end.code or 0
            raise


def main() -> None:
    """Serve, and in each fork run its command to the end."""
    ended = Ended()
    _keep_templates(sys.argv[1])
    request = _serve()
    _become(request)
    ended.run(request["command"][0])


if __name__ == "__main__":
    main()
