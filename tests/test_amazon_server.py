"""The local Amazon Translate: its answers to an unmodified boto3, and its failures."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

boto3 = pytest.importorskip("boto3", reason="needs boto3")

from amazon_server import model  # noqa: E402, only where there is boto3
from amazon_server.behaviour import KINDS, Behaviour, Limiter  # noqa: E402
from amazon_server.languages import LANGUAGES  # noqa: E402
from amazon_server.service import MAX_TEXT_BYTES  # noqa: E402
from botocore.exceptions import (  # noqa: E402
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    HTTPClientError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.loaders import Loader  # noqa: E402

pytestmark = pytest.mark.aws

PAIR = {"SourceLanguageCode": "en", "TargetLanguageCode": "es"}
ROLE = "arn:aws:iam::123456789012:role/translate"
TEXT = {"Text": "A tree.", **PAIR}
CONFIG = {"S3Uri": "s3://books/pairs.tmx", "Format": "TMX"}
ARN = "arn:aws:translate:us-east-1:123456789012:terminology/terms/LATEST"
TOKEN = {"ClientToken": "token-1"}

REQUESTS = {
    "CreateParallelData": {"Name": "pairs", "ParallelDataConfig": CONFIG, **TOKEN},
    "DeleteParallelData": {"Name": "pairs"},
    "DeleteTerminology": {"Name": "terms"},
    "DescribeTextTranslationJob": {"JobId": "1"},
    "GetParallelData": {"Name": "pairs"},
    "GetTerminology": {"Name": "terms"},
    "ImportTerminology": {
        "Name": "terms",
        "MergeStrategy": "OVERWRITE",
        "TerminologyData": {"File": b"en,es\ntree,\xc3\xa1rbol\n", "Format": "CSV"},
    },
    "ListLanguages": {},
    "ListParallelData": {},
    "ListTagsForResource": {"ResourceArn": ARN},
    "ListTerminologies": {},
    "ListTextTranslationJobs": {},
    "StartTextTranslationJob": {
        "InputDataConfig": {"S3Uri": "s3://books/in/", "ContentType": "text/html"},
        "OutputDataConfig": {"S3Uri": "s3://books/out/"},
        "DataAccessRoleArn": ROLE,
        "SourceLanguageCode": "en",
        "TargetLanguageCodes": ["es"],
        **TOKEN,
    },
    "StopTextTranslationJob": {"JobId": "1"},
    "TagResource": {"ResourceArn": ARN, "Tags": [{"Key": "a", "Value": "b"}]},
    "TranslateDocument": {
        "Document": {"Content": b"A tree.", "ContentType": "text/plain"},
        **PAIR,
    },
    "TranslateText": TEXT,
    "UntagResource": {"ResourceArn": ARN, "TagKeys": ["a"]},
    "UpdateParallelData": {"Name": "pairs", "ParallelDataConfig": CONFIG, **TOKEN},
}
"""A good request for each operation."""


@pytest.fixture
def ask(translate):
    """Give ``ask(operation, **changes)``, which asks with `REQUESTS`."""

    def send(operation, client=translate, **changes):
        method = client.meta.method_to_api_mapping
        (name,) = (name for name, api in method.items() if api == operation)
        return getattr(client, name)(**{**REQUESTS[operation], **changes})

    return send


@pytest.fixture
def cbor_client(amazon, aws_variables, monkeypatch, tmp_path):
    """An unmodified boto3 that has a model with only CBOR in it."""
    description = Loader().load_service_model("translate", "service-2")
    if "smithy-rpc-v2-cbor" not in description["metadata"].get("protocols", ()):
        pytest.skip("this botocore has no CBOR for the service")
    folder = tmp_path / "translate" / "2017-07-01"
    folder.mkdir(parents=True)
    description["metadata"]["protocols"] = ["smithy-rpc-v2-cbor"]
    (folder / "service-2.json").write_text(json.dumps(description))
    aws_variables(amazon)
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    client = boto3.session.Session().client("translate")
    yield client
    client.close()


def code_of(raised):
    error = raised.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]


def post(url, body, **headers):
    """Send what boto3 would not; return status, headers and body."""
    request = Request(url, body, headers, method="POST")
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


# Operations


def test_there_is_a_request_for_each_operation():
    assert set(REQUESTS) == set(model.service().operation_names)


@pytest.mark.parametrize("operation", sorted(REQUESTS))
def test_each_operation_is_served(operation, ask, amazon):
    # There is nothing yet that could be found, and no S3.
    known = {"", "ResourceNotFoundException", "InvalidRequestException"}
    with suppress(ClientError):
        ask(operation)
    (request,) = amazon.ledger.of()
    assert request.operation == operation
    assert request.error in known


def test_another_operation_is_unknown(amazon):
    status, _, body = post(
        amazon.url,
        b"{}",
        Authorization="AWS4-HMAC-SHA256 Credential=a/20261121/us-east-1/translate/x",
        **{"X-Amz-Target": "AWSShineFrontendService_20170701.TranslateSpeech"},
    )
    assert (status, json.loads(body)["__type"]) == (400, "UnknownOperationException")


def test_text(translate):
    answer = translate.translate_text(
        Text="A tree, 2 m.",
        Settings={"Formality": "FORMAL", "Profanity": "MASK", "Brevity": "ON"},
        **PAIR,
    )
    assert answer["TranslatedText"] == "Ǎ ṯṟěě, 2 m."
    assert answer["SourceLanguageCode"] == "en"
    assert answer["AppliedSettings"]["Formality"] == "FORMAL"
    assert "AppliedTerminologies" not in answer


def test_formality_is_ignored_for_a_language_without_it(translate):
    answer = translate.translate_text(
        Text="A tree.",
        SourceLanguageCode="auto",
        TargetLanguageCode="zh",
        Settings={"Formality": "FORMAL"},
    )
    assert answer["AppliedSettings"] == {}
    assert answer["SourceLanguageCode"] == "en"


def test_each_language_is_another(translate):
    answers = {
        translate.translate_text(
            Text="A tree on a hill", SourceLanguageCode="en", TargetLanguageCode=code
        )["TranslatedText"]
        for code in LANGUAGES
    }
    assert len(answers) == len(LANGUAGES) - len({"zh", "zh-TW", "ja"}) + 1


def test_the_same_language_costs_nothing(translate, amazon):
    same = {"SourceLanguageCode": "en", "TargetLanguageCode": "en"}
    assert (
        translate.translate_text(Text="A tree.", **same)["TranslatedText"] == "A tree."
    )
    assert amazon.ledger.billed_characters == 0


@pytest.mark.parametrize(
    ("content", "kind", "translated"),
    [
        ("A tree.\n\n B\n", "text/plain", "Ǎ ṯṟěě.\n\n Ḇ\n"),
        ("1 < 2 & <b>a</b>", "text/plain", "1 < 2 & <ḇ>ǎ</ḇ>"),
        (
            "<html><p>A <b>tree</b> &lt; 2</p></html>",
            "text/html",
            "<html><p>Ǎ <b>ṯṟěě</b> &lt; 2</p></html>",
        ),
        ("<p>A tree</p>", "text/html", "<p>A tree</p>"),  # not inside <html>
    ],
)
def test_document(translate, content, kind, translated):
    document = {"Content": content.encode(), "ContentType": kind}
    answer = translate.translate_document(Document=document, **PAIR)
    assert answer["TranslatedDocument"]["Content"].decode() == translated


def test_languages_page_by_page(translate):
    found, token = [], {}
    while True:
        answer = translate.list_languages(MaxResults=20, **token)
        assert len(answer["Languages"]) <= 20
        found += [each["LanguageCode"] for each in answer["Languages"]]
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert sorted(found) == sorted([*LANGUAGES, "auto"])
    assert len(LANGUAGES) == 75


# Errors


def test_each_error_of_the_model_can_be_had(translate, ask, amazon):
    for operation in model.service().operation_names:
        for shape in model.operation(operation).error_shapes:
            amazon.inject(error=shape.name, operation=operation)
            known = getattr(translate.exceptions, shape.name)
            with pytest.raises(known) as raised:
                ask(operation)
            status = model.status(shape.name)
            assert code_of(raised) == (shape.name, status)


def test_what_older_models_do_not_say_is_what_newer_ones_say():
    for shape in model.service().error_shapes:
        status = model.STATUS.get(shape.name, 400)
        known = shape.metadata.get("error", {})
        assert known.get("httpStatusCode", status) == status


FAILURES = [
    ("TranslateText", {"TargetLanguageCode": "eu"}, "UnsupportedLanguagePairException"),
    ("TranslateText", {"TerminologyNames": ["none"]}, "ResourceNotFoundException"),
    ("TranslateText", {"TerminologyNames": ["a", "b"]}, "InvalidRequestException"),
    (
        "TranslateText",
        {"Text": "12 + 3", "SourceLanguageCode": "auto"},
        "DetectedLanguageLowConfidenceException",
    ),
    (
        "TranslateDocument",
        {"Document": {"Content": b"a" * 100_001, "ContentType": "text/plain"}},
        "LimitExceededException",
    ),
    (
        "TranslateDocument",
        {"SourceLanguageCode": "fr"},
        "UnsupportedLanguagePairException",
    ),
    (
        "TranslateDocument",
        {"TargetLanguageCode": "zh", "Settings": {"Formality": "FORMAL"}},
        "InvalidRequestException",
    ),
    (
        "TranslateDocument",
        {"Document": {"Content": b"\xff", "ContentType": "text/plain"}},
        "InvalidRequestException",
    ),
    ("TranslateDocument", {"TerminologyNames": ["no"]}, "ResourceNotFoundException"),
    (
        "ListLanguages",
        {"DisplayLanguageCode": "nl"},
        "UnsupportedDisplayLanguageCodeException",
    ),
    ("ListLanguages", {"NextToken": "x"}, "InvalidParameterValueException"),
    ("ListTextTranslationJobs", {"NextToken": "x"}, "InvalidRequestException"),
    (
        "ListTextTranslationJobs",
        {"Filter": {"JobName": "a", "JobStatus": "FAILED"}},
        "InvalidFilterException",
    ),
    ("DescribeTextTranslationJob", {}, "ResourceNotFoundException"),
    ("StopTextTranslationJob", {}, "ResourceNotFoundException"),
    ("GetTerminology", {}, "ResourceNotFoundException"),
    ("DeleteTerminology", {}, "ResourceNotFoundException"),
    ("GetParallelData", {}, "ResourceNotFoundException"),
    ("UpdateParallelData", {}, "ResourceNotFoundException"),
    ("DeleteParallelData", {}, "ResourceNotFoundException"),
    ("TagResource", {}, "ResourceNotFoundException"),
    ("TagResource", {"ResourceArn": "x"}, "InvalidParameterValueException"),
    (
        "ImportTerminology",
        {"TerminologyData": {"File": b"en\ntree\n", "Format": "CSV"}},
        "InvalidParameterValueException",
    ),
    (
        "ImportTerminology",
        {"Tags": [{"Key": str(n), "Value": ""} for n in range(51)]},
        "TooManyTagsException",
    ),
]


@pytest.mark.parametrize(("operation", "changes", "error"), FAILURES)
def test_a_wrong_request_is_refused(ask, operation, changes, error):
    with pytest.raises(ClientError) as raised:
        ask(operation, **changes)
    assert code_of(raised) == (error, model.status(error))


def test_an_error_brings_its_members(ask, translate):
    with pytest.raises(translate.exceptions.UnsupportedLanguagePairException) as raised:
        ask("TranslateText", TargetLanguageCode="eu")
    assert raised.value.response["TargetLanguageCode"] == "eu"
    assert "Target language 'eu' is not supported" in str(raised.value)


def test_the_language_auto_needs_a_right_of_its_own(amazon, ask):
    amazon.change(denied=("comprehend:DetectDominantLanguage",))
    assert ask("TranslateText")
    with pytest.raises(ClientError, match="DownstreamDependencyAccessDenied") as raised:
        ask("TranslateText", SourceLanguageCode="auto")
    assert code_of(raised) == ("AccessDeniedException", 400)


# Limits that botocore does not check


@pytest.mark.parametrize(
    "text", ["a" * MAX_TEXT_BYTES, "\u4e66" * 3333], ids=["letters", "signs"]
)
def test_a_text_has_ten_thousand_bytes(ask, text):
    assert ask("TranslateText", Text=text)
    with pytest.raises(ClientError) as raised:
        ask("TranslateText", Text=text + "\u4e66")
    assert code_of(raised) == ("TextSizeLimitExceededException", 400)


LIMITS = {
    # Shape: a value at its limit, values past it.
    "BoundedLengthString": ("a" * 10_000, ["", "a" * 10_001]),
    "Brevity": ("ON", ["OFF"]),
    "ClientTokenString": ("a" * 64, ["", "a" * 65, "a_b"]),
    "ContentType": ("text/html", ["html", "a/" + "b" * 255]),
    "Description": ("a" * 256, ["a" * 257]),
    "Directionality": ("MULTI", ["BOTH"]),
    "DisplayLanguageCode": ("zh-TW", ["nl"]),
    "DocumentContent": (b"a" * 102_400, [b"a" * 102_401]),
    "EncryptionKeyID": ("alias/books", ["", "a b", "a" * 401]),
    "EncryptionKeyType": ("KMS", ["AES"]),
    "Formality": ("INFORMAL", ["formal"]),
    "IamRoleArn": (ROLE, ["arn:aws:iam::1:role/a", "arn:aws:iam::1:r/a", ROLE * 60]),
    "JobId": ("a" * 32, ["", "a" * 33, "a#b"]),
    "JobName": ("Bücher: 図書 1/2 +a-b@c%", ["", "a" * 257, "a#b"]),
    "JobStatus": ("COMPLETED_WITH_ERROR", ["DONE"]),
    "LanguageCodeString": ("zh-TW", ["e", "zh-Hant"]),
    "MaxResultsInteger": (500, [0, 501]),
    "MergeStrategy": ("OVERWRITE", ["APPEND"]),
    "NextToken": ("a" * 8192, ["a" * 8193, "\u00e9"]),
    "ParallelDataFormat": ("TMX", ["XLIFF"]),
    "Profanity": ("MASK", ["ALLOW"]),
    "ResourceArn": ("a" * 512, ["", "a" * 513]),
    "ResourceName": ("Terms_of-book_2", ["", "a__b", "a b", "\u00e9", "a" * 257]),
    "S3Uri": ("s3://books/in/", ["s3://Books/in", "books/in", "s3://b/" + "a" * 1024]),
    "TagKey": ("a" * 128, ["", "a" * 129]),
    "TagKeyList": (["a"] * 200, [["a"] * 201]),
    "TagList": (
        [{"Key": "a", "Value": "b"}] * 200,
        [[{"Key": "a", "Value": "b"}] * 201],
    ),
    "TagValue": ("a" * 256, ["a" * 257]),
    "TargetLanguageCodeStringList": (["es"], [[]]),
    "TerminologyDataFormat": ("TSV", ["XLSX"]),
    "TerminologyFile": (b"a" * 10_485_760, [b"a" * 10_485_761]),
}


def limited(shape, path=()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield where in a shape there are limits, and their shapes' names."""
    if set(shape.metadata) & {"min", "max", "pattern", "enum"}:
        yield path, shape.name
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from limited(member, (*path, name))
    elif shape.type_name == "list":
        yield from limited(shape.member, (*path, "[]"))


