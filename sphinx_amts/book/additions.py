"""What an existing project lacks for editions in other languages, and how to add it.

Nothing that is there is taken away. What a file cannot be given is said, not written.
"""

from __future__ import annotations

import difflib
import io
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path

from sphinx_amts.book.config_yml import JupyterBookConfiguration, MystConfiguration
from sphinx_amts.book.configuration import (
    NAME,
    SOURCE_LANGUAGE,
    Configuration,
    NotUnderstoodError,
    SphinxConfiguration,
    appended,
)
from sphinx_amts.errors import AmtsError, FileError
from sphinx_amts.files import replace_files
from sphinx_amts.formats import tmx
from sphinx_amts.text.languages import Language, LanguagePair, is_known, to_bcp47

KINDS: tuple[type[Configuration], ...] = (
    SphinxConfiguration,
    MystConfiguration,
    JupyterBookConfiguration,
)
MEMORY = "memory"  # the folder, beside the configuration
WORKFLOW = ".github/workflows/amts.yml"


@dataclass(frozen=True)
class Project:
    """A book, and what is wanted of it."""

    source: Path  # absolute
    languages: tuple[str, ...]
    install: str = ""  # what pip is to install; found out where empty
    branch: str = ""  # that is published; found out where empty

    @property
    def root(self) -> Path:
        """The folder of its repository; without one, the folder it is called from."""
        for folder in (self.source, *self.source.parents):
            if (folder / ".git").exists():
                return folder
        here = Path.cwd()
        return here if self.source.is_relative_to(here) else self.source

    @property
    def memories(self) -> list[str]:
        """The memory files, as the configuration names them."""
        return [f"{MEMORY}/{language}.tmx" for language in self.languages]

    def configuration(self) -> Configuration:
        """Return the file that people edit; raises `AmtsError`."""
        if found := find_configuration(self.source):
            return found
        *first, last = (kind.file for kind in KINDS)
        raise AmtsError(
            f"{self.source}: there is neither {', '.join(first)} nor {last}. Give the"
            " folder of the book."
        )

    def below_root(self, path: Path) -> str:
        """Return a path as the repository has it."""
        return path.relative_to(self.root).as_posix()


def find_configuration(folder: Path) -> Configuration | None:
    """Return the file by which people configure the book in a folder, if it has one."""
    there = [
        kind(folder / kind.file, content)
        for kind in KINDS
        if (content := _read(folder / kind.file)) is not None
    ]
    return min(there, key=lambda each: each.is_made, default=None)


@dataclass(frozen=True)
class Addition:
    """A file as it is and as it should be."""

    path: Path
    name: str  # for people
    before: bytes | None  # None: there is no such file
    after: bytes

    def diff(self) -> str:
        """Return the difference, as `git diff` shows it."""
        end = "\t" if " " in self.name else ""  # by which git knows where it ends
        lines = difflib.unified_diff(
            _lines(self.before or b""),
            _lines(self.after),
            "/dev/null" if self.before is None else f"a/{self.name}{end}",
            f"b/{self.name}{end}",
        )
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        )


def _lines(content: bytes) -> list[str]:
    # Not splitlines: for git, nothing else ends a line.
    return list(io.StringIO(content.decode(errors="replace"), newline="\n"))


@dataclass
class Additions:
    """What a project lacks, and what only a person can add."""

    files: list[Addition] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, project: Project) -> Additions:
        """Find out what a project lacks; nothing is written. Raises `AmtsError`."""
        book = project.configuration()
        languages = _checked(project, book.language())
        project = replace(project, languages=languages)
        wanted: dict[Path, bytes] = {}
        by_hand = []
        try:
            wanted[book.path] = book.with_memories(project.memories)
        except NotUnderstoodError as error:
            by_hand.append(str(error))
        wanted.update(_for_git(project))
        wanted.update(_new(project, book))
        changed = []
        for path, after in wanted.items():
            is_within = path.resolve().is_relative_to(project.root.resolve())
            if not is_within and path != book.path:  # which decides what is done anyway
                raise FileError(path, f"it is a link that leads out of {project.root}")
            if (before := _read(path)) != after:
                name = project.below_root(path)
                changed.append(Addition(path, name, before, after))
        return cls(changed, by_hand)

    def write(self) -> None:
        """Write all files or none; raises `FileError`."""
        replace_files({each.path: each.after for each in self.files})


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error


