"""The local Amazon Translate: terminologies, parallel data, batch jobs, tags."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from urllib.request import ProxyHandler, build_opener

import pytest

pytest.importorskip("boto3", reason="needs boto3")

from amazon_server.files import (
    FileError,
    dump_terms,
    load_parallel_data,
    load_terms,
)
from amazon_server.translation import DAMAGE, Manner, Translator
from botocore.exceptions import ClientError

pytestmark = pytest.mark.aws

PAIR = {"SourceLanguageCode": "en", "TargetLanguageCode": "es"}
ROLE = "arn:aws:iam::123456789012:role/translate"
PAGE = "<!DOCTYPE html><html><body><p>{}</p></body></html>"


def tmx(*units, source="en"):
    written = "".join(
        f'<tu changedate="{unit.get("date", "")}">'
        + "".join(
            f'<tuv xml:lang="{code}"><seg>{text}</seg></tuv>'
            for code, text in unit.items()
            if code != "date"
        )
        + "</tu>"
        for unit in units
    )
    return (
        f'<tmx version="1.4"><header srclang="{source}"/><body>{written}</body></tmx>'
    ).encode()


def error_of(raised):
    return raised.value.response["Error"]["Code"]


def fetch(location):
    with build_opener(ProxyHandler({})).open(location["Location"], timeout=10) as file:
        return file.read()


# Files


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("CSV", b'en,es,de\ntree,"\xc3\xa1rbol, verde",Baum\nleaf,hoja,\n'),
        ("TSV", b"en\tes\tde\ntree\t\xc3\xa1rbol, verde\tBaum\nleaf\thoja\t\n"),
        (
            "TMX",
            tmx(
                {"en": "tree", "es": "árbol, verde", "de": "Baum"},
                {"en": "leaf", "es": "hoja"},
            ),
        ),
    ],
)
def test_terms_in_each_form(form, data):
    table = load_terms(data, form)
    assert (table.source, table.targets, table.skipped) == ("en", ["es", "de"], 0)
    assert table.lookup("en", "es") == {"tree": "árbol, verde", "leaf": "hoja"}
    assert table.lookup("en", "de") == {"tree": "Baum"}
    assert table.lookup("de", "es") == {"Baum": "árbol, verde"}
    for other in ("CSV", "TSV", "TMX"):
        assert load_terms(dump_terms(table, other), other) == table


def test_terms_that_are_too_long_are_skipped():
    longest = "a" * 200
    data = f"en,es\n{longest},{longest}\n{longest}a,b\nb,{longest}a\n,c\n".encode()
    table = load_terms(data, "CSV")
    assert (len(table.records), table.skipped) == (1, 3)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"en\ntree\n",
        b"en,eu\ntree,zuhaitz\n",  # Basque is not supported
        b"\xef\xbb\xbfen,es\ntree,a\n",  # a byte order mark
        b"en,es\ntree,\xe1rbol\n",  # Latin-1
        b"en,es,es\ntree,a,b\n",
        b"en,af,sq,am,ar,hy,az,bn,bs,bg,ca,hr\n",  # 11 targets
    ],
)
def test_files_that_hold_no_terms(data):
    with pytest.raises(FileError):
        load_terms(data, "CSV")


def test_records_of_parallel_data():
    lines = [
        "en,es",
        "A tree,Un árbol",
        "A tree,El árbol",  # the last one counts
        '"A leaf\nfalls",x',  # spans lines: two broken ones
        "=1+1,x",
        '"-a",x',  # quotes do not help
        ",x",  # no source
        "a" * 1001 + ",x",
        "A hill," + "a" * 1001,  # no target left
        "a,b,c",
    ]
    table = load_parallel_data("\n".join(lines).encode(), "CSV")
    assert table.records == [{"en": "A tree", "es": "El árbol"}]
    assert len(table.failed) == len(["A leaf", "falls", "=", "-", "a,b,c"])
    assert table.skipped == len(["A tree", "no source", "too long", "no target"])


def test_parallel_data_in_tmx_may_have_anything_in_it():
    data = tmx(
        {"en": "=1\n2", "es": "+1\n2", "date": "20260102T000000Z"},
        {"en": "=1\n2", "es": "old", "date": "20260101T000000Z"},
        {"es": "no source"},
    )
    table = load_parallel_data(data, "TMX")
    assert table.lookup("en", "es") == {"=1\n2": "+1\n2"}
    assert (len(table.failed), table.skipped) == (1, 1)


# Terminologies


def put_terms(translate, data=b"en,es\ntree,ARBOL\nbig tree,GRAN\n", **more):
    more = {"Directionality": "UNI", "Format": "CSV", **more}
    return translate.import_terminology(
        Name="terms",
        MergeStrategy="OVERWRITE",
        Description="Of a book",
        TerminologyData={"File": data, **more},
    )["TerminologyProperties"]


def ask(translate, text, **more):
    return translate.translate_text(**{"Text": text, **PAIR, **more})


def test_a_terminology(translate):
    made = put_terms(translate)
    assert (made["TermCount"], made["SkippedTermCount"]) == (2, 0)
    got = translate.get_terminology(Name="terms")
    assert got["TerminologyProperties"] == made
    assert fetch(got["TerminologyDataLocation"]).startswith(b"en,es")
    other = translate.get_terminology(Name="terms", TerminologyDataFormat="TMX")
    assert b"<tmx" in fetch(other["TerminologyDataLocation"])
    (page,) = translate.get_paginator("list_terminologies").paginate()
    assert page["TerminologyPropertiesList"] == [made]
    translate.delete_terminology(Name="terms")
    with pytest.raises(translate.exceptions.ResourceNotFoundException):
        translate.get_terminology(Name="terms")


def test_terms_are_used_exactly(translate):
    put_terms(translate)
    answer = ask(translate, "A big tree, a tree, Tree.", TerminologyNames=["terms"])
    assert answer["TranslatedText"] == "Ǎ GRAN, ǎ ARBOL, Ṯṟěě."
    assert answer["AppliedTerminologies"] == [
        {
            "Name": "terms",
            "Terms": [
                {"SourceText": "big tree", "TargetText": "GRAN"},
                {"SourceText": "tree", "TargetText": "ARBOL"},
            ],
        }
    ]


def test_terms_in_markup(translate):
    put_terms(translate, b"en,es\nR&D,I+D\n")
    answer = ask(
        translate,
        '<p>R&amp;D <b translate="no">R&amp;D</b></p>',
        TerminologyNames=["terms"],
    )
    expected = '<p>I+D <b translate="no">R&amp;D</b></p>'
    assert answer["TranslatedText"] == expected


def test_terms_that_are_missed(amazon, translate):
    put_terms(translate)
    amazon.change(misses_terms=("tree",))
    answer = ask(translate, "A tree, a big tree", TerminologyNames=["terms"])
    assert answer["TranslatedText"] == "Ǎ ṯṟěě, ǎ GRAN"


@pytest.mark.parametrize(
    ("directionality", "applied"),
    [("UNI", []), ("MULTI", [{"SourceText": "ARBOL", "TargetText": "tree"}])],
)
def test_the_direction_of_terms(translate, directionality, applied):
    put_terms(translate, b"en,es\ntree,ARBOL\n", Directionality=directionality)
    back = {"SourceLanguageCode": "es", "TargetLanguageCode": "en"}
    answer = ask(translate, "ARBOL", TerminologyNames=["terms"], **back)
    assert answer["AppliedTerminologies"][0]["Terms"] == applied
    assert (answer["TranslatedText"] == "tree") == bool(applied)


def test_a_changed_terminology_takes_its_time(amazon, translate):
    first = put_terms(translate)
    put_terms(translate, b"en,es\ntree,NUEVO\n")
    use = {"TerminologyNames": ["terms"]}
    assert ask(translate, "tree", **use)["TranslatedText"] == "ARBOL"
    amazon.advance(600)
    assert ask(translate, "tree", **use)["TranslatedText"] == "NUEVO"
    again = translate.get_terminology(Name="terms")["TerminologyProperties"]
    assert again["CreatedAt"] == first["CreatedAt"] < again["LastUpdatedAt"]


def test_an_account_has_a_hundred_terminologies(amazon, translate):
    put_terms(translate)
    held = amazon.account().terminologies
    names = [f"t{number}" for number in range(99)]
    held.update({name: replace(held["terms"], name=name) for name in names})
    put_terms(translate)  # one that is there
    data = {"File": b"en,es\na,b\n", "Format": "CSV"}
    with pytest.raises(translate.exceptions.LimitExceededException):
        translate.import_terminology(
            Name="another", MergeStrategy="OVERWRITE", TerminologyData=data
        )
    pages = list(translate.get_paginator("list_terminologies").paginate(MaxResults=30))
    names = [
        each["Name"] for page in pages for each in page["TerminologyPropertiesList"]
    ]
    assert len(pages) == 4
    assert len(names) == 100


def test_tags(translate):
    arn = put_terms(translate)["Arn"]
    translate.tag_resource(
        ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    )
    translate.untag_resource(ResourceArn=arn, TagKeys=["a"])
    tags = translate.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "b", "Value": "2"}]
    more = [{"Key": str(number), "Value": ""} for number in range(50)]
    with pytest.raises(translate.exceptions.TooManyTagsException) as raised:
        translate.tag_resource(ResourceArn=arn, Tags=more)
    assert raised.value.response["ResourceArn"] == arn
    assert "no more than 50" in raised.value.response["message"]


# Parallel data


@pytest.fixture
def pairs(s3, bucket):
    """Give ``pairs(data)``: the configuration of a file in S3."""

    def put(data, name="pairs.tmx", form="TMX"):
        s3.put_object(Bucket=bucket, Key=name, Body=data)
        return {"S3Uri": f"s3://{bucket}/{name}", "Format": form}

    return put


def data_of(translate, name="pairs"):
    return translate.get_parallel_data(Name=name)["ParallelDataProperties"]


def test_parallel_data(amazon, translate, pairs):
    content = tmx({"en": "A tree", "es": "Un pino"}, {"es": "alone"})
    made = translate.create_parallel_data(
        Name="pairs", ParallelDataConfig=pairs(content)
    )
    assert made["Status"] == data_of(translate)["Status"] == "CREATING"
    with pytest.raises(translate.exceptions.ConcurrentModificationException):
        translate.delete_parallel_data(Name="pairs")
    with pytest.raises(translate.exceptions.LimitExceededException):
        translate.create_parallel_data(Name="more", ParallelDataConfig=pairs(content))
    amazon.advance(30)
    got = translate.get_parallel_data(Name="pairs")
    properties = got["ParallelDataProperties"]
    assert properties["Status"] == "ACTIVE"
    assert properties["TargetLanguageCodes"] == ["es"]
    names = ("ImportedRecordCount", "FailedRecordCount", "SkippedRecordCount")
    assert [properties[name] for name in names] == [1, 1, 0]
    assert fetch(got["DataLocation"]) == content
    report = json.loads(fetch(got["AuxiliaryDataLocation"]))
    assert report["summary"]["record_error_count"] == 1
    assert translate.list_parallel_data()["ParallelDataPropertiesList"] == [properties]
    assert translate.delete_parallel_data(Name="pairs")["Status"] == "DELETING"
    amazon.advance(5)
    with pytest.raises(translate.exceptions.ResourceNotFoundException):
        data_of(translate)


def test_an_update_that_fails_leaves_what_was(amazon, translate, pairs):
    config = pairs(tmx({"en": "A tree", "es": "Un pino"}))
    translate.create_parallel_data(Name="pairs", ParallelDataConfig=config)
    amazon.advance(30)
    wrong = pairs(b"no TMX", "wrong.tmx")
    updated = translate.update_parallel_data(Name="pairs", ParallelDataConfig=wrong)
    assert updated["Status"] == "ACTIVE"
    assert updated["LatestUpdateAttemptStatus"] == "UPDATING"
    amazon.advance(30)
    properties = data_of(translate)
    assert properties["Status"] == "ACTIVE"
    assert properties["LatestUpdateAttemptStatus"] == "FAILED"
    assert properties["ParallelDataConfig"] == config
    assert "no TMX" in properties["Message"]


def test_an_update(amazon, translate, pairs):
    config = pairs(tmx({"en": "A tree", "es": "Un pino"}))
    translate.create_parallel_data(Name="pairs", ParallelDataConfig=config)
    amazon.advance(30)
    more = pairs(b"en\tes\na\tb\nc\td\n", "more.tsv", "TSV")
    translate.update_parallel_data(Name="pairs", ParallelDataConfig=more)
    with pytest.raises(translate.exceptions.ConcurrentModificationException):
        translate.update_parallel_data(Name="pairs", ParallelDataConfig=config)
    amazon.advance(30)
    assert data_of(translate)["LatestUpdateAttemptStatus"] == "ACTIVE"
    assert data_of(translate)["ImportedRecordCount"] == 2


def test_parallel_data_of_nothing_fails(amazon, translate, pairs):
    config = pairs(b"en,es\n=a,b\n", "bad.csv", "CSV")
    translate.create_parallel_data(Name="pairs", ParallelDataConfig=config)
    amazon.advance(30)
    assert data_of(translate)["Status"] == "FAILED"
    assert "no record" in data_of(translate)["Message"]
    good = pairs(b"en,es\na,b\n", "good.csv", "CSV")
    translate.update_parallel_data(Name="pairs", ParallelDataConfig=good)
    amazon.advance(30)
    assert data_of(translate)["Status"] == "ACTIVE"
    assert "Message" not in data_of(translate)


def test_a_token_makes_a_request_the_same(translate, pairs):
    config = pairs(tmx({"en": "A tree", "es": "Un pino"}))
    same = {"Name": "pairs", "ParallelDataConfig": config, "ClientToken": "a-1"}
    assert translate.create_parallel_data(**same)["Status"] == "CREATING"
    assert translate.create_parallel_data(**same)["Status"] == "CREATING"
    with pytest.raises(translate.exceptions.ConflictException):
        translate.create_parallel_data(**{**same, "Description": "another"})
    with pytest.raises(translate.exceptions.ConflictException):
        translate.create_parallel_data(**{**same, "ClientToken": "a-2"})


def test_parallel_data_needs_its_file(translate, bucket):
    config = {"S3Uri": f"s3://{bucket}/none.csv", "Format": "CSV"}
    for each in (config, {}):
        with pytest.raises(translate.exceptions.InvalidRequestException):
            translate.create_parallel_data(Name="pairs", ParallelDataConfig=each)


# Batch jobs


@pytest.fixture
def start(translate, s3, bucket):
    """Give ``start(documents, **changes)``: a job's id."""

    def begin(documents, **changes):
        for name, content in documents.items():
            s3.put_object(Bucket=bucket, Key=f"in/{name}", Body=content)
        request = {
            "InputDataConfig": {
                "S3Uri": f"s3://{bucket}/in/",
                "ContentType": "text/html",
            },
            "OutputDataConfig": {"S3Uri": f"s3://{bucket}/out"},
            "DataAccessRoleArn": ROLE,
            "SourceLanguageCode": "en",
            "TargetLanguageCodes": ["es"],
        }
        return translate.start_text_translation_job(**{**request, **changes})["JobId"]

    return begin


