"""Engines and commands around a book of Jupyter Book 2: jobs, models, alignment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from myst_books import MystBook, broken, pages, texts, why_not

from sphinx_amts.formats.tables import load_units

pytestmark = [
    pytest.mark.myst,
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]

CAP = 400  # characters


@pytest.fixture
def book(tmp_path: Path) -> MystBook:
    return MystBook.copy(tmp_path / "b")


def receipts(book: MystBook) -> list[dict]:
    """Return the receipts of a book, the oldest first."""
    paths = sorted((book.folder / ".amts" / "receipts").glob("*"))
    return [json.loads(path.read_text("utf-8")) for path in paths]


# Books beside each other

WORDS = {
    "en": "# Bees\n\nBees live in {n} hives. See {{ref}}`them <hive>`.\n\n"
    "(hive)=\n## The hive\n\nA hive has `frames` for 10 combs.\n",
    "es": "# Abejas\n\nLas abejas viven en {n} colmenas. Véalas {{ref}}`aquí <hive>`."
    "\n\n(hive)=\n## La colmena\n\nUna colmena tiene `frames` para 10 panales.\n",
    "mt": "# Abejas\n\nLas abejas habitan en {n} colmenas. Vea {{ref}}`ellas <hive>`."
    "\n\n(hive)=\n## La colmena\n\nUna colmena posee `frames` para 10 peines.\n",
}


@pytest.fixture
def editions(tmp_path: Path, book: MystBook) -> MystBook:
    """Three books of two pages beside each other: source, people's, a machine's."""
    for name, text in WORDS.items():
        folder = tmp_path / "b" / name
        folder.mkdir()
        config = f"version: 1\nproject:\n  title: {name}\n"
        (folder / "myst.yml").write_text(config, encoding="utf-8")
        for number in (3, 4):
            page = folder / f"page{number}.md"
            page.write_text(text.format(n=number), encoding="utf-8")
    return book


def test_two_books_are_aligned(editions):
    editions.command(
        *("align", "en", "es", "-o", "es.tmx"),
        *("--source-language", "en", "--target-language", "es"),
    )
    units = load_units(editions.folder / "es.tmx")
    found = {each.texts["en"]: each.texts["es"] for each in units}
    assert found["The hive"] == "La colmena"
    assert found["Bees live in 3 hives."] == "Las abejas viven en 3 colmenas."


def test_a_translation_is_scored_against_that_of_people(editions):
    said = editions.command(
        *("evaluate", "es", "people=es", "machine=mt", "-t", "es", "--source", "en"),
        *("--samples", "0", "--json"),
    )
    scores = json.loads(said.stdout)
    pages_ = [(each["name"], each["segments"]) for each in scores["articles"]]
    assert pages_ == [("page3", 5), ("page4", 5)]
    people, machine = (each["total"]["chrf"]["value"] for each in scores["systems"])
    assert people == pytest.approx(100)
    assert 50 < machine < 100  # two words of a page are others


# Language models


def test_a_language_model_translates_the_book(book, server):
    variables = {
        "AMTS_ENGINE": "openai",
        "AMTS_ENGINE_OPTIONS": json.dumps({"model": "m-1", "url": f"{server.url}/v1"}),
        "AMTS_LLM_KEY": "sk-not-for-anyone-1234567890",
        "NO_PROXY": "*",
    }
    result = book.build("es", **variables)
    assert "74 of 74 segments translated" in result.stderr
    assert broken(book.site()) == []
    asked = len(server.requests)
    book.build("es", **variables)
    assert len(server.requests) == asked
    assert "sk-not" not in json.dumps(book.site())


# Jobs with parallel data


def test_parallel_data_customise_a_job(book, amazon_with_s3, s3, bucket):
    amazon_with_s3.advance(0, per_call_s=20)
    (book.folder / "pairs.csv").write_text(
        "en,es\nSmoke calms bees.,El humo calma a las abejas.\n", encoding="utf-8"
    )
    variables = {
        "AMTS_ENGINE": "amazon-batch",
        "AMTS_S3_BUCKET": bucket,
        "AMTS_ROLE_ARN": "arn:aws:iam::123456789012:role/translate",
        "AMTS_BATCH_MIN_CHARACTERS": "1000",
        "AMTS_ENGINE_OPTIONS": '{"poll_s": "0.02"}',
        **amazon_with_s3.environment(),
    }
    book.command(
        *("parallel-data", "create", "pairs.csv", "--name", "bees"),
        *("--bucket", bucket, "--poll", "0.02"),
        **variables,
    )
    variables["AMTS_PARALLEL_DATA"] = "bees"
    book.command("batch", "submit", ".", "-l", "es", **variables)
    book.command("batch", "collect", ".", "--wait", **variables)
    book.build("es", **variables)
    nodes = texts(pages(book.site())["/nodes"])
    assert "El humo calma a las abejas." in nodes
    (receipt,) = receipts(book)
    assert receipt["price_per_million"] == 60


# One meter


def test_one_receipt_and_one_cap_for_all_batches_of_a_build(book, amazon):
    variables = {
        "AMTS_ENGINE": "amazon",
        "AMTS_MAX_CHARACTERS": str(CAP),
        **amazon.environment(),
    }
    book.build("es", **variables)
    paid = amazon.ledger.billed_characters
    assert 0 < paid <= CAP
    (receipt,) = receipts(book)
    assert receipt["characters"] == paid
    book.build("es", **variables)  # what was over it is left to this one
    assert paid < amazon.ledger.billed_characters <= 2 * CAP
    assert receipts(book)[0]["characters"] == paid
    assert sum(each["characters"] for each in receipts(book)) == (
        amazon.ledger.billed_characters
    )
