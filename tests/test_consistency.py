"""Terms in several ways: found by the texts alone, settled by one command."""

from __future__ import annotations

import json

import pytest

from sphinx_amts.cli import main
from sphinx_amts.engines.amazon.new_term import put_term
from sphinx_amts.errors import FileError
from sphinx_amts.formats.tmx import Entry, dump, load
from sphinx_amts.parallel_data.consistency import Passage, find_differences
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.terms import RequiredTerms

PT = LanguagePair.of("en", "pt")
TEXTS = [
    # A title, then what is said of it, each with its own other words.
    ("Learning rate", "Taxa de aprendizado"),
    ("Choose a learning rate.", "Escolha uma taxa de aprendizado."),
    ("The learning rate decays.", "A taxa de aprendizado decai."),
    ("Our learning rate grew.", "Nossa taxa de aprendizado cresceu."),
    ("One learning rate fits.", "Uma taxa de aprendizagem serve."),
    ("Any learning rate fails.", "Toda taxa de aprendizagem falha."),
    ("Leaves fall.", "Folhas caem."),
    ("The oak is old.", "O carvalho é velho."),
]


def passages(texts=TEXTS):
    return [Passage(*each, f"page:{n}") for n, each in enumerate(texts)]


def test_a_term_in_two_ways_is_found_with_its_places():
    (found,) = find_differences(passages())
    assert found.source == "learning rate"
    first, other = found.renderings
    assert (first.target, len(first.places)) == ("taxa de aprendizado", 4)
    assert (other.target, other.places) == (
        "taxa de aprendizagem",
        ("page:4", "page:5"),
    )


def test_signs_without_blanks():
    targets = (
        "学习率 选择学习率。 学习率下降。 学习率变大。 一个学习速率。 任何学习速率。"
    )
    texts = [(s, t) for (s, _), t in zip(TEXTS, targets.split(), strict=False)]
    (found,) = find_differences(passages(texts))
    assert [each.target for each in found.renderings] == ["学习率", "学习速率"]


def test_words_with_emphasis_are_terms_too():
    emphasised = (
        'A <g id="1">learning rate</g> helps.',
        ('Uma <g id="1">taxa de aprendizado</g> ajuda.'),
    )
    assert not find_differences(passages(TEXTS[1:]))  # nothing sets it apart
    assert len(find_differences(passages([emphasised, *TEXTS[1:]]))) == 1


@pytest.mark.parametrize(
    "change",
    [
        ("aprendizagem", "aprendizado"),  # the same everywhere
        ("taxa de aprendizagem", "taxas de aprendizados"),  # endings
        ("taxa de aprendizagem", "ela"),  # what stands elsewhere, too: too short
    ],
)
def test_what_is_no_difference(change):
    texts = [(source, target.replace(*change)) for source, target in TEXTS]
    assert find_differences(passages(texts)) == []


def test_one_text_with_another_word_is_chance():
    assert find_differences(passages(TEXTS[:5] + TEXTS[6:])) == []


def test_required_terms_are_not_told_again():
    terms = RequiredTerms({"learning rate": "taxa de aprendizado"}, "en")
    assert find_differences(passages(), terms) == []


# A file of terms takes one more


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("t.csv", None, "en,pt\nlearning rate,taxa\n"),
        ("t.csv", "en,pt\nTree,árvore", "en,pt\nTree,árvore\nlearning rate,taxa\n"),
        ("t.csv", 'en,pt\n"a, b",c\n', 'en,pt\n"a, b",c\nlearning rate,taxa\n'),
        ("t.csv", "en,pt\nlearning rate,x\n", "en,pt\nlearning rate,taxa\n"),
        ("t.csv", "en,zh\nTree,树\n", "en,zh,pt\nTree,树,\nlearning rate,,taxa\n"),
        ("t.tsv", "en\tpt_BR\nTree\tx\n", "en\tpt_BR\nTree\tx\nlearning rate\ttaxa\n"),
    ],
)
def test_a_term_is_put_into_a_table(tmp_path, name, before, after):
    path = tmp_path / name
    if before is not None:
        path.write_text(before, encoding="utf-8")
    was = put_term(path, PT, "learning  rate", "taxa")
    assert path.read_text(encoding="utf-8") == after
    assert was == ("x" if "rate,x" in (before or "") else "")
    assert put_term(path, PT, "learning rate", "taxa") == "taxa"
    assert path.read_text(encoding="utf-8") == after