PLACES = [
    (operation, path, shape)
    for operation in model.service().operation_names
    for path, shape in limited(model.operation(operation).input_shape)
]


def put(members, path, value):
    """Return members with a value at a path, and what that needs around it."""
    if not path:
        return value
    if path[0] == "[]":
        return [put({}, path[1:], value)]
    whole = {"Key": "a", "Value": "b"} if path[0] in ("Key", "Value") else {}
    whole = {"Type": "KMS", "Id": "a"} if path[0] in ("Type", "Id") else whole
    inner = members.get(path[0], {}) if isinstance(members, dict) else {}
    return {**whole, **members, path[0]: put(inner, path[1:], value)}


def test_the_limits_are_all_of_the_model():
    assert {shape for _, _, shape in PLACES} == set(LIMITS)


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_lets_pass_what_is_right_and_nothing_else(name):
    shape = model.service().shape_for(name)
    good, bad = LIMITS[name]
    assert list(model.problems(shape, good)) == []
    for each in bad:
        assert list(model.problems(shape, each)) != []


def test_limits_hold_wherever_they_are(ask):
    for operation, path, shape in PLACES:
        for value in LIMITS[shape][1]:
            changed = put(REQUESTS[operation], path, value)
            try:
                ask(operation, **changed)
            except ParamValidationError:  # minima are known to botocore
                continue
            except ClientError as error:
                code = error.response["Error"]["Code"]
                expected = {
                    "BoundedLengthString": "TextSizeLimitExceededException",
                    "DisplayLanguageCode": "UnsupportedDisplayLanguageCodeException",
                }.get(shape, "ValidationException")
                assert code == expected, (operation, path, value)
            else:
                pytest.fail(f"{operation} takes {value!r} at {path}")


