"""Documents at addresses: in S3, and what else fsspec knows."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from sphinx_amts.cli import main
from sphinx_amts.commands.reading import READER
from sphinx_amts.errors import FileError, SettingError
from sphinx_amts.readers import remote
from sphinx_amts.readers.folders import Naming, load_bitexts, match_paths

fsspec = pytest.importorskip("fsspec")
pytestmark = pytest.mark.newest

SOURCE = "Tea\n===\n\nBoil {0} cups of water.\n\nPour the water.\n"
TARGET = "茶\n==\n\n烧开{0}杯水。\n\n倒水。\n"
LANGUAGES = ["--source-language", "en", "--target-language", "zh"]


def files(count: int = 3) -> dict[str, str]:
    """Both sides of some documents, and what is none."""
    found = {"en/.hidden/a.rst": "x", "en/_build/a.rst": "x", "en/a.png": "x"}
    for n in range(count):
        found[f"en/part/{n}.rst"] = SOURCE.format(n)
        found[f"zh/part/{n}.rst"] = TARGET.format(n)
    return found


def write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def memory():
    """Fsspec's file system in memory, with both sides below ``memory://corpus``."""
    system = fsspec.filesystem("memory")
    for name, text in files().items():
        system.pipe_file(f"/corpus/{name}", text.encode())
    yield system
    system.rm("/corpus", recursive=True)


def align(*arguments: str) -> bytes:
    assert main(["align", *arguments, *LANGUAGES, "-o", "out.tmx"]) == 0
    return Path("out.tmx").read_bytes()


def test_addresses_are_like_folders(tmp_path, monkeypatch, memory):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, files())
    written = align("en", "zh")
    assert written.count(b"<tu ") + written.count(b"<tu>") == 5
    assert align("memory://corpus/en", "memory://corpus/zh/") == written
    assert align("en", "memory://corpus/zh") == written


def test_two_files_at_addresses(tmp_path, monkeypatch, memory):
    monkeypatch.chdir(tmp_path)
    places = [f"memory://corpus/{side}/part/0.rst" for side in ("en", "zh")]
    assert "烧开0杯水。" in align(*places).decode()


def test_a_list_names_all_documents(tmp_path, monkeypatch, memory):
    write(tmp_path / "lists", files())
    rows = [
        "en/part/0.rst,zh/part/0.rst",
        "memory://corpus/en/part/1.rst, zh/part/1.rst",
    ]
    path = tmp_path / "lists" / "all.csv"
    path.write_text("\n".join([*rows, ""]), encoding="utf-8")
    found = load_bitexts(path, READER).bitexts
    assert [each.name for each in found] == [row.partition(",")[0] for row in rows]
    monkeypatch.chdir(tmp_path)
    text = align("--map", "lists/all.csv").decode()
    assert "烧开0杯水。" in text
    assert "烧开1杯水。" in text
    assert "烧开2杯水。" not in text


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a.rst,b.rst\na.rst,c.rst\n", "all.csv:2: a.rst is there twice"),
        ("a.rst\n", "all.csv:1: each row needs a source and a target"),
        ("", "there is no document in it"),
        ("no.rst,no.rst\n", "no.rst: cannot be read"),
    ],
)
def test_a_list_that_is_wrong(tmp_path, capsys, rows, said):
    path = tmp_path / "all.csv"
    path.write_text(rows)
    output = ["-o", str(tmp_path / "out.tmx")]
    assert main(["align", "--map", str(path), *LANGUAGES, *output]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give a source and a target, or a list of both as --map"),
        (["en"], "give a source and a target"),
        (["en", "--map", "x.csv"], "en: its translation is not named"),
    ],
)
def test_a_side_that_is_missing(tmp_path, capsys, arguments, said):
    output = ["-o", str(tmp_path / "out.tmx")]
    assert main(["align", *arguments, *LANGUAGES, *output]) == 2
    assert said in capsys.readouterr().err


def test_what_is_wrong_at_an_address_is_named(memory):
    side = remote.RemoteSide("memory://corpus/no.rst", READER.read_data)
    for use in (side, side.digest):
        with pytest.raises(FileError, match=r"memory://corpus/no\.rst: cannot be read"):
            use()
    memory.pipe_file("/corpus/bad.rst", b"\xff")
    side = remote.RemoteSide("memory://corpus/bad.rst", READER.read_data)
    with pytest.raises(FileError, match=r"memory://corpus/bad\.rst: is not in UTF-8"):
        side()
    with pytest.raises(FileError, match="there is nothing at this address"):
        match_paths("memory://none", "memory://corpus/zh", READER, Naming())


def test_a_package_that_is_missing_is_named():
    if find_spec("gcsfs"):
        pytest.skip("it is there")
    with pytest.raises(SettingError, match=r'pip install "sphinx_amts\[s3\]"'):
        match_paths("gs://a", "gs://b", READER, Naming())


def test_digests_change_with_the_content(memory):
    side = remote.RemoteSide("memory://corpus/en/part/0.rst", READER.read_data)
    before = side.digest()
    assert side.digest() == before
    memory.pipe_file("/corpus/en/part/0.rst", b"Other.\n")
    assert side.digest() != before


def test_a_bucket(tmp_path, monkeypatch, aws_variables, amazon_with_s3, s3, bucket):
    pytest.importorskip("s3fs")
    aws_variables(amazon_with_s3)
    monkeypatch.chdir(tmp_path)
    write(tmp_path, files())
    for name, text in files().items():
        s3.put_object(Bucket=bucket, Key=f"corpus/{name}", Body=text.encode())
    written = align("en", "zh")
    places = [f"s3://{bucket}/corpus/{side}" for side in ("en", "zh")]
    assert align(*places) == written
