"""A language is what a user means by its code: in tables and in real builds."""

from __future__ import annotations

import json
import re
import shutil
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from books import CONF, ROOTS, Book, Result, po

from sphinx_amts.text.languages import LanguagePair, matches, to_bcp47, to_sphinx

LOCALES = Path(find_spec("sphinx").origin).parent / "locale"
SHIPPED = sorted(path.parent.name for path in LOCALES.glob("*/LC_MESSAGES"))
BCP47 = re.compile(
    r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-[a-z0-9]{5,8})*$"
)

MEANT = [
    # as typed, as BCP 47, as Sphinx has it
    ("zh", "zh-CN", "zh_CN"),
    ("zh_CN", "zh-CN", "zh_CN"),
    ("zh-CN", "zh-CN", "zh_CN"),
    ("zh-cn", "zh-CN", "zh_CN"),
    ("zh_Hans", "zh-CN", "zh_CN"),
    ("zh-Hans-CN", "zh-CN", "zh_CN"),
    ("zh_CN.UTF-8", "zh-CN", "zh_CN"),
    ("zh_SG", "zh-CN", "zh_CN"),
    ("zh_TW", "zh-TW", "zh_TW"),
    ("zh-Hant", "zh-TW", "zh_TW"),
    ("zh-Hant-HK", "zh-HK", "zh_HK"),
    ("pt", "pt", "pt"),
    ("pt_BR", "pt-BR", "pt_BR"),
    ("pt-br", "pt-BR", "pt_BR"),
    ("es", "es", "es"),
    ("es_MX", "es-MX", "es_MX"),
    ("es-419", "es-419", "es_419"),
    ("ja", "ja", "ja"),
    ("ja_JP.UTF-8", "ja-JP", "ja_JP"),
    ("uk", "uk", "uk_UA"),
    ("sr_Latn", "sr-Latn", "sr@latin"),
    ("sr-Latn-RS", "sr-Latn-RS", "sr@latin"),
    ("uz@cyrillic", "uz-Cyrl", "uz_Cyrl"),
    ("ca@valencia", "ca-valencia", "ca@valencia"),
]


@pytest.mark.parametrize(("code", "tag", "name"), MEANT)
def test_a_code_is_what_a_user_means(code, tag, name):
    assert to_bcp47(code) == tag
    assert to_sphinx(code, {*SHIPPED, "en"}) == name


@pytest.mark.parametrize("code", ["", "chinese", "z", "C", "POSIX", "../zh", "zh CN"])
def test_what_is_no_code_is_refused(code):
    with pytest.raises(ValueError, match="is not a language code such as"):
        to_bcp47(code)
    with pytest.raises(ValueError, match="is not a language code such as"):
        to_sphinx(code, {"zh_CN"})


def test_sphinx_ships_languages():
    assert {"zh_CN", "zh_TW", "pt_BR", "es", "ja"} <= set(SHIPPED)
    assert "zh" not in SHIPPED  # which is why it has to be understood


@pytest.mark.parametrize("name", SHIPPED)
def test_every_language_of_sphinx_is_understood(name):
    tag = to_bcp47(name)
    assert BCP47.match(tag)
    assert to_sphinx(name, SHIPPED) == name
    without_charset = name.partition(".")[0]
    for typed in (tag, tag.lower(), tag.replace("-", "_")):
        assert to_sphinx(typed, SHIPPED) == without_charset
        assert to_bcp47(typed) == tag
    assert matches(tag, name)
    assert LanguagePair.of("en", name).is_same == name.startswith("en")


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [("zh-TW", "zh-CN"), ("pt-PT", "pt-BR"), ("sr-Latn", "sr"), ("no code", "es")],
)
def test_other_languages_do_not_serve(tag, wanted):
    assert not matches(tag, wanted)
    assert not matches(wanted, tag)


# Real builds

CHINESE = {
    "Trees": "树",
    "A tree is a graph.": "树是一种图。",
    "Leaves have no children.": "叶子没有孩子。",
    "Roots have no parents.": "根没有父母。",
}


