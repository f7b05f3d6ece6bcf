"""Scores of translations: sacrebleu's numbers, tables, the page, the gate."""

from __future__ import annotations

import csv
import json
import random
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from books import environment

from sphinx_amts.cli import main
from sphinx_amts.evaluation.testset import Document, merge, of_documents, seen
from sphinx_amts.formats import tmx
from sphinx_amts.parallel_data.blocks import Block, Kind

sacrebleu = pytest.importorskip("sacrebleu")
pytestmark = pytest.mark.newest

ENGLISH = (
    "the old harbour has a lamp on the left and a bell on the right that rings when"
    " fog comes in from the open sea after dark"
).split()
CHINESE = "老港口的左边有一盏灯右边有一口钟天黑以后雾从海上来的时候钟就会响起来"


def texts(language: str, count: int, seed: int = 1) -> list[str]:
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        words = CHINESE if language == "zh" else ENGLISH
        picked = draw.sample(list(words), draw.randrange(5, 20))
        join = "" if language == "zh" else " "
        made.append(join.join(picked) + draw.choice(["。", "", " 3.5！", "  "]))
    return made


def worse(lines: list[str], share: float, seed: int) -> list[str]:
    draw = random.Random(seed)
    return ["".join(c for c in line if draw.random() > share) for line in lines]


