"""What a build costs: said before, kept below a cap, and written down."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from books import environment, run

pytestmark = pytest.mark.aws

pytest.importorskip("boto3", reason="needs boto3")

FILES = {
    "index.rst": "Trees\n=====\n\n.. toctree::\n\n   oak\n   elm\n   fir\n",
    **{
        f"{name}.rst": f"{name.title()}\n{'=' * len(name)}\n\n"
        + "\n\n".join(
            f"The {name} number {n} has *many* ``leaves`` in {n} colors."
            for n in range(30)
        )
        + "\n\nSeen in every forest.\n"
        for name in ("oak", "elm", "fir")
    },
}
SEGMENTS = 4 + 3 * 30 + 1
WORD = ":amts_max_characters"


@pytest.fixture
def forest(amazon, write_book):
    """A book and how to build it with the test's server."""
    made = write_book(FILES)

    def build(*arguments, **settings):
        return made.build(
            *arguments,
            language="es",
            engine="amazon",
            variables=amazon.environment(),
            **settings,
        )

    return made, build


def estimate(book, *arguments):
    """Run the command, without anything of AWS."""
    command = ["-m", "sphinx_amts", "estimate", book.source, "--json", *arguments]
    if "-l" not in arguments:
        command += ["-l", "es"]
    result = run(command, book.work, cwd=book.source.parent)
    return json.loads(result.stdout)


