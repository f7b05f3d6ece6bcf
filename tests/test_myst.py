"""A book of Jupyter Book 2, built by its own command: the same book, in other words."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from books import po
from myst_books import MystBook, broken, facts, pages, texts, walk, why_not

from sphinx_amts.formats.tmx import load
from sphinx_amts.hosts.myst.host import MystHost
from sphinx_amts.hosts.sphinx.host import SphinxHost

pytestmark = [
    pytest.mark.myst,
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]

HOSTILE = "stand_in_engines:Hostile"
RECORDING = "stand_in_engines:Recording"
PSEUDO = set("åéîöûýšţñðķļřĝĥçŵÅÉÎÖÛÝŠŢÑÐĶĻŘĜĤÇŴ")
"""Letters that only the pseudo engine writes."""
KEPT = {"BLK", "Enter", "QEX", "Other", "D", "S"}
"""What has to stay: abbreviations that are looked for, mystmd's own."""


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The site of the book without anything of ours."""
    book = MystBook.copy(tmp_path_factory.mktemp("plain") / "b", has_plugin=False)
    book.edit("myst.yml", "  options:\n    amts_engine: pseudo\n", "")
    book.build()
    return book.site()


@pytest.fixture
def book(tmp_path: Path) -> MystBook:
    return MystBook.copy(tmp_path / "b")


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory):
    """The book in pseudo Spanish, and what its build said."""
    book = MystBook.copy(tmp_path_factory.mktemp("pseudo") / "b")
    result = book.build("es")
    return book.site(), result.stdout + result.stderr, book.folder


def asked(path: Path) -> list[str]:
    """Return what an engine that records was asked for, and forget it."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    path.unlink()
    return [source for line in lines for source in json.loads(line)]


def text_of(node) -> str:
    return "".join(each.get("value", "") for each in walk(node))


# The same book


def test_without_a_language_the_build_is_the_same(plain, book):
    book.build()
    assert book.site() == plain  # and no setting of ours is published


def test_the_identity_engine_changes_nothing(plain, book):
    book.build("es", AMTS_ENGINE="identity")
    assert book.site() == plain


@pytest.mark.parametrize("engine", ["pseudo", HOSTILE, "stand_in_engines:Unspaced"])
def test_words_change_and_nothing_else(plain, book, engine):
    book.build("es", AMTS_ENGINE=engine)
    site = book.site()
    assert broken(site) == []
    for address, page in pages(site).items():
        assert facts(page) == facts(pages(plain)[address])
        assert not any("<x " in text or "<g " in text for text in texts(page))


def test_all_words_are_translated(pseudo):
    site, _said, _folder = pseudo
    left = [
        text
        for page in pages(site).values()
        for text in texts(page)
        if any(map(str.isalpha, text)) and not PSEUDO & set(text)
    ]
    assert [text for text in left if text.strip(" .,()") not in KEPT] == []


def test_titles_are_translated_wherever_they_stand(pseudo):
    site, _said, _folder = pseudo
    spring = pages(site)["/spring"]["frontmatter"]
    for name in ("title", "short_title", "subtitle", "description"):
        assert PSEUDO & set(spring[name]), name
    title = spring["title"]
    (link,) = (
        node
        for each in pages(site)["/"]["mdast"]["children"]
        for node in walk(each)
        if node.get("urlSource") == "guide/spring.md" and node["type"] == "link"
    )
    assert text_of(link) == title
    lines = [text_of(x) for x in walk(pages(site)["/"]["mdast"]) if x["type"] == "text"]
    assert title in lines  # of the table of contents
    config = site["config.json"]
    project = config["projects"][0]
    part, page = project["pages"][:2]
    assert page["title"] == title
    others = [config["title"], project["title"], project["description"]]
    others += [part["title"], page["short_title"], config["actions"][0]["title"]]
    others.append(config["nav"][0]["children"][0]["title"])
    assert all(PSEUDO & set(each) for each in others)
    records = site["myst.search.json"]["records"]
    assert all(PSEUDO & set(each["hierarchy"]["lvl1"]) for each in records)
    assert title in {each["hierarchy"]["lvl1"] for each in records}


def test_each_title_is_read_as_mystmd_reads_it(pseudo):
    _site, said, _folder = pseudo
    assert "titles are not those that were read" not in said


