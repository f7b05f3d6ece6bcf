"""Experiments: what is held out stays out, every system is run and paid for once."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from chat_server import serve, shout

from sphinx_amts.cli import main
from sphinx_amts.evaluation.experiment import find_overlaps

pytest.importorskip("sacrebleu", reason="scores need sacrebleu")
pytest.importorskip("httpx", reason="engine openai needs httpx")
pytestmark = pytest.mark.newest

ROLE = "arn:aws:iam::123456789012:role/translate"
THINGS = "lamp bell anchor rope sail mast keel oar net buoy".split()
PLACES = "harbour island river lighthouse market bridge".split()
WORDS = dict(
    zip(
        THINGS,
        "luz campana ancla cuerda vela mástil quilla remo red boya".split(),
        strict=True,
    )
)
WHERE = dict(zip(PLACES, "puerto isla río faro mercado puente".split(), strict=True))


def article(place: str) -> tuple[str, str]:
    english = [f"# The {place}", ""]
    spanish = [f"# De {WHERE[place]}", ""]
    for number, thing in enumerate(THINGS, len(place)):
        english += [
            f"There is one {thing} of {number} pounds near that {place} today.",
            "",
        ]
        spanish += [
            f"Hoy hay una {WORDS[thing]} de {number} libras cerca de {WHERE[place]}.",
            "",
        ]
    return "\n".join(english), "\n".join(spanish)


@pytest.fixture
def book(tmp_path):
    for place in PLACES:
        for language, text in zip(("en", "es"), article(place), strict=True):
            path = tmp_path / language / f"{place}.md"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with serve() as running:
        yield running


BOOK = """
held_out = ["bridge", "market"]
{more}
[book]
en = "en"
es = "es"
"""


def write(folder: Path, *systems: str, more: str = "") -> Path:
    path = folder / "experiment.toml"
    parts = [BOOK.format(more=more), *(f"[[system]]\n{each}" for each in systems)]
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def model(server, name: str, data: str = "") -> str:
    more = f'parallel_data = "{data}"\n' if data else ""
    options = f'options = {{ url = "{server.url}/v1", model = "m" }}'
    return f'name = "{name}"\nengine = "openai"\n{more}{options}\n'


def run(path: Path) -> tuple[int, Path]:
    results = path.parent / "results"
    return main(["experiment", str(path), "-o", str(results)]), results


def test_systems_are_measured_with_and_without_pairs(book, server):
    directions = 'directions = ["en-es", "es-en"]'
    names = ("without", "sentence", "paragraph")
    systems = [model(server, n, "" if n == "without" else n) for n in names]
    path = write(book, *systems, more=directions + '\noverlap = "leave out"')
    status, results = run(path)
    assert status == 0
    messages = server.messages()
    assert any("examples" in each for each in messages)
    learnt = json.dumps([each.get("examples") for each in messages])
    assert "harbour" in learnt
    for held_out in ("bridge", "market", "puente", "mercado"):
        assert held_out not in learnt
    table = (results / "table.md").read_text(encoding="utf-8")
    head, _, *rows = [line for line in table.splitlines() if line.startswith("|")]
    assert head.count("en-es: ") == head.count("es-en: ") == 3
    assert [row.split(" | ")[0] for row in rows] == [
        "| bridge",
        "| market",
        "| average of articles",
        "| all segments",
    ]
    record = json.loads((results / "record.json").read_text(encoding="utf-8"))
    found = record["directions"]["en-es"]
    assert [each["name"] for each in found["systems"]] == list(names)
    assert {each["segments"] for each in found["systems"]} == {22}
    assert len({each["signature"] for each in found["systems"]}) == 2
    assert set(found["parallel_data"]) == {"paragraph", "sentence"}
    assert (results / "es-en" / "report.html").is_file()


def test_nothing_is_paid_for_twice(book, server):
    path = write(book, model(server, "one"))
    assert run(path)[0] == 0
    asked = len(server.requests)
    assert asked
    status, results = run(path)
    assert (status, len(server.requests)) == (0, asked)
    record = json.loads((results / "record.json").read_text(encoding="utf-8"))
    (system,) = record["directions"]["en-es"]["systems"]
    assert (system["characters"], system["left"]) == (0, 0)


def test_what_is_held_out_and_learnt_is_refused_with_a_list(book, server, capsys):
    copied = "There is one whale of 900 pounds under the old stone arch today."
    nearly = copied.replace("today", "tonight")
    for name, text in (("bridge", copied), ("river", nearly)):
        for language, said in (
            ("en", text),
            ("es", f"Una ballena de 900 libras {name}."),
        ):
            file = book / language / f"{name}.md"
            file.write_text(f"{file.read_text('utf-8')}\n{said}\n", encoding="utf-8")
    system = model(server, "one", "sentence")
    status, _ = run(write(book, system))
    assert status == 2
    error = capsys.readouterr().err
    assert f"bridge: {copied}" in error
    assert nearly in error
    assert server.requests == []
    status, results = run(write(book, system, more='overlap = "leave out"'))
    assert status == 0
    kept = (results / "en-es" / "sentence.tmx").read_text(encoding="utf-8")
    assert "whale" not in kept
    assert "near that river" in kept


def test_an_output_is_scored_beside_engines(book, server, capsys):
    path = write(book, 'name = "people"\noutput = "es"', model(server, "model"))
    assert run(path)[0] == 0
    rows = capsys.readouterr().out.splitlines()
    (bridge,) = (row for row in rows if row.startswith("| bridge"))
    assert bridge.split(" | ")[1] == "1.000"
    (book / "es" / "bridge.md").rename(book / "es" / "else.md")
    assert run(path)[0] == 2
    assert "'bridge' is no document that both books have" in capsys.readouterr().err


def test_outputs_alone_need_no_engine(book):
    status, results = run(write(book, 'name = "people"\noutput = "es"'))
    assert status == 0
    assert (results / "en-es" / "report.html").is_file()


def test_a_model_that_translates_better_scores_higher(book, server):
    def good(values: dict) -> str:
        if "examples" not in values:
            return shout(values)
        found = {}
        for number, text in values["segments"].items():
            match = re.search(r"one (\w+) of (\d+) pounds near that (\w+)", text)
            found[number] = (
                f"Hoy hay una {WORDS[match[1]]} de {match[2]} libras cerca de"
                f" {WHERE[match[3]]}."
                if match
                else text
            )
        return json.dumps(found)

    server.model = good
    systems = [model(server, "without"), model(server, "with", "sentence")]
    path = write(book, *systems, more='overlap = "leave out"')
    status, results = run(path)
    assert status == 0
    record = json.loads((results / "record.json").read_text(encoding="utf-8"))
    scores = record["directions"]["en-es"]["results"]["systems"]
    without, with_pairs = (each["total"]["bleu"] for each in scores)
    assert with_pairs["value"] > without["value"] + 20
    assert with_pairs["p_value"] < 0.05


@pytest.fixture
def bucket_on(amazon_with_s3, bucket, monkeypatch):
    """Make this process a user of the test's Amazon Translate; give the bucket."""
    amazon_with_s3.advance(0, per_call_s=20)
    for name, value in amazon_with_s3.environment().items():
        monkeypatch.setenv(name, value)
    return bucket


