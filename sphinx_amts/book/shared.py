"""Files that the editions of a site have in common, kept once.

Every edition is built whole. Figures, downloads, and what a theme brings are mostly the
same bytes in each: they are taken out of a translation's folder, and its pages lead to
those of the source edition. What a page or a script names in a way that is not
understood stays where it is.
"""

from __future__ import annotations

import filecmp
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

BUILDERS = ("html", "dirhtml")
"""What others write is read as a whole: by an e-book, by a program for help."""
FOLDERS = ("_static", "_images", "_downloads")
"""What builders of HTML write beside the pages."""

_MENTION = re.compile(
    r"""\balt="[^"]*"|"""  # where an image has no words, Sphinx puts its name there
    r"""(?P<start>\b(?:src|href)=")?(?P<up>(?:\.\./)*)"""
    r"""(?P<name>_(?:static|images|downloads)/[^\s"'<>()?#&]+)"""
)
_SOURCE_MAP = re.compile(r"sourceMappingURL=\S+")
_WORD = re.compile(r"[\w.%-]+")
_RELATIVE = {".css", ".html"}  # what these name is beside them, here or there
_TEXTS = {*_RELATIVE, ".js", ".mjs", ".json", ".xml", ".webmanifest"}
_UNNAMED = {
    *(".avif", ".gif", ".ico", ".jpeg", ".jpg", ".png", ".svg", ".webp"),
    *(".eot", ".otf", ".ttf", ".woff", ".woff2", ".map"),
    *_RELATIVE,
}
"""Suffixes of files that no page has to name: if anything does, it is a style sheet."""


def share(root: Path, folder: Path) -> tuple[int, int]:
    """Take out of ``folder`` what ``root``, above it, has too.

    Returns the number of files that were taken out and of their bytes. May be run
    again after any build, and be interrupted at any time.
    """
    pages = [
        page for page in folder.rglob("*.html") if _is_page(page.relative_to(folder))
    ]
    if not pages:  # they have another suffix
        return 0, 0
    same = {name for name in _files(folder) if _is_same(root / name, folder / name)}
    up = "../" * len(folder.relative_to(root).parts)
    named: set[str] = set()
    kept: set[str] = set()
    for page in pages:
        depth = _depth(page, folder)
        for found in _MENTION.finditer(_read(page)):
            if found["name"] is None:
                continue
            name = unquote(found["name"])
            named.add(name)
            if not found["start"] or found["up"] not in (depth, up + depth):
                kept.add(name)
    same -= kept
    same -= _needed(folder, same, named)
    for page in pages:
        _point(page, folder, up, same)
    size = 0
    for name in same:
        size += (folder / name).stat().st_size
        (folder / name).unlink()
    return len(same), size


def _files(folder: Path) -> Iterator[str]:
    for name in FOLDERS:
        for path in (folder / name).rglob("*"):
            if path.is_file():
                yield path.relative_to(folder).as_posix()


def _is_page(path: Path) -> bool:
    return path.suffix == ".html" and path.parts[0] not in FOLDERS


def _depth(page: Path, folder: Path) -> str:
    return "../" * (len(page.relative_to(folder).parts) - 1)


def _is_same(one: Path, other: Path) -> bool:
    return one.is_file() and filecmp.cmp(one, other, shallow=False)


def _needed(folder: Path, same: set[str], named: set[str]) -> set[str]:
    """Return what has to stay in the folder, by what scripts and styles say.

    A script may load files from the root of the edition that its page belongs to; a
    style sheet names them from its own place, which is all right if it goes as well.
    """
    words: set[str] = set()
    for path in folder.rglob("*"):
        inner = path.relative_to(folder)
        is_going = path.suffix in _RELATIVE and inner.as_posix() in same
        if path.suffix in _TEXTS and not is_going and not _is_page(inner):
            words.update(_WORD.findall(_SOURCE_MAP.sub("", _read(path))))
    return {
        name
        for name in same
        if Path(name).name in words
        or (name not in named and Path(name).suffix not in _UNNAMED)
    }


def _point(page: Path, folder: Path, up: str, same: set[str]) -> None:
    """Lead what a page names to where it will be."""
    depth = _depth(page, folder)

    def place(found: re.Match[str]) -> str:
        name = unquote(found["name"] or "")
        if found["start"] and name in same:
            return f"{found['start']}{up}{depth}{found['name']}"
        if found["start"] and (folder / name).is_file():  # no longer the same
            return f"{found['start']}{depth}{found['name']}"
        return found[0]

    text = _read(page)
    changed = _MENTION.sub(place, text)
    if changed != text:
        status = page.stat()
        draft = page.with_name(f".{page.name}.new")
        draft.write_bytes(changed.encode("utf-8", "surrogateescape"))
        # Sphinx takes this time for when it wrote the page.
        os.utime(draft, ns=(status.st_atime_ns, status.st_mtime_ns))
        draft.replace(page)


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()