@pytest.fixture
def describe(translate):
    def ask_for(number):
        answer = translate.describe_text_translation_job(JobId=number)
        return answer["TextTranslationJobProperties"]

    return ask_for


@pytest.fixture
def outputs(s3, bucket, describe):
    """Give ``outputs(id)``: what a job wrote, by name."""

    def read(number):
        uri = describe(number)["OutputDataConfig"]["S3Uri"]
        prefix = uri.removeprefix(f"s3://{bucket}/")
        found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", ())
        return {
            each["Key"].removeprefix(prefix): s3.get_object(
                Bucket=bucket, Key=each["Key"]
            )["Body"]
            .read()
            .decode()
            for each in found
        }

    return read


def test_a_job(amazon, start, describe, outputs):
    documents = {
        "a.html": PAGE.format("A tree"),
        "b.html": "<p>outside</p>",
        "sub/c.html": PAGE.format("No <i translate=no>tree</i> &amp; x"),
    }
    number = start(documents, TargetLanguageCodes=["es", "zh"], JobName="Book 1")
    assert describe(number)["JobStatus"] == "SUBMITTED"
    amazon.advance(30)
    assert describe(number)["JobStatus"] == "IN_PROGRESS"
    assert outputs(number) == {}
    amazon.advance(60)
    job = describe(number)
    assert job["JobStatus"] == "COMPLETED"
    assert job["JobName"] == "Book 1"
    assert job["JobDetails"] == {
        "InputDocumentsCount": 3,
        "DocumentsWithErrorsCount": 0,
        "TranslatedDocumentsCount": 3,
    }
    assert (job["EndTime"] - job["SubmittedTime"]).total_seconds() == 90
    folder = job["OutputDataConfig"]["S3Uri"]
    assert folder.endswith(f"/out/123456789012-TranslateText-{number}/")
    written = outputs(number)
    summary = json.loads(written.pop("details/es.auxiliary-translation-details.json"))
    del written["details/zh.auxiliary-translation-details.json"]
    characters = len("A tree") + len("outside") + len("No  & x")
    assert summary["charactersTranslated"] == str(characters)
    assert amazon.ledger.billed_characters == 2 * characters
    assert [each["targetFile"] for each in summary["details"]] == [
        "es.a.html",
        "es.b.html",
        "sub/es.c.html",
    ]
    signs = written.pop("sub/zh.c.html")
    assert "<i translate=no>tree</i>&amp;" in signs
    assert written == {
        "es.a.html": PAGE.format("Ǎ ṯṟěě"),
        "es.b.html": "<p>outside</p>",
        "sub/es.c.html": PAGE.format("Ṉǒ <i translate=no>tree</i> &amp; x"),
        "zh.a.html": PAGE.format("媠寀"),
        "zh.b.html": "<p>outside</p>",
    }


