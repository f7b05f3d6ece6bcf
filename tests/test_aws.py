"""The door to AWS: clients, what errors mean, how often to call."""

from __future__ import annotations

import inspect
import threading
import time

import pytest
from books import run

pytest.importorskip("boto3", reason="needs boto3")

import botocore.exceptions
import botocore.retries.standard as retries
import botocore.session
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from sphinx_amts.aws.client import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, open_client
from sphinx_amts.aws.errors import (
    CLIENT_ERRORS,
    SERVICE_ERRORS,
    Access,
    Fault,
    IncompleteAnswer,
    trouble_of,
)
from sphinx_amts.aws.pace import Pace
from sphinx_amts.errors import EngineUnavailable, SegmentError, UnsupportedPair

pytestmark = pytest.mark.aws

ACCESS = Access("us-east-1", "docs")
SECRETS = ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI", "FwoGZXIvYXdzE", "hunter2"]
"""Pieces of a key, a secret key, a session token and a proxy's password."""


def answered(code, status=400, headers=(), operation="TranslateText"):
    """Return what boto3 raises for an answer; its message is full of secrets."""
    return ClientError(
        {
            "Error": {"Code": code, "Message": f"at {' '.join(SECRETS)}."},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "HTTPHeaders": dict(headers),
            },
        },
        operation,
    )


# Clients


def test_a_client_has_the_settings_it_was_opened_with(amazon, aws_variables):
    aws_variables(amazon, region="eu-west-1")
    client = open_client("translate", Access(), connections=24, attempts=1)
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (
        CONNECT_TIMEOUT_S,
        READ_TIMEOUT_S,
    )
    assert config.max_pool_connections == 24
    assert config.retries == {"mode": "standard", "total_max_attempts": 1}
    assert client.meta.region_name == "eu-west-1"
    assert client.meta.endpoint_url == amazon.url
    client.close()
    other = open_client("translate", Access("us-west-2"))
    assert other.meta.region_name == "us-west-2"
    assert other.meta.config.retries["total_max_attempts"] > 1
    other.close()


@pytest.mark.parametrize(
    ("lacking", "access", "message"),
    [
        ("AWS_DEFAULT_REGION", Access(), "Set amts_aws_region or AWS_DEFAULT_REGION"),
        ("AWS_ACCESS_KEY_ID", Access(), "no AWS credentials"),
        ("", Access(profile="nobody"), "no such profile .*'nobody'.*amts_aws_profile"),
        ("", Access("us east"), "none of that name .*'us east'"),
    ],
)
def test_what_is_lacking_is_named(
    amazon, aws_variables, monkeypatch, lacking, access, message
):
    aws_variables(amazon)
    monkeypatch.delenv(lacking, raising=False)
    if lacking == "AWS_ACCESS_KEY_ID":
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(EngineUnavailable, match=message):
        open_client("translate", access)


