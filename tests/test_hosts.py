"""A book is the same thing whatever builds it; and the core needs none of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from books import CONF, environment
from json_host import JsonHost

from sphinx_amts.book.estimate import estimate
from sphinx_amts.book.exchange import export, import_reviewed
from sphinx_amts.book.purpose import Publish
from sphinx_amts.book.status import status
from sphinx_amts.formats.tmx import load
from sphinx_amts.hosts.sphinx.host import SphinxHost
from sphinx_amts.text.tagged import Context, context_of

pytestmark = pytest.mark.newest

TEXTS = {
    "one": ["A tree", "Run `make` under the tree."],
    "two": ["A leaf", "Run `make` under the tree.", "A leaf falls."],
}


def json_book(folder: Path, **settings: object) -> Path:
    folder.mkdir()
    values = {"pages": list(TEXTS), "settings": {"engine": "pseudo", **settings}}
    (folder / "book.json").write_text(json.dumps(values), encoding="utf-8")
    for name, texts in TEXTS.items():
        (folder / f"{name}.json").write_text(json.dumps(texts), encoding="utf-8")
    return folder


def sphinx_book(folder: Path, **settings: object) -> Path:
    folder.mkdir()
    values = {"engine": "pseudo", **settings}
    lines = [f"amts_{name} = {value!r}" for name, value in values.items()]
    (folder / "conf.py").write_text("\n".join([CONF, 'root_doc = "one"', *lines]))
    for name, (title, *texts) in TEXTS.items():
        body = "\n\n".join(text.replace("`", "``") for text in texts)
        more = "\n\n.. toctree::\n\n   two\n" if name == "one" else "\n"
        text = f"{title}\n{'=' * len(title)}\n\n{body}{more}"
        (folder / f"{name}.rst").write_text(text, encoding="utf-8")
    return folder


HOSTS = [
    pytest.param(JsonHost, json_book, id="JSON"),
    pytest.param(SphinxHost, sphinx_book, id="Sphinx"),
]


@pytest.mark.parametrize(("make_host", "write"), HOSTS)
def test_commands_work_on_a_book_of_any_host(tmp_path, make_host, write):
    host = make_host()
    folder = write(tmp_path / "book", memory_files=["es.tmx"])
    book, found = host.collect(folder, "es", sys.stderr)
    assert len(book.problems) == 1  # the memory file is not there yet
    counted = estimate(book, found)
    assert (counted.missing.segments, counted.known.segments) == (4, 0)
    summed = status(book, found)
    assert {name: words.untranslated for name, words in summed.pages.items()} == {
        "one": 6,
        "two": 9,
    }
    people = tmp_path / "people.tmx"
    people.write_text(
        '<tmx version="1.4"><header srclang="en"/><body><tu>'
        '<tuv xml:lang="en"><seg>Run <ph x="1" type="code"/> under the tree.'
        "</seg></tuv>"
        '<tuv xml:lang="es"><seg>Haz <ph x="1"/> bajo el árbol.</seg></tuv>'
        "</tu></body></tmx>",
        encoding="utf-8",
    )
    done = import_reviewed(book, found, [people], folder / "es.tmx")
    assert (done.new, done.problems) == (1, [])
    book, found = host.collect(folder, "es", sys.stderr)
    assert len(book.problems) == 0
    assert status(book, found).total.human == 8
    assert export(book, found, tmp_path / "all.tmx") == 1
    (entry,) = load(tmp_path / "all.tmx")
    assert entry.texts["es"] == 'Haz <x id="1"/> bajo el árbol.'


def test_a_book_of_another_host_is_published(tmp_path):
    host = JsonHost()
    folder = json_book(tmp_path / "book", exclude=["two"])
    with host.opened(folder, "es", Publish(), sys.stderr) as book:
        host.read(folder, book)
    assert host.built["one"][1].startswith("[Řûñ `make` ûñðéř")
    assert host.built["two"] == TEXTS["two"]
    assert book.records.count() == (2, 0, 0)


def test_both_hosts_have_the_same_segments(tmp_path):
    keys, contexts = [], []
    for number, case in enumerate(HOSTS):
        make_host, write = case.values
        _book, found = make_host().collect(
            write(tmp_path / str(number)), "es", sys.stderr
        )
        keys.append(set(found.looks))
        sources = (look.segment.source for look in found.looks.values())
        contexts.append({source: context_of(source) for source in sources})
    assert keys[0] == keys[1]
    assert contexts[0] == contexts[1]
    assert contexts[0] == {
        "A tree": Context(),
        'Run <x id="1"/> under the tree.': Context("A tree", "A tree"),
        "A leaf": Context(),
        "A leaf falls.": Context("A leaf", TEXTS["two"][1].replace("`", "")),
    }


# Without Sphinx

BLOCK = """
import sys

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("sphinx", "docutils", "myst_parser"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Nowhere())
from sphinx_amts.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def call(tmp_path):
    """Give ``call(command)``: run where Sphinx and docutils cannot be imported."""
    (tmp_path / "a.txt").write_text("The tree is tall.\nA leaf falls down.\n", "utf-8")
    (tmp_path / "b.txt").write_text("El árbol es alto.\nCae una hoja.\n", "utf-8")
    (tmp_path / "t.csv").write_text("en,es\nA tree.,Un árbol.\n", "utf-8")
    (tmp_path / "es.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "A tree stands here."\nmsgstr "Hay un árbol."\n\n'
        'msgid "Cut *this* tree."\nmsgstr "Tala *este* árbol."\n',
        "utf-8",
    )
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "conf.py").write_text(CONF, "utf-8")

    def run(command: str, expected: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-c", BLOCK, *command.split()],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == expected, said
        assert "Traceback" not in said
        return said

    return run


PAIR = "--source-language en --target-language es -o out.tmx"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("--help", "sphinx-amts"),
        (f"align t.csv t.csv {PAIR}", "1 pairs"),
        (f"align es.po es.po {PAIR}", "1 messages have markup and were left out"),
        (f"align a.txt b.txt {PAIR}", "2 pairs"),
        ("evaluate b.txt b.txt -t es --samples 10", "BLEU"),
        ("evaluate t.csv t.csv -s en -t es --samples 10", "BLEU"),
        ("terminology --help", "push"),
        ("parallel-data --help", "create"),
        ("batch status book", ""),
    ],
)
def test_what_needs_no_host_works_without_one(call, command, says):
    pytest.importorskip("sacrebleu", reason="scores need sacrebleu")
    assert says in call(command)


@pytest.mark.parametrize(
    "command",
    [
        "status book -l es",
        "estimate book -l es",
        "export book -l es -o es.tmx",
        "import es.po book -l es",
        "build book out -l es",
        "batch submit book -l es",
    ],
)
def test_what_needs_a_host_says_which(call, command):
    said = call(command, expected=2)
    assert "Sphinx" in said
    assert "pip install sphinx" in said
