"""Commands that look at a book read what has changed, and say what a first one says."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from books import po

pytestmark = pytest.mark.sphinx
FORMATS = ["out.tmx --missing", "out.po --format po"]
if find_spec("translate"):
    FORMATS.append("out.xlf --format xliff")

CONF = """\
import sys
sys.path.insert(0, "{folder}")
extensions = ["sphinx_amts", "tellers"]
amts_engine = "pseudo"
locale_dirs = ["locale"]
exclude_patterns = ["parts"]
"""
TELLERS = """\
from pathlib import Path

def setup(app):
    app.connect("source-read", tell)
    return {"parallel_read_safe": True}

def tell(app, name, source):
    with Path(__file__).with_name("read.txt").open("a") as file:
        file.write(name + "\\n")
"""
PAGES = {
    "index.rst": "Boats\n=====\n\n.. toctree::\n\n   oars\n   sails\n   keels\n",
    "oars.rst": "Oars\n====\n\nOars are of ``ash``, see :doc:`sails`.\n",
    "sails.rst": "Sails\n=====\n\n.. include:: parts/canvas.txt\n",
    "keels.rst": "Keels\n=====\n\n.. image:: keel.png\n   :alt: A keel of oak\n",
    "parts/canvas.txt": "Sails are of canvas.\n",
    "_toc.yml": "root: index\n",
}
ALL = ["index", "keels", "oars", "sails"]


class Looked:
    """A book that is looked at; ``read`` are the documents that the last look read."""

    def __init__(self, book, folder):
        self.book, self.folder, self.read = book, folder, []

    def say(self, *words, **variables):
        note = self.folder / "read.txt"
        note.unlink(missing_ok=True)
        said = self.book.amts(*words, **variables)
        text = note.read_text() if note.exists() else ""
        self.read = sorted(set(text.split()))
        return said

    def status(self, **variables):
        said = self.say("status", ".", "-l", "es", "--json", **variables)
        return json.loads(said.stdout)

    def export(self, words):
        """Return what is written, without the time of catalogs."""
        name, *options = words.split()
        path = self.folder / name
        path.unlink(missing_ok=True)
        self.say("export", ".", "-l", "es", "-o", path, *options)
        lines = path.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if "-Date" not in line]

    def first_status(self):
        """Return what a look says that finds nothing kept."""
        shutil.rmtree(self.book.source / ".amts" / "pages")
        found = self.status()
        assert self.read == ALL
        return found

    @property
    def kept(self):
        (path,) = (self.book.source / ".amts" / "pages").iterdir()
        return path


@pytest.fixture
def looked(write_book, tmp_path):
    folder = tmp_path / "tellers"
    folder.mkdir()
    (folder / "tellers.py").write_text(TELLERS, encoding="utf-8")
    conf = CONF.format(folder=folder.as_posix())
    looked = Looked(write_book({**PAGES, "conf.py": conf}), folder)
    looked.status()
    assert looked.read == ALL
    return looked


def test_what_has_not_changed_is_not_read_and_said_again(looked):
    first = looked.first_status()
    assert first["total"]["untranslated"] == 16
    assert looked.status() == first
    assert looked.read == []
    for name in FORMATS:
        again = looked.export(name)
        assert looked.read == []
        shutil.rmtree(looked.kept.parent)
        assert looked.export(name) == again
        assert looked.read == ALL
    said = looked.say("estimate", ".", "-l", "es", "--engine", "amazon", "--json")
    assert looked.read == []
    assert json.loads(said.stdout)["segments"] == 7  # all of `PAGES`


def change(looked, name, text):
    looked.book.write({name: text})


def append(looked, name, text):
    path = looked.book.source / name
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.mark.newest
@pytest.mark.parametrize(
    ("name", "text", "read"),
    [
        ("oars.rst", "\nOars are long.\n", ["oars"]),
        ("parts/canvas.txt", "\nAnd of hemp.\n", ["sails"]),
        ("conf.py", 'rst_epilog = "Written by nobody."\n', ALL),
        ("conf.py", 'amts_exclude = ["keels"]\n', ALL),
        ("conf.py", 'tags.add("sea")\n', ALL),
        ("_toc.yml", "chapters: []\n", ALL),
        ("../tellers/tellers.py", "\nVERSION = 2\n", ALL),
    ],
)
def test_what_has_changed_is_read(looked, name, text, read):
    append(looked, name, text)
    found = looked.status()
    assert looked.read == read
    assert found == looked.first_status()


def test_another_version_of_a_package_has_all_read(looked, tmp_path):
    site = tmp_path / "site"
    (site / "boats-1.0.dist-info").mkdir(parents=True)
    tests = Path(__file__).parent
    variables = {"PYTHONPATH": f"{tests}:{site}"}
    looked.status(**variables)
    looked.status(**variables)
    assert looked.read == []
    (site / "boats-1.0.dist-info").rename(site / "boats-2.0.dist-info")
    looked.status(**variables)
    assert looked.read == ALL


def test_docstrings_are_read_again_where_another_module_has_changed(looked):
    base = "class Boat:\n    def row(self):\n        'It is rowed.'\n"
    skiff = "from boats import Boat\n\n\nclass Skiff(Boat):\n    def row(self): ...\n"
    looked.book.write({"../tellers/boats.py": base, "../tellers/skiffs.py": skiff})
    append(looked, "conf.py", 'extensions.append("sphinx.ext.autodoc")\n')
    append(looked, "conf.py", "sys.dont_write_bytecode = True\n")
    append(looked, "oars.rst", "\n.. autoclass:: skiffs.Skiff\n   :members:\n")
    before = looked.status()["pages"]["oars"]["untranslated"]
    looked.status()
    assert looked.read == []
    change(looked, "../tellers/boats.py", base.replace("rowed", "rowed or sailed"))
    assert looked.status()["pages"]["oars"]["untranslated"] == before + 2
    assert looked.read != []


def test_a_file_that_a_setting_names_is_one_of_the_book(looked):
    change(looked, "../names.txt", "one")
    append(looked, "conf.py", 'html_context = {"names": ["../names.txt"]}\n')
    looked.status()
    looked.status()
    assert looked.read == []
    change(looked, "../names.txt", "two")
    looked.status()
    assert looked.read == ALL


def test_nothing_is_kept_where_an_extension_has_rules_of_its_own(looked):
    rules = "\ndef setup(app):\n    app.connect('env-get-outdated', lambda *_: [])\n"
    change(looked, "../tellers/rules.py", rules)
    append(looked, "conf.py", 'extensions.append("rules")\n')
    for _ in range(2):
        looked.status()
        assert looked.read == ALL


def test_documents_come_and_go(looked):
    looked.book.write({"ropes.rst": "Ropes\n=====\n\nRopes are of hemp.\n"})
    append(looked, "index.rst", "   ropes\n")
    found = looked.status()
    assert looked.read == ["index", "ropes"]
    assert found["pages"]["ropes"]["untranslated"] == 5
    (looked.book.source / "ropes.rst").unlink()
    found = looked.status()
    assert looked.read == ["index"]
    assert "ropes" not in found["pages"]


def test_a_glob_is_read_where_documents_have_come(looked):
    change(looked, "index.rst", "Boats\n=====\n\n.. toctree::\n   :glob:\n\n   *\n")
    looked.status()
    change(looked, "ropes.rst", ":orphan:\n\nRopes\n=====\n")
    looked.status()
    assert looked.read == ["index", "ropes"]


def test_catalogs_of_people_are_found(looked):
    name = "locale/es/LC_MESSAGES/oars.po"
    looked.book.write({name: po({"Oars": "Remos"})})
    assert looked.status()["pages"]["oars"]["human"] == 1
    assert looked.read == ["oars"]
    assert looked.status()["pages"]["oars"]["human"] == 1
    assert looked.read == []
    looked.book.write({name: po({"Oars": ""})})
    assert looked.status()["pages"]["oars"]["human"] == 0
    assert looked.status() == looked.first_status()


def test_what_a_build_translates_is_counted_without_reading(looked):
    looked.book.build(language="es", engine="pseudo")
    found = looked.status()
    assert looked.read == []
    assert found["total"]["machine"] == 16
    assert found == looked.first_status()


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text[:-30] + "\n",
        lambda text: text.replace("[", "{"),
        lambda text: text.replace("\t", " "),
        lambda text: text.replace('\\"1\\"', '\\"9\\"').replace("null", "7"),
        lambda _text: "\0" * 100,
        lambda _text: "",
        lambda text: text.partition("\n")[0] + '\n"oars"\t[{"/dev/zero": "a"}, 1]\n',
    ],
)
def test_what_is_damaged_is_read_again(looked, damage):
    before = looked.status()
    text = damage(looked.kept.read_text(encoding="utf-8"))
    looked.kept.write_text(text, encoding="utf-8")
    assert looked.status() == before
    assert looked.read != []
    for _ in range(2):  # what is damaged is kept no longer, and kept again
        assert looked.status() == before
    assert looked.read == []


def test_a_document_with_a_warning_is_read_each_time(looked):
    append(looked, "oars.rst", "\nThey are *long.\n")
    for _ in range(2):
        said = looked.say("status", ".", "-l", "es")
        assert "oars.rst:6: WARNING" in said.stderr
        assert said.stderr.count("WARNING") == 1
        assert looked.read == ["oars"]


COPIES = """\
from docutils import nodes
from sphinx.transforms import SphinxTransform

class Copies(SphinxTransform):
    default_priority = 400

    def apply(self, **options):
        for text in list(self.document.findall(nodes.paragraph)):
            text.parent += nodes.paragraph("", text.astext())
        self.document += nodes.paragraph("", "Made of nothing.")

def setup(app):
    app.add_transform(Copies)
    return {"parallel_read_safe": True}
"""


def test_texts_of_extensions_are_what_they_are_in_builds(looked):
    (looked.folder / "copies.py").write_text(COPIES, encoding="utf-8")
    append(looked, "conf.py", 'extensions.append("copies")\n')
    before = looked.status()
    assert looked.read == ALL
    assert before["total"]["untranslated"] == 16 + 4 * 3 + 6 + 4  # two copies
    looked.book.build(language="es", engine="pseudo")
    after = looked.status()
    assert after == looked.first_status()
    assert (
        after["total"]["machine"] == 16 + 4 * 3 + 6
    )  # the copy of translated words is none


def test_a_cache_that_cannot_be_written_is_none(looked):
    shutil.rmtree(looked.book.source / ".amts" / "pages")
    (looked.book.source / ".amts" / "pages").write_text("a file")
    first = looked.status()
    assert looked.read == ALL
    assert looked.status() == first
    assert looked.read == ALL
