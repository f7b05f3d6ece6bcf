"""Files in S3."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sphinx_amts.aws.client import ask, open_client
from sphinx_amts.aws.errors import (
    OTHER_REGION,
    Access,
    Trouble,
    trouble_of,
    unavailable,
)
from sphinx_amts.errors import EngineUnavailable

T = TypeVar("T")


class Bucket:
    """A bucket of S3; every method raises `EngineUnavailable`.

    ``key`` is the KMS key (id or ARN) that encrypts what is put there; without it the
    bucket's own rule holds.
    """

    DELETED_AT_ONCE = 1000  # S3's limit for one request

    def __init__(self, name: str, access: Access, key: str | None = None) -> None:
        self.name = name
        self._client = open_client("s3", access)
        region = str(self._client.meta.region_name)
        self._access = Access(region, access.profile)
        self._extra: dict[str, str] = {}
        if key:
            self._extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}

    def __str__(self) -> str:
        return f"bucket {self.name!r}"

    def _do(self, method: str, read: Callable[[Any], T], **members: Any) -> T:
        answer = ask(
            self._client, method, self._access, read, Bucket=self.name, **members
        )
        if isinstance(answer, Trouble):
            raise EngineUnavailable(f"S3, {self}: {unavailable(answer)}")
        return answer

    def check(self) -> None:
        """See that it is there, may be used, and is in the client's region."""
        region = self._do("head_bucket", region_of) or self._access.region
        if region != self._access.region:
            message = OTHER_REGION.say(self._access)
            raise EngineUnavailable(f"S3, {self}: {message} It is in {region!r}.")

    def uri(self, name: str) -> str:
        """Return the address of an object, as other services want it."""
        return f"s3://{self.name}/{name}"

    def put(self, name: str, content: bytes, content_type: str) -> None:
        """Write an object."""
        self._do(
            "put_object",
            dict,
            Key=name,
            Body=content,
            ContentType=content_type,
            **self._extra,
        )

    def get(self, name: str) -> bytes:
        """Return an object's content."""
        body = self._do("get_object", lambda answer: answer["Body"], Key=name)
        try:
            with body:
                return bytes(body.read())
        except Exception as error:
            trouble = trouble_of(error, "s3:GetObject", self._access)
            raise EngineUnavailable(f"S3, {self}: {trouble.error}") from None

    def names(self, prefix: str) -> list[str]:
        """Return the names of all objects that begin with ``prefix``."""
        found: list[str] = []
        token: dict[str, str] = {}
        while True:
            page, next_token = self._do(
                "list_objects_v2", _page, Prefix=prefix, **token
            )
            found += page
            if not next_token:
                return found
            token = {"ContinuationToken": next_token}

    def delete(self, names: Sequence[str]) -> None:
        """Delete objects; one that is not there is no error."""
        for start in range(0, len(names), self.DELETED_AT_ONCE):
            part = names[start : start + self.DELETED_AT_ONCE]
            listed = {"Objects": [{"Key": name} for name in part], "Quiet": True}
            self._do("delete_objects", dict, Delete=listed)


def region_of(answer: Any) -> str:
    """Return where a bucket is, by S3's answer to HeadBucket; empty if it is silent."""
    headers = answer["ResponseMetadata"].get("HTTPHeaders", {})
    return str(headers.get("x-amz-bucket-region", ""))


def _page(answer: Any) -> tuple[list[str], str]:
    names = [str(each["Key"]) for each in answer.get("Contents", ())]
    more = answer.get("IsTruncated")
    return names, str(answer["NextContinuationToken"]) if more else ""


def split_uri(uri: str) -> tuple[str, str]:
    """Return the bucket and the name in an address of S3.

    >>> split_uri("s3://books/jobs/out/")
    ('books', 'jobs/out/')
    """
    bucket, _, name = uri.removeprefix("s3://").partition("/")
    return bucket, name


# --- How often to call ----------------------------------------------------------------
