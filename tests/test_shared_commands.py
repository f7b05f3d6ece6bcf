"""Builds and commands with a shared memory, and the policies that the guide shows."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from types import SimpleNamespace
from urllib.request import ProxyHandler, Request, build_opener
from uuid import uuid4

import pytest

pytest.importorskip("boto3", reason="needs boto3")

from books import CONF

from sphinx_amts.aws.errors import Access
from sphinx_amts.errors import Denied, EngineUnavailable
from sphinx_amts.memory.shared import NOTHING, Place, SharedMemory

pytestmark = [pytest.mark.aws, pytest.mark.newest]

HOW_TO = Path(__file__).parents[1] / "docs" / "how-to" / "shared-memory.md"
REGION = "eu-west-1"
FILES = {
    "index.rst": "Trees\n=====\n\n.. toctree::\n\n   oak\n",
    "oak.rst": "Oak\n===\n\nThe oak is *old*.\n\nIt has ``leaves``.\n",
}
SEGMENTS = 4


@pytest.fixture
def address():
    return f"dynamodb://books-{uuid4().hex}?region={REGION}"


@pytest.fixture
def shared_book(write_book, s3_endpoint, address):
    """A book that has a table, and variables that lead to it."""
    from amazon_server.server import environment

    variables = environment("http://127.0.0.1:9", s3_endpoint, REGION)
    conf = f'{CONF}amts_engine = "pseudo"\namts_shared_memory = "{address}"\n'
    book = write_book({**FILES, "conf.py": conf})

    def build(store, *arguments, **settings):
        return book.build(
            *arguments,
            language="es",
            amts_cache_dir=str(book.work / store),
            variables={**variables, **settings.pop("variables", {})},
            **settings,
        )

    def amts(*words, expected=0, **more):
        done = book.amts(
            "memory", *words, "--json", expected=expected, **{**variables, **more}
        )
        return json.loads(done.stdout) if done.stdout else done.stderr

    amts.variables = variables
    amts.table = address.partition("?")[0].rpartition("/")[2]
    return build, amts, book


def test_a_table_is_made_filled_and_read(shared_book, address):
    build, amts, _book = shared_book
    made = amts("create", ".")
    assert made == {"memory": address, "region": REGION, "was_there": False}
    assert amts("create", ".")["was_there"]

    first = build("one", "-W")
    assert "Ţĥé" in first.read("oak.html")
    found = amts("status", ".", "-l", "es")
    assert found["role"] == "runner"
    assert found["is_on_demand"]
    assert found["expires"]
    (language,) = found["languages"]
    assert language["language"] == "es"
    assert (language["shared"], language["units"]) == (SEGMENTS, SEGMENTS)
    assert language["request_units"] == SEGMENTS / 2

    # Another machine, whose engine would fail if it were asked.
    again = build("two", "-W", "-E", engine="pseudo")
    came = re.findall(r"(\d+) segments came from (\S+)", again.stdout)
    assert sum(int(count) for count, _ in came) == SEGMENTS
    assert {where for _, where in came} == {address}
    assert again.read("oak.html") == first.read("oak.html")
    offline = build(
        "two", "-W", "-E", variables={"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"}
    )
    assert offline.warnings == [], "all is in the store by now"


def test_what_was_paid_for_before_is_pushed_and_pulled(shared_book):
    _build, amts, book = shared_book
    amts("create", ".")
    store = book.source / ".amts"
    book.build(language="es", amts_shared_memory="")
    assert store.exists()
    (pushed,) = amts("push", ".", "-l", "es")["languages"]
    assert (pushed["moved"], pushed["shared"], pushed["units"]) == (4, 4, 4)
    assert pushed["request_units"] == SEGMENTS + SEGMENTS / 2
    assert 0 < pushed["price"] < 0.001
    (again,) = amts("push", ".", "-l", "es")["languages"]
    assert (again["moved"], again["shared"]) == (0, SEGMENTS)

    store.rename(book.source / "elsewhere")
    (pulled,) = amts("pull", ".", "-l", "es")["languages"]
    assert (pulled["moved"], pulled["unusable"]) == (SEGMENTS, 0)
    built = book.build("-W", "-E", language="es", amts_shared_memory="")
    assert built.summary["memory_hits"] == SEGMENTS


def test_what_cannot_be_used_is_counted_and_left(shared_book, make_client):
    _build, amts, book = shared_book
    amts("create", ".")
    book.build(language="es", amts_shared_memory="")
    amts("push", ".", "-l", "es")
    there = SimpleNamespace(environment=lambda _region: amts.variables)
    client = make_client(there, "dynamodb", REGION)
    table = amts.table
    (first, *_others) = client.scan(TableName=table)["Items"]
    client.put_item(TableName=table, Item={**first, "unit_row": {"S": "{}"}})
    (book.source / ".amts").rename(book.source / "elsewhere")
    (pulled,) = amts("pull", ".", "-l", "es", expected=1)["languages"]
    assert (pulled["moved"], pulled["unusable"]) == (SEGMENTS - 1, 1)
    built = book.build("-E", language="es", variables=amts.variables)
    (warning,) = built.warnings
    assert "entries that cannot be used" in warning
    (again,) = amts("status", ".", "-l", "es")["languages"]
    row = client.get_item(TableName=table, Key={"unit_key": first["unit_key"]})["Item"]
    assert json.loads(row["unit_row"]["S"])["target"], "a good one is there by now"
    assert again["shared"] == SEGMENTS


def test_looking_takes_in_what_others_share_and_holds_nothing(shared_book):
    build, amts, book = shared_book
    amts("create", ".")
    build("one")
    done = book.amts("status", ".", "-l", "es", "--json", **amts.variables)
    assert json.loads(done.stdout)["total"]["machine"] > 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["status", "."], "sphinx-amts memory create"),
        (["push", ".", "-l", "es"], "sphinx-amts memory create"),
        (["create", ".", "--memory", "s3://books"], "'dynamodb://TABLE?region="),
    ],
)
def test_what_is_wrong_is_named(shared_book, words, says):
    _, amts, _ = shared_book
    said = amts(*words, expected=2)
    assert says in said
    assert "Traceback" not in said


def test_a_table_of_somebody_else_is_left_alone(shared_book, make_client):
    _, amts, _ = shared_book
    there = SimpleNamespace(environment=lambda _region: amts.variables)
    client = make_client(there, "dynamodb", REGION)
    name = f"other-{uuid4().hex}"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    said = amts("create", ".", "--memory", f"dynamodb://{name}", expected=2)
    assert "no shared memory" in said


def test_the_doctor_looks_at_the_table(shared_book, address):
    _, amts, book = shared_book
    said = book.amts("doctor", ".", "-l", "es", expected=1, **amts.variables).stdout
    assert "sphinx-amts memory create" in said
    amts("create", ".")
    said = book.amts("doctor", ".", "-l", "es", **amts.variables).stdout
    assert f"memory: {address} is there; this identity may read and write it" in said


def test_a_book_without_a_table_says_what_to_set(write_book):
    book = write_book(FILES)
    done = book.amts("memory", "status", ".", expected=2)
    assert "amts_shared_memory names no table" in done.stderr


# Policies


def policies():
    """Return the policies that the guide shows, in its order."""
    text = HOW_TO.read_text(encoding="utf-8")
    blocks = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    return [json.loads(each) for each in blocks if '"Statement"' in each]


ROLES = ("owner", "runner", "reader")  # as the guide shows them
TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/books"


def attempts(memory):
    """Return what there is to do with a table, by name."""
    row = {"f" * 64: "a row"}
    return {
        "create": memory.create,
        "about": memory.about,
        "read": lambda: memory.read(row),
        "put": lambda: memory.put(row, {}),
        "hold": lambda: memory.hold({"e" * 64: NOTHING}),
        "release": lambda: memory.release(["e" * 64]),
    }


BUILDING = {"read", "put", "hold", "release"}
MAY = {
    "owner": {"create", "about", *BUILDING},
    "runner": BUILDING,
    "reader": {"read"},
}


def test_the_guide_names_the_table_and_nothing_more():
    found = policies()
    assert len(found) == len(ROLES)
    for policy in found:
        assert {each["Resource"] for each in policy["Statement"]} == {TABLE}


def actions(policy):
    return [each for one in policy["Statement"] for each in one["Action"]]


@pytest.fixture(scope="module")
def strict():
    """Run AWS where a policy is heeded; give ``strict(policy)``: a shared memory."""
    pytest.importorskip("flask", reason="needs moto[server]")
    import boto3
    from amazon_server.storage import running

    with running("amazon_server.storage") as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        session = boto3.session.Session("root", "root", region_name=REGION)
        iam = session.client("iam", endpoint_url=url)

        def heed(count):
            asked = Request(
                f"{url}/moto-api/reset-auth",
                data=count,
                headers={"Content-Type": "text/plain"},
                method="POST",
            )
            build_opener(ProxyHandler({})).open(asked).close()

        def become(policy, table="books"):
            heed(b"inf")
            name = uuid4().hex
            iam.create_user(UserName=name)
            # moto does not compare tables.
            statement = {"Effect": "Allow", "Action": policy, "Resource": "*"}
            document = {"Version": "2012-10-17", "Statement": [statement]}
            iam.put_user_policy(
                UserName=name, PolicyName="books", PolicyDocument=json.dumps(document)
            )
            key = iam.create_access_key(UserName=name)["AccessKey"]
            patch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
            patch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
            heed(b"0")
            return SharedMemory(Place(table, REGION), Access())

        yield become
        iam.close()


@pytest.mark.parametrize("role", ROLES)
def test_each_policy_allows_what_its_role_does_and_no_more(strict, role):
    policy = dict(zip(ROLES, policies(), strict=True))
    strict(actions(policy["owner"])).create()
    memory = strict(actions(policy[role]))
    allowed, denied = tried(memory)
    assert allowed == MAY[role]
    assert all("allow the action dynamodb:" in text for text in denied)


def tried(memory):
    """Return what may be done with a memory, and what is said of the rest."""
    allowed, denied = set(), []
    for name, attempt in attempts(memory).items():
        try:
            attempt()
            allowed.add(name)
        except Denied as error:
            denied.append(str(error))
        except EngineUnavailable:
            pass  # there is no such table
    return allowed, denied


@pytest.mark.parametrize("role", ROLES)
def test_no_action_of_a_policy_could_be_left_out(strict, role):
    policy = dict(zip(ROLES, policies(), strict=True))
    strict(actions(policy["owner"])).create()
    for action in actions(policy[role]):
        others = [each for each in actions(policy[role]) if each != action]
        # A new table for each owner: one that is there needs less.
        table = f"books-{uuid4().hex}" if role == "owner" else "books"
        allowed, _ = tried(strict([*others, "dynamodb:ListTables"], table))
        assert not MAY[role] <= allowed, action


def test_a_reader_builds_and_keeps_it_for_itself(strict, shared_book):
    build, _, _ = shared_book
    policy = dict(zip(ROLES, policies(), strict=True))
    strict(actions(policy["owner"])).create()
    strict(actions(policy["reader"]))
    names = ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    variables = {name: os.environ[name] for name in names}
    address = f"dynamodb://books?region={REGION}"
    built = build("one", "-W", amts_shared_memory=address, variables=variables)
    assert "Ţĥé" in built.read("oak.html")
    assert f"{address} is only read" in built.stdout


def test_a_fork_without_credentials_is_built_with_one_quiet_line(shared_book):
    build, _, _ = shared_book
    none = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    built = build("one", "-W", variables=none)
    assert built.warnings == []
    assert built.stdout.count("no AWS credentials") == 1
    assert "Ţĥé" in built.read("oak.html")


def test_a_table_that_nobody_made_is_one_warning(shared_book):
    build, _, _ = shared_book
    built = build("one")
    (warning,) = built.warnings
    assert "sphinx-amts memory create" in warning
    assert "[amts.shared]" in warning
    assert "Ţĥé" in built.read("oak.html")