def test_a_document_may_fail(amazon, start, describe, outputs):
    amazon.change(failing_documents={"a.html": "too long a sentence"})
    number = start(
        {"a.html": PAGE.format("A"), "b.html": PAGE.format("B"), "c.html": b"\xff"}
    )
    amazon.advance(90)
    job = describe(number)
    assert job["JobStatus"] == "COMPLETED_WITH_ERROR"
    assert job["JobDetails"]["DocumentsWithErrorsCount"] == 2
    written = outputs(number)
    assert set(written) == {
        "es.b.html",
        "details/es.auxiliary-translation-details.json",
    }
    details = written["details/es.auxiliary-translation-details.json"]
    assert "too long a sentence" in details


@pytest.mark.parametrize(
    ("documents", "reason"),
    [({}, "no documents"), ({"details/a.html": PAGE}, "folder named details")],
)
def test_a_job_may_fail(amazon, start, describe, documents, reason):
    number = start(documents)
    amazon.advance(90)
    assert describe(number)["JobStatus"] == "FAILED"
    assert reason in describe(number)["Message"]
    assert amazon.ledger.billed_characters == 0


def test_a_job_is_stopped(amazon, translate, start, describe):
    number = start({"a.html": PAGE})
    amazon.advance(30)
    stopped = translate.stop_text_translation_job(JobId=number)
    assert stopped == {**stopped, "JobId": number, "JobStatus": "STOP_REQUESTED"}
    amazon.advance(5)
    assert describe(number)["JobStatus"] == "STOPPED"
    assert translate.stop_text_translation_job(JobId=number)["JobStatus"] == "STOPPED"