def people_wrote(book: Book, language: str, messages: dict[str, str]) -> None:
    book.write({f"locale/{language}/LC_MESSAGES/index.po": po(messages)})


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The book with Chinese catalogs in ``locale/zh_CN``, built for ``zh_CN``."""
    return _chinese(tmp_path_factory.mktemp("chinese")).build(language="zh_CN")


@pytest.fixture
def chinese_book(tmp_path: Path) -> Book:
    return _chinese(tmp_path)


def _chinese(folder: Path) -> Book:
    shutil.copytree(ROOTS / "test-languages", folder / "book")
    made = Book(folder / "book", folder / "built")
    people_wrote(made, "zh_CN", CHINESE)
    return made


def test_a_chinese_book_is_chinese(chinese):
    page = chinese.read("index.html")
    assert re.search(r'<html[^>]* lang="zh-CN"', page)
    assert "树是一种图。" in page
    assert "搜索" in page  # "Search"
    assert "_static/translations.js" in page
    assert "\\u641c\\u7d22" in chinese.read("_static/translations.js")  # "Search"
    api = chinese.read("forest.html")
    assert "[Ĝřöŵš å ţřéé." in api  # of the engine
    assert "参数" in api  # "Parameters", which Sphinx looks up when it is imported
    assert not re.search("Parameters|Returns|Changed in", api)
    assert chinese.warnings == []


@pytest.mark.parametrize("typed", ["zh", "zh-cn", "zh_Hans"])
def test_other_names_of_a_language_give_the_same_book(chinese, chinese_book, typed):
    same = chinese_book.build(language=typed)
    assert same.files() == chinese.files()
    assert same.warnings == []


def test_the_variable_stands_in_for_the_option(chinese, chinese_book):
    same = chinese_book.build(variables={"AMTS_LANGUAGE": "zh"})
    assert same.files() == chinese.files()


def test_the_option_wins_over_the_variable_and_both_over_the_configuration(
    chinese_book,
):
    conf = chinese_book.source / "conf.py"
    conf.write_text(conf.read_text() + 'language = "ja"\n')
    spanish = {"AMTS_LANGUAGE": "es"}
    page = chinese_book.build(variables=spanish, html_theme="basic").read("index.html")
    assert re.search(r'<html[^>]* lang="es"', page)
    assert "Búsqueda" in page  # "Search"
    assert (
        chinese_book.build(language="zh_TW", variables=spanish, html_theme="basic")
        .read("index.html")
        .count("搜尋")
    )


@pytest.mark.parametrize("language", ["pt_BR", "ja"])
def test_a_code_that_sphinx_knows_is_left_alone(write_book, language):
    book = write_book({"index.rst": "Trees\n=====\n"})
    built = book.build(language=language)
    assert f'lang="{language.replace("_", "-")}"' in built.read("index.html")
    assert built.stdout.count("loading translations") == 1
    assert "_static/translations.js" in built.read("index.html")


@pytest.mark.parametrize("variables", [{}, {"AMTS_LANGUAGE": "chinese"}])
def test_a_wrong_code_ends_the_build(write_book, variables):
    book = write_book({"index.rst": "Trees\n=====\n"})
    language = None if variables else "chinese"
    ended = book.build(language=language, variables=variables, expected=2)
    assert "'chinese' is not a language code such as" in ended.stderr
    assert "Traceback" not in ended.stderr


def texts(result: Result) -> list[str]:
    """Return the paragraphs of the first page, built as text."""
    return [line for line in result.read("index.txt").splitlines()[3:] if line][:3]


@pytest.mark.parametrize("typed", ["zh_CN", "zh", "zh_Hans"])
def test_catalogs_of_all_folders_are_used(book, typed):
    trees = book("languages")
    first, second, third = list(CHINESE)[1:]
    people_wrote(trees, "zh_CN", {first: "CN 1"})
    people_wrote(trees, "zh", {first: "zh 1", second: "zh 2"})
    people_wrote(trees, "zh_Hans", {first: "Hans 1", second: "Hans 2", third: "Hans 3"})
    people_wrote(trees, "zh_TW", {first: "TW 1", second: "TW 2", third: "TW 3"})
    built = trees.build(language=typed, builder="text", engine="memory")
    # The folder with Sphinx's own name for the language comes first.
    assert texts(built) == ["CN 1", "zh 2", "Hans 3"]
    compiled = {path.parents[1].name for path in trees.source.rglob("*.mo")}
    assert compiled == {"zh_CN", "zh", "zh_Hans"}


def test_a_catalog_that_comes_or_changes_rereads_its_documents(book):
    trees = book("languages")
    first, second, _ = list(CHINESE)[1:]

    def build() -> tuple[list[str], str]:
        built = trees.build(language="zh", builder="text", engine="memory")
        read = re.search(r"\d+ added, \d+ changed", built.stdout)
        return texts(built), read[0]

    assert build() == ([first, second, "Roots have no parents."], "2 added, 0 changed")
    people_wrote(trees, "zh-cn", {first: "one"})
    assert build() == (["one", second, "Roots have no parents."], "0 added, 1 changed")
    assert build()[1] == "0 added, 0 changed"
    people_wrote(trees, "zh-cn", {first: "uno"})
    assert build()[0][0] == "uno"
    shutil.rmtree(trees.source / "locale")
    assert build() == ([first, second, "Roots have no parents."], "0 added, 1 changed")


def test_a_region_takes_the_catalogs_of_its_language(book):
    trees = book("languages")
    first, second, _ = list(CHINESE)[1:]
    people_wrote(trees, "pt", {first: "pt 1", second: "pt 2"})
    people_wrote(trees, "pt_BR", {first: "BR 1"})
    built = trees.build(language="pt-br", builder="text", engine="memory")
    assert texts(built)[:2] == ["BR 1", "pt 2"]


def test_the_only_region_serves_its_language(book):
    trees = book("languages")
    first, second, _ = list(CHINESE)[1:]
    people_wrote(trees, "de_CH", {first: "CH 1"})
    built = trees.build(language="de", builder="text", engine="memory")
    assert texts(built)[:2] == ["CH 1", second]
    people_wrote(trees, "de_AT", {first: "AT 1"})
    built = trees.build("-E", language="de", builder="text", engine="memory")
    assert texts(built)[:2] == [first, second]  # which one is meant, nobody said


def test_catalogs_are_not_compiled_where_the_book_says_so(book):
    trees = book("languages")
    people_wrote(trees, "zh_Hans", CHINESE)
    trees.build(
        language="zh", builder="text", engine="memory", gettext_auto_build=False
    )
    assert list(trees.source.rglob("*.mo")) == []


WORDS = """
from pathlib import Path
from sphinx.locale import get_translation

