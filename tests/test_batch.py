"""Builds with batch jobs, through an unmodified boto3, on a local server and S3."""

from __future__ import annotations

import json
import re

import pytest

pytest.importorskip("boto3", reason="needs boto3")

from amazon_server.translation import foreign
from batch_shop import FILES, JOBS, ROLE, SEGMENTS, TEXTS, TREES, is_foreign

pytestmark = pytest.mark.aws


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


# Killed at any point


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        (JOBS, "stall"),  # it is asked for, and may be known to the service or not
        (JOBS, "hang up later"),
        ("DescribeTextTranslationJob", "stall"),
    ],
)
def test_a_build_that_is_killed_finds_its_job_again(shop, operation, kind):
    shop.amazon.inject(kind, operation=operation, seconds=60, times=1)
    with shop.running() as process:
        shop.until(lambda: shop.count(operation) or shop.amazon.ledger.running)
        process.kill()
    shop.amazon.calm()
    # The book goes on: what is on its way is not asked for again.
    shop.book.write({"oak.rst": FILES["oak.rst"] + "\nA new leaf is seen.\n"})
    result = shop.build()
    assert result.warnings == []
    assert shop.started() == 1
    assert is_foreign(result.read("oak.html"), "Seen in every forest.")
    assert is_foreign(result.read("oak.html"), "A new leaf is seen.")
    assert [plan["segments"] for plan in shop.ledger("job.json")] == [SEGMENTS]


@pytest.mark.parametrize("written", [0, 1, 2])
def test_a_build_that_is_killed_while_it_uploads(shop, written):
    """The files of a plan come into being one by one; each may be the last."""
    shop.build(amts_batch_wait=False)
    folder = next((shop.book.source / ".amts" / "jobs").iterdir())
    order = ["documents", "job.json", "started.json"]
    assert sorted(path.name for path in folder.iterdir()) == order
    for name in order[written:]:
        path = folder / name
        if path.is_dir():
            for each in path.iterdir():
                each.unlink()
            path.rmdir()
        else:
            path.unlink()
    result = shop.build()
    assert is_foreign(result.read("fir.html"), "Seen in every forest.")
    assert shop.started() == 1
    assert shop.count(TEXTS) == 0


def test_two_builds_at_once_share_a_job(shop):
    with shop.running("one") as one, shop.running("two") as two:
        assert (one.wait(timeout=120), two.wait(timeout=120)) == (0, 0)
    assert shop.started() == 1
    for name in ("one", "two"):
        page = (shop.book.work / name / "oak.html").read_text(encoding="utf-8")
        assert is_foreign(page, "Seen in every forest.")


def test_what_is_whole_is_taken_from_a_damaged_document(shop):
    shop.build(amts_batch_wait=False)
    shop.amazon.advance(100, per_call_s=20)
    (job,) = shop.amazon.account().jobs.values()
    folder = job.output.removeprefix(f"s3://{shop.bucket}/")
    (result,) = [name for name in shop.names(folder) if "details" not in name]
    content = shop.s3.get_object(Bucket=shop.bucket, Key=result)["Body"].read()
    shop.s3.put_object(Bucket=shop.bucket, Key=result, Body=content[:2500])
    found = shop.build()
    (outcome,) = shop.ledger("done-es.json")
    assert outcome["kept"] > 10
    assert outcome["refused"] > 10
    assert outcome["kept"] + outcome["refused"] == SEGMENTS
    assert found.warnings
    assert shop.started() == 1


# What may be wrong with S3