def test_the_error_of_a_limit_is_a_setting(amazon, ask):
    amazon.change(validation_error="InvalidParameterValueException")
    with pytest.raises(ClientError) as raised:
        ask("DescribeTextTranslationJob", JobId="#")
    assert code_of(raised) == ("InvalidParameterValueException", 400)


def test_the_message_names_all_that_is_wrong(ask):
    with pytest.raises(ClientError, match="2 validation errors detected") as raised:
        ask("DescribeTextTranslationJob", JobId="#" * 33)
    assert "at 'jobId' failed to satisfy constraint" in str(raised.value)


def test_what_botocore_finds_wrong_the_server_does_too(translate):
    shape = model.operation("TranslateText").input_shape
    kinds = [
        ({"Text": "a", "SourceLanguageCode": "en"}, "required"),
        ({**TEXT, "Text": 7}, "type"),
        ({**TEXT, "Text": ""}, "min"),
        ({**TEXT, "More": "a"}, "unknown"),
    ]
    for members, kind in kinds:
        assert kind in {each.kind for each in model.problems(shape, members)}
        with pytest.raises(ParamValidationError):
            translate.translate_text(**members)


def test_patterns_are_those_of_a_library_that_knows_unicode():
    regex = pytest.importorskip("regex", reason="needs regex to compare with")
    pattern = model.service().shape_for("JobName").metadata["pattern"]
    for code in range(0x3000):
        sign = chr(code)
        theirs = bool(regex.fullmatch(pattern, sign))
        # The two may know different versions of Unicode.
        if regex.fullmatch(r"\P{Cn}", sign) and sign.isprintable():
            assert bool(model.compiled(pattern).fullmatch(sign)) == theirs, hex(code)


