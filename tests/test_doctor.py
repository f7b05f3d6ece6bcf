"""The doctor: each check where all is well, and where it is not."""

from __future__ import annotations

import json
from contextlib import suppress
from importlib.util import find_spec

import pytest

from sphinx_amts.cli import main

SECRETS = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI", "123456789012")
CONF = 'extensions = ["sphinx_amts"]\n'
AMAZON = f'{CONF}amts_engine = "amazon"\n'
ROLE = "arn:aws:iam::123456789012:role/books"


@pytest.fixture
def doctor(tmp_path, capsys):
    """Give ``doctor(conf, *words, expected=0)``: what it finds, by check."""

    def run(conf, *words, expected=0):
        (tmp_path / "conf.py").write_text(conf, encoding="utf-8")
        assert main(["doctor", str(tmp_path), "--json", *words]) == expected
        out, err = capsys.readouterr()
        assert err == ""
        assert not [secret for secret in SECRETS if secret in out]
        report = json.loads(out)
        assert report["ok"] == (expected == 0)
        return {
            each["check"]: (each["state"], each["says"]) for each in report["checks"]
        }

    return run


def test_a_book_without_an_account(doctor):
    found = doctor(f'{CONF}amts_engine = "memory"\n', "-l", "es")
    assert list(found) == ["versions", "settings", "engine"]
    assert {state for state, _says in found.values()} == {"ok"}


def test_lines_for_people(tmp_path, capsys):
    (tmp_path / "conf.py").write_text(f"{CONF}amts_html_notice = 3\n", encoding="utf-8")
    assert main(["doctor", str(tmp_path)]) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("ok      versions: Python 3")
    assert second.startswith("failed  settings: amts_html_notice is 3, but should be")


@pytest.mark.parametrize(
    ("conf", "check", "says"),
    [
        ("", "settings", 'add "sphinx_amts" to the extensions'),
        ("1 / 0\n", "settings", "ZeroDivisionError"),
        (f'{CONF}amts_engine = "none"\n', "engine", "there is no engine 'none'"),
        (f'{CONF}amts_role_arn = "books"\n', "settings", "role/translate"),
    ],
)
def test_faults_of_a_book(doctor, conf, check, says):
    state, text = doctor(conf, expected=1)[check]
    assert (state, says in text) == ("failed", True)


@pytest.mark.parametrize(
    ("words", "says"),
    [(["nowhere"], "there is no conf.py"), (["-l", "not a language"], "--language")],
)
def test_wrong_use(capsys, words, says):
    assert main(["doctor", *words]) == 2
    assert says in capsys.readouterr().err


def test_a_model_that_is_not_there(doctor, tmp_path):
    conf = f'{CONF}amts_engine_options = {{"cache_dir": {str(tmp_path)!r}}}\n'
    state, says = doctor(conf, "-l", "fi")["engine"]
    expected = "has no model" if find_spec("fxtranslate") else "fxtranslate is missing"
    assert expected in says
    assert state == ("unknown" if find_spec("fxtranslate") else "failed")


def test_chinese_search(doctor):
    found = doctor(f'{CONF}amts_engine = "memory"\n', "-l", "zh")
    assert found["search"] == ("ok", "jieba is there for Chinese")


# AWS


@pytest.fixture
def account(amazon_with_s3, aws_variables, bucket, make_client):
    """Lead to an account with a bucket and a role; return the server and the bucket."""
    aws_variables(amazon_with_s3)
    iam = make_client(amazon_with_s3, "iam")
    trust = {"Statement": [{"Principal": {"Service": "translate.amazonaws.com"}}]}
    for name, policy in (("books", trust), ("others", {"Statement": []})):
        # One moto serves all tests: the role may be there.
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy))
    return amazon_with_s3, bucket


