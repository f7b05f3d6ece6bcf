"""The two ways in which requests and answers are written: JSON 1.1 and CBOR.

===========  ==================================================  =====================
JSON 1.1     ``POST /``, ``X-Amz-Target: prefix.Operation``      blobs in Base64
CBOR         ``POST /service/prefix/operation/Operation``,       blobs as bytes
             ``Smithy-Protocol: rpc-v2-cbor``
===========  ==================================================  =====================

Timestamps are seconds since 1970 in both, in CBOR with tag 1.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from botocore.model import Shape

_CBOR_PATH = re.compile(r"/service/[^/]+/operation/(\w+)")
_TIMESTAMP_TAG = 1


class WireError(Exception):
    """What arrived cannot be read; the message says why."""


@dataclass(frozen=True)
class Timestamp:
    """Seconds since 1970, in CBOR."""

    seconds: float


class Json11:
    """JSON 1.1."""

    content_type = "application/x-amz-json-1.1"
    headers: Mapping[str, str] = {}

    @staticmethod
    def load(body: bytes) -> Any:
        """Read a body."""
        return json.loads(body or b"{}")

    @staticmethod
    def dump(value: Any) -> bytes:
        """Write a body."""
        return json.dumps(value).encode()

    @staticmethod
    def blob(value: Any) -> Any:
        """Read a blob; what is no text stays as it is."""
        return (
            base64.b64decode(value, validate=True) if isinstance(value, str) else value
        )

    @staticmethod
    def write_blob(value: bytes) -> Any:
        """Write a blob."""
        return base64.b64encode(value).decode()

    @staticmethod
    def write_timestamp(seconds: float) -> Any:
        """Write a time."""
        return seconds

    @staticmethod
    def error(code: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """Name an error in its body."""
        return {"__type": code, **members}


class Cbor:
    """Smithy RPC v2 in CBOR."""

    content_type = "application/cbor"
    headers: Mapping[str, str] = {"Smithy-Protocol": "rpc-v2-cbor"}

    @staticmethod
    def load(body: bytes) -> Any:
        """Read a body."""
        return load_cbor(body) if body else {}

    @staticmethod
    def dump(value: Any) -> bytes:
        """Write a body."""
        return dump_cbor(value)

    @staticmethod
    def blob(value: Any) -> Any:
        """Read a blob."""
        return value

    @staticmethod
    def write_blob(value: bytes) -> Any:
        """Write a blob."""
        return value

    @staticmethod
    def write_timestamp(seconds: float) -> Any:
        """Write a time."""
        return Timestamp(seconds)

    @staticmethod
    def error(code: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """Name an error in its body."""
        return {"__type": f"com.amazonaws.translate#{code}", **members}


Protocol = type[Json11] | type[Cbor]


def protocol(path: str, headers: Mapping[str, str]) -> tuple[Protocol, str]:
    """Tell how a request is written and which operation it asks for.

    ``headers`` answers to names in any case. The operation is empty where the request
    names none.
    """
    by_path = _CBOR_PATH.fullmatch(path)
    if by_path or headers.get("smithy-protocol"):
        return Cbor, by_path[1] if by_path else ""
    return Json11, headers.get("x-amz-target", "").rpartition(".")[2]


def load(form: Protocol, shape: Shape | None, body: bytes) -> Any:
    """Read a request's members; raises `WireError`.

    A value of the wrong type stays as it came: the model's check names it.
    """
    try:
        value = form.load(body)
        return _load(form, shape, value) if shape else value
    except (ValueError, LookupError, struct.error, OverflowError, OSError) as error:
        raise WireError(f"{type(error).__name__}: {error}") from error


def _load(form: Protocol, shape: Shape, value: Any) -> Any:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return {
            name: _load(form, shape.members[name], each)
            if name in shape.members
            else each
            for name, each in value.items()
            if each is not None
        }
    if kind == "list" and isinstance(value, list):
        return [_load(form, shape.member, each) for each in value]
    if kind == "blob":
        try:
            return form.blob(value)
        except binascii.Error as error:
            raise WireError(f"a blob that is no Base64: {error}") from error
    if kind == "timestamp":
        seconds = value.seconds if isinstance(value, Timestamp) else value
        if isinstance(seconds, int | float) and not isinstance(seconds, bool):
            return datetime.fromtimestamp(seconds, timezone.utc)
    return value


def dump(form: Protocol, shape: Shape | None, value: Mapping[str, Any]) -> bytes:
    """Write an answer."""
    return form.dump(_dump(form, shape, value) if shape else dict(value))


def _dump(form: Protocol, shape: Shape, value: Any) -> Any:
    if shape.type_name == "structure":
        return {
            name: _dump(form, shape.members[name], each)
            for name, each in value.items()
            if each is not None
        }
    if shape.type_name == "list":
        return [_dump(form, shape.member, each) for each in value]
    if shape.type_name == "blob":
        return form.write_blob(value)
    if shape.type_name == "timestamp":
        return form.write_timestamp(value.timestamp())
    return value


def dump_error(form: Protocol, code: str, members: Mapping[str, Any]) -> bytes:
    """Write an error."""
    return form.dump(form.error(code, members))


def dump_cbor(value: Any) -> bytes:
    """Write CBOR.

    >>> dump_cbor({"a": [1, -2, None]}).hex()
    'a16161830121f6'
    """
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", False: b"\xf4", True: b"\xf5"}[value]
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(map(dump_cbor, value))
    if isinstance(value, Timestamp):
        return _head(6, _TIMESTAMP_TAG) + dump_cbor(value.seconds)
    pairs = (dump_cbor(key) + dump_cbor(each) for key, each in value.items())
    return _head(5, len(value)) + b"".join(pairs)


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for extra, form in enumerate((">B", ">H", ">I", ">Q"), 24):
        if number < 1 << 8 * struct.calcsize(form):
            return bytes([major << 5 | extra]) + struct.pack(form, number)
    raise OverflowError(f"{number} is too large for CBOR")


def load_cbor(data: bytes) -> Any:
    """Read CBOR; raises `ValueError`.

    >>> load_cbor(bytes.fromhex("bf61619f0121f6ffff"))
    {'a': [1, -2, None]}
    """
    reader = _Reader(data)
    value = reader.item()
    if reader.at != len(data):
        raise ValueError("bytes after the end")
    return value


class _Break(Exception):  # noqa: N818, no error: the end of a list without a length
    pass


class _Reader:
    """Reads one item after the other."""

    def __init__(self, data: bytes):
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise ValueError("ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def item(self) -> Any:
        (initial,) = self.take(1)
        major, info = initial >> 5, initial & 31
        if major == 7:
            return self._simple(info)
        number = self._number(info)
        if major in (0, 1):
            return number if major == 0 else -1 - number
        if major in (2, 3):
            data = self.take(number) if number is not None else self._joined()
            return data if major == 2 else data.decode()
        if major == 4:
            return list(self._items(number))
        if major == 5:
            flat = list(self._items(None if number is None else 2 * number))
            return dict(zip(flat[::2], flat[1::2], strict=True))
        if number != _TIMESTAMP_TAG:
            raise ValueError(f"tag {number}")
        return Timestamp(self.item())

    def _number(self, info: int) -> Any:
        if info < 24:
            return info
        if info == 31:
            return None
        form = {24: ">B", 25: ">H", 26: ">I", 27: ">Q"}[info]
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def _simple(self, info: int) -> Any:
        if info == 31:
            raise _Break
        if info in (20, 21, 22, 23):
            return {20: False, 21: True}.get(info)
        form = {25: ">e", 26: ">f", 27: ">d"}[info]
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def _items(self, count: int | None) -> Any:
        if count is not None:
            for _ in range(count):
                yield self.item()
            return
        while True:
            try:
                each = self.item()
            except _Break:
                return
            yield each

    def _joined(self) -> bytes:
        parts = list(self._items(None))
        return b"".join(
            part.encode() if isinstance(part, str) else part for part in parts
        )