# The two ways of writing


def test_cbor_by_boto3(cbor_client, ask, amazon):
    asked = ask("TranslateText", cbor_client, Text="A tree & a b\u00fccher")
    assert asked["TranslatedText"] == "Ǎ ṯṟěě & ǎ ḇüc̱ẖěṟ".replace("c̱", "c")
    headers = asked["ResponseMetadata"]["HTTPHeaders"]
    assert headers["smithy-protocol"] == "rpc-v2-cbor"
    document = ask("TranslateDocument", cbor_client)["TranslatedDocument"]
    assert document["Content"].decode() == "Ǎ ṯṟěě."
    terminology = ask("ImportTerminology", cbor_client)["TerminologyProperties"]
    assert abs(terminology["CreatedAt"].timestamp() - time.time()) < 60
    assert terminology["SizeBytes"] == len(b"en,es\ntree,\xc3\xa1rbol\n")


def test_cbor_has_each_error_too(cbor_client, ask, amazon):
    for name, shape in model.errors().items():
        amazon.inject(error=name)
        with pytest.raises(getattr(cbor_client.exceptions, name)) as raised:
            ask("TranslateText", cbor_client)
        assert code_of(raised) == (name, shape.metadata["error"]["httpStatusCode"])


AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=a/20261121/us-east-1/translate/x"