def test_a_damaged_configuration_is_named_and_not_shown(
    amazon, aws_variables, monkeypatch, tmp_path
):
    aws_variables(amazon)
    config = tmp_path / "config"
    config.write_text(f"[default\naws_secret_access_key = {SECRETS[1]}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with pytest.raises(EngineUnavailable, match="AWS configuration cannot") as raised:
        open_client("translate", Access())
    assert SECRETS[1] not in str(raised.value)
    assert raised.value.__suppress_context__, "nor in a traceback"


def test_boto3_is_imported_by_who_needs_it(tmp_path):
    code = """
import sys
import sphinx_amts.engines.amazon.realtime, sphinx_amts.hosts.sphinx.extension
print(sorted({"boto3", "botocore"} & set(sys.modules)))
sys.modules["boto3"] = None
from sphinx_amts.aws.client import open_client
from sphinx_amts.aws.errors import Access
try:
    open_client("translate", Access("us-east-1"))
except sphinx_amts.errors.EngineUnavailable as error:
    print(error)
"""
    done = run(["-c", code], tmp_path, cwd=tmp_path)
    assert done.stdout.splitlines() == [
        "[]",
        "boto3 is missing. Install it: python -m pip install 'sphinx_amts[amazon]'",
    ]


# Errors


def test_the_table_knows_every_error_of_the_service():
    service = botocore.session.get_session().get_service_model("translate")
    names = {
        shape.name
        for operation in service.operation_names
        for shape in service.operation_model(operation).error_shapes
    }
    assert {"TooManyRequestsException", "UnsupportedLanguagePairException"} <= names
    assert names <= set(SERVICE_ERRORS)


def test_the_table_knows_every_error_of_a_model():
    service = botocore.session.get_session().get_service_model("bedrock-runtime")
    shapes = service.operation_model("Converse").error_shapes
    names = {shape.name for shape in shapes}
    assert {"ThrottlingException", "ModelErrorException"} <= names
    assert names <= set(SERVICE_ERRORS)


def test_the_table_knows_every_error_of_dynamodb():
    service = botocore.session.get_session().get_service_model("dynamodb")
    names = {
        shape.name
        for operation in (
            *("BatchGetItem", "CreateTable", "DescribeTable", "DescribeTimeToLive"),
            *("UpdateItem", "UpdateTimeToLive"),
        )
        for shape in service.operation_model(operation).error_shapes
    }
    assert "ConditionalCheckFailedException" in names
    assert names <= set(SERVICE_ERRORS)


def test_the_table_knows_what_botocore_would_ask_again_for():
    throttled = set(retries.ThrottledRetryableChecker._THROTTLED_ERROR_CODES)
    # Amazon Translate uses this name for quotas, which no waiting helps against.
    throttled -= {"LimitExceededException"}
    assert {SERVICE_ERRORS[name].fault for name in throttled} == {Fault.THROTTLED}
    passing = set(retries.TransientRetryableChecker._TRANSIENT_ERROR_CODES) - throttled
    assert {SERVICE_ERRORS[name].fault for name in passing} == {Fault.PASSING}


OF_BOTOCORE = [
    error
    for error in vars(botocore.exceptions).values()
    if inspect.isclass(error) and issubclass(error, BotoCoreError)
]


def test_every_class_of_the_table_is_there():
    known = {error.__name__ for error in OF_BOTOCORE}
    known |= {"OSError", "ValueError", "Exception"}
    known |= {"LoginError"}  # what older botocore lacks
    known |= {ResponseParserError.__name__, IncompleteAnswer.__name__}
    assert set(CLIENT_ERRORS) <= known


class _Anything(dict):
    """What an exception's text wants to know: anything, and full of secrets."""

    def __missing__(self, name):
        return " ".join(SECRETS)


def raisable(kind):
    """Make an exception of botocore with secrets in its text."""
    error = kind.__new__(kind)
    Exception.__init__(error, kind.fmt.format_map(_Anything()))
    return error


@pytest.mark.parametrize("kind", OF_BOTOCORE, ids=lambda kind: kind.__name__)
def test_every_error_of_botocore_has_a_remedy_and_no_secret(kind):
    trouble = trouble_of(raisable(kind), "TranslateText", ACCESS)
    assert isinstance(trouble.error, EngineUnavailable | SegmentError)
    check_message(str(trouble.error))


@pytest.mark.parametrize("name", sorted(SERVICE_ERRORS))
def test_every_error_of_the_service_has_a_remedy_and_no_secret(name):
    trouble = trouble_of(answered(name), "TranslateText", ACCESS)
    assert trouble.name == name
    check_message(str(trouble.error))
    assert f"[{name}]" in str(trouble.error)


def check_message(message):
    """Hold that a message says what to do, is complete, and has no secret."""
    assert not any(secret in message for secret in SECRETS)
    assert "{" not in message
    assert message.count("(") == message.count(")")
    assert len(message) < 400
    sentences = message.rpartition(" [")[0]
    assert sentences.endswith(".")


@pytest.mark.parametrize(
    ("error", "fault", "kind"),
    [
        (answered("TooManyRequestsException", 429), Fault.THROTTLED, EngineUnavailable),
        (answered("Whatever", 429), Fault.THROTTLED, EngineUnavailable),
        (answered("InternalServerException", 500), Fault.PASSING, EngineUnavailable),
        (answered("502", 502), Fault.PASSING, EngineUnavailable),
        (answered("Whatever", 418), Fault.FINAL, EngineUnavailable),
        (answered("com.amazon#ThrottlingException"), Fault.THROTTLED, None),
        (answered("UnsupportedLanguagePairException"), Fault.FINAL, UnsupportedPair),
        (answered("TextSizeLimitExceededException"), Fault.TEXT, SegmentError),
        (answered("NotAuthorizedException"), Fault.FINAL, EngineUnavailable),
        (ResponseParserError(SECRETS[0]), Fault.PASSING, EngineUnavailable),
        (OSError(SECRETS[0]), Fault.UNREACHABLE, EngineUnavailable),
        (KeyError(SECRETS[0]), Fault.FINAL, EngineUnavailable),
        (IncompleteAnswer(), Fault.PASSING, EngineUnavailable),
    ],
    ids=lambda value: getattr(value, "name", None) or str(value)[:50],
)
def test_what_an_error_means(error, fault, kind):
    trouble = trouble_of(error, "TranslateText", ACCESS)
    assert trouble.fault is fault
    assert isinstance(trouble.error, kind or EngineUnavailable)
    check_message(str(trouble.error))


def test_a_name_may_be_forged():
    error = answered(f"{SECRETS[0]} at {SECRETS[3]}!")
    assert "an error without a name" in str(trouble_of(error, "X", ACCESS).error)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("AccessDeniedException", "allow the action translate:TranslateText"),
        ("NotAuthorizedException", "Set amts_aws_region"),
        ("ExpiredTokenException", "aws sso login"),
        ("ResourceNotFoundException", "amts_terminology"),
        ("ThrottlingException", "Lower amts_requests_per_second"),
    ],
)
def test_the_remedy_is_the_right_one(name, says):
    assert says in str(trouble_of(answered(name), "TranslateText", ACCESS).error)


