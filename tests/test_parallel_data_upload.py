"""Parallel data in Amazon Translate, through an unmodified boto3 and a local server."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("boto3", reason="needs boto3")

from sphinx_amts.cli import main
from sphinx_amts.engines.amazon.parallel_data import Upload
from sphinx_amts.errors import FileError

pytestmark = pytest.mark.aws

PAIRS = "en,zh\nA tree,一棵树\nA leaf,一片叶子\nA root,根\n"


@pytest.fixture
def parallel_data(amazon_with_s3, aws_variables, bucket, capsys):
    """Give ``parallel_data(action, ...)``: the command's JSON, or its message."""
    amazon_with_s3.advance(0, per_call_s=4)
    aws_variables(amazon_with_s3)

    def call(*arguments, expected=0):
        words = ["parallel-data", *map(str, arguments), "--json", "--poll", "0.01"]
        if words[1] in ("create", "update") and "--bucket" not in words:
            words += ["--bucket", bucket]
        capsys.readouterr()
        status = main(words)
        said = capsys.readouterr()
        assert status == expected, said
        return json.loads(said.out) if expected < 2 else said.err

    return call


def write(folder, text=PAIRS, name="book pairs.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_pairs_are_created_once(parallel_data, amazon_with_s3, s3, bucket, tmp_path):
    file = write(tmp_path)
    made = parallel_data("create", file)
    digest = Upload.read(file).digest
    assert made["name"] == f"book-pairs-{digest}"
    assert made["status"] == "ACTIVE"
    assert (made["sent"], made["imported"], made["problems"]) == (3, 3, [])
    assert (made["source"], made["targets"]) == ("en", ["zh"])
    name = f"sphinx-amts/parallel-data/{made['name']}/{digest}.csv"
    assert made["file"] == f"s3://{bucket}/{name}"
    assert s3.get_object(Bucket=bucket, Key=name)["Body"].read() == PAIRS.encode()
    again = parallel_data("create", file)
    assert again["was_there"]
    assert len(amazon_with_s3.ledger.of("CreateParallelData")) == 1
    assert [each["name"] for each in parallel_data("list")] == [made["name"]]


def test_a_name_of_one_s_own_is_updated(parallel_data, amazon_with_s3, tmp_path):
    file = write(tmp_path)
    parallel_data("create", file, "--name", "our-book")
    other = write(tmp_path, PAIRS + "A wood,森林\n")
    refused = parallel_data("create", other, "--name", "our-book", expected=2)
    assert "parallel-data update" in refused
    updated = parallel_data("update", "our-book", other)
    assert (updated["imported"], updated["was_there"]) == (4, False)
    assert parallel_data("update", "our-book", other)["was_there"]
    assert len(amazon_with_s3.ledger.of("UpdateParallelData")) == 1
    shown = parallel_data("status", "our-book")
    assert shown["status"] == "ACTIVE"
    assert shown["file"].endswith(f"{Upload.read(other).digest}.csv")


def test_an_update_that_fails_behind_an_active_status(parallel_data, tmp_path):
    file = write(tmp_path)
    parallel_data("create", file, "--name", "our-book")
    long = write(tmp_path, f"en,zh\n{'tree ' * 400},树\n", "long.csv")
    failed = parallel_data("update", "our-book", long, expected=1)
    assert failed["status"] == "FAILED"
    assert failed["is_active"]
    assert "the import failed" in failed["problems"][0]
    assert "no record" in " ".join(failed["errors"])
    assert parallel_data("status", "our-book", expected=1)["status"] == "FAILED"
    # What failed may be tried again, and what was there can come back.
    parallel_data("update", "our-book", long, expected=1)
    assert parallel_data("update", "our-book", file)["status"] == "ACTIVE"


def test_what_was_not_imported_is_counted_and_shown(parallel_data, tmp_path):
    rows = PAIRS + f"=SUM(A1),和\n{'long ' * 300},长\n"
    found = parallel_data("create", write(tmp_path, rows), expected=1)
    assert (found["sent"], found["imported"]) == (5, 3)
    assert (found["skipped"], found["failed"]) == (1, 1)
    assert "only 3 of 5 pairs were imported" in found["problems"][0]
    assert any("=SUM(A1)" in line for line in found["errors"])
    path = write(tmp_path, rows, "other.csv")
    assert parallel_data("create", path, "--threshold", "60")["problems"] == []


def test_one_import_at_a_time(parallel_data, amazon_with_s3, tmp_path):
    first = write(tmp_path)
    parallel_data("create", first, "--name", "one", "--no-wait")
    parallel_data("create", first, "--name", "two")
    assert parallel_data("status", "one")["status"] == "ACTIVE"
    assert parallel_data("status", "two")["status"] == "ACTIVE"
    refused = [
        each
        for each in amazon_with_s3.ledger.of("CreateParallelData")
        if each.error == "LimitExceededException"
    ]
    assert refused


def test_tags_and_the_key_go_with_it(parallel_data, translate, tmp_path, amazon):
    made = parallel_data(
        "create",
        write(tmp_path),
        *("--name", "tagged", "--tag", "team=docs", "--tag", "kind=book"),
        *("--key", "arn:aws:kms:us-east-1:123456789012:key/12345678"),
    )
    assert made["status"] == "ACTIVE"
    found = translate.get_parallel_data(Name="tagged")["ParallelDataProperties"]
    assert found["EncryptionKey"]["Id"].endswith("key/12345678")
    tags = translate.list_tags_for_resource(ResourceArn=found["Arn"])["Tags"]
    assert {each["Key"]: each["Value"] for each in tags} == {
        "team": "docs",
        "kind": "book",
    }


def test_delete(parallel_data, amazon_with_s3, tmp_path):
    parallel_data("create", write(tmp_path), "--name", "gone")
    assert parallel_data("delete", "gone") == {"deleted": "gone"}
    amazon_with_s3.advance(10, per_call_s=4)
    assert "no parallel data 'gone'" in parallel_data("delete", "gone", expected=2)
    assert "no parallel data 'gone'" in parallel_data("status", "gone", expected=2)
    assert parallel_data("create", write(tmp_path), "--name", "gone")["imported"] == 3


@pytest.mark.parametrize("suffix", ["tmx", "csv", "tsv"])
def test_what_align_writes_is_taken(parallel_data, s3, bucket, tmp_path, suffix):
    table = write(tmp_path, "en,zh-CN\nA tree = a plant,树\nThe root in zh-CN,根\n")
    pairs = tmp_path / f"pairs.{suffix}"
    words = ["align", table, table, "--source-language", "en", "--target-language"]
    assert main([*map(str, words), "zh", "-o", str(pairs)]) == 0
    assert "zh-CN" not in pairs.read_text(encoding="utf-8").replace("in zh-CN", "")
    made = parallel_data("create", pairs, "--name", "aligned")
    assert (made["imported"], made["targets"]) == (2, ["zh"])
    key = made["file"].removeprefix(f"s3://{bucket}/")
    sent = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    assert "The root in zh-CN" in sent


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.json", "{}", "none of .tmx, .csv, .tsv"),
        ("a.csv", "en,zh\n", "has no pair"),
        ("a.csv", "en,tlh\nA tree,Sor\n", "does not know the language 'tlh'"),
        ("a.csv", 'en,zh\n"A tree,树\n', "not a table"),
    ],
)
def test_a_file_that_cannot_be_taken_is_not_sent(
    parallel_data, amazon_with_s3, tmp_path, name, text, reason
):
    path = write(tmp_path, text, name)
    with pytest.raises(FileError, match=reason):
        Upload.read(path)
    assert reason in parallel_data("create", path, expected=2)
    assert amazon_with_s3.ledger.of() == []