def write(path: Path, lines: list[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def evaluate(capsys, *arguments: object) -> dict:
    assert main(["evaluate", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def process(*arguments: object) -> str:
    """Run sacrebleu as a user would."""
    done = subprocess.run(
        [sys.executable, "-m", "sacrebleu", *map(str, arguments)],
        env=environment(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


TOKENS = {"en": [], "zh": ["-tok", "zh"]}
TER = {"en": [], "zh": ["--ter-normalized", "--ter-asian-support"]}


@pytest.fixture(params=["en", "zh"])
def trio(request, tmp_path):
    """Write a reference and two systems, with as many lines as a slice and a bit."""
    language = request.param
    lines = texts(language, 1100)
    lines[3] = ""
    return (
        language,
        write(tmp_path / "people.txt", lines),
        write(tmp_path / "one.txt", worse(lines, 0.1, 2)),
        write(tmp_path / "two.txt", worse(lines, 0.12, 3)),
    )


def test_scores_are_those_of_the_command_line(trio, capsys):
    language, people, one, _two = trio
    found = evaluate(capsys, people, one, "-t", language, "--samples", 0)
    flags = ["-m", "bleu", "chrf", "ter", "-w", 12, *TOKENS[language], *TER[language]]
    theirs = {
        each["name"]: each for each in json.loads(process(people, "-i", one, *flags))
    }
    ours = found["systems"][0]["total"]
    for name, title in (("bleu", "BLEU"), ("chrf", "chrF2"), ("ter", "TER")):
        assert round(ours[name]["value"], 12) == theirs[title]["score"]
        title = title.rstrip("2")
        assert (
            found["signatures"][title]
            == theirs.get(title, theirs.get("chrF2"))["signature"]
        )


def test_intervals_are_those_of_the_command_line(trio, capsys):
    language, people, one, _two = trio
    found = evaluate(capsys, people, one, "-t", language, "--metrics", "bleu")
    flags = ["-ci", "-w", 12, *TOKENS[language]]
    theirs = json.loads(process(people, "-i", one, *flags))
    ours = found["systems"][0]["total"]["bleu"]
    assert round(ours["mean"], 12) == theirs["confidence_mean"]
    assert round(ours["margin"], 12) == theirs["confidence_var"]
    assert found["signatures"]["BLEU"] == theirs["signature"]


@pytest.mark.parametrize(
    ("test", "flag"), [("bootstrap", "--paired-bs"), ("randomization", "--paired-ar")]
)
def test_paired_tests_are_those_of_the_command_line(trio, capsys, test, flag):
    language, people, one, two = trio
    metric = ["--metrics", "bleu", "--test", test, "--samples", 200]
    found = evaluate(capsys, people, one, two, "-t", language, *metric)
    count = f"{flag}-n"
    flags = [flag, count, 200, "-w", 12, "-f", "text", "-nc", *TOKENS[language]]
    lines = process(people, "-i", one, two, *flags)
    (p_value,) = re.findall(r"\(p = ([0-9.]+)\)", lines)
    ours = [each["total"]["bleu"] for each in found["systems"]]
    assert f"{ours[1]['p_value']:.4f}" == p_value
    for each in ours:
        assert f"{each['value']:.12f}" in lines
        if test == "bootstrap":
            assert f"{each['mean']:.12f} ± {each['margin']:.12f}" in lines


def test_segments_are_those_of_the_command_line(trio, tmp_path):
    from sphinx_amts.evaluation import metrics

    language, people, one, _two = trio
    sides = [
        path.read_text(encoding="utf-8").split("\n")[:-1] for path in (people, one)
    ]
    found = metrics.count(sides[0], [sides[1]], "bleu", language).segments(0)
    flags = ["--sentence-level", "-w", 12, "-b", *TOKENS[language]]
    theirs = process(people, "-i", one, *flags).split()
    assert [f"{each:.12f}" for each in found] == theirs


def test_an_article_is_scored_as_a_file_of_its_own(tmp_path, capsys):
    for name, seed in (("a/first", 1), ("b/second", 5)):
        lines = texts("zh", 20, seed)
        write(tmp_path / "people" / f"{name}.txt", lines)
        write(tmp_path / "machine" / f"{name}.txt", worse(lines, 0.1, 2))
    write(tmp_path / "people" / "third.txt", ["没有人翻译"])
    people, machine = tmp_path / "people", tmp_path / "machine"
    found = evaluate(capsys, people, machine, "-t", "zh", "--metrics", "bleu")
    assert [each["name"] for each in found["articles"]] == ["a/first", "b/second"]
    scores = [each["bleu"]["value"] for each in found["systems"][0]["articles"]]
    for name, score in zip(("a/first", "b/second"), scores, strict=True):
        files = [side / f"{name}.txt" for side in (people, machine)]
        theirs = process(files[0], "-i", files[1], "-tok", "zh", "-w", 12, "-b")
        assert f"{score:.12f}" == theirs.strip()
    assert found["systems"][0]["average"]["bleu"] == sum(scores) / 2


def test_memories_are_put_together_by_source(tmp_path, capsys):
    def unit(source: str, target: str) -> tmx.Entry:
        return tmx.Entry({"en": source, "zh-CN": target})

    people = [unit("a lamp", "一盏灯"), unit("a bell", "一口钟"), unit("fog", "雾")]
    machine = [unit("fog", "雾"), unit("a lamp", "一盏灯"), unit("more", "更多")]
    for name, units in (("people", people), ("machine", machine)):
        tmx.dump(units, tmp_path / f"{name}.tmx", source_language="en")
    files = [tmp_path / "people.tmx", tmp_path / "machine.tmx"]
    found = evaluate(capsys, *files, "-t", "zh", "--metrics", "chrf")
    assert found["articles"] == [{"name": "people.tmx", "segments": 3, "left_out": 0}]
    system = found["systems"][0]
    assert system["measures"]["untranslated"] == pytest.approx(1 / 3)
    assert 0 < system["total"]["chrf"]["value"] < 100


def blocks(*lines: str) -> list[Block]:
    return [Block(Kind.TEXT, line) for line in lines]


def test_documents_are_aligned_by_their_source():
    source = blocks(
        "The lamp is 7 m high. It is red.", "A bell of 5 kg.", "Only in English 9."
    )
    people = blocks("灯高 7 m。它是红的。", "5 kg 的钟。")
    one = blocks("灯有 7 m 高。它是红色的。", "钟 5 kg。", "英文 9。")
    two = blocks("灯高 7 m，它是红的。", "一口 5 kg 的钟。", "只有英文 9。")
    (article,) = of_documents(
        [Document("harbour", people, (one, two), source)], "zh-CN", "en"
    )
    rows = list(
        zip(article.sources, article.references, *article.hypotheses, strict=True)
    )
    assert [tuple(text.seen for text in row) for row in rows] == [
        (
            "The lamp is 7 m high. It is red.",
            "灯高 7 m。它是红的。",
            "灯有 7 m 高。它是红色的。",
            "灯高 7 m，它是红的。",
        ),
        ("A bell of 5 kg.", "5 kg 的钟。", "钟 5 kg。", "一口 5 kg 的钟。"),
    ]
    assert article.left_out == 1


def test_a_book_scores_all_against_itself(tmp_path, capsys):
    lines = ["# 灯塔", "", "灯在左边。钟在右边。", "", "```python", "x = 1", "```", ""]
    for side in ("people", "machine"):
        write(tmp_path / side / "index.md", lines)
    sides = [tmp_path / side for side in ("people", "machine")]
    found = evaluate(capsys, *sides, "-t", "zh", "--samples", 0)
    total = found["systems"][0]["total"]
    assert total["bleu"]["value"] == pytest.approx(100)
    assert total["ter"]["value"] == 0
    assert found["articles"][0]["segments"] == 3


def test_ties_make_one_group_of_many():
    assert merge(range(6), [(0, 1), (2, 3), (1, 2), (5,)]) == [[0, 1, 2, 3], [4], [5]]


def test_marks_are_what_readers_see():
    assert seen('<g id="1">a</g> <x id="2"/>').marks == ("", "<2>")


# Outputs


@pytest.fixture
def pair_of_files(tmp_path):
    lines = texts("en", 40)
    lines[0] = "one <b>bold</b> & quiet lamp"
    people = write(tmp_path / "people.txt", lines)
    return people, write(tmp_path / "machine.txt", worse(lines, 0.2, 2))


def test_all_outputs_have_the_same_score(pair_of_files, tmp_path, capsys):
    outputs = [
        tmp_path / f"report.{end}" for end in ("md", "csv", "json", "txt", "html")
    ]
    flags = [part for path in outputs for part in ("-o", str(path))]
    assert main(["evaluate", *map(str, pair_of_files), "-t", "en", *flags]) == 0
    shown = capsys.readouterr().out
    md, table, js, txt, html = (path.read_text(encoding="utf-8") for path in outputs)
    value = json.loads(js)["systems"][0]["total"]["bleu"]["value"]
    rows = {
        (row["article"], row["metric"]): row
        for row in csv.DictReader(table.splitlines())
    }
    assert float(rows["all segments", "BLEU"]["score"]) == value
    for text in (shown, txt, md, html):
        assert f"{value / 100:.3f}" in text
    assert (
        main(["evaluate", *map(str, pair_of_files), "-t", "en", "--scale", "100"]) == 0
    )
    assert f"{value:.1f} ± " in capsys.readouterr().out


def test_the_page_needs_nothing_and_is_well_formed(pair_of_files, tmp_path, capsys):
    path = tmp_path / "report.html"
    assert (
        main(["evaluate", *map(str, pair_of_files), "-t", "en", "-o", str(path)]) == 0
    )
    html = path.read_text(encoding="utf-8")
    assert not re.search(r"<(?:script|link|img|iframe)\b|https?://", html)
    for svg in re.findall("<svg.*?</svg>", html, re.S):
        ET.fromstring(svg)
    assert "one &lt;b&gt;bold&lt;/b&gt; &amp; quiet" in re.sub(
        "</?(?:del|ins)>", "", html
    )


# The gate

GATE = """
bleu = { min = 0.9, article_min = 0.9 }
length = { min = 0.1, max = 2 }
numbers = { min = 0.95 }
"""


def test_the_gate_says_what_is_not_as_wanted(pair_of_files, tmp_path, capsys):
    gate = write(tmp_path / "gate.toml", GATE.splitlines())
    flags = ["-t", "en", "--gate", str(gate), "--source", str(pair_of_files[0])]
    assert main(["evaluate", *map(str, pair_of_files), *flags]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.rpartition(" is ")[2] for line in lines] == ["0.9", "0.9", "0.95"]
    assert lines[1].startswith("machine, people.txt: bleu is 0.")
    same = [str(pair_of_files[0])] * 2
    assert main(["evaluate", *same, *flags]) == 0
    assert capsys.readouterr().err == ""


def test_each_measure_counts_what_it_says(tmp_path, capsys):
    source = [
        "Turn 3.5 times at 1,000 m.",
        "The oak tree.",
        "An oak tree.",
        "42",
        "Fog.",
    ]
    people = ["转 3.5 次，1,000 m。", "橡树。", "一棵橡树。", "42", "雾。"]
    machine = ["转 35 次，1000 m。", "橡木树。", "一棵橡树。", "42", "Fog."]
    files = [
        write(tmp_path / f"{name}.txt", lines)
        for name, lines in (("s", source), ("p", people), ("m", machine))
    ]
    terms = write(tmp_path / "terms.csv", ["en,zh", "oak tree,橡树"])
    flags = ["-t", "zh", "--source", files[0], "--terms", terms]
    measures = evaluate(capsys, *files[1:], *flags)["systems"][0]["measures"]
    assert measures["terms"] == 0.5
    assert measures["numbers"] == 1  # separators do not count
    assert measures["untranslated"] == 0.25  # of the four with words
    assert measures["length"] == len("".join(machine)) / len("".join(people))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("blue = { min = 1 }", "'blue' is none of bleu,"),
        ("bleu = 0.3", "bleu should be like { min = 0.3 }"),
        ("bleu = { least = 0.3 }", "bleu.least: only min, max"),
        ("bleu = { min = 30 }", "bleu.min is 30; it should be from 0 to 1"),
        ("markup = { article_min = 1 }", "markup.article_min: only min, max"),
        ("bleu = ", "is not TOML"),
    ],
)
def test_a_gate_that_cannot_be_used_is_named(
    pair_of_files, tmp_path, capsys, text, says
):
    gate = write(tmp_path / "gate.toml", [text])
    flags = ["-t", "en", "--gate", str(gate)]
    assert main(["evaluate", *map(str, pair_of_files), *flags]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert str(gate) in error


def test_what_cannot_be_measured_does_not_pass(pair_of_files, tmp_path, capsys):
    gate = write(tmp_path / "gate.toml", ["markup = { min = 1 }"])
    flags = ["-t", "en", "--gate", str(gate)]
    assert main(["evaluate", *map(str, pair_of_files), *flags]) == 1
    assert "markup cannot be measured" in capsys.readouterr().err


# Wrong use


def test_files_of_different_lengths_are_named(tmp_path, capsys):
    files = [write(tmp_path / f"{n}.txt", ["a"] * n) for n in (2, 3)]
    assert main(["evaluate", *map(str, files), "-t", "en"]) == 2
    assert "3 lines where" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["p.txt", "none.txt"], "there is no such file"),
        (["p.txt", "p.txt", "p.txt"], "two systems are called 'p'"),
        (["p.txt", "."], "either files or folders"),
        (["p.txt", "p.txt", "--metrics", "bleu,meteor"], "'meteor' is none of"),
        (["p.txt", "p.txt", "-o", "r.pdf"], "'.pdf' is none of"),
        (["e.txt", "e.txt"], "no segment to score"),
    ],
)
def test_wrong_use_ends_with_2(tmp_path, monkeypatch, capsys, arguments, says):
    write(tmp_path / "p.txt", ["a"])
    write(tmp_path / "e.txt", [])
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", *arguments, "-t", "en"]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("language", ["ja", "ko"])
def test_what_a_language_needs_is_named(tmp_path, capsys, language):
    try:
        __import__({"ja": "MeCab", "ko": "mecab_ko"}[language])
    except ImportError:
        pass
    else:
        pytest.skip("it is installed")
    file = str(write(tmp_path / "p.txt", ["a"]))
    assert main(["evaluate", file, file, "-t", language, "--metrics", "bleu"]) == 2
    assert f"pip install 'sacrebleu[{language}]'" in capsys.readouterr().err
