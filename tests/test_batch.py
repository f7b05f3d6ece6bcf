"""Builds with batch jobs, through an unmodified boto3, on a local server and S3."""

from __future__ import annotations

import json
import re

import pytest

pytest.importorskip("boto3", reason="needs boto3")

from amazon_server.translation import foreign

ROLE = "arn:aws:iam::123456789012:role/translate"
TREES = ("oak", "elm", "fir")
FILES = {
    "index.rst": "Trees\n=====\n\n.. toctree::\n\n   oak\n   elm\n   fir\n",
    **{
        f"{name}.rst": f"{name.title()}\n{'=' * len(name)}\n\n"
        + "\n\n".join(
            f"The {name} number {n} has *many* ``leaves`` in {n} colors."
            for n in range(12)
        )
        + "\n\nSeen in every forest.\n"
        for name in TREES
    },
}
SEGMENTS = 4 + 3 * 12 + 1
JOBS = "StartTextTranslationJob"
TEXTS = "TranslateText"


class Shop:
    """A book, and what is done to it with the test's server."""

    def __init__(self, book, amazon, s3, bucket):
        self.book, self.amazon, self.s3, self.bucket = book, amazon, s3, bucket

    def build(self, *arguments, language="es", options=(), **settings):
        """Build; a job is as fast as the server's clock lets it be."""
        settings = {
            "amts_s3_bucket": self.bucket,
            "amts_role_arn": ROLE,
            "amts_batch_min_characters": 1000,
            "amts_engine_options": {"poll_s": "0.02", **dict(options)},
            **settings,
        }
        expected = settings.pop("expected", 0)
        return self.book.build(
            *arguments,
            language=language,
            engine="amazon-batch",
            expected=expected,
            variables=self.amazon.environment(),
            **settings,
        )

    def count(self, *operations):
        return len(self.amazon.ledger.of(*operations))

    def started(self):
        return len(self.amazon.account().jobs)

    def names(self, prefix=""):
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [each["Key"] for each in found.get("Contents", ())]

    def ledger(self, name):
        paths = sorted((self.book.source / ".amts" / "jobs").glob(f"*/{name}"))
        return [json.loads(path.read_text(encoding="utf-8")) for path in paths]

    def receipts(self):
        paths = sorted((self.book.source / ".amts" / "receipts").glob("*"))
        return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


@pytest.fixture
def shop(write_book, amazon_with_s3, s3, bucket):
    """A book with the test's server, whose clock leaps with each call."""
    amazon_with_s3.advance(0, per_call_s=20)
    return Shop(write_book(FILES), amazon_with_s3, s3, bucket)


def is_foreign(page, text, language="es"):
    """Tell whether a page has a text as the server translates it."""
    return foreign(text, language) in page


def test_a_build_waits_for_its_job(shop):
    result = shop.build()
    assert result.warnings == []
    assert is_foreign(result.read("oak.html"), "Seen in every forest.")
    assert shop.started() == 1
    assert shop.count(TEXTS) == 0
    (request,) = [job.request for job in shop.amazon.account().jobs.values()]
    assert request["TargetLanguageCodes"] == ["es"]
    assert request["InputDataConfig"]["ContentType"] == "text/html"
    assert len(request["ClientToken"]) == 64
    (plan,) = shop.ledger("job.json")
    assert plan["segments"] == SEGMENTS
    (receipt,) = shop.receipts()
    assert receipt["engine"] == "amazon-batch"
    assert (receipt["segments"], receipt["characters"]) == (
        SEGMENTS,
        plan["characters"],
    )
    assert not [name for name in shop.names() if "/in/" in name]
    again = shop.build("-E")
    assert again.warnings == []
    assert shop.started() == 1


