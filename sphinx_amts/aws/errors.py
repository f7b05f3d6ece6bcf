"""What the errors of AWS mean, and what to do about each.

Whatever goes wrong on the other side of the door comes through it as `Trouble`, by the
two tables `SERVICE_ERRORS` and `CLIENT_ERRORS`: an error of ours that says what to do,
and a `Fault` that says whether to ask again. No text that came from AWS or from the
configuration is passed on, so that no key, token or password can be in a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sphinx_amts.errors import (
    Denied,
    EngineError,
    EngineUnavailable,
    NoAccount,
    SegmentError,
    UnsupportedPair,
)

MAX_RETRY_AFTER_S = 30.0  # a service that asks for a longer pause is asked sooner


@dataclass(frozen=True)
class Access:
    """Whose account, and where; what is None comes from the AWS configuration."""

    region: str | None = None
    profile: str | None = None

    def __str__(self) -> str:
        """Name it in a message.

        >>> str(Access("eu-west-1", "docs")), str(Access())
        ("region 'eu-west-1', profile 'docs'", 'the configured region')
        """
        region = f"region {self.region!r}" if self.region else "the configured region"
        return region + (f", profile {self.profile!r}" if self.profile else "")


class Fault(Enum):
    """What a call's error means for the request, and for the ones after it."""

    THROTTLED = "asked too often"  # ask again, all later
    PASSING = "a fault of the service or on the way to it"  # ask again
    UNREACHABLE = "no way to it"  # ask again, if it was ever reached
    TEXT = "this request"  # it will never do; others may
    FINAL = "every request"  # until somebody changes something


@dataclass(frozen=True)
class Remedy:
    """What to do about an error.

    ``message`` may name {operation}, {action} (as IAM writes it) and {access}.
    """

    fault: Fault
    message: str
    attempts: int = 6  # calls for one request, while others are answered
    is_costly: bool = False  # whether each call may be paid for
    kind: type[EngineError] = EngineUnavailable

    def say(self, access: Access, operation: str = "") -> str:
        """Return the message."""
        action = operation if ":" in operation else f"translate:{operation}"
        return self.message.format(access=access, operation=operation, action=action)


@dataclass(frozen=True)
class Trouble:
    """What went wrong with a call."""

    name: str  # AWS's own name of the error
    fault: Fault
    error: EngineError
    attempts: int = 1
    is_costly: bool = False
    retry_after_s: float = 0.0  # as the service wishes
    may_be_paid: bool = False  # it may have been done, only the answer was lost
    is_broken: bool = False  # an answer came, but not whole: other ways may do


_THROTTLED = Remedy(
    Fault.THROTTLED,
    "the service is asked too often ({access}). Lower amts_requests_per_second, or ask"
    " AWS for a higher quota.",
)
_BUSY = Remedy(
    Fault.PASSING, "the service has a fault of its own ({access}). Try again later."
)
_CREDENTIALS = (
    " Set up credentials with `aws configure` or `aws sso login`, or set"
    " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
)
_NOT_VALID = Remedy(
    Fault.FINAL,
    "AWS does not accept the credentials: the keys are wrong, deleted, or of another"
    " partition than {access}." + _CREDENTIALS,
)
_EXPIRED = Remedy(
    Fault.FINAL,
    "the AWS credentials have expired. Renew them, for instance with `aws sso login`,"
    " and build again: what was translated is kept.",
)
_NOT_ENOUGH = Remedy(
    Fault.FINAL,
    "the AWS identity may not do this: allow the action {action} in its"
    " IAM policy, and see that no boundary or organization policy denies it.",
    kind=Denied,
)
_NOT_HERE = Remedy(
    Fault.FINAL,
    "Amazon Translate does not serve this account in {access}. That is mostly not a"
    " matter of IAM: the region lacks the service or is not enabled for the account."
    " Set amts_aws_region to one that has it, such as 'us-east-1' or 'eu-west-1'.",
)
_SIGN_UP = Remedy(
    Fault.FINAL,
    "the AWS account is not ready for this service in {access}. Finish its"
    " registration in the AWS console.",
)
_CLOCK = Remedy(
    Fault.FINAL,
    "AWS does not accept the time or the signature of the request. Set this machine's"
    " clock, and check that the secret key is complete.",
)
_BAD_REQUEST = Remedy(
    Fault.TEXT,
    "the service does not accept the request {operation}.",
    kind=SegmentError,
)
_NOT_FOUND = Remedy(
    Fault.FINAL,
    "there is nothing of that name in {access}. Check what is set, such as"
    " amts_terminology, and whether it is in this region.",
)
_TOO_LONG = Remedy(
    Fault.TEXT, "the text is longer than the service takes.", kind=SegmentError
)
_PAIR = Remedy(
    Fault.FINAL,
    "the service does not translate between these languages in {access}. Choose"
    " another language or another amts_engine.",
    kind=UnsupportedPair,
)
_QUOTA = Remedy(
    Fault.FINAL,
    "a quota of the account is used up in {access}. Delete what is not needed, or ask"
    " AWS for a higher quota.",
)
_DAILY_QUOTA = Remedy(
    Fault.FINAL,
    "the day's quota of the account is used up in {access}. Build again tomorrow, or"
    " ask AWS for a higher quota: what was translated is kept.",
)
_PER_DAY = "per day"  # in the text of an error that is no matter of seconds
_CONFLICT = Remedy(
    Fault.PASSING, "the resource is being changed by someone else. Try again later."
)
_NOT_TRANSLATE = Remedy(
    Fault.FINAL,
    "what answers is not the service that was meant. Check AWS_ENDPOINT_URL and"
    " AWS_ENDPOINT_URL_TRANSLATE.",
)