def test_titles_of_files_and_folders_are_translated(book):
    (book.folder / "drafts").mkdir()
    book.write("drafts/one.md", "Words without a title.\n")
    book.edit("myst.yml", "  toc:", "  not_toc:")
    result = book.build("es")
    assert "titles are not those that were read" not in result.stderr
    project = book.site()["config.json"]["projects"][0]
    assert all(PSEUDO & set(each["title"]) for each in project["pages"])


def test_a_title_that_was_not_read_is_told(book):
    book.write("guide/spring.md", "# [Bees][b]\n\n[b]: https://example.org\n")
    result = book.build("es")
    assert "WARNING: 1 titles are not those that were read" in result.stderr


def test_mystmd_may_give_the_frontmatter(book):
    # A line that a later mystmd may have: then exports have translated titles too.
    book.write(
        "front.mjs",
        "export default { name: 'front', transforms: [{ name: 'front',"
        " stage: 'document', plugin: () => (tree, file) => {"
        " file.data.frontmatter = { title: 'Given by mystmd' }; } }] };",
    )
    book.write(
        "after.mjs",
        "import fs from 'node:fs'; export default { name: 'after',"
        " transforms: [{ name: 'after', stage: 'document',"
        " plugin: () => (tree, file) => { fs.writeFileSync('seen.txt',"
        " file.data.frontmatter.title); } }] };",
    )
    book.edit(
        "myst.yml", "    - amts.mjs", "    - front.mjs\n    - amts.mjs\n    - after.mjs"
    )
    book.build("es")
    seen = (book.folder / "seen.txt").read_text("utf-8")
    assert seen == "[Ĝîvéñ bý mýšţmð ~~~~~]"


def test_a_title_with_markup_has_none_in_its_target(pseudo):
    site, _said, _folder = pseudo
    assert pages(site)["/"]["frontmatter"]["title"].startswith("[Ķéépîñĝ bééš åţ")


def test_labels_have_their_numbers(pseudo):
    site, _said, _folder = pseudo
    nodes = list(walk(pages(site)["/nodes"]["mdast"]))
    (caption,) = {text_of(x) for x in nodes if x["type"] == "captionNumber"} - {
        "[Ţåbļé\xa01 ~~]:"
    }
    assert caption == "[Fîĝûřé\xa01 ~~~]:"
    shown = {
        node["identifier"]: text_of(node)
        for node in nodes
        if node["type"] == "crossReference" and node.get("enumerator")
    }
    assert shown["fig-hive"] == "[Fîĝûřé\xa01 ~~~]"
    assert shown["tab-box"] == "böx 1"
    assert shown["sum"] == "(1)"
    assert shown["dance"] == "[Ţĥéöřém\xa01 ~~~]"


def test_settings_are_not_published_and_the_language_is_known(book):
    result = book.build("ar")
    assert "amts_" not in json.dumps(book.site())
    assert "74 of 74 segments translated (en to ar)" in result.stderr


def test_a_notebook_is_downloaded_in_the_language_of_its_page(pseudo):
    site, _said, folder = pseudo
    (export,) = pages(site)["/counting"]["frontmatter"]["exports"]
    assert export["url"].endswith(".es.ipynb")
    (path,) = (folder / "_build/site/public").glob("*.es.ipynb")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    title, code, words = ("".join(cell["source"]) for cell in cells)
    assert title.startswith("# \\[Çöûñţîñĝ bééš")
    assert code == '# no prose\nprint("bees")'
    assert words.startswith("\\[Ţĥéřé åřé $n$ öf ţĥém.")


def arrows(node):
    """Return what leads to originals in a node, or in a page."""
    found = [node] if node.get("class") == "amts-original" else []
    for child in node.get("children", ()):
        found += arrows(child)
    return found


def test_readers_find_the_original_of_a_block(pseudo, book):
    site, _said, _folder = pseudo
    page = pages(site)["/spring"]["mdast"]
    (details,) = page["children"][-1]["children"]
    assert details["children"][0]["children"][0]["value"] == "Mostrar el original"
    shown = {each["html_id"]: text_of(each) for each in details["children"][1:]}
    found = [shown[each["html_id"]] for each in arrows(page)]
    assert "Wait." in found
    assert found[0].startswith("Open the hive. Look for eggs, count n^2 cells, and")
    assert "⇄" not in json.dumps(site["myst.search.json"], ensure_ascii=False)
    book.build("es", AMTS_HTML_NOTICE="0")
    assert not any(arrows(each["mdast"]) for each in pages(book.site()).values())