def test_a_job_moves_on_by_being_looked_at(amazon, start, describe):
    amazon.advance(0, per_call_s=31)
    number = start({"a.html": PAGE.format("A")})
    seen = [describe(number)["JobStatus"] for _ in range(3)]
    assert seen == ["IN_PROGRESS", "IN_PROGRESS", "COMPLETED"]


def test_ten_jobs_run_at_a_time(amazon, translate, start):
    for _ in range(12):
        start({"a.html": PAGE})
    amazon.advance(30)
    listed = translate.list_text_translation_jobs()["TextTranslationJobPropertiesList"]
    assert [job["JobStatus"] for job in listed].count("IN_PROGRESS") == 10


def test_jobs_are_listed_newest_first(amazon, translate, start):
    numbers = []
    for name in ("one", "two", "three"):
        numbers.append(start({"a.html": PAGE.format("A")}, JobName=name))
        amazon.advance(10)

    def listed(**filters):
        found, token = [], {}
        while True:
            answer = translate.list_text_translation_jobs(
                Filter=filters, MaxResults=1, **token
            )
            found += [
                each["JobId"] for each in answer["TextTranslationJobPropertiesList"]
            ]
            if "NextToken" not in answer:
                return found
            token = {"NextToken": answer["NextToken"]}

    first, second, third = numbers
    assert listed() == [third, second, first]
    assert listed(JobName="two") == [second]
    middle = translate.describe_text_translation_job(JobId=second)
    moment = middle["TextTranslationJobProperties"]["SubmittedTime"]
    assert listed(SubmittedBeforeTime=moment) == [first]
    # Older botocore leaves fractions of seconds out.
    assert listed(SubmittedAfterTime=moment + timedelta(seconds=1)) == [third]
    translate.stop_text_translation_job(JobId=third)
    assert listed(JobStatus="STOP_REQUESTED") == [third]