def _checked(project: Project, source_language: str) -> tuple[str, ...]:
    """Return the languages, each once: as its memory is named, or as Sphinx writes it.

    Raises `AmtsError`.
    """
    names = dict(_named_memories(project.source / MEMORY))
    tags = {}
    for code in project.languages:
        try:
            is_language = is_known(code)
            is_own = LanguagePair.of(source_language, code).is_same
        except ValueError as error:
            raise AmtsError(str(error)) from error
        if not is_language:
            raise AmtsError(f"{code!r} is no language, region or script that is known")
        if is_own:
            raise AmtsError(
                f"{code!r} is the language of the book itself. Name another; or, if the"
                f" book is in another, set {SOURCE_LANGUAGE}."
            )
        tag = to_bcp47(code)
        tags[tag] = names.setdefault(tag, Language.read(code).name)
    return tuple(tags.values())


def _named_memories(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the languages that have a memory: the tag, and how the file is named."""
    for path in sorted(folder.glob("*.tmx"), reverse=True):
        try:
            yield to_bcp47(path.stem), path.stem
        except ValueError:
            continue  # named otherwise


def _for_git(project: Project) -> Iterator[tuple[Path, bytes]]:
    """Yield files of git with a line each, where it is missing."""
    pattern = project.below_root(project.source / MEMORY)
    pattern = re.sub(r"([*?\[\\])", r"\\\1", pattern) + "/*.tmx"
    if re.search(r'[\s"]', pattern):  # as in C
        pattern = json.dumps(pattern, ensure_ascii=False)
    lines = {".gitignore": ".amts/", ".gitattributes": f"{pattern} merge=union"}
    for name, line in lines.items():
        path = project.root / name
        content = _read(path) or b""
        there = [each.strip() for each in content.splitlines()]
        if line.encode() not in there:
            yield path, appended(content, [line])


def _new(project: Project, book: Configuration) -> Iterator[tuple[Path, bytes]]:
    """Yield files that are not there; one that is may have been changed by people."""
    empty = tmx.header(to_bcp47(book.language())) + tmx.FOOTER
    for path in (project.source / name for name in project.memories):
        if _read(path) is None:
            yield path, empty.encode()
    if book.plugin and _read(project.source / book.plugin) is None:
        plugin = files(NAME) / "hosts" / "myst" / book.plugin
        yield project.source / book.plugin, plugin.read_bytes()
    if _read(project.root / WORKFLOW) is None:
        template = files(NAME) / "workflows" / book.workflow
        text = render(template.read_text(encoding="utf-8"), project)
        yield project.root / WORKFLOW, text.encode()


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
        if "\n" in value:
            raise AmtsError(f"{value!r} cannot stand in a workflow: it is two lines")
        # It stands between single quotes, of YAML or of GitHub's expressions.
        template = template.replace(f"@{name}@", value.replace("'", "''"))
    return template


def _packages(project: Project) -> Iterator[str]:
    """Guess what pip needs, in a shell's quotes; the difference shows it to people."""
    for folder in (project.source, project.root):
        path = folder / "requirements.txt"
        if (content := _read(path)) is not None:
            yield f"-r {shlex.quote(project.below_root(path))}"
            if not re.search(b"sphinx[-_]amts", content):
                yield NAME
            return
    yield from (project.configuration().package, NAME)


def _branch(root: Path) -> str:
    """Return the branch that is checked out, where git is there and knows it."""
    command = ["git", "-C", str(root), "symbolic-ref", "--short", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        return "main"
    return done.stdout.decode().strip() or "main"