# Asking


def test_a_paragraph_is_asked_for_once(book, tmp_path):
    record = tmp_path / "record"
    variables = {"AMTS_ENGINE": RECORDING, "AMTS_RECORD": str(record)}
    book.build("es", **variables)
    first = asked(record)
    assert len(first) == len(set(first)) == 79  # 5 of them for mystmd's labels
    book.build("es", **variables)
    assert asked(record) == []
    book.edit("guide/spring.md", "Wait.", "Wait for the sun.")
    book.build("es", **variables)
    assert asked(record) == ["Wait for the sun."]


def test_the_cap_holds_for_all_batches_of_a_build(book, tmp_path):
    record = tmp_path / "record"
    book.build(
        "es", AMTS_ENGINE=RECORDING, AMTS_RECORD=str(record), AMTS_MAX_CHARACTERS="300"
    )
    assert 0 < sum(map(len, asked(record))) <= 300


def test_excluded_pages_stay(plain, book):
    book.edit(
        "myst.yml",
        "amts_engine: pseudo",
        "amts_engine: pseudo\n    amts_exclude: [guide/*]",
    )
    book.build("es")
    here, there = pages(book.site()), pages(plain)
    assert texts(here["/spring"]) == texts(there["/spring"])
    assert texts(here["/counting"]) != texts(there["/counting"])


def test_what_is_missing_may_be_an_error(book):
    variables = {"AMTS_ENGINE": "memory", "AMTS_ON_MISSING": "error"}
    result = book.build("es", expected=1, **variables)
    assert "ERROR: Without a translation: 74 segments" in result.stderr


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"AMTS_ENGINE": "nobody"}, "amts_engine: there is no engine 'nobody'"),
        ({"AMTS_REUSE": "word"}, "amts_reuse is 'word', but should be"),
        ({"AMTS_LANGUAGE": "klingonese"}, "AMTS_LANGUAGE: 'klingonese' is not"),
    ],
)
def test_a_wrong_setting_fails_and_names_itself(book, variables, message):
    result = book.build(expected=1, **{"AMTS_LANGUAGE": "es", **variables})
    assert result.stderr.count("sphinx_amts: ") == 1
    assert message in result.stderr


# The worker

ENGINE = """
import os, signal, sys, time
from sphinx_amts.engines.base import Engine, Limits

class Bad(Engine):
    name = "bad"
    limits = Limits(max_bytes=10_000, max_segments=100)
    def signature(self, pair):
        return "bad"
    def translate(self, sources, pair):
        {action}
        return list(sources)
"""


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("os._exit(3)", "it ended (3)"),
        pytest.param(
            "os.kill(os.getpid(), signal.SIGSTOP)",
            "it has said nothing for 5 s",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="no SIGSTOP"),
        ),
    ],
    ids=["dies", "hangs"],
)
def test_without_its_worker_a_build_is_in_the_source_language(
    plain, book, action, reason
):
    book.write("badly.py", ENGINE.format(action=action))
    variables = {"AMTS_ENGINE": "badly:Bad", "AMTS_SILENCE_MS": "5000"}
    result = book.build("es", **variables)
    said = [line for line in result.stderr.splitlines() if "worker" in line]
    assert len(said) == 1
    assert f"the worker cannot be used: {reason}" in said[0]
    assert book.site() == plain
    book.build("es", expected=1, AMTS_STRICT="1", **variables)


def test_what_prints_harms_nothing(plain, book):
    action = "print('a line'); os.system('echo another')"
    book.write("badly.py", ENGINE.format(action=action))
    book.write("random.py", "raise SystemExit('not a module of Python')\n")
    result = book.build("es", AMTS_ENGINE="badly:Bad")
    assert "a line" in result.stderr
    assert "another" in result.stderr
    assert book.site() == plain


def test_without_the_package_a_build_says_what_to_do(plain, book):
    book.edit("myst.yml", "  options:\n    amts_engine: pseudo\n", "")
    result = book.build("es", AMTS_PYTHON="no-such-python")
    assert "no Python has it (no-such-python)" in result.stderr
    assert book.site() == plain
    book.build("es", expected=1, AMTS_PYTHON="no-such-python", AMTS_STRICT="1")