def test_cbor_by_hand(amazon):
    cbor2 = pytest.importorskip("cbor2", reason="needs cbor2")
    url = f"{amazon.url}/service/AWSShineFrontendService_20170701/operation"
    headers = {"Authorization": AUTHORIZATION, "Smithy-Protocol": "rpc-v2-cbor"}
    status, got, body = post(f"{url}/TranslateText", cbor2.dumps(TEXT), **headers)
    assert (status, got["Content-Type"]) == (200, "application/cbor")
    assert cbor2.loads(body)["TranslatedText"] == "Ǎ ṯṟěě."
    status, _, body = post(f"{url}/TranslateText", b"\xbf\x64Text", **headers)
    assert (status, cbor2.loads(body)["__type"].partition("#")[2]) == (
        400,
        "SerializationException",
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"Text": ',
        b"[]",
        json.dumps({**TEXT, "Text": 7}).encode(),
        json.dumps({**TEXT, "TerminologyNames": "a"}).encode(),
        b'{"Document": {"Content": "no base 64", "ContentType": "a/b"}}',
        b'{"Filter": {"SubmittedAfterTime": "today"}}',
    ],
)
def test_what_cannot_be_read_is_no_request(amazon, body):
    operation = "ListTextTranslationJobs" if b"Filter" in body else "TranslateText"
    operation = "TranslateDocument" if b"Document" in body else operation
    status, _, answer = post(
        amazon.url,
        body,
        Authorization=AUTHORIZATION,
        **{"X-Amz-Target": f"AWSShineFrontendService_20170701.{operation}"},
    )
    code = json.loads(answer)["__type"]
    assert (status, code) == (400, "SerializationException")


