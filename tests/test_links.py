"""Links in the output lead nowhere that a build would write or delete."""

from __future__ import annotations

import os

import pytest

pytestmark = [
    pytest.mark.oldest_and_newest,
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
