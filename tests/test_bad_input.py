"""What is wrong is said once and clearly; what can be built is built."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.newest

BOOK = {
    "index.rst": "The book\n========\n\nOne paragraph is here.\n\n"
    ".. toctree::\n\n   one\n",
    "one.rst": "One\n===\n\nAnother paragraph is there.\n",
}
SEGMENTS = 4


@pytest.fixture
def book(write_book):
    return write_book(BOOK)


def only_warning(result):
    assert "Traceback" not in result.stdout + result.stderr
    (line,) = result.warnings
    return line


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("amts_engine", "gogle", "there is no engine 'gogle'. Known: amazon,"),
        ("amts_engine", "nowhere:Engine", "cannot load 'nowhere:Engine'"),
        ("amts_engine", "json:loads", "'json:loads' is not an engine"),
        ("amts_engine_options", {"speed": "9"}, "amts_engine_options: not what engine"),
        ("amts_on_missing", "explode", "amts_on_missing is 'explode', but should be"),
        ("amts_timeout_s", "soon", "amts_timeout_s is 'soon', but should be a number"),
        ("amts_source_language", "English!", "'English!' is not a language code"),
        ("language", "../etc", "'../etc' is not a language code"),
    ],
)
def test_a_wrong_setting_ends_the_build_and_names_itself(book, setting, value, message):
    language = {} if setting == "language" else {"language": "es"}
    engine = None if setting == "amts_engine" else "pseudo"
    result = book.build(engine=engine, expected=2, **language, **{setting: value})
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("value", ["7", "['a']", "{'a': 1}"])
def test_a_wrong_type_in_conf_py_names_itself(write_book, value):
    conf = f'extensions = ["sphinx_amts"]\namts_engine = {value}\n'
    result = write_book({**BOOK, "conf.py": conf}).build(
        language="es", engine=None, expected=2
    )
    assert "amts_engine is" in result.stderr
    assert "should be text" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        ("Raising", "engine 'raising' failed: ZeroDivisionError: 1 / 0"),
        ("Down", "engine 'down': no network. Try again later."),
        ("Unsupporting", "engine 'unsupporting': it does not translate en to es."),
        ("Hanging", "engine 'hanging' gave no answer in 1 s"),
        ("Miscounting", "engine 'miscounting' answered 5 segments for 4"),
        ("Failing", "busy today"),
    ],
)
def test_an_engine_that_fails_leaves_the_source(book, engine, message):
    result = book.build(language="es", engine=f"broken_engines:{engine}")
    line = only_warning(result)
    assert message in line
    assert f"Without a translation: {SEGMENTS} segments (en to es)." in line
    assert "One paragraph is here." in result.read("index.html")
    assert 'lang="es"' in result.read("index.html")


@pytest.mark.parametrize("engine", ["Raising", "Down", "Hanging", "Failing"])
def test_missing_text_is_an_error_where_asked(book, engine):
    result = book.build(
        language="es",
        engine=f"broken_engines:{engine}",
        expected=1,
        amts_on_missing="error",
    )
    assert f"Without a translation: {SEGMENTS} segments (en to es)" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_memory_alone_says_what_is_missing(book):
    line = only_warning(book.build(language="es", engine="memory"))
    assert f"Without a translation: {SEGMENTS} segments (en to es)" in line
    assert book.build(language="es", engine="memory").warnings == []


def test_warnings_can_be_silenced(book):
    result = book.build(
        "-W", language="es", engine="memory", suppress_warnings="amts.missing"
    )
    assert result.warnings == []


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("gone.tmx", None, "No such file"),
        (
            "cut.tmx",
            '<?xml version="1.0"?>\n<tmx version="1.4">\n<body>\n',
            "cut.tmx:4",
        ),
        ("odd.csv", "en,es\nA,B,C\n", "odd.csv:2"),
        ("book.docx", "PK", "book.docx"),
    ],
)
def test_a_memory_file_that_cannot_be_read_costs_nothing(
    book, tmp_path, name, text, message
):
    record = tmp_path / "record"
    if text is not None:
        (book.source / name).write_text(text)
    result = book.build(
        language="es",
        engine="stand_in_engines:Recording",
        variables={"AMTS_RECORD": str(record)},
        amts_memory_files=name,
    )
    line = only_warning(result)
    assert message in line
    assert "The engine is not asked in this build." in line
    assert not record.exists(), "what the file holds might have been paid for again"


def test_a_unit_that_cannot_be_used_is_named_and_the_rest_is_used(book):
    (book.source / "people.csv").write_text(
        'en,es\nOne paragraph is here.,Hay un párrafo.\nOne,"<x id=""1""/> uno"\n'
    )
    result = book.build(language="es", engine="pseudo", amts_memory_files="people.csv")
    line = only_warning(result)
    assert "people.csv:3: not used" in line
    assert "Hay un párrafo." in result.read("index.html")


@pytest.mark.parametrize("language", ["en", "en_US", "en-GB"])
def test_the_source_language_is_built_as_it_is(book, language):
    result = book.build(language=language, engine="broken_engines:Raising")
    assert result.warnings == []
    assert "One paragraph is here." in result.read("index.html")
    assert not (book.source / ".amts").exists()


def test_the_gettext_builder_sees_the_source(book):
    result = book.build(
        language="es", builder="gettext", engine="broken_engines:Raising"
    )
    assert 'msgid "One paragraph is here."' in result.read("index.pot")


def test_an_engine_is_loaded_only_when_something_is_missing(book):
    book.build(language="es", engine="stand_in_engines:Recording")
    result = book.build(
        "-E", language="es", engine="broken_engines:RecordingThatNeverLoads"
    )
    assert result.warnings == []


def test_excluded_documents_stay_in_the_source_language(book):
    result = book.build(language="es", engine="pseudo", amts_exclude="on*")
    assert "Another paragraph is there." in result.read("one.html")
    assert "One paragraph is here." not in result.read("index.html")


def test_a_damaged_store_is_set_aside(book):
    book.build(language="es", engine="pseudo")
    (book.source / ".amts" / "memory" / "cache.db").write_bytes(b"no database" * 1000)
    result = book.build("-E", language="es", engine="pseudo")
    assert "was set aside as memory.damaged-1" in only_warning(result)
    assert "One paragraph is here." not in result.read("index.html")


def test_each_refusal_names_its_place(write_book):
    book = write_book(
        {
            "index.rst": """
Book of ``code``
================

.. list-table:: Table of ``code``

   * - Cell of ``code``

:field of ``code``: Body of ``code``

Term of ``code``
   Definition of ``code``

| Line of ``code``
"""
        }
    )
    result = book.build(language="es", engine="broken_engines:Tagless")
    assert len(result.warnings) == 8
    for line in result.warnings:
        assert re.match(r"\S+index\.rst:\d+: WARNING: a translation was refused", line)
        assert line.endswith("[amts.tags]") or "amts.tags" not in line