_NO_BUCKET = Remedy(
    Fault.FINAL,
    "there is no such S3 bucket. Create it in {access}, or set amts_s3_bucket to one"
    " that there is.",
)
_NO_FILE = Remedy(Fault.FINAL, "a file is missing in the S3 bucket ({action}).")
OTHER_REGION = Remedy(
    Fault.FINAL,
    "the S3 bucket is not in {access}. Amazon Translate reads only buckets of its own"
    " region: set amts_s3_bucket or amts_aws_region so that they agree.",
)
_NOT_YOUR_BUCKET = Remedy(
    Fault.FINAL,
    "the AWS identity may not use the S3 bucket: allow the action {action} in its IAM"
    " policy, and see that the policies of the bucket and of its key do not deny it.",
)

SERVICE_ERRORS: Mapping[str, Remedy] = {
    # Of the service model of Amazon Translate.
    "ConcurrentModificationException": _CONFLICT,
    "ConflictException": _CONFLICT,
    "DetectedLanguageLowConfidenceException": _BAD_REQUEST,
    "InternalServerException": _BUSY,
    "InvalidFilterException": _BAD_REQUEST,
    "InvalidParameterValueException": _BAD_REQUEST,
    "InvalidRequestException": _BAD_REQUEST,
    "LimitExceededException": _QUOTA,
    "ResourceNotFoundException": _NOT_FOUND,
    "ServiceUnavailableException": _BUSY,
    "TextSizeLimitExceededException": _TOO_LONG,
    "TooManyRequestsException": _THROTTLED,
    "TooManyTagsException": _BAD_REQUEST,
    "UnsupportedDisplayLanguageCodeException": _BAD_REQUEST,
    "UnsupportedLanguagePairException": _PAIR,
    # Of the service model of Amazon Bedrock's runtime, beside those above.
    "ModelErrorException": _BUSY,
    "ModelNotReadyException": _BUSY,
    "ModelTimeoutException": _BUSY,
    "ServiceQuotaExceededException": _QUOTA,
    # Of the service model of DynamoDB, beside those above and below.
    "ConditionalCheckFailedException": _CONFLICT,
    "ItemCollectionSizeLimitExceededException": _QUOTA,
    "ReplicatedWriteConflictException": _CONFLICT,
    "ResourceInUseException": _CONFLICT,
    "TransactionConflictException": _CONFLICT,
    # Of AWS in front of any service, in no model.
    "AccessDenied": _NOT_ENOUGH,
    "AccessDeniedException": _NOT_ENOUGH,
    "AuthFailure": _NOT_VALID,
    "BandwidthLimitExceeded": _THROTTLED,
    "EC2ThrottledException": _THROTTLED,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "IncompleteSignature": _NOT_VALID,
    "IncompleteSignatureException": _NOT_VALID,
    "InternalFailure": _BUSY,
    "InternalServerError": _BUSY,
    "InvalidAccessKeyId": _NOT_VALID,
    "InvalidClientTokenId": _NOT_VALID,
    "InvalidSignatureException": _CLOCK,
    "MissingAuthenticationToken": _NOT_VALID,
    "NoSuchEntity": _NOT_FOUND,
    "MissingAuthenticationTokenException": _NOT_VALID,
    "NotAuthorizedException": _NOT_HERE,
    "OptInRequired": _SIGN_UP,
    "PriorRequestNotComplete": _THROTTLED,
    "ProvisionedThroughputExceededException": _THROTTLED,
    "RequestExpired": _CLOCK,
    "RequestLimitExceeded": _THROTTLED,
    "RequestThrottled": _THROTTLED,
    "RequestThrottledException": _THROTTLED,
    "RequestTimeTooSkewed": _CLOCK,
    "RequestTimeout": _BUSY,
    "RequestTimeoutException": _BUSY,
    "ServiceUnavailable": _BUSY,
    "SignatureDoesNotMatch": _CLOCK,
    "SlowDown": _THROTTLED,
    "SubscriptionRequiredException": _SIGN_UP,
    "ThrottledException": _THROTTLED,
    "Throttling": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "TransactionInProgressException": _THROTTLED,
    "UnknownOperationException": _NOT_TRANSLATE,
    "UnrecognizedClientException": _NOT_VALID,
    "ValidationError": _BAD_REQUEST,
    "ValidationException": _BAD_REQUEST,
    # Of S3. It has no body where only the head of an object was asked for.
    "301": OTHER_REGION,
    "403": _NOT_YOUR_BUCKET,
    "404": _NO_BUCKET,
    "AllAccessDisabled": _NOT_YOUR_BUCKET,
    "AuthorizationHeaderMalformed": OTHER_REGION,
    "Forbidden": _NOT_YOUR_BUCKET,
    "IllegalLocationConstraintException": OTHER_REGION,
    "InvalidBucketName": _NO_BUCKET,
    "KMS.DisabledException": _NOT_YOUR_BUCKET,
    "KMS.NotFoundException": _NOT_YOUR_BUCKET,
    "NoSuchBucket": _NO_BUCKET,
    "NoSuchKey": _NO_FILE,
    "PermanentRedirect": OTHER_REGION,
}
"""What AWS answers, by its names."""

