"""What a translated build needs, looked at one by one, each with what to do about it.

Nothing is translated and nothing is paid for: AWS is asked by calls that only read. No
key, no account number and no text of the configuration is in what is said.

===========  ======================================================================
versions     Python, Sphinx, docutils, this package
settings     ``conf.py`` can be read, names the extension, has no wrong value
engine       it is there; for the engine ``local``, with a model of the pair
search       Chinese words can be told apart
boto3        it is installed
account      there are a region and credentials, and AWS accepts them
translate    the region has the service, and it answers
pair         the service translates between the two languages
terminology  it is in the region, as the file has it
bucket       it is there, in the same region
role         it is there, and the service may take it
memory       the table that runners share is there, and what may be done with it
===========  ======================================================================

A check that does not concern the book is left out.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from sphinx_amts.aws.bucket import region_of
from sphinx_amts.aws.client import INSTALL, ask, open_client
from sphinx_amts.aws.errors import Access, Trouble
from sphinx_amts.book.shared import memory_of
from sphinx_amts.config import Settings, read_settings
from sphinx_amts.engines.amazon.languages import codes_of
from sphinx_amts.engines.amazon.terminology import (
    answered,
    is_file,
    load,
    not_pushed,
)
from sphinx_amts.engines.contract import Engine, EngineSetup, JobService
from sphinx_amts.engines.registry import make_engine
from sphinx_amts.errors import AmtsError
from sphinx_amts.text.languages import LanguagePair

T = TypeVar("T")

PACKAGES = {"Sphinx": "sphinx", "docutils": "docutils"}
"""What versions are told of, by the names that people know."""
SERVICE = "translate.amazonaws.com"  # who takes the role


class State(str, Enum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"  # it could not be found out


@dataclass(frozen=True)
class Finding:
    """What a check found; where all is not well, with what to do."""

    check: str
    state: State
    says: str


class _Unknown(Exception):  # noqa: N818, no error
    """It could not be found out; the message says why."""


@dataclass(frozen=True)
class Case:
    """A book's settings, for one language where one is given."""

    settings: Settings
    base: Path
    pair: LanguagePair | None
    package_version: str
    languages: set[str] = field(default_factory=set)  # of the service, filled once

    @property
    def engine(self) -> Engine | JobService:
        """The engine; raises `AmtsError`."""
        options = self.settings.engine_options
        setup = EngineSetup(options, vars(self.settings), self.base)
        return make_engine(self.settings.engine, setup)

    @property
    def access(self) -> Access:
        """Whose account, and where."""
        options = self.settings.engine_options
        return Access(
            options.get("region", self.settings.aws_region),
            options.get("profile", self.settings.aws_profile),
        )

    def ask(
        self,
        service: str,
        method: str,
        read: Callable[[Any], T],
        absent: AmtsError | None = None,
        **members: Any,
    ) -> T:
        """Ask AWS; return what is read in the answer.

        Raises ``absent`` where the thing is not there, `_Unknown` where asking is not
        allowed, and the error otherwise.
        """
        client = open_client(service, self.access)
        access = Access(client.meta.region_name, self.access.profile)
        found = ask(client, method, access, read, **members)
        if not isinstance(found, Trouble):
            return found
        if absent and found.name in ("NoSuchEntity", "ResourceNotFoundException"):
            raise absent
        if found.name.startswith("AccessDenied"):
            raise _Unknown(f"could not be checked: {found.error}")
        raise found.error


Check = Callable[[Case], str | None]
"""Returns what is well, None where it does not concern the book."""


def examine(
    source: Path | None,
    language: str | None,
    package_version: str,
    read: Callable[[], Settings],
    *,
    with_aws: bool = False,
    file: str = "conf.py",
    has_search: bool = True,
) -> Iterator[Finding]:
    """Yield the findings, each as soon as it is known.

    ``source`` is the folder of a book, whose settings ``read`` reads; without it, the
    defaults are looked at; ``file`` is where they are written. ``has_search``: the
    book's search needs a package to tell words apart in Chinese. ``with_aws`` looks at
    AWS also where the engine is not Amazon's. Raises `AmtsError` for a language that is
    none.
    """
    case = Case(Settings(), source or Path(), None, package_version)
    yield _find("versions", _versions, case)
    try:
        case = replace(case, settings=read() if source else read_settings({}))
    except AmtsError as error:
        yield Finding("settings", State.FAILED, str(error))
        return
    if source:
        yield Finding("settings", State.OK, f"{file} has no wrong one")
    if language:
        try:
            pair = LanguagePair.of(case.settings.source_language, language)
        except ValueError as error:
            raise AmtsError(f"--language: {error}") from error
        case = replace(case, pair=pair)
    for name, check in _OF_THE_BOOK.items():
        if name == "search" and not has_search:
            continue
        yield from _findings(name, check, case)
    if with_aws or case.settings.engine.startswith("amazon"):
        yield from _examine_aws(case)
    yield from _findings("memory", _memory, case)


def _examine_aws(case: Case) -> Iterator[Finding]:
    for name, check in _OF_AWS.items():
        for finding in _findings(name, check, case):
            yield finding
            if name in ("boto3", "account") and finding.state is State.FAILED:
                return  # the rest would say the same


def _findings(name: str, check: Check, case: Case) -> Iterator[Finding]:
    finding = _find(name, check, case)
    if finding.says:
        yield finding


def _find(name: str, check: Check, case: Case) -> Finding:
    try:
        return Finding(name, State.OK, check(case) or "")
    except _Unknown as reason:
        return Finding(name, State.UNKNOWN, str(reason))
    except AmtsError as error:
        return Finding(name, State.FAILED, str(error))


# --- The book -------------------------------------------------------------------------