def test_a_term_is_put_into_a_memory_and_a_name_into_a_list(tmp_path):
    path = tmp_path / "t.tmx"
    dump([Entry({"en": "Tree", "pt": "árvore"})], path, source_language="en")
    put_term(path, PT, "R&D", "P&D")
    put_term(path, PT, "Tree", "pau")
    texts = {each.texts["en"]: each.texts["pt"] for each in load(path)}
    assert texts == {"R&amp;D": "P&amp;D", "Tree": "pau"}
    names = tmp_path / "names.txt"
    names.write_text("# ours\nFlask", encoding="utf-8")
    put_term(names, PT, "Click", "Click")
    put_term(names, PT, "Click", "Click")
    assert names.read_text(encoding="utf-8") == "# ours\nFlask\nClick\n"
    with pytest.raises(FileError, match="lists names"):
        put_term(names, PT, "tree", "árvore")


@pytest.mark.parametrize("term", [("", "x"), ("x", " "), ("x" * 201, "x")])
def test_what_no_file_can_hold_changes_nothing(tmp_path, term):
    path = tmp_path / "t.csv"
    path.write_text("en,pt\na,b\n", encoding="utf-8")
    with pytest.raises(FileError):
        put_term(path, PT, *term)
    assert path.read_text(encoding="utf-8") == "en,pt\na,b\n"


# The commands

CONF = """\
extensions = ["sphinx_amts"]
amts_engine = "stand_in_engines:Termless"
amts_terminology = "terms.csv"
amts_memory_files = ["people.tmx"]
"""
PAGE = "".join(f"{source}\n\n" for source, _ in TEXTS[1:])


@pytest.fixture
def book(write_book):
    made = write_book({"conf.py": CONF, "index.rst": f"Learning rate\n====\n\n{PAGE}"})
    (made.source / "index.rst").write_text(
        f"Learning rate\n=============\n\n{PAGE}", encoding="utf-8"
    )
    (made.source / "terms.csv").write_text("en,pt\nOak,x\n", encoding="utf-8")
    people(made, TEXTS)
    return made


def people(book, texts):
    entries = [Entry({"en": source, "pt": target}) for source, target in texts]
    dump(entries, book.source / "people.tmx", source_language="en")


def command(capsys, *words):
    assert main([*words]) == 0
    return capsys.readouterr().out


def test_status_lists_terms(book, capsys):
    folder = str(book.source)
    out = command(capsys, "status", folder, "-l", "pt", "--terms")
    assert "'taxa de aprendizagem' 2 times (index.rst:" in out
    out = command(capsys, "status", folder, "-l", "pt", "--terms", "--json")
    (found,) = json.loads(out)["terms"]
    assert found["source"] == "learning rate"
    assert "terms" not in json.loads(
        command(capsys, "status", folder, "-l", "pt", "--json")
    )


def test_a_settled_term_is_asked_for_once_and_people_s_text_stays(book, capsys):
    people(book, TEXTS[:4])  # the machine has the others
    book.build(language="pt", engine=None)
    term = ("learning rate", "taxa de aprendizado")
    words = ("terminology", "settle", *term, str(book.source), "-l", "pt", "--json")
    done = json.loads(command(capsys, *words))
    assert done["again"]["segments"] == len(done["places"]) == 2
    assert done["texts"] == 5  # a title begins with a capital: it has it not
    assert done["people"] == []
    # The engine cannot be given the term: it is asked, and then no more.
    book.build(language="pt", engine=None)
    estimate = ("estimate", str(book.source), "-l", "pt", "--json")
    assert json.loads(command(capsys, *estimate))["segments"] == 0
    # Another choice, which people do not have either.
    done = json.loads(
        command(
            capsys, "terminology", "settle", term[0], "taxa", str(book.source), "-l",
            "pt", "--json",
        )
    )  # fmt: skip
    assert (done["before"], done["people"]) == ("taxa de aprendizado", [])
    assert done["again"]["segments"] == 2


def test_settle_needs_a_file_and_makes_it(book, capsys):
    words = ("terminology", "settle", "oak", "carvalho", str(book.source), "-l", "pt")
    (book.source / "terms.csv").unlink()
    assert "terms.csv" in command(capsys, *words)
    text = (book.source / "terms.csv").read_text(encoding="utf-8")
    assert text == "en,pt\noak,carvalho\n"
    conf = CONF.replace('"terms.csv"', '"terms-1f3a"')
    (book.source / "conf.py").write_text(conf, encoding="utf-8")
    assert main([*words]) == 2
    assert "is the name of a terminology" in capsys.readouterr().err