# Who may call


def test_a_region_without_the_service(amazon, make_client, ask):
    with pytest.raises(ClientError, match="not authorized to make this call") as raised:
        ask("TranslateText", make_client(amazon, region="sa-east-1"))
    assert code_of(raised)[0] == "NotAuthorizedException"


def test_a_region_without_batch_jobs(amazon, make_client, ask):
    client = make_client(amazon, region="ap-east-1")
    assert ask("TranslateText", client)
    with pytest.raises(ClientError) as raised:
        ask("ListTextTranslationJobs", client)
    assert code_of(raised)[0] == "NotAuthorizedException"


def test_regions_have_their_own_terminologies(amazon, make_client, ask):
    ask("ImportTerminology")
    elsewhere = make_client(amazon, region="eu-west-1")
    assert elsewhere.list_terminologies()["TerminologyPropertiesList"] == []


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"access_keys": ("another",)}, "UnrecognizedClientException"),
        ({"denied": ("TranslateText",)}, "AccessDeniedException"),
        ({"expired_tokens": ("old",)}, "ExpiredTokenException"),
        ({"unsupported": ("es",)}, "UnsupportedLanguagePairException"),
    ],
)
def test_doors(amazon, make_client, ask, monkeypatch, settings, code):
    make_client(amazon)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "old")
    client = boto3.session.Session().client("translate")
    try:
        assert ask("TranslateText", client)
        amazon.change(**settings)
        with pytest.raises(ClientError) as raised:
            ask("TranslateText", client)
    finally:
        client.close()
    assert code_of(raised) == (code, 400)
    assert amazon.ledger.of()[-1].billed == 0


def test_a_request_without_a_signature(amazon):
    status, _, body = post(amazon.url, json.dumps(TEXT).encode())
    assert (status, json.loads(body)["__type"]) == (
        400,
        "MissingAuthenticationTokenException",
    )


# Limits of rate, latency and faults


def test_a_rate_of_requests(amazon, make_client, ask):
    amazon.change(requests_per_s=40, burst_s=0.1)
    client = make_client(amazon, max_pool_connections=8)

    def send(_):
        try:
            return bool(ask("TranslateText", client))
        except client.exceptions.TooManyRequestsException:
            return False

    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answered = sum(pool.map(send, range(80)))
    allowed = 40 * (time.monotonic() - started) + 4 + 1
    assert 4 <= answered <= allowed
    assert len(amazon.ledger.throttled("TranslateText")) == 80 - answered > 0
    assert len(amazon.ledger.answered("TranslateText")) == answered
    assert 1 <= amazon.ledger.peak <= 8


def test_a_rate_of_bytes(amazon, translate, ask):
    amazon.change(bytes_per_s=5000)
    assert ask("TranslateText", Text="a" * 4000)
    with pytest.raises(translate.exceptions.TooManyRequestsException):
        ask("TranslateText", Text="a" * 4000)
    assert ask("ListLanguages")  # is not among the limited


def test_a_limiter_lets_pass_what_is_larger_than_its_burst():
    limiter = Limiter(rate=1, burst=1)
    assert limiter.has(100)
    limiter.take(100)
    assert not limiter.has(1)


def test_boto3_tries_again(amazon, make_client, ask):
    amazon.inject(error="TooManyRequestsException", headers={"x-amz-retry-after": "10"})
    amazon.inject(error="ServiceUnavailableException")
    assert ask("TranslateText", make_client(amazon, attempts=3))
    assert [each.status for each in amazon.ledger.of()] == [429, 503, 200]
    assert amazon.ledger.billed_characters == len("A tree.")


def test_latency(amazon, ask):
    amazon.change(latency_s=0.1, latency_s_per_kb=0.1)
    started = time.monotonic()
    ask("TranslateText", Text="a" * 1000)
    assert 0.2 <= time.monotonic() - started < 5


