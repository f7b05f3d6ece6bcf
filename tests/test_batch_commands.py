"""``sphinx-amts batch``: jobs outside of a build, for several languages."""

from __future__ import annotations

import pytest

pytest.importorskip("boto3", reason="needs boto3")

from amazon_server.translation import foreign
from batch_shop import JOBS, SEGMENTS, TEXTS, is_foreign

pytestmark = pytest.mark.aws


def submit(shop, *words, expected=0):
    return shop.call("submit", shop.book.source, *words, expected=expected)


@pytest.fixture
def pairs(shop, translate):
    """Give ``pairs(digest, target)``: parallel data named trees, created or updated."""

    def put(digest, target):
        name = f"p/{digest}.csv"
        text = f"en,es,fr\nSeen in every forest.,{target},{target}\n"
        shop.s3.put_object(Bucket=shop.bucket, Key=name, Body=text.encode())
        config = {"S3Uri": f"s3://{shop.bucket}/{name}", "Format": "CSV"}
        known = {
            each["Name"]
            for each in translate.list_parallel_data()["ParallelDataPropertiesList"]
        }
        do = (
            translate.update_parallel_data
            if "trees" in known
            else translate.create_parallel_data
        )
        do(Name="trees", ParallelDataConfig=config)
        shop.amazon.advance(40, per_call_s=20)

    return put


def test_languages_that_lack_the_same_share_a_job(shop):
    shop.configure()
    said = submit(shop, "-l", "es", "-l", "fr", "-l", "zh")
    (job,) = said["jobs"]
    assert job["targets"] == ["es", "fr", "zh-CN"]
    assert job["segments"] == SEGMENTS
    assert said["languages"]["en to es"]["characters"] == job["characters"]
    assert shop.started() == 1
    (request,) = [each.request for each in shop.amazon.account().jobs.values()]
    assert request["TargetLanguageCodes"] == ["es", "fr", "zh"]
    again = submit(shop, "-l", "es", "-l", "fr", "-l", "zh")
    assert again["jobs"] == []
    assert shop.started() == 1
    collected = shop.call("collect", shop.book.source, "--wait")
    assert [each["language"] for each in collected] == ["es", "fr", "zh-CN"]
    assert all(each["is_done"] for each in collected)
    assert [name for name in shop.names() if "/in/" in name] == []
    for language in ("es", "fr", "zh"):
        page = shop.build("-W", language=language).read("oak.html")
        assert is_foreign(page, "Seen in every forest.", language)
    assert shop.started() == 1
    assert shop.count(TEXTS) == 0
    assert {each["target_language"] for each in shop.receipts()} == {
        "es",
        "fr",
        "zh-CN",
    }


LANGUAGES = "es fr de it pt ja ko zh ru ar".split()
"""As many as one job takes."""


def test_ten_languages_share_a_job_and_each_has_its_own_text(shop):
    shop.configure()
    said = submit(shop, *(word for name in LANGUAGES for word in ("-l", name)))
    (job,) = said["jobs"]
    assert len(job["targets"]) == len(LANGUAGES)
    assert job["segments"] == SEGMENTS
    collected = shop.call("collect", shop.book.source, "--wait")
    assert all(each["is_done"] for each in collected)
    assert shop.started() == 1
    texts = {name: foreign("Seen in every forest.", name) for name in LANGUAGES}
    assert len({*texts.values()}) > len(LANGUAGES) / 2  # the server has some alike
    for name in LANGUAGES:
        shop.book.amts("export", ".", "-l", name, "-o", "out.tmx")
        written = (shop.book.source / "out.tmx").read_text(encoding="utf-8")
        assert {text for text in texts.values() if text in written} == {texts[name]}


def test_settings_that_differ_make_two_jobs(shop):
    shop.configure(amts_formality="formal")
    said = submit(shop, "-l", "es", "-l", "de", "-l", "zh")
    assert [job["targets"] for job in said["jobs"]] == [["es", "de"], ["zh-CN"]]


def test_status_and_stop(shop):
    shop.configure()
    submit(shop, "-l", "es")
    shop.amazon.advance(0, per_call_s=0)
    (job,) = shop.call("status", shop.book.source)
    assert job["status"] == "SUBMITTED"
    assert (job["targets"], job["segments"]) == (["es"], SEGMENTS)
    (still,) = shop.call("collect", shop.book.source)
    assert still == {"language": "es", "is_done": False, "problems": []}
    assert shop.call("stop", shop.book.source) == {job["job_id"]: "STOP_REQUESTED"}
    shop.amazon.advance(10)
    (done,) = shop.call("collect", shop.book.source)
    assert done["is_done"]
    assert shop.call("status", shop.book.source) == []
    (kept,) = shop.call("status", shop.book.source, "--all")
    assert kept["languages"]["es"]["state"] == "STOPPED"
    assert kept["languages"]["es"]["lost"] == SEGMENTS
    assert "no job 'x'" in shop.call("stop", shop.book.source, "x", expected=2)
    # Stopped is not asked for twice; what it lacks may be asked for again.
    assert len(submit(shop, "-l", "es")["jobs"]) == 1


def test_parallel_data_translate_again_only_when_asked(shop, pairs):
    shop.configure(amts_parallel_data="trees")
    pairs("000000000001", "Visto una vez.")
    submit(shop, "-l", "es")
    shop.call("collect", shop.book.source, "--wait")
    pairs("000000000002", "Visto dos veces.")
    assert submit(shop, "-l", "es")["jobs"] == []
    assert "Visto una vez." in shop.build(amts_parallel_data="trees").read("oak.html")
    assert shop.started() == 1
    refused = submit(shop, "-l", "es", "--refresh", expected=1)
    assert "agree with --yes" in refused
    assert shop.started() == 1
    said = submit(shop, "-l", "es", "--refresh", "--yes")
    assert said["languages"]["en to es"]["segments"] == SEGMENTS
    assert said["languages"]["en to es"]["price"] == pytest.approx(
        said["languages"]["en to es"]["characters"] * 60 / 1_000_000
    )
    shop.amazon.advance(0, per_call_s=0)
    during = shop.build(amts_parallel_data="trees", amts_batch_wait=False)
    assert "Visto una vez." in during.read("oak.html")
    shop.amazon.advance(100)
    after = shop.build(amts_parallel_data="trees")
    assert "Visto dos veces." in after.read("oak.html")
    assert submit(shop, "-l", "es", "--refresh", "--yes")["jobs"] == []


def test_a_language_that_the_parallel_data_lack(shop, pairs):
    shop.configure(amts_parallel_data="trees")
    pairs("000000000001", "Visto una vez.")
    said = submit(shop, "-l", "de", expected=1)
    assert "have no pairs for de, only for es, fr" in said["problems"][0]
    assert shop.started() == 0


def test_another_engine_has_no_jobs(shop):
    shop.configure(amts_engine="pseudo", amts_engine_options={})
    assert "engine 'amazon-batch'" in submit(shop, "-l", "es", expected=2)
    missing = shop.book.work / "nothing"
    assert "no conf.py" in shop.call("status", missing, expected=2)


def test_a_start_whose_answer_is_lost_is_one_job(shop):
    shop.configure()
    shop.amazon.inject("hang up later", operation=JOBS, times=1)
    said = submit(shop, "-l", "es")
    assert len(said["jobs"]) == 1
    assert shop.started() == 1, "boto3 asked twice, with one token"