def test_terms_and_parallel_data_of_a_job(amazon, translate, start, pairs, outputs):
    put_terms(translate)
    config = pairs(tmx({"en": "A tree", "es": "Un pino"}))
    translate.create_parallel_data(Name="pairs", ParallelDataConfig=config)
    amazon.advance(30)
    number = start(
        {"a.html": PAGE.format("A tree</p><p>That tree")},
        TerminologyNames=["terms"],
        ParallelDataNames=["pairs"],
    )
    amazon.advance(90)
    written = outputs(number)["es.a.html"]
    assert written == PAGE.format("Un pino</p><p>Ṯẖǎṯ ARBOL")


def test_a_token_makes_a_job_the_same(translate, start):
    number = start({}, ClientToken="a-1")
    assert start({}, ClientToken="a-1") == number
    with pytest.raises(translate.exceptions.InvalidParameterValueException):
        start({}, ClientToken="a-1", TargetLanguageCodes=["de"])


TARGETS = "de fr it ja ko nl pl pt ru sv tr".split()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"TargetLanguageCodes": TARGETS}, "InvalidParameterValueException"),
        ({"TargetLanguageCodes": ["de", "de"]}, "InvalidParameterValueException"),
        ({"TargetLanguageCodes": ["eu"]}, "UnsupportedLanguagePairException"),
        ({"TerminologyNames": ["none"]}, "ResourceNotFoundException"),
        ({"TerminologyNames": ["a", "b"]}, "InvalidParameterValueException"),
        ({"ParallelDataNames": ["none"]}, "ResourceNotFoundException"),
        ({"Settings": {"Brevity": "ON"}}, "InvalidRequestException"),
        (
            {"InputDataConfig": {"S3Uri": "s3://nowhere/in/", "ContentType": "a/b"}},
            "InvalidParameterValueException",
        ),
        (
            {
                "InputDataConfig": {
                    "S3Uri": "s3://nowhere/in/",
                    "ContentType": "text/html",
                }
            },
            "InvalidRequestException",
        ),
        ({"OutputDataConfig": {"S3Uri": "s3://nowhere/"}}, "InvalidRequestException"),
    ],
)
def test_a_job_that_cannot_start(start, changes, error):
    with pytest.raises(ClientError) as raised:
        start({}, **changes)
    assert error_of(raised) == error


