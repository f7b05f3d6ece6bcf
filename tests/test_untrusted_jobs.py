"""A ledger of jobs that came from elsewhere sends, spends and deletes nothing."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace

import pytest

from sphinx_amts.engines.amazon.ledger import Ledger, Outcome, Plan
from sphinx_amts.text.segment import InlineTag, Placeholder, Segment

pytestmark = pytest.mark.newest

SEGMENTS = [
    Segment("An oak."),
    Segment(
        'An <g id="1">elm</g> and <x id="2"/>.',
        (InlineTag(1, "strong"), Placeholder(2, "code")),
    ),
]
PLAN = Plan(
    base="b" * 64,
    attempt=1,
    made="2026-01-01T00:00:00",
    source="en",
    signatures={"es": "amazon-batch"},
    codes={"es": "es"},
    version="",
    bucket="books",
    folder="",
    request={"SourceLanguageCode": "en"},
    documents=("0001.html",),
    segments=2,
    characters=30,
)
DEEP = "[" * 100_000


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "jobs")
    made.write(PLAN, [("0001.html", SEGMENTS)])
    return made


def path_of(ledger, name):
    return ledger.folder / PLAN.token / name


def test_what_was_written_is_read(ledger):
    assert ledger.plans() == [PLAN]
    assert ledger.segments(PLAN, "0001.html") == SEGMENTS
    assert ledger.strange() == []
    ledger.note_start(PLAN, "a1b2", "")
    ended = Outcome("COMPLETED", "2026-01-01", 1, 1, 0, ("why",))
    ledger.note_end(PLAN, "es", ended)
    assert ledger.job_id(PLAN) == "a1b2"
    assert ledger.outcome(PLAN, "es") == ended


def test_a_plan_of_an_earlier_version_is_read(ledger):
    values = asdict(PLAN)
    del values["region"]
    path_of(ledger, "job.json").write_text(json.dumps(values))
    assert ledger.plans() == [PLAN]


@pytest.mark.parametrize(
    "change",
    [
        {"signatures": 5},
        {"signatures": {"es": 5}},
        {"signatures": {"es": "x", "de": "x"}},
        {"signatures": {"../../es": "x"}, "codes": {"../../es": "es"}},
        {"codes": {"es": ["es"]}},
        {"documents": "0001.html"},
        {"documents": ["../../../precious"]},
        {"documents": ["data"]},
        {"documents": [5]},
        {"documents": None},
        {"characters": -1},
        {"characters": "5"},
        {"characters": True},
        {"segments": 1.5},
        {"bucket": None},
        {"request": []},
        {"region": 5},
        {"more": 1},
    ],
    ids=str,
)
def test_a_plan_with_wrong_values_is_none(ledger, change):
    path_of(ledger, "job.json").write_text(json.dumps({**asdict(PLAN), **change}))
    assert ledger.plans() == []
    assert ledger.strange() == [path_of(ledger, "job.json")]


@pytest.mark.parametrize("text", [DEEP, "[]", "5", "null", "", '{"base": []}', "\xff"])
def test_a_file_that_is_no_plan_is_none(ledger, text):
    path_of(ledger, "job.json").write_bytes(text.encode("latin-1"))
    assert ledger.plans() == []
    assert len(ledger.strange()) == 1


@pytest.mark.parametrize(
    "rows",
    [
        *(5, None, {}, [5], [[]], [["a"]], [[5, [], {}]], [["a", [], {}, 1]]),
        *([["a", 5, {}]], [["a", [], []]], [["a", [], {"1": 5}]]),
        *([["a", [[True, "strong"]], {}]], [['<g id="1">a', [[True, "b"]], {}]]),
        *([['<x id="2"/>', [[False, "code"]], {}]], [["a", [], {"z": "b"}]]),
        [['<x id="1"/>', [[False, 5]], {}]],
    ],
    ids=str,
)
def test_a_document_with_wrong_rows_holds_nothing(ledger, rows):
    path_of(ledger, "documents/0001.json").write_text(json.dumps(rows))
    assert ledger.segments(PLAN, "0001.html") == []
    assert list(ledger.keys(PLAN)) == []


@pytest.mark.parametrize(
    "values", [5, [], {}, {"job_id": 5}, {"job_id": "a\nb"}, {"job_id": "a" * 99}]
)
def test_an_id_that_is_none_is_not_known(ledger, values):
    path_of(ledger, "started.json").write_text(json.dumps(values))
    assert ledger.job_id(PLAN) == ""


@pytest.mark.parametrize(
    "change",
    [{"state": 5}, {"kept": "1"}, {"kept": -1}, {"reasons": 5}, {"reasons": [5]}],
    ids=str,
)
def test_an_end_with_wrong_values_is_none(ledger, change):
    values = {**asdict(Outcome("COMPLETED", "")), **change}
    path_of(ledger, "done-es.json").write_text(json.dumps(values))
    assert ledger.outcome(PLAN, "es") is None


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_nothing_is_written_through_a_link(tmp_path, depth, is_there):
    outside = tmp_path / "outside"
    ledger = Ledger(tmp_path / "jobs")
    link = [ledger.folder, ledger.folder / PLAN.token, path_of(ledger, "started.json")]
    link[depth].parent.mkdir(parents=True, exist_ok=True)
    link[depth].symlink_to(outside)
    if is_there and depth < 2:
        outside.mkdir()
    elif is_there:
        outside.write_text("{}")
    with pytest.raises(OSError, match=r"link|exists"):
        ledger.note_start(PLAN, "a", "")
    assert ledger.plans() == []
    assert outside.exists() == is_there
    if is_there:
        assert not (list(outside.iterdir()) if depth < 2 else outside.read_text()[2:])


# --- With the service -----------------------------------------------------------------


def plan_of_a_build(shop):
    """Have a job planned that was not started; return its folder and its values."""
    pytest.importorskip("boto3")
    fault = shop.amazon.inject(
        error="InvalidRequestException",
        operation="StartTextTranslationJob",
        times=None,
    )
    shop.build()
    fault.times = fault.used
    (path,) = (shop.book.source / ".amts" / "jobs").glob("*/job.json")
    return path.parent, json.loads(path.read_text())


def put(folder, values):
    """Write a plan under its own token; return its folder."""
    plan = Plan(**{**values, "documents": tuple(values["documents"])})
    plan = replace(plan, folder=values["folder"])
    target = folder.with_name(plan.token)
    folder.rename(target)
    (target / "job.json").write_text(json.dumps(asdict(plan)))
    return target


@pytest.mark.parametrize(
    "change",
    [
        {"bucket": "elsewhere"},
        {"folder": "precious"},
        {"region": "eu-west-1"},
        {"codes": {"es": "fr"}},
    ],
    ids=str,
)
def test_a_plan_of_other_settings_is_not_started(shop, change):
    folder, values = plan_of_a_build(shop)
    shop.s3.create_bucket(Bucket="elsewhere")
    put(folder, {**values, **change, "base": "theirs"})
    shop.build()
    assert "Contents" not in shop.s3.list_objects_v2(Bucket="elsewhere")
    assert not shop.names("precious")
    (job,) = shop.amazon.account().jobs.values()
    assert "precious" not in str(job.request)
    assert job.request["TargetLanguageCodes"] == ["es"]


def test_a_role_of_others_is_not_taken(shop):
    folder, values = plan_of_a_build(shop)
    role = "arn:aws:iam::999999999999:role/theirs"
    request = {**values["request"], "DataAccessRoleArn": role}
    put(folder, {**values, "request": request, "base": "theirs"})
    shop.build()
    jobs = shop.amazon.account().jobs.values()
    assert [role in str(job.request) for job in jobs] == [False]


def test_the_cap_holds_for_a_job_that_is_resumed(shop):
    folder, values = plan_of_a_build(shop)
    put(folder, {**values, "characters": 1})
    result = shop.build(amts_max_characters=500, amts_batch_wait=False)
    assert shop.started() == 0
    assert any("amts_max_characters" in each for each in result.warnings)


def test_nothing_is_deleted_elsewhere(shop):
    folder, values = plan_of_a_build(shop)
    shop.build()
    (job_id,) = shop.amazon.account().jobs
    shop.s3.create_bucket(Bucket="elsewhere")
    name = f"{values['folder']}/in/0001.html"
    shop.s3.put_object(Bucket="elsewhere", Key=name, Body=b"precious")
    target = put(folder, {**values, "bucket": "elsewhere", "base": "theirs"})
    (target / "started.json").write_text(json.dumps({"job_id": job_id, "date": ""}))
    for each in target.glob("done-*"):
        each.unlink()
    shop.build()
    assert shop.s3.list_objects_v2(Bucket="elsewhere")["KeyCount"] == 1


def test_a_ledger_of_nonsense_is_told_and_left(shop):
    folder = shop.book.source / ".amts" / "jobs" / "nonsense"
    folder.mkdir(parents=True)
    (folder / "job.json").write_text(DEEP)
    result = shop.build()
    (warning,) = result.warnings
    assert str(folder / "job.json") in warning
    assert "Delete its folder" in warning
    assert shop.started() == 1


def test_a_job_of_others_is_neither_stopped_nor_collected(shop, make_client):
    folder, values = plan_of_a_build(shop)
    client = make_client(shop.amazon)
    theirs = client.start_text_translation_job(
        JobName="theirs",
        InputDataConfig={
            "S3Uri": f"s3://{shop.bucket}/{values['folder']}/in/",
            "ContentType": "text/html",
        },
        OutputDataConfig={"S3Uri": f"s3://{shop.bucket}/theirs/out/"},
        DataAccessRoleArn=values["request"]["DataAccessRoleArn"],
        SourceLanguageCode="en",
        TargetLanguageCodes=["es"],
        ClientToken="t",
    )["JobId"]
    target = put(folder, {**values, "base": "theirs"})
    (target / "started.json").write_text(json.dumps({"job_id": theirs, "date": ""}))
    shop.configure()
    said = shop.call("stop", str(shop.book.source), expected=2)
    assert "is not the one that was planned" in said
    state = client.describe_text_translation_job(JobId=theirs)
    assert state["TextTranslationJobProperties"]["JobStatus"] != "STOP_REQUESTED"