def test_an_account_in_which_all_is_well(account, doctor, tmp_path, capsys):
    _server, bucket = account
    (tmp_path / "terms.csv").write_text("en,es\ntree,árbol\n", encoding="utf-8")
    conf = (
        f'{AMAZON}amts_s3_bucket = "{bucket}"\namts_role_arn = "{ROLE}"\n'
        'amts_terminology = "terms.csv"\n'
    )
    state, says = doctor(conf, "-l", "es", expected=1)["terminology"]
    assert state == "failed"
    assert main(says.rpartition("Run: sphinx-amts ")[2].split()) == 0
    capsys.readouterr()
    found = doctor(conf, "-l", "es")
    assert list(found)[3:] == [
        *("boto3", "account", "translate", "pair"),
        *("terminology", "bucket", "role"),
    ]
    assert {state for state, _says in found.values()} == {"ok"}
    assert "region 'us-east-1'" in found["account"][1]
    assert "en to es" in found["pair"][1]


def test_aws_is_looked_at_when_asked_for(account, doctor):
    conf = f'{CONF}amts_engine = "memory"\n'
    assert "account" not in doctor(conf)
    assert list(doctor(conf, "--aws"))[3:] == ["boto3", "account", "translate"]


@pytest.mark.parametrize(
    ("lines", "check", "says"),
    [
        ('amts_terminology = "none"', "terminology", "there is no terminology 'none'"),
        ('amts_terminology = "none.csv"', "engine", "none.csv: cannot be read"),
        ('amts_s3_bucket = "no-such-bucket"', "bucket", "there is no bucket"),
        (f'amts_role_arn = "{ROLE}s"', "role", "there is no role 'bookss'"),
        (
            f'amts_role_arn = "{ROLE.replace("books", "others")}"',
            "role",
            "may not take the role 'others'",
        ),
        ('amts_aws_profile = "none"', "account", "no such profile"),
    ],
)
def test_faults_of_an_account(account, doctor, lines, check, says):
    state, text = doctor(f"{AMAZON}{lines}\n", expected=1)[check]
    assert (state, says in text) == ("failed", True)


def test_a_bucket_in_another_region(account, doctor, make_client):
    server, _bucket = account
    name = "books-of-the-west"
    place = {"LocationConstraint": "us-west-2"}
    make_client(server, "s3", "us-west-2").create_bucket(
        Bucket=name, CreateBucketConfiguration=place
    )
    conf = f'{AMAZON}amts_aws_region = "us-east-1"\namts_s3_bucket = "{name}"\n'
    state, text = doctor(conf, expected=1)["bucket"]
    assert (state, "is in 'us-west-2'" in text) == ("failed", True)


def test_a_language_that_the_service_lacks(account, doctor):
    state, text = doctor(AMAZON, "-l", "eu", expected=1)["pair"]
    assert (state, "Near it are: es" in text) == ("failed", True)


def test_what_may_not_be_asked_is_no_fault(account, doctor):
    server, _bucket = account
    server.change(denied=["ListLanguages", "GetTerminology"])
    found = doctor(f'{AMAZON}amts_terminology = "trees"\n', "-l", "es")
    state, says = found["translate"]
    assert (state, "translate:ListLanguages" in says) == ("unknown", True)
    assert found["pair"][0] == "ok"
    state, says = found["terminology"]
    assert (state, "translate:GetTerminology" in says) == ("unknown", True)


@pytest.mark.parametrize(
    ("error", "says"),
    [("ExpiredTokenException", "expired"), ("NotAuthorizedException", "not serve")],
)
def test_a_service_that_refuses(account, doctor, error, says):
    server, _bucket = account
    server.inject(error=error, times=None)
    state, text = doctor(AMAZON, expected=1)["translate"]
    assert (state, says in text) == ("failed", True)
    assert server.ledger.of("TranslateText") == []


def test_without_credentials_the_rest_is_left_out(account, doctor, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "")
    found = doctor(AMAZON, expected=1)
    state, text = found["account"]
    assert (state, "no AWS credentials" in text) == ("failed", True)
    assert list(found)[-1] == "account"
