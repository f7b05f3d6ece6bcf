"""Terms: their files, their way to Amazon Translate, and their use in a book."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sphinx_amts.cli import main
from sphinx_amts.config import read_settings
from sphinx_amts.engines.amazon.realtime import AmazonEngine
from sphinx_amts.engines.amazon.terminology import (
    MAX_TARGETS,
    MAX_TERM_BYTES,
    load,
)
from sphinx_amts.errors import FileError, SettingError
from sphinx_amts.formats import tmx
from sphinx_amts.formats.tables import load_table
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.terms import RequiredTerms

TABLE = "en,es,zh_CN\ntree,árbol,树\noak,roble,\nAT&T,AT&T,AT&T\n"
SPANISH, GERMAN = LanguagePair("en", "es"), LanguagePair("en", "de")


def write(folder: Path, text: str, name: str = "terms.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# Files


def test_a_table_of_terms(tmp_path):
    terms = load(write(tmp_path, TABLE))
    assert (terms.source, terms.targets, len(terms.rows)) == ("en", ["es", "zh"], 3)
    assert terms.of(SPANISH) == {"tree": "árbol", "oak": "roble", "AT&T": "AT&T"}
    assert terms.of(LanguagePair("en", "zh-CN")) == {"tree": "树", "AT&T": "AT&T"}
    assert terms.of(GERMAN) == terms.of(LanguagePair("es", "en")) == {}


def test_the_same_terms_have_one_name_in_any_form_and_order(tmp_path):
    path = write(tmp_path, TABLE)
    tmx.dump(load_table(path), tmp_path / "terms.tmx", source_language="en")
    first, *rows = TABLE.splitlines()
    turned = "\r\n".join([first, *reversed(rows)])
    (tmp_path / "other").mkdir()
    paths = [path, tmp_path / "terms.tmx", write(tmp_path / "other", turned)]
    contents = {load(each).content for each in paths}
    assert contents == {
        "en,es,zh\nAT&T,AT&T,AT&T\noak,roble,\ntree,árbol,树\n".encode()
    }
    (name,) = {load(each).name() for each in paths}
    assert name.startswith("terms-")
    changed = load(write(tmp_path, TABLE.replace("roble", "encina")))
    assert changed.name() != name


@pytest.mark.parametrize(
    ("file", "begin"),
    [
        ("Of my_book!.csv", "Of-my-book-"),
        ("术语.csv", "terms-"),
        (f"{'a' * 240}_b.csv", "a" * 240),
    ],
)
def test_a_name_is_one_that_the_service_takes(tmp_path, file, begin):
    name = load(write(tmp_path, TABLE, file)).name()
    assert name.startswith(begin)
    assert read_settings({"amts_terminology": name}).terminology == name


def test_a_prefix_that_no_name_has_is_told(tmp_path):
    terms = load(write(tmp_path, TABLE))
    assert terms.name("trees").startswith("trees-")
    with pytest.raises(SettingError, match="'my trees' cannot begin a name of at most"):
        terms.name("my trees")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("en,es\n", ": holds no term"),
        ("en,eu\ntree,zuhaitz\n", ":2: Amazon Translate has no language 'eu'"),
        ("en,es\n,árbol\n", ":2: no text in 'en'"),
        ("en,es\noak,roble\ntree,\n", ":3: no target for 'tree'"),
        ("en,es\ntree,árbol\noak,roble\ntree,palo\n", ":4: 'tree' is also in line 2"),
        (f"en,es\ntree,{'á' * 101}\n", ":2: 202 bytes in 'es'; at most 200"),
        ('en,es\n<x id="1"/> tree,árbol\n', ":2: tags in 'en'"),
    ],
)
def test_each_fault_is_told_with_its_line(tmp_path, text, reason):
    with pytest.raises(FileError) as caught:
        load(write(tmp_path, text))
    assert f"terms.csv{reason}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_faults_are_told_at_once(tmp_path):
    rows = "".join(f"tree {number},\n" for number in range(14))
    with pytest.raises(FileError) as caught:
        load(write(tmp_path, f"en,es\n{rows}"))
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1] for line in lines[:10]] == [*map(str, range(2, 12))]
    assert lines[10].endswith("and 4 more")


def test_limits_are_the_last_that_is_taken(tmp_path):
    codes = "es de fr it pt nl sv da fi no pl".split()
    for count in (MAX_TARGETS, MAX_TARGETS + 1):
        row = ",".join(["t" * MAX_TERM_BYTES, *["x"] * count])
        path = write(tmp_path, f"{','.join(['en', *codes[:count]])}\n{row}\n")
        if count == MAX_TARGETS:
            assert len(load(path).rows) == 1
    with pytest.raises(FileError, match="11 target languages; at most 10"):
        load(path)


def test_a_line_break_in_a_term_is_a_space(tmp_path):
    terms = load(write(tmp_path, 'en,es\n"oak\n tree",roble\n'))
    assert terms.of(SPANISH) == {"oak tree": "roble"}


def test_tmx_without_a_source_language_is_told(tmp_path):
    text = '<tmx version="1.4"><header/><body/></tmx>'
    with pytest.raises(FileError, match="no language ''"):
        load(write(tmp_path, text, "terms.tmx"))


# Use


@given(st.text("ab ", max_size=12), st.text("ab ", max_size=12))
def test_a_term_is_a_whole_word(before, after):
    watch = RequiredTerms({"ab": "x"}, "en")
    words = f"{before}|{after}".replace("|", "ab").split()
    assert bool(watch.missed(f"{before}ab{after}", "none")) == ("ab" in words)


def test_in_a_script_without_spaces_a_term_is_anywhere():
    assert RequiredTerms({"树": "tree"}, "zh-CN").missed("大树下", "shade") == {
        "树": "tree"
    }


def test_tags_are_no_text():
    watch = RequiredTerms({"R&D": "I+D"}, "en")
    source, target = 'Our <g id="1">R&amp;D</g>.', 'Nuestra <g id="1">{}</g>.'
    assert watch.missed(source, target.format("I+D")) == {}
    assert watch.missed(source, target.format("cosa")) == {"R&D": "I+D"}


def test_only_terms_of_the_pair_are_in_the_signature(tmp_path):
    write(tmp_path, TABLE)

    def signatures():
        engine = AmazonEngine(terminology="terms.csv", base=tmp_path)
        return [engine.signature(pair) for pair in (SPANISH, GERMAN)]

    spanish, german = signatures()
    assert german == AmazonEngine().signature(GERMAN)
    write(tmp_path, TABLE.replace("树", "木"))
    assert signatures() == [spanish, german]
    write(tmp_path, TABLE.replace("roble", "encina"))
    changed, unchanged = signatures()
    assert changed != spanish != german == unchanged


@pytest.fixture
def command(amazon, aws_variables, capsys):
    """Give ``command(*words, expected=0)``: what it prints, and on a fault its end."""
    aws_variables(amazon)

    def run(*words, expected=0):
        assert main(["terminology", *map(str, words)]) == expected
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return err if expected == 2 else out

    return run


def test_push_list_delete(amazon, command, tmp_path):
    path = write(tmp_path, TABLE)
    name = load(path).name()
    said = command("push", path)
    assert name in said
    assert f'amts_terminology = "{path.name}"' in said
    assert "already there" in command("push", path)
    assert len(amazon.ledger.of("ImportTerminology")) == 1
    write(tmp_path, TABLE.replace("roble", "encina"))
    second = json.loads(command("push", path, "--json"))
    assert second["name"] != name
    assert not second["was_there"]
    listed = json.loads(command("list", "--json"))
    assert {each["name"] for each in listed} == {name, second["name"]}
    assert {each["terms"] for each in listed} == {5}
    command("delete", name)
    assert name not in command("list")
    assert "nothing of that name" in command("delete", name, expected=2)


# Books

FILES = {
    "index.rst": "Trees\n=====\n\n.. toctree::\n\n   oak\n",
    "oak.rst": "Oaks\n====\n\nA tree. Every oak is a *tree*.\n\nNo tree here.\n",
    "terms.csv": TABLE,
}


@pytest.fixture
def build(amazon, write_book):
    """Give ``build(**settings)`` of a small book with terms, by Amazon Translate."""
    book = write_book(FILES)

    def run_build(**settings):
        return book.build(
            **{
                "language": "es",
                "engine": "amazon",
                "amts_terminology": "terms.csv",
                "variables": amazon.environment(),
                **settings,
            }
        )

    run_build.book = book
    return run_build


def test_terms_that_are_not_there_are_told_with_the_command(build, command):
    (warning,) = build().warnings
    assert "are not in Amazon Translate (region 'us-east-1')" in warning
    pushing = warning.partition("Run: sphinx-amts terminology ")[2].split(". ")[0]
    command(*pushing.split())
    built = build()
    assert built.warnings == []
    assert "árbol" in built.read("oak.html")


def test_without_terms_for_the_language_none_are_asked_for(build):
    assert build(language="de").warnings == []


def test_a_term_that_is_not_used_is_told_once(build):
    engine = "broken_engines:Tagless"  # no word can be put in
    build.book.write({"oak.rst": "Oaks\n====\n\nA tree. Every oak is a tree.\n"})
    built = build(engine=engine)
    (warning,) = built.warnings
    assert "'tree', required 'árbol' (" in warning
    assert f"{Path('oak.rst')}:4)" in warning
    assert "'oak', required 'roble'" in warning
    assert build(engine=engine).warnings == []  # nothing was read
    build.book.write({"index.rst": FILES["index.rst"] + "\nA tree.\n"})
    (warning,) = build(engine=engine).warnings
    assert f"{Path('index.rst')}:8)" in warning
    assert f"{Path('oak.rst')}:4)" in warning


def test_a_term_is_put_in_where_the_engine_has_not_used_it(build):
    built = build(engine="pseudo")
    assert built.warnings == []
    assert built.read("oak.html").count("árbol") == 3


@pytest.mark.parametrize(
    ("name", "text"),
    [("names.txt", "# What stays\n\nOaks\n"), ("own.csv", "en,es\nOaks,Oaks\n")],
)
def test_a_name_stays_with_every_engine(build, name, text):
    build.book.write({name: text})
    heard = {"variables": {"AMTS_RECORD": str(build.book.work / "heard")}}
    build.book.work.mkdir(exist_ok=True)
    engine = "stand_in_engines:Recording"
    without = build(engine=engine, amts_terminology="terms.csv", **heard)
    assert "Oaks" not in without.read("oak.html").partition("<title>")[2]
    built = build(engine=engine, amts_terminology=name, **heard)
    assert "<h1>Oaks<" in built.read("oak.html")
    asked = (build.book.work / "heard").read_text(encoding="utf-8").splitlines()
    assert not any("Oaks" in line for line in asked[len(asked) // 2 + 1 :])


def test_names_are_not_pushed(tmp_path, command):
    path = tmp_path / "names.txt"
    path.write_text("Oaks\n", encoding="utf-8")
    assert "there is nothing to push" in command("push", path, expected=2)


def test_people_s_text_is_not_watched(build):
    people = "en,es\nNo tree here.,Nada.\nA tree. Every oak is a tree.,Nada.\n"
    build.book.write({"people.csv": people, "oak.rst": "Oaks\n====\n\nNo tree here.\n"})
    assert build(engine="pseudo", amts_memory_files="people.csv").warnings == []


def test_a_file_of_terms_with_a_fault_ends_the_build(build):
    build.book.write({"terms.csv": TABLE + "tree,palo,\n"})
    built = build(engine="pseudo", expected=2)
    assert "terms.csv:5: 'tree' is also in line 2" in built.stderr
    assert "Traceback" not in built.stderr
    built = build(expected=2)
    assert "terms.csv:5: 'tree' is also in line 2" in built.stderr
    built = build(expected=2, amts_terminology="none.csv")
    assert "none.csv: cannot be read" in built.stderr
