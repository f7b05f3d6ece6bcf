"""Tables of parallel data: CSV and TSV, and the door that TMX shares with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sphinx_amts.errors import FileError
from sphinx_amts.formats.tables import MAX_CELL, load_table, load_units
from sphinx_amts.formats.tmx import Entry, dump

pytestmark = pytest.mark.newest

GOOD = "en,zh-CN\nA cat,\u4e00\u53ea\u732b\n"


def write(folder: Path, text: str | bytes, name: str = "pairs.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def texts(path: Path) -> list[list[str]]:
    return [list(entry.texts.values()) for entry in load_table(path)]


def failure(path: Path) -> FileError:
    with pytest.raises(FileError) as caught:
        list(load_table(path))
    assert caught.value.path == path
    return caught.value


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", GOOD.encode()),
        ("a.CSV", GOOD.encode("utf-8-sig")),
        ("a.csv", GOOD.replace("\n", "\r\n").encode()),
        ("a.csv", GOOD.replace("A cat", '"A cat"').rstrip().encode()),
        ("a.csv", GOOD.replace("en,zh", " en , zh").encode()),
        ("a.csv", GOOD.replace("A", "\n,\n \n A").replace(" cat", "  cat ").encode()),
        ("a.tsv", GOOD.replace(",", "\t").encode()),
        ("a.tab", GOOD.replace(",", "\t").encode("utf-8-sig")),
    ],
)
def test_forms_of_one_table(tmp_path: Path, name: str, data: bytes) -> None:
    path = write(tmp_path, data, name)
    assert list(load_table(path)) == [
        Entry({"en": "A cat", "zh-CN": "\u4e00\u53ea\u732b"})
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("a &lt; b", "a &amp;lt; b"),
        ("<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;"),
        ('run <x id=""1""/>  now', 'run <x id="1"/> now'),
        ('<g id=""1"">a</g> & b', '<g id="1">a</g> &amp; b'),
        ('<g id=""1"">open', '&lt;g id="1"&gt;open'),
        (f'<x id=""{"9" * 5000}""/>', f'&lt;x id="{"9" * 5000}"/&gt;'),
        ('say ""no"", twice', 'say "no", twice'),
        ("two\nlines", "two lines"),
        ("\xa0a", "\xa0a"),
    ],
)
def test_cells(tmp_path: Path, cell: str, text: str) -> None:
    assert texts(write(tmp_path, f'en,es\n"{cell}",x\n')) == [[text, "x"]]


def test_lines_are_those_where_rows_start(tmp_path: Path) -> None:
    path = write(tmp_path, '\nen,es\n\na,b\n"c\nc",d\ne,f\n')
    assert [entry.line for entry in load_table(path)] == [4, 5, 7]


def test_rows_without_source_or_target_are_skipped(tmp_path: Path) -> None:
    path = write(tmp_path, "en,es,fr\na,b,c\n,b,c\na,,\na,,c\n \xa0,b,c\n")
    assert [dict(entry.texts) for entry in load_table(path)] == [
        {"en": "a", "es": "b", "fr": "c"},
        {"en": "a", "fr": "c"},
    ]


def test_a_table_without_rows_has_no_units(tmp_path: Path) -> None:
    assert texts(write(tmp_path, "en,es\n")) == []


def test_long_cells(tmp_path: Path) -> None:
    long = "a" * MAX_CELL  # csv's own limit is 131072
    assert texts(write(tmp_path, f"en,es\n{long},b\n")) == [[long, "b"]]
    error = failure(write(tmp_path, f"en,es\na,b\n{long}a,b\n"))
    assert (error.line, "field larger" in error.reason) == (3, True)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (b"", None, "is empty; its first row should hold language codes"),
        (b"\n\n , \n", None, "is empty; its first row should hold language codes"),
        (b"en\na\n", 1, "first row: a source and a target are needed"),
        (
            b"source,target\na,b\n",
            1,
            "first row: 'source' is not a language code such as 'es' or 'zh_CN'",
        ),
        (b"en,zh,es,zh_CN\n", 1, "first row: zh-CN has two columns"),
        (b"en,es\na,b\na,b,c\n", 3, "3 columns where the first row has 2"),
        (b"en,es\na,b\na\n", 3, "1 columns where the first row has 2"),
        (b"en,es\na,b\nd\xe9j\xe0,c\n", 3, "is not in UTF-8; save it in this encoding"),
        (
            "en,es\na,b\n".encode("utf-16"),
            1,
            "is not in UTF-8; save it in this encoding",
        ),
        (b"en,es\na,b\0\n", 2, "a NUL character; is it a table?"),
        (
            b'en,es\na,b\n"a,b\nc,d\n',
            3,
            "not a table with ',': unexpected end of data",
        ),
        (b'en,es\n"a" b,c\n', 2, "not a table with ',': ',' expected after '\"'"),
    ],
)
def test_tables_that_are_refused(
    tmp_path: Path, text: bytes, line: int | None, reason: str
) -> None:
    error = failure(write(tmp_path, text))
    assert (error.line, error.reason) == (line, reason)


def test_a_path_that_cannot_be_read(tmp_path: Path) -> None:
    assert "No such file" in failure(tmp_path / "none.csv").reason


def test_one_door_for_every_format(tmp_path: Path) -> None:
    entry = Entry({"en": "a", "es": "b"})
    dump([entry], tmp_path / "a.TMX", source_language="en")
    write(tmp_path, "en,es\na,b\n", "a.csv")
    write(tmp_path, "en\tes\na\tb\n", "a.tsv")
    write(tmp_path, "en\tes\na\tb\n", "a.tab")
    for name in ("a.TMX", "a.csv", "a.tsv", "a.tab"):
        assert list(load_units(tmp_path / name)) == [entry]


@pytest.mark.parametrize(
    ("name", "said"), [("a.xlsx", "'.xlsx'"), ("a", "'no suffix'")]
)
def test_formats_that_are_not_understood(name: str, said: str) -> None:
    with pytest.raises(FileError) as caught:
        load_units(name)
    assert caught.value.reason == f"{said} is none of .tmx, .csv, .tsv, .tab"