# Commands


def test_commands_know_the_book(book):
    found = json.loads(book.command("estimate", ".", "-l", "es", "--json").stdout)
    assert found["segments"] == 79
    book.build("es")
    found = json.loads(book.command("status", ".", "-l", "es", "--json").stdout)
    assert set(found["pages"]) == {
        *("counting", "index", "myst", "guide/nodes", "guide/spring"),
        "guide/spring#parts.abstract",
    }
    assert found["total"]["untranslated"] == 0
    found = json.loads(book.command("doctor", ".", "-l", "es", "--json").stdout)
    assert {each["check"] for each in found["checks"]} >= {"node", "mystmd", "plugin"}
    assert found["ok"]


def test_people_have_the_last_word(book):
    book.build("es")
    book.edit("myst.yml", "pseudo", "pseudo\n    amts_memory_files: [es.tmx]")
    book.command("export", ".", "-l", "es", "-o", "es.tmx")
    known = {each.texts["en"]: each for each in load(book.folder / "es.tmx")}
    assert len(known) == 79
    people = {"Smoke calms bees.": "El humo calma a las abejas."}
    book.write("people.po", po(people))
    book.command("import", "people.po", ".", "-l", "es")
    book.build("es")
    nodes = pages(book.site())["/nodes"]
    assert "El humo calma a las abejas." in texts(nodes)
    blocks = [each for each in walk(nodes["mdast"]) if each["type"] == "paragraph"]
    (smoke,) = (
        each for each in blocks if text_of(each) == "El humo calma a las abejas."
    )
    assert not arrows(smoke)


def test_catalogs_of_a_sphinx_edition_are_used_and_written(book):
    done = {
        "Look for `eggs`, count $n^2$ cells": "",
        "Three books": "Tres libros",
        "Open the hive. Look for `eggs`, count $n^2$ cells, and take **great** care of"
        ' the [queen](https://example.org/queen "About queens")[^old].': (
            "Cuida **bien** `eggs`, $n^2$ y"
            ' [la reina](https://example.org/queen "About queens")[^old].'
        ),
    }
    book.write("locale/es/LC_MESSAGES/guide.po", po(done))
    book.build("es", AMTS_ENGINE="memory")
    spring = pages(book.site())["/spring"]
    (queen,) = (
        x
        for x in walk(spring["mdast"])
        if text_of(x) == "la reina" and x["type"] == "link"
    )
    assert queen["url"] == "https://example.org/queen"
    assert "Tres libros" in texts(pages(book.site())["/nodes"])
    book.command("export", ".", "-l", "es", "--format", "po", "-o", "out")
    written = (book.folder / "out/es/LC_MESSAGES/guide.po").read_text("utf-8")
    assert 'msgstr "Tres libros"' in written
    assert "Nothing is done in {ref}`the cold days <cold-days>`" in written


def test_a_site_has_all_editions(book):
    book.edit("myst.yml", "pseudo", "pseudo\n    amts_languages: [es, ar]")
    book.command("build", ".", "site", "-l", "es", "-l", "ar", BASE_URL="/bees")
    page = (book.folder / "site/ar/spring/index.html").read_text("utf-8")
    assert '<html lang="ar" dir="rtl">' in page
    assert 'href="/bees/spring"' in page
    assert 'href="/bees/es/spring"' in page
    assert "amts-notice" in page
    page = (book.folder / "site/index.html").read_text("utf-8")
    assert 'href="/bees/es/"' in page
    assert "amts-notice" not in page
    assert "Keeping bees at home" in page


# Both hosts

COMMON = """
# Keeping *bees*

Look for `eggs`, count $n^2$, take **great** care of the [queen](https://example.org),
and "smoke" the hive[^old]. It's done.

[^old]: An old queen.

```{figure} hive.png
:alt: A hive
:name: hive

A hive with *three* boxes.
```

See [](#hive), {ref}`the hive <hive>`, {ref}`hive`, {numref}`hive` and [](other.md).
It is {abbr}`BLK (bad luck)`, H{sub}`2`O, {kbd}`Enter`, {math}`x`.

| Box | Use |
|---|---|
| Brood | *Eggs* |

```{admonition} Wear a veil
:class: warning
Stings hurt.
```

> A quote.

- One `frame`
- Two

Hive
: A house of bees. Broken\\
line.

**All in bold**

At last: <https://example.org> and **bold [link](other.md)**, [**bold**](other.md),
***both***.
"""