_PASSING_STATUS = (408, 500, 502, 503, 504)  # HTTP, where an answer has no known name
_THROTTLED_STATUS = 429  # HTTP: Too Many Requests, RFC 6585

_NO_CREDENTIALS = Remedy(
    Fault.FINAL,
    "there are no AWS credentials ({access})." + _CREDENTIALS,
    kind=NoAccount,
)
_NO_NETWORK = Remedy(
    Fault.UNREACHABLE,
    "AWS cannot be reached ({access}). Check the network, the name of the region, and"
    " the proxy and AWS_ENDPOINT_URL variables.",
)
_NO_REGION = Remedy(
    Fault.FINAL,
    "no AWS region is set, or there is none of that name ({access}). Set"
    " amts_aws_region or AWS_DEFAULT_REGION, for instance to 'us-east-1'.",
)
_CONFIGURATION = Remedy(
    Fault.FINAL,
    "the AWS configuration cannot be used ({access}). Check its files and the AWS_..."
    " variables, for instance with `aws configure list`.",
)

CLIENT_ERRORS: Mapping[str, Remedy] = {
    # Classes of botocore; one that is not here counts as its nearest base that is.
    "NoCredentialsError": _NO_CREDENTIALS,
    "PartialCredentialsError": _NO_CREDENTIALS,
    "CredentialRetrievalError": _NO_CREDENTIALS,
    "MetadataRetrievalError": _NO_CREDENTIALS,
    "UnknownCredentialError": _CONFIGURATION,
    "NoAuthTokenError": _NO_CREDENTIALS,
    "TokenRetrievalError": _EXPIRED,
    "SSOError": _EXPIRED,
    "LoginError": _EXPIRED,
    "NoRegionError": _NO_REGION,
    "InvalidRegionError": _NO_REGION,
    "UnknownRegionError": _NO_REGION,
    "BaseEndpointResolverError": _NO_REGION,
    "EndpointProviderError": _NO_REGION,
    "ProfileNotFound": Remedy(
        Fault.FINAL,
        "the AWS configuration has no such profile ({access}). Check amts_aws_profile"
        " and AWS_PROFILE; `aws configure list-profiles` names those there are.",
    ),
    "ConnectionError": _NO_NETWORK,
    "HTTPClientError": Remedy(
        Fault.PASSING,
        "the connection to AWS breaks ({access}). Check the network and the proxy.",
    ),
    "ReadTimeoutError": Remedy(
        Fault.PASSING,
        "AWS does not answer in time ({access}). Try again later.",
        attempts=2,
        is_costly=True,  # it may have been translated
    ),
    "SSLError": Remedy(
        Fault.FINAL,
        "the connection to AWS is not trusted ({access}). Check AWS_CA_BUNDLE, the"
        " proxy and this machine's clock.",
    ),
    "IncompleteAnswer": _BUSY,
    "ResponseParserError": _BUSY,
    "IncompleteReadError": _BUSY,
    "ChecksumError": _BUSY,
    "ParamValidationError": _BAD_REQUEST,
    "BotoCoreError": _CONFIGURATION,
    # Of Python: what comes in the place of a library's own error.
    "OSError": _NO_NETWORK,
    "ValueError": _CONFIGURATION,
    "Exception": Remedy(
        Fault.FINAL, "boto3 failed in a way that is not known ({access})."
    ),
}
"""What boto3 finds without AWS, by class."""