def test_a_job_does_not_read_a_whole_bucket(start, bucket):
    whole = {"S3Uri": f"s3://{bucket}/", "ContentType": "text/html"}
    with pytest.raises(ClientError, match="no folder in a bucket"):
        start({}, InputDataConfig=whole)


def test_parallel_data_must_have_every_target(amazon, translate, start, pairs):
    config = pairs(tmx({"en": "A tree", "es": "Un pino"}))
    translate.create_parallel_data(Name="pairs", ParallelDataConfig=config)
    with pytest.raises(translate.exceptions.InvalidRequestException):
        start({}, ParallelDataNames=["pairs"])  # not active yet
    amazon.advance(30)
    with pytest.raises(translate.exceptions.InvalidParameterValueException):
        start({}, ParallelDataNames=["pairs"], TargetLanguageCodes=["es", "de"])
    assert start({}, ParallelDataNames=["pairs"])


# What happens to tags

SOURCE = '<p id="7">Run <code translate="no" id="1">t</code> a <b id="2">bit</b> 5</p>'
DAMAGED = {
    "keep": '<p id="7">Ṟǔṉ {code} ǎ <b id="2">ḇǐṯ</b> 5</p>',
    "move": '<p id="7">Ṟǔṉ  ǎ <b id="2">ḇǐṯ</b> 5 {code}</p>',
    "reverse": '<p id="7"> 5 <b id="2">ḇǐṯ</b> ǎ {code} Ṟǔṉ </p>',
    "recase": "<p id=\"7\">Ṟǔṉ <CODE  translate='no' id='1'>t</CODE> ǎ"
    " <B  id='2'>ḇǐṯ</B> 5</p>",
    "glue blanks": '<p id="7">Ṟǔṉ{code}ǎ<b id="2">ḇǐṯ</b>5</p>',
    "add blanks": '<p id="7"> Ṟǔṉ {code} ǎ <b id="2"> ḇǐṯ </b> 5 </p>',
    "lift": '<p id="7">Ṟǔṉ {code} ǎ <b id="2">ḇǐṯ</b> 5</p>',
    "drop": '<p id="7">Ṟǔṉ  ǎ <b id="2">ḇǐṯ</b> 5</p>',
    "strip": '<p id="7">Ṟǔṉ t ǎ ḇǐṯ 5</p>',
    "double": '<p id="7">Ṟǔṉ {code} ǎ <b id="2">ḇǐṯ</b> 5 {code}</p>',
    "insert": '<p id="7">Ṟǔṉ {code} ǎ <b id="2">ḇǐṯ</b> 5'
    '<b onclick="alert(1)">!</b></p>',
    "renumber": '<p id="7">Ṟǔṉ <code translate="no" id="8">t</code> ǎ'
    ' <b id="9">ḇǐṯ</b> 5</p>',
    "group digits": '<p id="7">Ṟǔṉ <code translate="no" id="1,000">t</code> ǎ'
    ' <b id="2,000">ḇǐṯ</b> 5</p>',
    "typographic quotes": '<p id="7">Ṟǔṉ <code translate=“no” id=“1”>t</code> ǎ'
    " <b id=“2”>ḇǐṯ</b> 5</p>",
    "tags as entities": '<p id="7">Ṟǔṉ &lt;code translate="no" id="1"&gt;t&lt;/code&gt;'
    ' ǎ &lt;b id="2"&gt;ḇǐṯ&lt;/b&gt; 5</p>',
    "blanks in tags": '<p id="7">Ṟǔṉ < code translate="no" id="1">t< / code> ǎ'
    ' < b id="2">ḇǐṯ< / b> 5</p>',
    "never close": '<p id="7">Ṟǔṉ <code translate="no" id="1">t ǎ <b id="2">ḇǐṯ 5</p>',
    "translate protected": '<p id="7">Ṟǔṉ <code translate="no" id="1">ṯ</code> ǎ'
    ' <b id="2">ḇǐṯ</b> 5</p>',
    "escape twice": '<p id="7">Ṟǔṉ {code} ǎ <b id="2">ḇǐṯ</b> 5</p>',
    "change numbers": '<p id="7">Ṟǔṉ {code} ǎ <b id="2">ḇǐṯ</b> 50</p>',
    "source": SOURCE,
    "empty": '<p id="7"></p>',
    "halve": '<p id="7">Ṟǔṉ {code}</p>',
    "lose": "",
    "open": '<p id="7">Ṟǔṉ {code} ǎ <b id="2">ḇǐṯ</b> 5',
}
CODE = '<code translate="no" id="1">t</code>'