def test_amazon_translate_is_measured_with_and_without_parallel_data(
    book, amazon_with_s3, bucket_on, capsys
):
    pytest.importorskip("boto3", reason="needs boto3")
    common = f"""engine = "amazon-batch"
options = {{ poll_s = 0.02 }}
settings = {{ s3_bucket = "{bucket_on}", role_arn = "{ROLE}" }}
"""
    systems = [
        f'name = "{name}"\n{more}{common}'
        for name, more in (
            ("without", ""),
            ("sentence", 'parallel_data = "sentence"\n'),
            ("paragraph", 'parallel_data = "paragraph"\n'),
        )
    ]
    status, results = run(write(book, *systems, more='overlap = "leave out"'))
    assert status == 0, capsys.readouterr().err
    record = json.loads((results / "record.json").read_text(encoding="utf-8"))
    found = record["directions"]["en-es"]["systems"]
    names = [each["service_data"] for each in found]
    assert names[0] is None
    assert names[1].startswith("sentence-")
    assert names[2].startswith("paragraph-")
    jobs = [job.request for job in amazon_with_s3.account().jobs.values()]
    used = [job.get("ParallelDataNames") for job in jobs]
    assert used == [None, [names[1]], [names[2]]]
    assert all(each["left"] == 0 and each["price"] > 0 for each in found)
    assert run(book / "experiment.toml")[0] == 0
    assert len(amazon_with_s3.account().jobs) == 3


def test_near_duplicates_are_found_and_short_texts_are_not():
    learnt = ["The old lamp of the harbour is red and 7 metres high.", "Exercises"]
    held_out = [
        ("a", "The old lamp of the harbour is red and 9 metres high."),
        ("b", "Exercises"),
        ("c", "Fog comes in from the sea at night and hides the lamp."),
    ]
    (found,) = find_overlaps(held_out, learnt, "en")
    assert (found.article, found.learnt) == ("a", learnt[0])


ENGINE = 'engine = "identity"'


@pytest.mark.parametrize(
    ("system", "more", "says"),
    [
        ("", "", "needs a name, and an engine or an output"),
        (f'{ENGINE}\noutput = "es"', "", "needs a name, and an engine or an output"),
        (f"{ENGINE}\nspeed = 1", "", "'speed' is none of"),
        (f'{ENGINE}\nparallel_data = "book"', "", "'book' is none of"),
        (ENGINE, 'directions = ["en-fr"]', "'en-fr' is not of the book"),
        (ENGINE, 'overlap = "ignore"', "'ignore' is none of refuse, leave out"),
        (ENGINE, "metrics = 1", "metrics should be a list"),
        (ENGINE, "metrics = [1]", "metrics should be a list of text"),
        (ENGINE, 'metrics = ["bleu", "meteor"]', "'meteor' is none of"),
        (f'{ENGINE}\nname="a"\n[[system]]\nname="a"\n{ENGINE}', "", "have one name"),
        ('engine = "none-such"', "", "there is no engine 'none-such'"),
        ('engine = "memory"\nsettings = { speed = 1 }', "", "no setting 'speed'"),
    ],
)
def test_what_cannot_be_run_is_named(book, capsys, system, more, says):
    assert run(write(book, system, more=more))[0] == 2
    assert says in capsys.readouterr().err
