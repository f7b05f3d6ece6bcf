"""Links in the output lead nowhere that a build would write or delete."""

from __future__ import annotations

import os

import pytest

pytestmark = [
    pytest.mark.newest,
    pytest.mark.skipif(os.name == "nt", reason="links need a privilege there"),
]


def test_a_build_leaves_alone_what_is_elsewhere(write_book, tmp_path):
    languages = 'amts_languages = ["es"]\nhtml_baseurl = "https://example.org/es/"\n'
    conf = f'project = "Book"\nextensions = ["sphinx_amts"]\n{languages}'
    book = write_book({"conf.py": conf, "index.rst": "Boats\n=====\n\nA boat.\n"})
    outside = tmp_path / "outside"
    outside.mkdir()
    kept = {name: outside / name for name in ("index.js", "amts.json", "map", "two.js")}
    for path in kept.values():
        path.write_text("kept")
    folder = book.work / "es"
    (folder / "html").mkdir(parents=True)
    (folder / "doctrees").mkdir()
    (folder / "html" / "_amts").symlink_to(outside)
    (folder / "html" / "sitemap.xml").symlink_to(outside / "map")
    (folder / "doctrees" / "amts.json").symlink_to(outside / "amts.json")
    result = book.build(language="es")
    assert {path.read_text() for path in kept.values()} == {"kept"}
    assert {path.name for path in outside.iterdir()} == kept.keys()
    assert "A boat." in result.read("_amts/index.js")
    assert "example.org" in result.read("sitemap.xml")
    assert result.summary["segments"] == 2


def amts(book, *words):
    """Run a command that refuses what it finds; return what it says."""
    return book.amts(*words, expected=2).stderr


@pytest.mark.parametrize("name", [".gitignore", ".github", "memory/es.tmx"])
def test_init_writes_into_the_project_alone(write_book, tmp_path, name):
    book = write_book({"index.rst": "Boats\n=====\n", ".git": "", "memory/x": ""})
    outside = tmp_path / "outside"  # which is not there
    (book.source / name).symlink_to(outside)
    said = amts(book, "init", ".", "-l", "es", "--yes")
    assert "a link that leads out of" in said
    assert not outside.exists()


def test_catalogs_are_written_into_their_folder_alone(write_book, tmp_path):
    book = write_book({"index.rst": "Boats\n=====\n", "locale/es/x": ""})
    outside = tmp_path / "outside"
    outside.mkdir()
    (book.source / "locale" / "es" / "LC_MESSAGES").symlink_to(outside)
    words = ["export", ".", "-l", "es", "--format", "po", "-o", "locale"]
    assert "a link that leads out of" in amts(book, *words)
    assert list(outside.iterdir()) == []
