"""What an existing project lacks for editions in other languages, and how to add it.

A file that is there is only added to, and only where it is understood: a conf.py by its
syntax, other files by their lines. What is not understood is said, not written.
"""

from __future__ import annotations

import ast
import difflib
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from sphinx_amts.errors import AmtsError, FileError
from sphinx_amts.files import replace_file
from sphinx_amts.formats.tmx import dump
from sphinx_amts.text.languages import Language

NAME = "sphinx_amts"
MEMORY = "memory"  # the folder, beside conf.py
WORKFLOW = ".github/workflows/amts.yml"
_SPHINX_KEY = re.compile(r"^sphinx[ \t]*:", re.M)


class NotUnderstoodError(AmtsError):
    """A file is not written in a way that can be added to."""


@dataclass(frozen=True)
class Project:
    """A book, and what is wanted of it."""

    source: Path
    languages: tuple[str, ...]
    install: str = ""  # what pip is to install; found out where empty
    branch: str = ""  # that is published; found out where empty

    @property
    def root(self) -> Path:
        """The folder of its repository; without one, the folder it is called from."""
        start = self.source.resolve()
        for folder in (start, *start.parents):
            if (folder / ".git").exists():
                return folder
        here = Path.cwd()
        return here if start.is_relative_to(here) else start

    @property
    def memories(self) -> list[str]:
        """The memory files, as the configuration names them."""
        return [f"{MEMORY}/{language}.tmx" for language in self.languages]

    def below_root(self, path: Path) -> str:
        """Return a path as the repository has it."""
        return path.resolve().relative_to(self.root).as_posix()