@pytest.mark.parametrize(
    ("headers", "wished_s"),
    [
        ({"x-amz-retry-after": "1500"}, 1.5),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "86400"}, 30.0),
        ({"retry-after": "-1"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0.0),
        ({}, 0.0),
    ],
)
def test_a_wish_to_be_asked_later_is_heard(headers, wished_s):
    error = answered("ThrottlingException", headers=headers)
    assert trouble_of(error, "TranslateText", ACCESS).retry_after_s == wished_s


# How often to call


def let_go(pace, count, threads=8, size=100):
    """Make calls that take no time; return when each went, from the first on."""
    times = []
    left = iter(range(count))

    def work():
        while next(left, None) is not None:
            began = pace.wait(size)
            if began is None:
                return
            times.append(began)
            pace.end(began)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=20)
    assert not any(worker.is_alive() for worker in workers)
    times.sort()
    return [moment - times[0] for moment in times]


def test_calls_go_at_the_rate_and_never_faster():
    rate = 100
    times = let_go(Pace(rate), 60)
    assert times[-1] >= (59 - rate * Pace.BURST_S) / rate
    assert times[-1] < 1.5
    for second in (0.0, 0.2):
        within = sum(second <= moment < second + 0.25 for moment in times)
        assert within <= rate * (0.25 + Pace.BURST_S) + 1


def test_bytes_count_too():
    times = let_go(Pace(1000, bytes_per_s=10_000), 11, size=500)
    assert times[-1] >= 10 * 500 / 10_000 - Pace.BURST_S


def test_after_throttling_all_wait_and_one_tries():
    pace = Pace(1000)
    first, second = pace.wait(1), pace.wait(1)
    pace.end(first, Fault.THROTTLED)
    assert pace.rate == Pace.SLOWER
    pace.end(second, Fault.THROTTLED)  # it says nothing new
    assert pace.rate == Pace.SLOWER
    began = pace.wait(1)
    assert began - first >= Pace.FIRST_PAUSE_S / 2
    waiting = threading.Thread(target=pace.wait, args=(1,))
    waiting.start()
    time.sleep(0.05)
    assert waiting.is_alive(), "one call tries, the others wait for it"
    pace.end(began)
    waiting.join(timeout=5)
    assert not waiting.is_alive()


def test_a_service_may_say_how_long_to_wait():
    pace = Pace(1000)
    began = pace.wait(1)
    pace.end(began, Fault.THROTTLED, retry_after_s=0.8)
    assert pace.wait(1) - began >= 0.8


def test_a_single_fault_stops_nobody_but_many_do():
    pace = Pace(1000)
    for number in range(Pace.FAULTS_IN_A_ROW):
        began = pace.wait(1)
        pace.end(began, Fault.PASSING)
        resumed = pace.wait(1)
        paused = resumed - began >= Pace.FIRST_PAUSE_S / 2
        assert paused == (number == Pace.FAULTS_IN_A_ROW - 1)
        pace._running -= 1


def test_who_waits_is_let_off_when_all_stops():
    pace = Pace(0.01)
    pace.wait(1)
    found = []
    waiting = [
        threading.Thread(target=lambda: found.append(pace.wait(1))) for _ in range(3)
    ]
    for each in waiting:
        each.start()
    pace.stop()
    for each in waiting:
        each.join(timeout=5)
    assert found == [None] * 3