def test_a_build_that_does_not_wait_says_so_and_the_next_one_collects(shop):
    first = shop.build("-W", amts_batch_wait=False)
    assert "on the way from a batch job" in first.stdout
    assert "Seen in every forest." in first.read("oak.html")
    assert shop.started() == 1
    shop.amazon.advance(0, per_call_s=0)
    second = shop.build("-W", amts_batch_wait=False)
    assert "Seen in every forest." in second.read("oak.html")
    assert shop.started() == 1, "its segments are on their way"
    shop.amazon.advance(100)
    third = shop.build("-W", amts_batch_wait=False)
    assert is_foreign(third.read("oak.html"), "Seen in every forest.")
    assert shop.started() == 1
    assert "on the way" not in third.stdout
    assert shop.count(TEXTS) == 0


def test_a_later_build_waits_for_an_earlier_job(shop):
    shop.build(amts_batch_wait=False)
    third = shop.build()
    assert is_foreign(third.read("elm.html"), "Seen in every forest.")
    assert shop.started() == 1


def test_little_goes_in_real_time_until_a_job_takes_it_along(shop):
    shop.build()
    more = "\nA new leaf is seen.\n"
    shop.book.write({"oak.rst": FILES["oak.rst"] + more})
    second = shop.build()
    assert is_foreign(second.read("oak.html"), "A new leaf is seen.")
    assert (shop.started(), shop.count(TEXTS)) == (1, 1)
    assert {each["engine"] for each in shop.receipts()} == {"amazon", "amazon-batch"}
    shop.build("-E")
    assert (shop.started(), shop.count(TEXTS)) == (1, 1)
    long = "\n\n".join(f"Tall tree {n} of the north wood." for n in range(40))
    shop.book.write({"fir.rst": FILES["fir.rst"] + "\n" + long + "\n"})
    third = shop.build("-E")
    assert third.warnings == []
    assert (shop.started(), shop.count(TEXTS)) == (2, 1)
    assert shop.ledger("job.json")
    plans = {plan["segments"] for plan in shop.ledger("job.json")}
    assert plans == {SEGMENTS, 41}, "what real time translated is in it"
    shop.build("-E")
    assert (shop.started(), shop.count(TEXTS)) == (2, 1)


def test_a_text_of_real_time_is_replaced_on_the_page(shop):
    shop.build(amts_batch_min_characters=100_000)
    assert (shop.started(), shop.count(TEXTS)) == (0, 1)
    shop.amazon.change(tags="keep")
    result = shop.build("-E")
    assert shop.started() == 1
    assert is_foreign(result.read("oak.html"), "Seen in every forest.")


def test_the_cap_holds_for_jobs(shop):
    result = shop.build(amts_max_characters=3000)
    (warning,) = result.warnings
    assert "amts_max_characters" in warning
    (plan,) = shop.ledger("job.json")
    assert 2000 < plan["characters"] <= 3000
    assert 0 < plan["segments"] < SEGMENTS
    assert shop.count(TEXTS) == 0


def test_a_job_that_fails_says_why_and_costs_nothing(shop):
    # What comes into the folder from elsewhere fails the job: the service's trap.
    shop.build(amts_batch_wait=False)
    (plan,) = shop.ledger("job.json")
    key = f"{plan['folder']}/in/details/a.html"
    shop.s3.put_object(Bucket=shop.bucket, Key=key, Body=b"<html></html>")
    shop.amazon.advance(100, per_call_s=20)
    result = shop.build(amts_batch_wait=False)
    (warning,) = result.warnings
    assert "failed. The input folder has a folder named details." in warning
    assert "It costs nothing" in warning
    third = shop.build()
    assert is_foreign(third.read("oak.html"), "Seen in every forest.")
    assert shop.started() == 2
    assert [plan["attempt"] for plan in shop.ledger("job.json")] != [1, 1]


def test_a_lost_ledger_starts_no_second_job(shop):
    shop.build(amts_batch_wait=False)
    for path in (shop.book.source / ".amts" / "jobs").rglob("*.json"):
        path.unlink()
    result = shop.build("-E")
    assert is_foreign(result.read("oak.html"), "Seen in every forest.")
    assert shop.count(JOBS) == 2
    assert shop.started() == 1