def setup(app):
    app.add_message_catalog("words", str(Path(__file__).parent / "locale"))
    app.connect("html-page-context", add_word)

def add_word(app, page, template, context, doctree):
    context["body"] = context.get("body", "") + get_translation("words")("leaf")
"""


@pytest.mark.parametrize("order", [["words", "sphinx_amts"], ["sphinx_amts", "words"]])
def test_texts_of_extensions_follow_the_variable(write_book, order):
    book = write_book(
        {
            "index.rst": "Trees\n=====\n",
            "words/__init__.py": WORDS,
            "conf.py": (
                "import sys\nfrom pathlib import Path\n"
                "sys.path.append(str(Path(__file__).parent))\n"
                f"extensions = {order!r}\n"
            ),
        }
    )
    folder = book.source / "words" / "locale" / "zh_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalog = read_po(BytesIO(po({"leaf": "叶子"}).encode()), "zh_CN")
    with (folder / "words.mo").open("wb") as file:
        write_mo(file, catalog)
    built = book.build(variables={"AMTS_LANGUAGE": "zh"}, html_theme="basic")
    assert "叶子" in built.read("index.html")


# Search

TERMS = ["一种", "叶子", "没有", "孩子"]  # as jieba cuts CHINESE


def found(result: Result) -> list[str]:
    """Return those of `TERMS` that the search index has."""
    index = result.read("searchindex.js")
    terms = index[index.index("terms") :]
    return [
        term
        for term in TERMS
        if re.search(rf'["{{,]({term}|{re.escape(json.dumps(term)[1:-1])})["]?:', terms)
    ]


def test_chinese_words_are_found(chinese):
    assert found(chinese) == TERMS


NO_JIEBA = CONF + 'locale_dirs = ["locale"]\nimport sys\nsys.modules["jieba"] = None\n'


def test_a_search_without_jieba_says_what_to_install(chinese_book):
    chinese_book.write({"conf.py": NO_JIEBA})
    built = chinese_book.build(language="zh")
    assert found(built) == []
    (warning,) = built.warnings
    assert "pip install 'sphinx_amts[zh]'" in warning
    assert (
        chinese_book.build(
            language="zh", suppress_warnings=["amts.language"], expected=0
        ).warnings
        == []
    )


@pytest.mark.parametrize(("language", "builder"), [("zh", "text"), ("es", "html")])
def test_jieba_is_needed_for_chinese_search_only(chinese_book, language, builder):
    chinese_book.write({"conf.py": NO_JIEBA})
    assert chinese_book.build(language=language, builder=builder).warnings == []