FAULTS = {
    # Kind: what boto3 raises (None: nothing), whether it costs. boto3 may take what
    # ends too early for an answer without members.
    "error": (ClientError, False),
    "garbage": (ClientError, False),
    "reset": (ConnectionClosedError, False),
    "hang up": (ConnectionClosedError, False),
    "hang up later": (ConnectionClosedError, True),
    "stall": (ReadTimeoutError, True),
    "slow": (None, True),
    "partial": ((HTTPClientError, KeyError), True),
    "no body": ((BotoCoreError, KeyError), True),
}


def test_the_faults_are_all_there_are():
    assert set(FAULTS) == set(KINDS)


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_happens_once_and_then_all_is_well(amazon, make_client, ask, kind):
    error, costs = FAULTS[kind]
    client = make_client(amazon, read_timeout=0.5)
    amazon.inject(kind, seconds=1.0)
    if error:
        with pytest.raises(error):
            ask("TranslateText", client)["TranslatedText"]
    else:
        assert ask("TranslateText", client)["TranslatedText"]
    assert amazon.ledger.billed_characters == (len("A tree.") if costs else 0)
    assert ask("TranslateText", client)["TranslatedText"] == "Ǎ ṯṟěě."


def test_which_requests_a_fault_hits(amazon, translate, ask):
    def statuses(count):
        amazon.ledger.forget()
        for _ in range(count):
            try:
                ask("TranslateText")
            except ClientError:
                continue
        return [each.status for each in amazon.ledger.of()]

    amazon.inject(status=418, after=1, every=2, times=2)
    assert statuses(6) == [200, 418, 200, 418, 200, 200]
    amazon.inject(containing="bush", times=None)
    amazon.inject(operation="ListLanguages", times=None)
    amazon.inject(for_s=-1.0, times=None)
    assert statuses(2) == [200, 200]
    with pytest.raises(translate.exceptions.InternalServerException):
        ask("TranslateText", Text="A bush.")
    amazon.calm()
    assert ask("TranslateText", Text="A bush.")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("@error TooManyRequestsException", "TooManyRequestsException"),
        (
            "<p>Now @error ServiceUnavailableException.</p>",
            "ServiceUnavailableException",
        ),
        ("@error then", "InternalServerException"),
    ],
)
def test_a_text_asks_for_an_error(ask, text, error):
    with pytest.raises(ClientError) as raised:
        ask("TranslateText", Text=text)
    assert code_of(raised) == (error, model.status(error))


def test_a_text_asks_for_time_or_for_damage(ask):
    started = time.monotonic()
    ask("TranslateText", Text="@sleep 0.2")
    assert time.monotonic() - started >= 0.2
    answer = ask("TranslateText", Text="<b>a</b> @tags strip")
    assert "<b>" not in answer["TranslatedText"]


def test_a_text_asks_in_vain(amazon, ask):
    amazon.change(obeys_texts=False)
    assert ask("TranslateText", Text="@error")


def test_settings_that_there_are_not():
    with pytest.raises(TypeError, match="no setting 'speed'"):
        Behaviour().change(speed=1)
    with pytest.raises(ValueError, match="no damage 'burn'"):
        Behaviour().change(tags="burn")


# A server in a process of its own


def test_another_process_is_told_the_same(amazon_process, make_client, ask):
    server = amazon_process()
    client = make_client(server)
    server.change(tags="strip")
    server.inject("error", error="ThrottlingException", status=400)
    with pytest.raises(ClientError) as raised:
        ask("TranslateText", client)
    assert code_of(raised) == ("ThrottlingException", 400)
    answer = ask("TranslateText", client, Text="<b>A</b> tree")
    assert answer["TranslatedText"] == "Ǎ ṯṟěě"
    report = server.report()
    assert report["operations"] == {"TranslateText": 2}
    assert report["billed_characters"] == len("<b>A</b> tree")
    server.forget()
    assert server.report()["requests"] == []


def test_the_package_says_what_is_in_it():
    folder = Path(__file__).with_name("amazon_server")
    said = (folder / "__init__.py").read_text(encoding="utf-8")
    kept = {path.name for path in folder.glob("*.py")}
    kept -= {"__init__.py", "__main__.py", "conftest.py", "languages.py"}
    assert [name for name in sorted(kept) if name not in said] == []