def receipts(book):
    """Return the book's receipts, oldest first."""
    paths = sorted((book.source / ".amts" / "receipts").glob("*"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def sent(amazon):
    """Return the characters that the server translated."""
    return sum(len(request.text) for request in amazon.ledger.answered())


def test_the_estimate_is_what_is_sent_and_on_the_receipt(amazon, forest):
    book, build = forest
    said = estimate(book, "--engine", "amazon")
    assert amazon.ledger.of() == []
    result = build()
    assert said["characters"] == sent(amazon) > 0
    assert said["requests"] == len(amazon.ledger.answered())
    assert said["segments"] == SEGMENTS
    assert said["price"] == pytest.approx(said["characters"] * 15 / 1_000_000)
    (receipt,) = receipts(book)
    assert {name: receipt[name] for name in ("characters", "requests", "segments")} == {
        name: said[name] for name in ("characters", "requests", "segments")
    }
    assert receipt["price"] == pytest.approx(said["price"], abs=1e-6)
    assert receipt["memory_hits"] == 0
    assert receipt["engine"] == "amazon"
    assert (receipt["source_language"], receipt["target_language"]) == ("en", "es")
    assert f"{SEGMENTS} segments, {said['characters']:,} characters" in result.stdout


@pytest.mark.parametrize("is_link", [False, True])
def test_a_receipt_that_cannot_be_written_ends_no_build(forest, is_link):
    book, build = forest
    place = book.source / ".amts" / "receipts"
    place.parent.mkdir()
    if is_link:
        place.symlink_to(book.work / "outside")
    else:
        place.write_text("no folder")
    result = build()
    (warning,) = result.warnings
    assert f"receipts cannot be written to {place}" in warning
    assert not (book.work / "outside").exists()
    assert build("-E").warnings == [], "what was paid for is kept"


def test_what_the_memory_has_costs_nothing_and_is_said(amazon, forest):
    book, build = forest
    build()
    whole = estimate(book, "--engine", "amazon")["languages"][0]["memory"]
    assert whole["segments"] == SEGMENTS
    book.write({"oak.rst": FILES["oak.rst"] + "\nOne more.\n", "elm.rst": "Elm\n===\n"})
    said = estimate(book, "--engine", "amazon")
    assert said["segments"] == 1
    before = sent(amazon)
    result = build()
    assert sent(amazon) - before == said["characters"]
    assert "1 segment, " in result.stdout
    assert "the memory has 33 segments, which saves" in result.stdout
    assert receipts(book)[-1]["memory_hits"] == 33


def test_a_build_that_pays_nothing_leaves_no_receipt(amazon, forest):
    book, build = forest
    build()
    build("-E")
    book.build(language="fr", engine="pseudo")
    assert len(receipts(book)) == 1


def test_prices_are_settings_by_engine_and_language(forest):
    book, _build = forest
    book.write(
        {
            "conf.py": 'extensions = ["sphinx_amts"]\namts_engine = "amazon"\n'
            'amts_prices = {"amazon": 10, "amazon:fr": 40, "local": 1}\n'
        }
    )
    said = estimate(book, "-l", "es", "-l", "fr")
    prices = [each["price"] for each in said["languages"]]
    assert prices[1] == pytest.approx(4 * prices[0])
    assert said["price"] == pytest.approx(sum(prices))
    free = estimate(book, "--engine", "pseudo", "-l", "es")
    assert free["languages"][0]["price"] is None


def test_a_language_that_the_engine_lacks_is_not_estimated(forest):
    book, _build = forest
    command = ["-m", "sphinx_amts", "estimate", book.source, "-l", "eu"]
    command += ["--engine", "amazon"]
    result = run(command, book.work, cwd=book.source.parent, expected=2)
    assert "does not know the language 'eu'" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("cap", [1, 500, 3_000, 9_999])
def test_nothing_over_the_cap_is_sent(amazon, forest, cap):
    book, build = forest
    result = build(amts_max_characters=cap)
    assert sent(amazon) <= cap
    if cap >= 500:
        assert sent(amazon) > cap - 300  # a paragraph is shorter than that
        assert receipts(book)[0]["characters"] == sent(amazon)
    (warning,) = result.warnings
    assert "amts_max_characters" in warning
    assert "[amts.cost]" in warning or sphinx_shows_no_types(result)


def sphinx_shows_no_types(result):
    """Tell whether this Sphinx leaves out what kind a warning is."""
    return "[" not in result.stderr


def test_the_next_build_sends_the_rest(amazon, forest):
    book, build = forest
    total = estimate(book, "--engine", "amazon")["characters"]
    builds = 0
    while True:
        before = sent(amazon)
        result = build(amts_max_characters=4_000)
        assert sent(amazon) - before <= 4_000
        builds += 1
        if not result.warnings:
            break
    assert builds == -(-total // 4_000)
    texts = [request.text for request in amazon.ledger.answered()]
    assert sum(text.count("Seen in every forest.") for text in texts) == 1


def test_the_cap_holds_where_answers_are_lost(amazon, forest):
    _book, build = forest
    amazon.inject("stall", seconds=30, times=None)
    build(amts_max_characters=5_000, amts_engine_options={"read_timeout_s": 1})
    (arrived,) = amazon.ledger.of("TranslateText")
    assert 2_500 < len(arrived.text) <= 5_000, "a second time would be over the cap"


def test_the_cap_holds_where_documents_are_read_in_parallel(amazon, forest):
    _book, build = forest
    build("-j", "3", amts_max_characters=5_000)
    assert 0 < sent(amazon) <= 5_000


def test_an_engine_of_one_s_own_is_capped_and_priced(write_book):
    book = write_book(
        {
            **FILES,
            "conf.py": 'extensions = ["sphinx_amts"]\n'
            'amts_engine = "stand_in_engines:Recording"\n'
            'amts_prices = {"recording": 20}\n'
            "amts_max_characters = 2000\n",
        }
    )
    book.build(language="es", engine=None)
    (receipt,) = receipts(book)
    assert 1_700 < receipt["characters"] <= 2_000
    assert receipt["price"] == pytest.approx(receipt["characters"] * 20 / 1_000_000)


def test_a_build_that_is_killed_leaves_its_receipt(amazon, forest):
    book, _build = forest
    book.write(
        {
            f"more{n}.rst": f":orphan:\n\nMore {n}\n======\n\n"
            + "\n\n".join(f"Word {n} {i} {'leaf ' * 40}." for i in range(20))
            for n in range(8)
        }
    )
    command = [sys.executable, "-m", "sphinx", "-q", "-Dlanguage=es"]
    command += ["-Damts_engine=amazon", "-Damts_requests_per_second=1"]
    with subprocess.Popen(
        [*command, str(book.source), str(book.work)],
        env=environment(**amazon.environment()),
    ) as process:
        end = time.monotonic() + 60
        while len(amazon.ledger.answered()) < 4 and time.monotonic() < end:
            time.sleep(0.01)
        process.kill()
    (receipt,) = receipts(book)
    assert receipt["requests"] >= 2
    assert receipt["memory_hits"] is None


@pytest.mark.parametrize("value", ["0", "-5", "1.5", "many"])
def test_a_cap_that_is_no_number_of_characters_ends_the_build(forest, value):
    _book, build = forest
    result = build(amts_max_characters=value, expected=2)
    assert "amts_max_characters" in result.stderr
    assert "Traceback" not in result.stderr