def _versions(case: Case) -> str:
    found = [f"Python {platform.python_version()}"]
    for name, package in PACKAGES.items():
        try:
            found.append(f"{name} {version(package)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return ", ".join([*found, f"sphinx_amts {case.package_version}"])


def _engine(case: Case) -> str:
    engine = case.engine
    if engine.name != "local" or case.pair is None:
        return repr(case.settings.engine)
    if find_spec("fxtranslate") is None:
        raise AmtsError(
            "fxtranslate is missing. Install it: python -m pip install fxtranslate"
        )
    if engine.signature(case.pair).endswith(":none"):
        raise _Unknown(
            f"'local' has no model for {case.pair} on this machine. The first build"
            " downloads it if there is one; amts_local_model_dir can name a folder"
            " with models."
        )
    return f"'local', with a model for {case.pair}"


def _search(case: Case) -> str | None:
    if case.pair is None or not case.pair.target.startswith("zh"):
        return None
    if find_spec("jieba") is None:
        raise AmtsError(
            "the search box will not find Chinese words. Install jieba:"
            " python -m pip install 'sphinx_amts[zh]'"
        )
    return "jieba is there for Chinese"


_OF_THE_BOOK: Mapping[str, Check] = {"engine": _engine, "search": _search}


# --- AWS ------------------------------------------------------------------------------


def _boto3(case: Case) -> str:
    try:
        return f"boto3 {version('boto3')}, botocore {version('botocore')}"
    except PackageNotFoundError as error:
        raise AmtsError(f"boto3 is missing. Install it: {INSTALL}") from error


def _account(case: Case) -> str:
    client = open_client("translate", case.access)
    # Without the number of the account: reports end up in public logs.
    arn = case.ask("sts", "get_caller_identity", lambda answer: str(answer["Arn"]))
    identity = arn.rpartition(":")[2]
    return f"{identity}, region {client.meta.region_name!r}"


def _translate(case: Case) -> str:
    token: dict[str, Any] = {}
    while True:
        languages, next_token = case.ask("translate", "list_languages", _page, **token)
        case.languages.update(languages)
        if not next_token:
            return f"Amazon Translate answers; it has {len(case.languages)} languages"
        token = {"NextToken": next_token}


def _page(answer: Any) -> tuple[list[str], str]:
    languages = [str(each["LanguageCode"]) for each in answer["Languages"]]
    return languages, str(answer.get("NextToken", ""))


def _pair(case: Case) -> str | None:
    if case.pair is None:
        return None
    codes = codes_of(case.pair)
    missing = sorted(set(codes) - case.languages)
    if missing and case.languages:
        raise AmtsError(
            f"Amazon Translate does not list {', '.join(missing)} in this region."
            " Choose another amts_aws_region or another language."
        )
    return f"{codes[0]} to {codes[1]} is one that the service translates"


def _terminology(case: Case) -> str | None:
    options = case.settings.engine_options
    wanted = options.get("terminology", case.settings.terminology)
    if not wanted:
        return None
    terms = load(case.base / wanted) if is_file(wanted) else None
    name = terms.name() if terms else wanted
    if terms and case.pair and not terms.of(case.pair):
        return f"{wanted} has no terms for {case.pair}; none are needed"
    absent = AmtsError(
        f"there is no terminology {name!r} in {case.access}. Choose another"
        " amts_terminology; `sphinx-amts terminology list` shows what there is."
    )
    if terms:
        absent = not_pushed(terms.path, case.access)
    found = case.ask("translate", "get_terminology", answered, absent, Name=name)
    return f"{name} is there, with {found.count}"


def _bucket(case: Case) -> str | None:
    name = case.settings.s3_bucket
    if not name:
        return None
    client = open_client("s3", case.access)
    region = client.meta.region_name
    found = ask(client, "head_bucket", case.access, region_of, Bucket=name)
    if isinstance(found, Trouble):
        if found.name in ("403", "404"):
            raise AmtsError(
                f"there is no bucket {name!r}, or the identity may not list it. Check"
                f" amts_s3_bucket, and allow s3:ListBucket for arn:aws:s3:::{name}."
            )
        raise found.error
    place = found or region
    if place != region:
        raise AmtsError(
            f"the bucket {name!r} is in {place!r}, but Amazon Translate is called in"
            f" {region!r} and reads buckets of its own region only. Set"
            " amts_aws_region, or choose another amts_s3_bucket."
        )
    return f"{name} is there, in {place!r}"


def _role(case: Case) -> str | None:
    arn = case.settings.role_arn
    if not arn:
        return None
    name = arn.rpartition("/")[2]
    absent = AmtsError(
        f"there is no role {name!r} in this account. Check amts_role_arn."
    )
    policy = case.ask("iam", "get_role", _policy, absent, RoleName=name)
    if SERVICE not in policy:
        raise AmtsError(
            f"Amazon Translate may not take the role {name!r}. Allow sts:AssumeRole to"
            f" the service {SERVICE} in the role's trust policy."
        )
    return f"{name} is there, and Amazon Translate may take it"


def _policy(answer: Any) -> str:
    return str(answer["Role"].get("AssumeRolePolicyDocument", ""))


def _memory(case: Case) -> str | None:
    if not case.settings.shared_memory:
        return None
    memory = memory_of(case.settings)
    if not memory.may_read():
        raise AmtsError(
            f"this identity may not read {memory}. Allow the action"
            " dynamodb:BatchGetItem."
        )
    may = "read and write it" if memory.may_write() else "read it, and not write"
    return f"{memory} is there; this identity may {may}"


_OF_AWS: Mapping[str, Check] = {
    "boto3": _boto3,
    "account": _account,
    "translate": _translate,
    "pair": _pair,
    "terminology": _terminology,
    "bucket": _bucket,
    "role": _role,
}