def unavailable(trouble: Trouble) -> EngineUnavailable:
    """Return the error that holds for all that is to be done."""
    if isinstance(trouble.error, EngineUnavailable):
        return trouble.error
    return EngineUnavailable(str(trouble.error))


class IncompleteAnswer(Exception):  # noqa: N818, it stands beside AWS's own names
    """An answer lacks what it should have."""


def trouble_of(error: Exception, operation: str, access: Access) -> Trouble:
    """Tell what an exception of boto3 means; never includes its text."""
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        response = {}
    metadata = response.get("ResponseMetadata", {})
    name = str(response.get("Error", {}).get("Code", "")) or type(error).__name__
    # Some protocols prefix a name with a name space.
    name = name.rpartition("#")[2]
    status = metadata.get("HTTPStatusCode", 0)
    remedy = _remedy_of(error, name, status)
    text = str(response.get("Error", {}).get("Message", ""))
    if remedy.fault is Fault.THROTTLED and _PER_DAY in text.lower():
        remedy = _DAILY_QUOTA
    if name not in SERVICE_ERRORS and (not name.isalnum() or len(name) > 100):
        name = "an error without a name"
    return Trouble(
        name,
        remedy.fault,
        remedy.kind(f"{remedy.say(access, operation)} [{name}]"),
        remedy.attempts,
        remedy.is_costly,
        _retry_after_s(metadata),
        may_be_paid=remedy.fault is Fault.PASSING and not status,
    )


def _remedy_of(error: Exception, name: str, status: int) -> Remedy:
    if name in SERVICE_ERRORS:
        return SERVICE_ERRORS[name]
    if status == _THROTTLED_STATUS:
        return _THROTTLED
    if status in _PASSING_STATUS:
        return _BUSY
    if status:
        return Remedy(
            Fault.FINAL, f"AWS refuses the request {{operation}} with status {status}."
        )
    return next(
        CLIENT_ERRORS[base.__name__]
        for base in type(error).__mro__
        if base.__name__ in CLIENT_ERRORS
    )


def _retry_after_s(metadata: Mapping[str, Any]) -> float:
    """Return how long the service wishes not to be asked; 0 where it does not say."""
    headers = metadata.get("HTTPHeaders", {})
    for header, unit_s in (("x-amz-retry-after", 0.001), ("retry-after", 1.0)):
        try:
            wished_s = int(headers[header]) * unit_s
        except (KeyError, TypeError, ValueError):
            continue
        return min(max(wished_s, 0.0), MAX_RETRY_AFTER_S)
    return 0.0


# --- Files ----------------------------------------------------------------------------