@pytest.mark.filterwarnings("ignore")  # of what myst_parser does
def test_one_memory_serves_both_hosts(tmp_path):
    book = MystBook.copy(tmp_path / "b")
    (book.folder / "hive.png").write_bytes(b"")
    book.edit("myst.yml", "  toc:", "  not_toc:")
    for path in [*book.folder.glob("guide/*"), *book.folder.glob("*.ipynb")]:
        path.unlink()
    book.write("index.md", COMMON)
    book.write("other.md", "# Other\n\nWords.\n")
    found = MystHost().collect(book.folder, "es", sys.stderr)[1]
    book.write(
        "conf.py",
        'extensions = ["myst_parser", "sphinx_amts"]\nnumfig = True\n'
        'exclude_patterns = ["_build"]\n'
        'myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]\n',
    )
    of_sphinx = SphinxHost().collect(book.folder, "es", sys.stderr)[1].looks
    mine = {
        str(look.segment.source)
        for key, look in found.looks.items()
        if key not in of_sphinx
    }
    # What stands in myst.yml, and labels, which Sphinx has in its own catalogs.
    assert mine == {
        *("Ask a keeper", "How to look after a hive through the year."),
        *("Keeping bees", "More", "The bee site", "The spring"),
        *('Figure <x id="1"/>', "queen excluder"),
    }


# Amazon Translate


def test_amazon_is_paid_once_and_gives_a_receipt(book, amazon):
    variables = {"AMTS_ENGINE": "amazon", **amazon.environment()}
    book.build("es", **variables)
    paid = amazon.ledger.billed_characters
    assert paid > 1000
    receipts = (book.folder / ".amts" / "receipts").glob("*")
    values = [json.loads(path.read_text("utf-8")) for path in receipts]
    assert sum(each["characters"] for each in values) == paid
    found = book.command("estimate", ".", "-l", "es", "--json", **variables)
    assert json.loads(found.stdout)["characters"] == 0
    book.build("es", **variables)
    assert amazon.ledger.billed_characters == paid


def test_batch_jobs_translate_the_book(book, amazon_with_s3, s3, bucket):
    amazon_with_s3.advance(0, per_call_s=20)
    variables = {
        "AMTS_ENGINE": "amazon-batch",
        "AMTS_S3_BUCKET": bucket,
        "AMTS_ROLE_ARN": "arn:aws:iam::123456789012:role/translate",
        "AMTS_BATCH_MIN_CHARACTERS": "1000",
        "AMTS_ENGINE_OPTIONS": '{"poll_s": "0.02"}',
        **amazon_with_s3.environment(),
    }
    said = book.command(
        "batch", "submit", ".", "-l", "es", "-l", "fr", "--json", **variables
    )
    (job,) = json.loads(said.stdout)["jobs"]
    assert (job["targets"], job["segments"]) == (["es", "fr"], 79)
    book.command("batch", "collect", ".", "--wait", **variables)
    result = book.build("es", **variables)
    assert "74 of 74 segments translated" in result.stderr
    assert len(amazon_with_s3.ledger.of("StartTextTranslationJob")) == 1
    assert not amazon_with_s3.ledger.of("TranslateText")
    assert broken(book.site()) == []


def test_a_build_starts_its_job_and_waits(book, amazon_with_s3, s3, bucket):
    amazon_with_s3.advance(0, per_call_s=20)
    result = book.build(
        "es",
        AMTS_ENGINE="amazon-batch",
        AMTS_S3_BUCKET=bucket,
        AMTS_ROLE_ARN="arn:aws:iam::123456789012:role/translate",
        AMTS_BATCH_MIN_CHARACTERS="1000",
        AMTS_ENGINE_OPTIONS='{"poll_s": "0.02"}',
        **amazon_with_s3.environment(),
    )
    assert "74 of 74 segments translated" in result.stderr
    assert len(amazon_with_s3.ledger.of("StartTextTranslationJob")) == 1