@dataclass(frozen=True)
class Addition:
    """A file as it is and as it should be."""

    path: Path
    name: str  # for people
    before: str | None  # None: there is no such file
    after: str

    def diff(self) -> str:
        """Return the difference, as `git diff` shows it."""
        lines = difflib.unified_diff(
            (self.before or "").splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            "/dev/null" if self.before is None else f"a/{self.name}",
            f"b/{self.name}",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)

    def write(self) -> None:
        """Write the file; raises `FileError`."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.path, [self.after])
        except OSError as error:
            raise FileError(
                self.path, f"cannot be written: {error.strerror}"
            ) from error


@dataclass
class Additions:
    """What a project lacks, and what only a person can add."""

    files: list[Addition] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, project: Project) -> Additions:
        """Find out what a project lacks; nothing is written. Raises `AmtsError`."""
        for language in project.languages:
            try:
                Language.parse(language)
            except ValueError as error:
                raise AmtsError(str(error)) from error
        found = cls()
        for path, lacks in (
            (_configuration(project), _configured),
            (project.root / ".gitignore", _ignored),
            (project.root / ".gitattributes", _merged),
            *((project.source / name, _memory) for name in project.memories),
            (project.root / WORKFLOW, _workflow),
        ):
            before = _read(path)
            try:
                after = lacks(project, path, before)
            except NotUnderstoodError as error:
                found.by_hand.append(str(error))
                continue
            if after != before:
                name = project.below_root(path)
                found.files.append(Addition(path, name, before, after))
        return found


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(path, f"cannot be read: {error}") from error


def _configuration(project: Project) -> Path:
    """Return what people edit: of a Jupyter Book, conf.py is made anew."""
    for name in ("_config.yml", "conf.py"):
        if (project.source / name).is_file():
            return project.source / name
    raise AmtsError(
        f"{project.source}: there is neither conf.py nor _config.yml."
        " Give the folder of the book."
    )


def _configured(project: Project, path: Path, before: str | None) -> str:
    assert before is not None
    if path.suffix == ".py":
        text = add_to_list(before, path, "extensions", [NAME])
        return add_to_list(text, path, "amts_memory_files", project.memories)
    if NAME in before:
        return before
    memories = ", ".join(project.memories)
    block = (
        f"sphinx:\n  extra_extensions: [{NAME}]\n"
        f"  config:\n    amts_memory_files: [{memories}]\n"
    )
    if _SPHINX_KEY.search(before):
        raise NotUnderstoodError(
            f"{path}: it has `sphinx:` already. Add to it:\n{block}"
        )
    return _ended(before) + ("\n" if before else "") + block


def add_to_list(text: str, path: Path, name: str, wanted: Sequence[str]) -> str:
    """Return a conf.py in which the list ``name`` has these texts too.

    Raises `NotUnderstoodError` where the list is not written as one, in one place.
    """
    shown = ", ".join(json.dumps(each) for each in wanted)
    advice = f"{path}: add to `{name}`, by hand: {shown}"
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise FileError(path, f"is not Python: {error.msg}", error.lineno) from error
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    if strings.issuperset(wanted):
        return text
    uses = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == name
    ]
    if not uses and "import *" not in text:
        return f"{_ended(text)}{name} = [{shown}]\n"
    found = _list(tree, name)
    if found is None or len(uses) != 1:
        raise NotUnderstoodError(advice)
    there = [each.value for each in found.elts if isinstance(each, ast.Constant)]
    new = [each for each in wanted if each not in there]
    if not new:
        return text
    added = _inserted(text, found, new)
    after = _list(ast.parse(added), name)
    if after is None or ast.dump(after) != ast.dump(
        ast.List([*found.elts, *map(ast.Constant, new)], ast.Load())
    ):
        raise NotUnderstoodError(advice)
    return added


def _list(tree: ast.Module, name: str) -> ast.List | None:
    """Return the list that a module gives a name, if it does so once and plainly."""
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == name
            and isinstance(node.value, ast.List)
        ):
            return node.value
    return None


def _inserted(text: str, found: ast.List, new: Sequence[str]) -> str:
    """Put texts at the end of a list, in the way that it is written."""
    shown = [json.dumps(each) for each in new]
    if not found.elts:
        place = _offset(text, found.lineno, found.col_offset) + 1
        return text[:place] + ", ".join(shown) + text[place:]
    last = found.elts[-1]
    place = _offset(text, last.end_lineno or 0, last.end_col_offset or 0)
    if found.lineno == last.lineno:
        joined = "".join(f", {each}" for each in shown)
    else:
        start = _offset(text, last.lineno, 0)
        line = text[start:]
        indent = line[: len(line) - len(line.lstrip())]
        joined = "".join(f",\n{indent}{each}" for each in shown)
    return text[:place] + joined + text[place:]


def _offset(text: str, line: int, column: int) -> int:
    """Return a place in a text; Python counts columns in bytes of UTF-8."""
    lines = text.splitlines(keepends=True)
    before = lines[line - 1].encode()[:column].decode()
    return sum(map(len, lines[: line - 1])) + len(before)


def _ignored(project: Project, path: Path, before: str | None) -> str:
    return _with_line(before, ".amts/")


def _merged(project: Project, path: Path, before: str | None) -> str:
    folder = project.below_root(project.source / MEMORY)
    return _with_line(before, f"{folder}/*.tmx merge=union")


def _with_line(before: str | None, line: str) -> str:
    lines = [each.strip() for each in (before or "").splitlines()]
    return before if before and line in lines else f"{_ended(before or '')}{line}\n"


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _memory(project: Project, path: Path, before: str | None) -> str:
    if before is not None:
        return before
    with tempfile.TemporaryDirectory() as scratch:
        empty = Path(scratch) / path.name
        dump([], empty, source_language="en")
        return empty.read_text(encoding="utf-8")


def _workflow(project: Project, path: Path, before: str | None) -> str:
    """Write the workflow, unless there is one: it may have been changed."""
    if before is not None:
        return before
    template = files(NAME) / "workflows" / "amts.yml"
    return render(template.read_text(encoding="utf-8"), project)


def render(template: str, project: Project) -> str:
    """Return the workflow for a project; raises `AmtsError`."""
    values = {
        "SOURCE": project.below_root(project.source),
        "LANGUAGES": " ".join(project.languages),
        "MEMORY": project.below_root(project.source / MEMORY),
        "INSTALL": project.install or " ".join(_packages(project)),
        "BRANCH": project.branch or _branch(project.root),
    }
    for name, value in values.items():
        if "'" in value or "\n" in value:
            raise AmtsError(f"{value!r} cannot stand in a workflow: it has a quote")
        template = template.replace(f"@{name}@", value)
    return template


def _packages(project: Project) -> Iterator[str]:
    """Guess what pip needs; the difference shows it to who knows better."""
    for folder in (project.source, project.root):
        path = folder / "requirements.txt"
        if (text := _read(path)) is not None:
            yield f"-r {project.below_root(path)}"
            if not re.search("sphinx[-_]amts", text):
                yield NAME
            return
    is_jupyter = (project.source / "_config.yml").is_file()
    yield from ("jupyter-book<2" if is_jupyter else "sphinx", NAME)


def _branch(root: Path) -> str:
    """Return the branch that is checked out, where git is there and knows it."""
    command = ["git", "-C", str(root), "symbolic-ref", "--short", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "main"
    return done.stdout.strip() or "main"
