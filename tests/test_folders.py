"""The documents of folders: which count, and that all commands count the same."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sphinx_amts.cli import main
from sphinx_amts.errors import FileError
from sphinx_amts.parallel_data.blocks import Block, Kind
from sphinx_amts.readers import segments
from sphinx_amts.readers.folders import (
    Naming,
    Reader,
    documents,
    files,
    load_names,
    match_paths,
    read,
)

pytestmark = pytest.mark.newest

SUFFIXES = (".md", ".rst")
READER = Reader(
    SUFFIXES,
    lambda path: [Block(Kind.TEXT, path.read_text(encoding="utf-8"))],
    lambda folder: (folder / "conf.py").is_file(),
    lambda folder: {"whole_en": [], "whole": []},
    lambda data, path: [Block(Kind.TEXT, data.decode("utf-8"))],
)

ELSEWHERE = [
    *(".git/a.rst", ".tox/py311/a.rst", ".amts/a.rst", ".ipynb_checkpoints/a.rst"),
    *("_build/html/a.rst", "_sources/a.rst", "_static/a.rst", "_templates/a.html"),
    *("node_modules/b/a.rst", "part/__pycache__/a.rst", "part/.hidden/a.rst"),
    *("env/lib/a.rst", "part/conda/a.rst", "._tea.rst", "part/.#tea.rst"),
]
"""Files that are no documents, whatever their suffix."""
MARKS = ("env/pyvenv.cfg", "part/conda/conda-meta/history")


def write(folder: Path, *names: str, text: str = "Tea.\n") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def link(path: Path, target: Path | str, *, is_folder: bool = False) -> None:
    try:
        path.symlink_to(target, is_folder)
    except OSError:
        pytest.skip("this user may not make links")


def test_documents_are_named_by_their_paths(tmp_path):
    write(tmp_path, "b.md", "part/a.rst", "part/deep/a.x.MD", "part-2.md", "no.txt")
    assert list(files(tmp_path, SUFFIXES).items()) == [
        ("b", tmp_path / "b.md"),
        ("part/a", tmp_path / "part" / "a.rst"),
        ("part/deep/a.x", tmp_path / "part" / "deep" / "a.x.MD"),
        ("part-2", tmp_path / "part-2.md"),
    ]


def test_of_several_with_one_name_the_first_counts(tmp_path):
    write(tmp_path, "a.rst", "a.md")
    assert files(tmp_path, SUFFIXES) == {"a": tmp_path / "a.md"}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_no_document(tmp_path, name):
    write(tmp_path, "tea.rst", name, *MARKS)
    assert set(files(tmp_path, (*SUFFIXES, ".html"))) == {"tea"}


@pytest.mark.parametrize("name", ["_build/rst", ".hidden", "env"])
def test_a_folder_that_is_named_counts(tmp_path, name):
    write(tmp_path, f"{name}/tea.rst", f"{name}/pyvenv.cfg")
    assert set(files(tmp_path / name, SUFFIXES)) == {"tea"}


def test_links_lead_nowhere_else_and_never_in_circles(tmp_path):
    write(tmp_path, "secret/s.rst", "book/tea.rst", "book/part/cup.rst")
    book = tmp_path / "book"
    link(book / "outside.rst", tmp_path / "secret" / "s.rst")
    link(book / "inside.rst", Path("part", "cup.rst"))
    link(book / "nowhere.rst", "none.rst")
    link(book / "itself.rst", "itself.rst")
    link(book / "secret", tmp_path / "secret", is_folder=True)
    link(book / "part" / "again", book, is_folder=True)
    link(book / "latest", "part", is_folder=True)
    link(tmp_path / "to-book", book, is_folder=True)
    for folder in (book, tmp_path / "to-book"):
        assert set(files(folder, SUFFIXES)) == {"tea", "part/cup", "inside"}


def test_a_pipe_is_no_document(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no pipes here")
    os.mkfifo(tmp_path / "a.rst")
    assert files(tmp_path, SUFFIXES) == {}


def test_a_folder_may_be_read_as_a_whole(tmp_path):
    write(tmp_path / "project", "conf.py", "tea.rst")
    assert set(read(tmp_path / "project", READER)) == {"whole_en", "whole"}
    blocks = [Block(Kind.TEXT, "Tea.")]
    (tmp_path / "written").mkdir()
    lines = segments.dump({"tea": blocks})
    write(tmp_path / "written", segments.NAME, text="".join(lines))
    assert read(tmp_path / "written", READER) == {"tea": blocks}
    with pytest.raises(FileError, match="no such folder"):
        read(tmp_path / "none", READER)


def test_only_what_is_asked_for_is_read(tmp_path):
    (tmp_path / "bad.rst").write_bytes(b"\xff")
    write(tmp_path, "tea.rst")
    found = documents(tmp_path, READER)
    assert found["tea"]() == [Block(Kind.TEXT, "Tea.\n")]


@pytest.mark.parametrize(
    ("names", "suffixes", "found", "alone"),
    [
        (["a_en.md", "a.md"], ("_en", ""), ["a"], []),
        (["a_en.md", "a_es.md", "b_en.md"], ("_en", "_es"), ["a"], ["b"]),
        (["a.md", "a_es.md", "b.md"], ("", "_es"), ["a"], ["b"]),
        (["conf.py"], ("_en", ""), ["whole"], []),  # a project has its names too
    ],
)
def test_one_folder_may_hold_both_sides(tmp_path, names, suffixes, found, alone):
    write(tmp_path, *names)
    matched = match_paths(tmp_path, tmp_path, READER, Naming(*suffixes))
    assert [each.name for each in matched.bitexts] == found
    assert matched.without_partner == [str(tmp_path / name) for name in alone]


def test_names_are_mapped_with_and_without_suffix(tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("\ufeffa/tea.rst, cha.md\n\nb.x,c\n", encoding="utf-8")
    assert load_names(path, SUFFIXES) == {"a/tea": "cha", "b.x": "c"}


EXPERIMENT = """
held_out = ["tea"]
[book]
en = "en"
es = "es"
[[system]]
name = "people"
output = "es"
"""


def test_all_commands_read_the_same_documents(tmp_path, monkeypatch, capsys):
    pytest.importorskip("sacrebleu")
    monkeypatch.chdir(tmp_path)
    for folder, text in (("en", "Boil 3 cups of tea.\n"), ("es", "Hierve 3 tazas.\n")):
        write(tmp_path / folder, "tea.rst", "part/cup.rst", text=text)
        write(tmp_path / folder, *ELSEWHERE, *MARKS, text=text)
    write(tmp_path, "experiment.toml", text=EXPERIMENT)

    def said(*arguments: str) -> dict:
        assert main([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    languages = ("--source-language", "en", "--target-language", "es")
    aligned = said("align", "en", "es", *languages, "-o", "o.tmx", "--keep", "P107")
    assert (aligned["documents"], aligned["without_partner"]) == (2, [])
    scored = said("evaluate", "es", "es", "-t", "es", "--source", "en")
    assert [each["name"] for each in scored["articles"]] == ["part/cup", "tea"]
    record = said("experiment", "experiment.toml", "-o", "results")
    assert {each["documents"] for each in record["book"].values()} == {2}


def test_folders_of_segments_can_be_scored(tmp_path, monkeypatch, capsys):
    pytest.importorskip("sacrebleu")
    monkeypatch.chdir(tmp_path)
    lines = segments.dump({"tea": [Block(Kind.TEXT, "Hierve 3 tazas.")]})
    write(tmp_path / "people", segments.NAME, text="".join(lines))
    write(tmp_path / "machine", "tea.rst", text="Hierve 3 tazas.\n")
    assert main(["evaluate", "people", "machine", "-t", "es", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in found["articles"]] == ["tea"]