def test_what_a_job_does_not_bring_is_asked_for_once_more(shop):
    shop.amazon.change(failing_documents={"0001.html": "it is not for us"})
    result = shop.build()
    assert shop.started() == 2
    assert "it is not for us" in result.stdout
    refusals = [line for line in result.warnings if "refused" in line]
    assert refusals
    assert "it is not for us" in refusals[0]
    shop.build("-E")
    assert shop.started() == 2, "twice is enough"


def test_damaged_text_comes_in_real_time(shop):
    shop.amazon.change(tags="drop", one_in=20)
    shop.build(amts_batch_wait=False)
    shop.amazon.advance(100, per_call_s=20)
    shop.amazon.change(tags="keep")
    result = shop.build()
    damaged = re.search(r"(\d+) segments came back damaged", result.stdout)
    assert damaged, result.stdout
    assert shop.started() == 1
    assert shop.count(TEXTS) >= 1
    assert result.warnings == []


def test_parallel_data_customise_and_are_kept_with_each_text(shop, translate):
    pairs = "en,es\nSeen in every forest.,Visto en cada bosque.\n"
    shop.s3.put_object(
        Bucket=shop.bucket, Key="p/0123456789ab.csv", Body=pairs.encode()
    )
    translate.create_parallel_data(
        Name="trees",
        ParallelDataConfig={
            "S3Uri": f"s3://{shop.bucket}/p/0123456789ab.csv",
            "Format": "CSV",
        },
    )
    shop.amazon.advance(40, per_call_s=20)
    result = shop.build(amts_parallel_data="trees")
    assert "Visto en cada bosque." in result.read("oak.html")
    (plan,) = shop.ledger("job.json")
    assert plan["version"] == "trees@0123456789ab"
    (receipt,) = shop.receipts()
    assert receipt["price_per_million"] == 60


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"amts_s3_bucket": ""}, "amts_s3_bucket is not set"),
        ({"amts_role_arn": ""}, "amts_role_arn is not set"),
        ({"amts_s3_bucket": "nowhere-8b2f"}, "no such S3 bucket"),
        ({"amts_parallel_data": "nothing"}, "there is no parallel data 'nothing'"),
        ({"amts_terminology": "nothing"}, "nothing of that name"),
    ],
)
def test_what_is_lacking_is_said_and_the_build_goes_on(shop, settings, reason):
    result = shop.build(**settings)
    (warning,) = result.warnings
    assert reason in warning
    assert shop.started() == 0
    assert shop.count(TEXTS) == 0
    assert "Seen in every forest." in result.read("oak.html")


@pytest.mark.parametrize(
    ("error", "operation", "reason"),
    [
        ("AccessDeniedException", JOBS, "allow the action translate:Start"),
        ("InvalidRequestException", JOBS, "amts_role_arn has to be a role"),
        ("InvalidParameterValueException", JOBS, "does not accept the request"),
        ("UnsupportedLanguagePairException", JOBS, "does not translate between"),
        ("AccessDeniedException", "DescribeTextTranslationJob", "translate:Describe"),
    ],
)
def test_what_the_service_refuses(shop, error, operation, reason):
    shop.amazon.inject(error=error, operation=operation, times=None)
    result = shop.build()
    (warning,) = result.warnings
    assert reason in warning
    shop.amazon.calm()
    assert is_foreign(shop.build().read("oak.html"), "Seen in every forest.")
    assert shop.started() == 1


def test_throttling_is_waited_out(shop):
    for operation in (JOBS, "DescribeTextTranslationJob"):
        shop.amazon.inject(
            error="TooManyRequestsException", operation=operation, times=2
        )
    result = shop.build()
    assert result.warnings == []
    assert shop.started() == 1


def test_waiting_ends_and_the_job_goes_on(shop):
    shop.amazon.advance(0, per_call_s=0)
    result = shop.build(amts_timeout_s=0.2)
    (warning,) = result.warnings
    assert "The job goes on" in warning
    shop.amazon.advance(100)
    assert is_foreign(shop.build().read("oak.html"), "Seen in every forest.")
    assert shop.started() == 1