def test_the_damages_are_all_there_are():
    assert set(DAMAGED) == set(DAMAGE)


@pytest.mark.parametrize("name", DAMAGED)
def test_damage(amazon, translate, name):
    amazon.change(tags=name)
    translated = ask(translate, SOURCE)["TranslatedText"]
    assert translated == DAMAGED[name].replace("{code}", CODE)


def test_damage_that_needs_more():
    def damaged(name, text):
        return Translator("es", Manner(name)).text(text)

    nested = '<b>a <i translate="no">x</i></b> 1'
    assert damaged("lift", nested) == '<b>ǎ </b> 1<i translate="no">x</i>'
    assert damaged("escape twice", "<b>1 &amp; 2</b>") == "<b>1 &amp;amp; 2</b>"


def test_damage_spares_most_blocks_and_those_that_come_alone():
    blocks = [f"<p><b>number {number}</b></p>" for number in range(60)]
    manner = Manner("strip", one_in=4, spares_alone=True)
    together = Translator("es", manner).text("".join(blocks))
    hit = 60 - together.count("<b>")
    assert 5 <= hit <= 30
    assert together == Translator("es", manner).text("".join(blocks))
    alone = [Translator("es", manner).text(block) for block in blocks]
    assert "".join(alone).count("<b>") == 60


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ("<ul><li>a<li>b</ul>", "<ul><li>ǎ<li>ḇ</ul>"),
        (
            '<p>a<br>b<br/>c <img alt="1 > 2"></p></i>',
            '<p>ǎ<br>ḇ<br/>c <img alt="1 > 2"></p></i>',
        ),
        (
            "<script>let a</script><style>b</style><!-- a --><p>a",
            "<script>let a</script><style>b</style><!-- a --><p>ǎ",
        ),
        (
            '<div translate="no"><p>a</p></div>a<p>b',
            '<div translate="no"><p>a</p></div>ǎ<p>ḇ',
        ),
        ("1 < 2 <b>a</b> &gt; &nbsp;0", "1 &lt; 2 <b>ǎ</b> &gt; \xa00"),
        ("1 < 2 &amp; no tag", "1 < 2 &ǎmp; ṉǒ ṯǎg"),
    ],
)
def test_markup(text, translated):
    assert Translator("es").text(text) == translated
