"""Nothing of a page is lost or changed, whatever an engine answers.

One book that has something of everything (`roots/test-fidelity`), built by all the
engines of `stand_in_engines`, each compared with the build without the extension.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from books import ROOTS
from fidelity import SEARCH, Book, Built, Report, compare
from stand_in_engines import ATTACKS, MARK, UNANSWERED

from sphinx_amts.errors import TagError
from sphinx_amts.text.check import check

PLACED = re.compile(r"^\S.*?:[1-9][0-9]*: WARNING: a translation was refused \(.+\)")
ROOT = ROOTS / "test-fidelity"


@pytest.fixture(scope="module")
def spanish(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(ROOT, tmp_path_factory.mktemp("spanish"), language="es")


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Interface texts are Chinese in it: what is left in Latin script is the book's."""
    work = tmp_path_factory.mktemp("chinese")
    return Book(ROOT, work, language="zh_CN", settings=SEARCH)


@pytest.fixture(scope="module")
def plain_spanish(spanish: Book) -> Built:
    return spanish.build()


@pytest.fixture(scope="module")
def plain_chinese(chinese: Book) -> Built:
    return chinese.build()


@pytest.fixture(scope="module")
def against(
    spanish: Book, plain_spanish: Built, chinese: Book, plain_chinese: Built
) -> Callable[..., tuple[Report, Built]]:
    """Give ``against(language, engine)``: the comparison, and the localized build."""

    def build(language: str, engine: str, **options: object) -> tuple[Report, Built]:
        book, plain = (
            (spanish, plain_spanish) if language == "es" else (chinese, plain_chinese)
        )
        built = book.build(engine, **options)
        assert built.status == 0, built.log[-2000:]
        return compare(plain, built, engine=engine), built

    return build


def test_the_book_has_no_warnings_of_its_own(plain_spanish):
    known = "unknown config value|nonexisting document 'notes'"
    assert [each for each in plain_spanish.warnings if not re.search(known, each)] == []


def test_identity_changes_no_byte(against):
    report, _built = against("es", "identity")
    assert report.bytes_differ == []
    assert report.files_differ == []
    assert report.faults == {}


def test_marks_are_all_that_a_rebuilt_page_has_more(against):
    report, built = against("es", "mark")
    assert report.text_differs == []
    assert report.faults == {}
    assert report.order == []
    page = (built.folder / "tides.html").read_text(encoding="utf-8")
    assert page.count(MARK) > 50  # it was rebuilt


def test_pseudo_leaves_no_prose(against):
    report, _built = against("zh_CN", "pseudo")
    assert report.faults == {}  # prose is one of them
    assert report.order == []


def test_what_sphinx_writes_itself_is_not_asked_for(against):
    _report, built = against("zh_CN", "recording")
    asked = {source for request in built.requests for source in request}
    assert len(asked) > 100
    assert [source for source in asked if re.search("[\u3400-\u9fff]", source)] == []


def test_a_script_without_blanks(against):
    report, _built = against("zh_CN", "unspaced")
    assert report.faults == {}
    # A sorted glossary is sorted by its Chinese terms.
    assert {each.partition(":")[0] for each in report.order} <= {"moorings.html"}


@pytest.mark.parametrize("seed", range(2))
def test_hostile_answers_reach_no_page(against, seed):
    options = {"amts_engine_options": {"seed": seed}}
    report, built = against("zh_CN", "hostile", **options)
    assert report.faults == {}
    refused = [each for each in report.refusals if "was refused" in each]
    assert len(refused) > 50
    assert [each for each in refused if not PLACED.match(each)] == []

    assert built.requests

    again_report, again = against("zh_CN", "hostile", again="once more", **options)
    assert again.requests == ()
    assert again_report.refusals == report.refusals


@pytest.mark.parametrize(
    "attack",
    [
        "change the kind",  # a build once ended with it
        "formats",  # numbers of figures are put into places like %s
        "html",  # the book's template prints titles as they are
        "no text",
        "reorder",  # docutils pairs some links with their targets by their order
    ],
)
def test_one_attack_on_all_texts(against, attack):
    report, _built = against("zh_CN", "hostile", amts_engine_options={"attack": attack})
    assert report.faults == {}


@pytest.mark.parametrize("builder", ["latex", "epub", "text"])
def test_other_builders(spanish, builder):
    plain = spanish.build(builder=builder)
    built = spanish.build("pseudo", builder=builder)
    assert built.status == plain.status == 0, built.log[-2000:]
    new = set(map(_without_place, built.warnings)) - set(
        map(_without_place, plain.warnings)
    )
    assert {each for each in new if "[amts." not in each} == set()
    assert _names(built.folder) == _names(plain.folder)


def test_gettext_is_not_touched(spanish):
    plain = spanish.build(builder="gettext", gettext_last_translator="x")
    built = spanish.build("pseudo", builder="gettext", gettext_last_translator="x")
    assert _names(built.folder) == _names(plain.folder)
    for name in _names(plain.folder):
        if name.endswith(".pot"):
            files = [folder / name for folder in (plain.folder, built.folder)]
            texts = [
                re.sub(r'"POT-Creation-Date.*"', "", file.read_text(encoding="utf-8"))
                for file in files
            ]
            assert texts[0] == texts[1], name
    assert built.requests == ()


def test_with_two_processes(tmp_path, against):
    book = Book(ROOT, tmp_path, language="es", jobs=2)
    plain, built = book.build(), book.build("recording")
    assert built.status == 0, built.log[-2000:]
    assert compare(plain, built, engine="recording").faults == {}
    assert built.requests
    serial, _built = against("es", "recording")
    assert serial.faults == {}


@pytest.mark.parametrize("attack", sorted(ATTACKS.keys() - set(UNANSWERED)))
def test_each_attack_is_refused_or_harmless(attack):
    source = 'Press <g id="1">the <x id="2"/> key</g> once <x id="3"/>.'
    try:
        kept = check(source, ATTACKS[attack](source))
    except TagError:
        return
    assert attack in {
        "reorder",
        "quotes",
        "directives",
        "substitutions",
        "formats",
        "semicolons",
        "shell and TeX",
        "directions",
    }
    assert sorted(re.findall(r"<[^<>]*>", kept)) == sorted(
        re.findall(r"<[^<>]*>", source)
    )


def _names(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "doctrees" not in path.parts
    )


def _without_place(warning: str) -> str:
    return warning.rpartition("WARNING: ")[2]
