"""Catalogs of other programs: what nobody asked to change stays, byte by byte."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from books import po
from hypothesis import given
from hypothesis import strategies as st

from sphinx_amts.book.po import CATALOG, MACHINE, Wanted, _Update
from sphinx_amts.formats.catalogs import Catalog, CatalogError, load, new_entry

pytestmark = pytest.mark.newest

WEBLATE = """\
# Translations of the boats.
# Ana <ana@example.org>, 2026.
msgid ""
msgstr ""
"Project-Id-Version: Boats 2\\n"
"POT-Creation-Date: \\n"
"PO-Revision-Date: 2026-01-02 03:04+0000\\n"
"Last-Translator: Ana <ana@example.org>\\n"
"Language-Team: Spanish <https://translate.example.org/boats/es/>\\n"
"Language: es\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=n != 1;\\n"
"X-Generator: Weblate 5.9\\n"

# Ana: as on the sign
#. for the harbour
#: ../../index.rst:4 5f0c1e
#, python-format
msgid "A boat."
msgstr "Un barco."

#: ../../index.rst:6
#, fuzzy, no-wrap
#| msgid "A long text, so long that a line is not enough for it, nor for what"
#| " people made of it."
msgid ""
"A longer text, so long that a line is not enough for it, nor for what people "
"made of it."
msgstr ""
"Un texto tan largo que una línea no le basta, ni a lo que la gente hizo con "
"él."

#: ../../index.rst:8
msgid "Nobody has this."
msgstr ""

#, fuzzy
#~| msgid "Former"
#~ msgid "Old"
#~ msgstr "Viejo"

# by Ana
#~ msgid ""
#~ "Two\\n"
#~ "lines"
#~ msgstr "Dos"
"""
LONG = "A boat with a sail, and with another sail, " * 3
TRANSIFEX = f"""\
msgid ""
msgstr ""
"Language: es\\n"
"Content-Type: text/plain; charset=UTF-8\\n"

#: index.rst:2 index.rst:9
msgid "{LONG}"
msgstr "{LONG}"

