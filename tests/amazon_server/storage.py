"""The S3 that jobs read and write, and moto's as a server for the tests.

Run as a module it serves S3, STS, IAM and DynamoDB on the loopback interface, writes
its address as one line and ends when its standard input does: no server outlives its
test.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

START_TIMEOUT_S = 60


class StorageError(Exception):
    """S3 does not do it; the message says why."""


def split_uri(uri: str) -> tuple[str, str]:
    """Return bucket and key.

    >>> split_uri("s3://books/in/a.html")
    ('books', 'in/a.html')
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


class Storage:
    """A few verbs of S3."""

    def __init__(self, endpoint: str, region: str = "us-east-1"):
        import boto3
        from botocore.config import Config

        self._client = boto3.session.Session().client(
            "s3",
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id="service",
            aws_secret_access_key="service",
            config=Config(
                connect_timeout=5, read_timeout=20, s3={"addressing_style": "path"}
            ),
        )

    def has_bucket(self, bucket: str) -> bool:
        """Tell whether there is such a bucket."""
        try:
            self._client.head_bucket(Bucket=bucket)
        except Exception:
            return False
        return True

    def has(self, uri: str) -> bool:
        """Tell whether there is such an object."""
        bucket, key = split_uri(uri)
        return self.has_bucket(bucket) and key in self.keys(bucket, key)

    def keys(self, bucket: str, prefix: str) -> list[str]:
        """Return the keys under a prefix; raises `StorageError`."""
        pages = self._client.get_paginator("list_objects_v2")
        try:
            return [
                each["Key"]
                for page in pages.paginate(Bucket=bucket, Prefix=prefix)
                for each in page.get("Contents", ())
            ]
        except Exception as error:
            raise StorageError(str(error)) from error

    def get(self, uri: str) -> bytes:
        """Return an object's content; raises `StorageError`."""
        bucket, key = split_uri(uri)
        try:
            with self._client.get_object(Bucket=bucket, Key=key)["Body"] as body:
                return body.read()
        except Exception as error:
            raise StorageError(str(error)) from error

    def put(self, uri: str, content: bytes) -> None:
        """Write an object; raises `StorageError`."""
        bucket, key = split_uri(uri)
        try:
            self._client.put_object(Bucket=bucket, Key=key, Body=content)
        except Exception as error:
            raise StorageError(str(error)) from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


@contextmanager
def running(module: str, *arguments: str) -> Iterator[str]:
    """Run a server of this package in a process and yield its address."""
    tests = str(Path(__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": tests, "PYTHONUTF8": "1"},
    )
    watch = threading.Timer(START_TIMEOUT_S, process.kill)
    watch.start()
    with process:
        try:
            line = process.stdout.readline().strip() if process.stdout else ""
            watch.cancel()
            if not line.startswith("http"):
                raise RuntimeError(f"{module}: no server, but {line!r}")
            yield line
        finally:
            watch.cancel()
            if process.stdin:
                process.stdin.close()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


class LikeDynamoDB:
    """Makes moto answer as DynamoDB does.

    The service changes an item on a condition in one step; moto looks first and changes
    then, and another thread may come between. It says in JSON who may not do what. And
    it is crowded now and then: a table whose name begins with "crowded" always is.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._turn = threading.Lock()
        self._is_crowded = False

    def __call__(self, variables: Any, start: Any) -> Any:
        """Answer a request, one to DynamoDB after the other."""
        service, _, operation = variables.get("HTTP_X_AMZ_TARGET", "").partition(".")
        if not service.startswith("DynamoDB_"):
            return self._app(variables, start)
        length = int(variables.get("CONTENT_LENGTH") or 0)
        asked = json.loads(variables["wsgi.input"].read(length) or "{}")
        with self._turn:
            status, body = self._answer(operation, asked, variables)
        start(status, [("Content-Type", "application/x-amz-json-1.0")])
        return [body]

    def _answer(
        self, operation: str, asked: dict[str, Any], variables: Any
    ) -> tuple[str, bytes]:
        left: dict[str, Any] = {}
        if str(asked.get("TableName", "")).startswith("crowded"):
            self._is_crowded = not self._is_crowded
            if operation == "UpdateItem" and self._is_crowded:
                return _refusal("ThrottlingException", "Rate exceeded")
        for name, request in asked.get("RequestItems", {}).items():
            keys = request["Keys"]
            if name.startswith("crowded") and len(keys) > 1:
                left[name] = {**request, "Keys": keys[1:]}
                request["Keys"] = keys[:1]
        status, body = self._ask(asked, variables)
        if status.startswith("403"):
            return _refusal("AccessDeniedException", "User is not authorized")
        if left:
            body = json.dumps({**json.loads(body), "UnprocessedKeys": left}).encode()
        return status, body

    def _ask(self, asked: dict[str, Any], variables: Any) -> tuple[str, bytes]:
        data = json.dumps(asked).encode()
        changed = {"CONTENT_LENGTH": str(len(data)), "wsgi.input": BytesIO(data)}
        said: list[str] = []
        parts = self._app(
            {**variables, **changed}, lambda status, *_: said.append(status)
        )
        return said[0], b"".join(parts)


def _refusal(name: str, message: str) -> tuple[str, bytes]:
    values = {"__type": f"com.amazon.coral.service#{name}", "message": message}
    return "400 Bad Request", json.dumps(values).encode()


def main() -> None:
    """Serve until the standard input ends."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    assert server._server is not None
    server._server.app = LikeDynamoDB(server._server.app)
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