@pytest.mark.parametrize(
    ("bucket_name", "reason"),
    [
        ("nowhere-2a7f", "no such S3 bucket"),
        ("Not A Bucket", "does not accept the request s3:HeadBucket"),
    ],
)
def test_a_bucket_that_is_not_there(parallel_data, tmp_path, bucket_name, reason):
    path = write(tmp_path)
    assert reason in parallel_data("create", path, "--bucket", bucket_name, expected=2)


def test_a_bucket_of_another_region(parallel_data, s3, tmp_path):
    s3.create_bucket(
        Bucket="books-elsewhere-91",
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
    )
    said = parallel_data(
        "create", write(tmp_path), "--bucket", "books-elsewhere-91", expected=2
    )
    assert "reads only buckets of its own region" in said
    assert "'eu-west-1'" in said


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("AccessDeniedException", "allow the action translate:CreateParallelData"),
        ("LimitExceededException", "a quota of the account"),
        ("TooManyTagsException", "does not accept the request"),
        ("InvalidRequestException", "does not accept the request"),
    ],
)
def test_a_create_that_is_refused(parallel_data, amazon, tmp_path, error, reason):
    amazon.inject(error=error, operation="CreateParallelData", times=None)
    assert reason in parallel_data("create", write(tmp_path), expected=2)