#: index.rst:3
msgid "A lamp."
msgstr ""
"""
POEDIT = "\ufeff" + WEBLATE.replace("\n", "\r\n")
BARE = 'msgid "A lamp."\nmsgstr ""'
KEPT = {"A boat.", "Nobody has this.", LONG, "A lamp."} | {
    "A longer text, so long that a line is not enough for it, nor for what people "
    "made of it."
}


def updated(text, wanted=(), messages=KEPT):
    catalog = Catalog.parse(text)
    made = {key: Wanted([("index.rst", 1)], False, **each) for key, each in wanted}
    _Update(catalog).to(made, dict.fromkeys(messages, ("index.rst", 1)))
    return catalog.text()


@pytest.mark.parametrize("text", [WEBLATE, TRANSIFEX, POEDIT, BARE])
def test_what_nobody_asked_to_change_stays(text):
    assert Catalog.parse(text).text() == text
    assert updated(text) == text


def test_one_translation_changes_its_lines_only():
    wanted = {"Nobody has this.": {"text": "Nadie", "rank": CATALOG}}
    for text in (WEBLATE, POEDIT):
        end = "\r\n" if text is POEDIT else "\n"
        was = f'"Nobody has this."{end}msgstr ""'
        now = f'"Nobody has this."{end}msgstr "Nadie"'
        assert updated(text, wanted.items()) == text.replace(was, now)


def test_what_a_machine_made_says_so_until_a_person_has_looked():
    remarks = [MACHINE, "doubt: 0.40"]
    wanted = {"A lamp.": {"text": "Una farola.", "remarks": remarks}}
    first = updated(TRANSIFEX, wanted.items())
    there = f'#. {MACHINE}\n#. doubt: 0.40\n#, fuzzy\nmsgid "A lamp."'
    assert there in first.replace("#: index.rst:3\n", "")
    again = {"A lamp.": {"text": "Una farola.", "remarks": [MACHINE, "doubt: 0.90"]}}
    assert updated(first, again.items()) == first
    by_people = {"A lamp.": {"text": "Un farol.", "rank": CATALOG}}
    last = updated(first, by_people.items())
    assert last == TRANSIFEX.replace('lamp."\nmsgstr ""', 'lamp."\nmsgstr "Un farol."')


def test_lines_are_wrapped_as_the_others_are():
    text = f"Una farola {'muy ' * 20}larga."
    wanted = {"A lamp.": {"text": text, "rank": 1}}
    assert f'msgstr "{text}"\n' in updated(TRANSIFEX, wanted.items())
    nobody = {"Nobody has this.": {"text": text, "rank": 1}}
    assert 'msgstr ""\n"Una farola' in updated(WEBLATE, nobody.items())


def test_new_messages_stand_where_the_book_has_them():
    order = ["A boat.", "New one.", "Nobody has this.", "Last one."]
    wanted = {message: {} for message in order}
    made = Catalog.parse(updated(WEBLATE, wanted.items(), [*KEPT, *order]))
    found = [each.id for each in made.entries if each.id and not each.is_obsolete]
    assert found[:2] == ["A boat.", "New one."]
    assert found[-2:] == ["Nobody has this.", "Last one."]


def test_what_the_book_has_no_more_is_obsolete_with_its_comments():
    text = updated(WEBLATE, messages=KEPT - {"A boat.", "Nobody has this."})
    assert '# Ana: as on the sign\n#, python-format\n#~ msgid "A boat."\n' in text
    assert "Nobody has this" not in text
    back = updated(text, messages=KEPT | {"Old"})
    made = {each.id: each for each in Catalog.parse(back).entries}
    assert (made["A boat."].string, made["A boat."].is_obsolete) == ("Un barco.", False)
    assert '# Ana: as on the sign\n#: index.rst:1\nmsgid "A boat."' in back
    assert '#, fuzzy\n#| msgid "Former"\nmsgid "Old"\nmsgstr "Viejo"\n' in back


@pytest.mark.parametrize("text", [WEBLATE, TRANSIFEX, POEDIT, BARE])
def test_gettext_s_own_tools_accept_what_is_written(tmp_path, text):
    if not (msgfmt := shutil.which("msgfmt")):
        pytest.skip("there is no msgfmt")
    wanted = {"New.": {"text": "Nuevo.", "remarks": [MACHINE]}, "A lamp.": {}}
    path = tmp_path / "a.po"
    content = updated(text, wanted.items(), {"New.", "Old"}).removeprefix("\ufeff")
    path.write_bytes(content.encode())
    subprocess.run([msgfmt, "-o", tmp_path / "a.mo", path], check=True)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('msgid "a"\nnonsense "b"\n', 2),
        ('msgid "a"\nmsgid "b"\nmsgstr "c"\n', 2),
        ('msgid "a"\nmsgstr "c\n', 2),
        ('"a"\n', 1),
        ('msgid "a"\n', 1),
    ],
)
def test_what_is_no_catalog_is_told_by_its_line(text, line):
    with pytest.raises(CatalogError) as caught:
        Catalog.parse(text)
    assert caught.value.line == line


texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r"))


@given(st.lists(st.tuples(texts.filter(bool), texts, st.booleans()), max_size=4))
def test_any_text_comes_back(rows):
    catalog = Catalog()
    for number, (message, string, is_fuzzy) in enumerate(rows):
        entry = new_entry(message, [("a b.rst", number)])
        catalog.add(entry.changed(string, is_fuzzy=is_fuzzy), number)
    again = Catalog.parse(catalog.text())
    found = [(each.id, each.string, each.is_fuzzy) for each in again.entries]
    assert found == rows
    assert again.text() == catalog.text()


# Books

CONF = """\
extensions = ["sphinx_amts"]
amts_engine = "memory"
locale_dirs = ["locale"]
gettext_compact = "all"
"""


@pytest.mark.sphinx
def test_a_translation_is_for_all_places_of_its_message(write_book):
    name = "locale/es/LC_MESSAGES/all.po"
    book = write_book(
        {
            "conf.py": CONF,
            "a.rst": "Sails\n=====\n\n.. |B| replace:: The Boats\n\nSee |B| now.\n",
            "index.rst": "The Boats\n=========\n\n.. toctree::\n\n   a\n",
            name: po({"The Boats": "Los barcos"}),
        }
    )
    book.amts("export", ".", "-l", "es", "--format", "po", "-o", "es.po")
    found = {each.id: each.string for each in load(book.source / "es.po").entries}
    assert found["The Boats"] == "Los barcos"


@pytest.mark.sphinx
@pytest.mark.parametrize(
    ("files", "words", "said"),
    [
        ({"es.po": 'msgid "a"\nnonsense\n'}, ["es.po", "."], "es.po:2"),
        ({"es.xlf": "<xliff"}, ["es.xlf", "."], "no XLIFF"),
        ({"es/a.txt": ""}, ["es", "."], "has no PO file"),
        ({"es.doc": ""}, ["es.doc", "."], "'.doc' is none of"),
    ],
)
def test_a_bad_file_is_told_before_the_book_is_read(write_book, files, words, said):
    if "es.xlf" in files:
        pytest.importorskip("translate", reason="needs the Translate Toolkit")
    conf = 'extensions = ["sphinx_amts", "nobody_has_this_extension"]\n'
    book = write_book({"conf.py": conf, "index.rst": "Boats\n=====\n", **files})
    result = book.amts("import", *words, "-l", "es", "-o", "p.tmx", expected=2)
    assert said in result.stderr
    assert "nobody_has" not in result.stderr


@pytest.mark.sphinx
def test_what_is_for_no_memory_is_no_problem(write_book):
    page = "Boats\n=====\n\n* 1234\n* ``row``\n"
    book = write_book({"conf.py": CONF, "index.rst": page})
    messages = {"1234": "1 234", "``row``": "``remar``", "Boats": "Barcos"}
    book.write({"es.po": po(messages)})
    result = book.amts("import", "es.po", ".", "-l", "es", "-o", "p.tmx")
    assert "1 new or changed" in result.stdout
    assert "2 messages have no text for a memory" in result.stdout
