"""Files are written whole, and several of them together or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sphinx_amts.errors import FileError
from sphinx_amts.files import replace_file, replace_files, without_links

pytestmark = pytest.mark.newest


def contents(folder: Path) -> dict[str, bytes | None]:
    """Return what is in a folder: files, and folders with nothing."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        if path.is_file()
        else None
        for path in folder.rglob("*")
    }


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "old").write_bytes(b"old\r\n")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_bytes(b"file")
    return tmp_path


def test_several_files_are_written_with_their_folders(folder):
    replace_files({folder / "old": b"new\r\n", folder / "a" / "b" / "c": b"c"})
    assert contents(folder) == {
        "old": b"new\r\n",
        "full": None,
        "full/file": b"file",
        "a": None,
        "a/b": None,
        "a/b/c": b"c",
    }


@pytest.mark.parametrize(
    "name",
    [
        "old/below",  # a file is no folder
        "full",  # found out last, when the others are there already
        "a/" + "n" * 300,  # too long a name
    ],
)
def test_none_is_written_where_one_cannot_be(folder, name):
    before = contents(folder)
    files = {folder / "old": b"new", folder / "a" / "b": b"b", folder / name: b"x"}
    with pytest.raises(FileError, match="cannot be written"):
        replace_files(files)
    assert contents(folder) == before


@pytest.mark.skipif(os.name == "nt", reason="needs permissions as of POSIX")
def test_permissions_are_kept(folder):
    path = folder / "old"
    path.chmod(0o750)
    replace_file(path, ["new"])
    assert path.stat().st_mode & 0o777 == 0o750
    replace_files({path: b"newer"})
    assert path.stat().st_mode & 0o777 == 0o750


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="needs POSIX, and no power over it"
)
def test_a_file_that_is_protected_is_not_replaced(folder):
    (folder / "old").chmod(0o440)
    with pytest.raises(FileError, match="old: cannot be written: it is write-prot"):
        replace_files({folder / "new": b"new", folder / "old": b"new"})
    assert not (folder / "new").exists()


@pytest.mark.skipif(os.name == "nt", reason="not everybody may make links")
def test_a_link_stays_one(folder):
    (folder / "link").symlink_to("old")
    replace_files({folder / "link": b"new"})
    assert (folder / "link").is_symlink()
    assert (folder / "old").read_bytes() == b"new"


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize("where", ["a", "a/b", "a/b/c"])
@pytest.mark.parametrize("is_dangling", [True, False])
def test_a_file_of_ours_is_reached_by_no_link(tmp_path, where, is_dangling):
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / where).parent.mkdir(parents=True)
    if not is_dangling:
        (outside / "b").mkdir(parents=True)
    (root / where).symlink_to(outside)
    before = contents(outside)
    path = without_links(root, "a/b/c")
    assert path == root / "a" / "b" / "c"
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, ["ours"])
    assert path.read_text() == "ours"
    assert contents(outside) == before
    assert outside.exists() is not is_dangling