def policy(bucket, action, effect="Deny"):
    """Return a bucket's policy for one action."""
    statement = {
        "Effect": effect,
        "Principal": "*",
        "Action": action,
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_bucket_that_may_not_be_written(shop):
    shop.s3.put_bucket_policy(
        Bucket=shop.bucket, Policy=policy(shop.bucket, "s3:PutObject")
    )
    (warning,) = shop.build().warnings
    assert "allow the action s3:PutObject" in warning
    assert shop.started() == 0
    shop.s3.delete_bucket_policy(Bucket=shop.bucket)
    result = shop.build()
    assert is_foreign(result.read("oak.html"), "Seen in every forest.")
    assert shop.started() == 1


def test_results_that_may_not_be_read_are_read_later(shop):
    shop.build(amts_batch_wait=False)
    shop.amazon.advance(100, per_call_s=20)
    shop.s3.put_bucket_policy(
        Bucket=shop.bucket, Policy=policy(shop.bucket, "s3:GetObject")
    )
    (warning,) = shop.build().warnings
    assert "allow the action s3:GetObject" in warning
    shop.s3.delete_bucket_policy(Bucket=shop.bucket)
    result = shop.build()
    assert is_foreign(result.read("oak.html"), "Seen in every forest.")
    assert shop.started() == 1


def test_a_bucket_of_another_region(shop):
    name = f"{shop.bucket}-elsewhere"
    place = {"LocationConstraint": "eu-west-1"}
    shop.s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    (warning,) = shop.build(amts_s3_bucket=name).warnings
    assert "reads only buckets of its own region" in warning
    assert "'eu-west-1'" in warning
    assert shop.started() == 0


@pytest.mark.parametrize("value", ["a/details/b", "a b", "//", "ä"])
def test_a_prefix_that_cannot_be_is_refused(shop, value):
    result = shop.build(amts_s3_prefix=value, expected=2)
    assert "amts_s3_prefix" in result.stderr


def test_without_a_look_at_all_documents_no_job_is_started(shop):
    """As on Windows, where no process can be forked that looks ahead."""
    conf = (shop.book.source / "conf.py").read_text(encoding="utf-8")
    shop.book.write(
        {
            "conf.py": conf + "from sphinx_amts.hosts.sphinx import prescan\n"
            "prescan.parallel_available = False\n"
        }
    )
    result = shop.build(amts_batch_min_characters=2000)
    (warning,) = result.warnings
    assert "Start it with `sphinx-amts batch submit`" in warning
    assert shop.started() == 0
    sent = sum(len(each.text) for each in shop.amazon.ledger.of(TEXTS))
    assert sent < 2000


def test_only_sentences_that_people_do_not_know_are_sent(shop):
    known = [f"Tall is the tree {n} of the wood." for n in range(40)]
    new = [f"Its leaf is as green as leaf {n}." for n in range(40)]
    pages = "\n\n".join(map(" ".join, zip(known, new, strict=True)))
    rows = "".join(f"{text},Arbol {n}.\n" for n, text in enumerate(known))
    shop.book.write({"index.rst": f"A\n=\n\n{pages}\n", "tm.csv": f"en,es\n{rows}"})
    for name in TREES:
        (shop.book.source / f"{name}.rst").unlink()
    little = {"amts_memory_files": "tm.csv", "amts_batch_min_characters": 50_000}
    result = shop.build(**little)
    assert f"Arbol 3. {foreign(new[3], 'es')}" in result.read("index.html")
    assert (shop.started(), shop.count(TEXTS)) == (0, 1)
    result = shop.build("-E", amts_memory_files="tm.csv")
    assert f"Arbol 3. {foreign(new[3], 'es')}" in result.read("index.html")
    (plan,) = shop.ledger("job.json")
    assert plan["segments"] == 41, "the sentences and the title"
    shop.build("-E", amts_memory_files="tm.csv")
    assert (shop.started(), shop.count(TEXTS)) == (1, 1)


def test_a_plan_that_was_refused_gives_way_to_other_settings(shop):
    fault = shop.amazon.inject(
        error="InvalidRequestException", operation=JOBS, times=None
    )
    wrong = "arn:aws:iam::123456789012:role/wrong"
    assert shop.build(amts_role_arn=wrong).warnings
    assert shop.build(amts_role_arn=wrong).warnings
    fault.times = fault.used  # the plan is given up, and another one made
    result = shop.build()
    assert result.warnings == []
    (plan,) = shop.ledger("job.json")
    assert plan["request"]["DataAccessRoleArn"] == ROLE
    assert shop.started() == 1


def test_a_job_of_another_region_is_not_forgotten(shop):
    shop.build(amts_batch_wait=False)
    (warning,) = shop.build(amts_aws_region="us-west-2").warnings
    assert "is not known in region 'us-west-2'" in warning
    result = shop.build()
    assert is_foreign(result.read("oak.html"), "Seen in every forest.")
    assert shop.started() == 1
