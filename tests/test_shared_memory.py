"""Runners that share a memory: who asks, who waits, and what is paid for."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import threading
import time
from types import SimpleNamespace
from uuid import uuid4

import pytest

pytest.importorskip("boto3", reason="needs boto3")

from hypothesis import given
from hypothesis import strategies as st
from test_translator import PAIR, Listening, segment

from sphinx_amts.aws.errors import Access
from sphinx_amts.engines.base import Untranslated
from sphinx_amts.engines.contract import Budget
from sphinx_amts.errors import EngineUnavailable, TagError
from sphinx_amts.memory.people import People
from sphinx_amts.memory.shared import NOTHING, Held, Place, SharedMemory
from sphinx_amts.memory.store import Store
from sphinx_amts.memory.unit import TranslationUnit
from sphinx_amts.translation import sharing as sharing_module
from sphinx_amts.translation.asking import Order, Problems
from sphinx_amts.translation.known import Shelf
from sphinx_amts.translation.sharing import Sharing, read_row
from sphinx_amts.translation.translator import Translator

pytestmark = [pytest.mark.aws, pytest.mark.newest]

REGION = "eu-west-1"
TEXTS = [segment(f"The oak number {number} is old.") for number in range(6)]


@pytest.fixture
def place(s3_endpoint, aws_variables):
    """A table of the test's own, and this process' way to it."""
    from amazon_server.server import environment

    there = SimpleNamespace(
        environment=lambda region: environment(
            "http://127.0.0.1:9", s3_endpoint, region
        )
    )
    aws_variables(there, REGION)
    found = Place(f"books-{uuid4().hex}", REGION, lease_s=2.0)
    assert SharedMemory(found, Access()).create()
    return found


@pytest.fixture
def runner(place, tmp_path):
    """Give ``runner(engine)``: the translator of a runner with a store of its own."""

    def make(engine, where=place, max_characters=None):
        problems = Problems()
        store = Store(tmp_path / uuid4().hex, pytest.fail)
        order = Order(problems, Budget(max_characters))
        sharing = Sharing(where, Access(), problems)
        return Translator(PAIR, engine, store, People, order, sharing=sharing)

    return make


def ask(translator, texts=TEXTS):
    """Do what a build does; return the targets by the texts."""
    found = translator.sharing.fetch_all(translator.known, texts)
    wanted = [each for each in texts if each.key not in found]
    found.update(translator.ask(wanted))
    return {each.source: found[each.key].target for each in texts if each.key in found}


def heard(*engines):
    """Return what engines were asked for, in order of the alphabet."""
    return sorted(text for each in engines for texts in each.heard for text in texts)


SOURCES = sorted(each.source for each in TEXTS)


def test_what_one_has_paid_for_the_other_has(runner):
    first, second = Listening(), Listening()
    made = ask(runner(first))
    assert heard(first) == SOURCES
    later = runner(second)
    assert ask(later) == made
    assert second.heard == []
    assert later.known.look(TEXTS[0]).match.target == made[TEXTS[0].source]
    assert list(later.problems) == []


def test_what_came_is_in_the_store_from_then_on(runner, place):
    ask(runner(Listening()))
    later = runner(Listening())
    ask(later)
    again = Translator(
        PAIR, Listening(), later.store, People, Order(Problems(), Budget())
    )
    assert all(again.known.find(each) for each in TEXTS)


def test_a_refusal_is_not_paid_for_twice(runner):
    class Empty(Listening):
        def answer(self, sources, pair):
            return ["" for _ in sources]

    first, second = Empty(), Empty()
    ask(runner(first), TEXTS[:1])
    assert first.heard
    ask(runner(second), TEXTS[:1])
    assert second.heard == []


def test_what_got_no_answer_is_free_for_others(runner):
    class Busy(Listening):
        def answer(self, sources, pair):
            return [Untranslated("busy") for _ in sources]

    class Down(Listening):
        def answer(self, sources, pair):
            raise EngineUnavailable("no network")

    for engine in (Busy(), Down()):
        assert ask(runner(engine)) == {}
    third = Listening()
    assert len(ask(runner(third))) == len(TEXTS)
    assert heard(third) == SOURCES


def test_runners_that_start_together_pay_once(runner, monkeypatch):
    monkeypatch.setattr(sharing_module, "PORTION", 2)

    class Slow(Listening):
        def answer(self, sources, pair):
            time.sleep(0.05)
            return super().answer(sources, pair)

    engines = [Slow() for _ in range(4)]
    results = []
    together = threading.Barrier(len(engines))

    def run(engine):
        translator = runner(engine)
        together.wait()
        results.append(ask(translator))

    threads = [threading.Thread(target=run, args=[each]) for each in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard(*engines) == SOURCES
    assert all(each == results[0] for each in results)
    assert len(results) == len(engines)
    assert len(results[0]) == len(TEXTS)


def keys_of(translator):
    return {translator.shelf.key(each.key): each for each in TEXTS}


def test_what_a_runner_held_that_is_gone_is_taken_over(runner, place):
    engine = Listening()
    translator = runner(engine)
    dead = SharedMemory(dataclasses.replace(place, lease_s=0.01), Access())
    dead._sign()
    assert dead.hold(dict.fromkeys(keys_of(translator), NOTHING)) == {}
    assert len(ask(translator)) == len(TEXTS)
    assert heard(engine) == SOURCES


def test_what_a_runner_holds_that_lives_is_waited_for(runner, place):
    engine = Listening()
    translator = runner(engine)
    made = runner(Listening())
    other = SharedMemory(place, Access())
    with other.running():
        assert other.hold(dict.fromkeys(keys_of(translator), NOTHING)) == {}

        def answer():
            time.sleep(3.0)  # longer than a lease, which is renewed
            made.sharing.can_write = False
            made.ask(TEXTS)
            rows = {key: made.store.get(key) for key in keys_of(made)}
            other.put(rows, {})

        thread = threading.Thread(target=answer)
        thread.start()
        assert len(ask(translator)) == len(TEXTS)
        thread.join()
    assert engine.heard == []


def test_who_lives_and_brings_nothing_is_not_waited_for_for_ever(
    runner, place, monkeypatch
):
    monkeypatch.setattr(sharing_module, "PATIENCE_S", 0.5)
    engine = Listening()
    translator = runner(engine)
    other = SharedMemory(place, Access())
    with other.running():
        other.hold(dict.fromkeys(keys_of(translator), NOTHING))
        assert len(ask(translator)) == len(TEXTS)
    assert heard(engine) == SOURCES


def test_the_first_answer_wins_and_is_used(runner, place):
    translator = runner(Listening())
    won = runner(Listening())
    key = translator.shelf.key(TEXTS[0].key)
    won.sharing.can_write = False
    won.ask(TEXTS[:1])
    row = won.store.get(key).replace("[", "{").replace("]", "}")

    class Overtaken(Listening):
        def answer(self, sources, pair):
            other = SharedMemory(place, Access())
            assert other.put({key: row}, {}) == {}
            return super().answer(sources, pair)

    late = Overtaken()
    translator = runner(late)
    (target,) = ask(translator, TEXTS[:1]).values()
    assert target == TranslationUnit.from_json(row).target
    assert translator.store.get(key) == row
    assert late.heard, "it was paid for, but is not used"


# Trust

UNIT = {"source": TEXTS[0].source, "target": "El roble.", "origin": "machine"}


@pytest.mark.parametrize(
    "row",
    [
        "",
        "{",
        "[]",
        "[" * 5000,
        json.dumps({**UNIT, "target": 5}),
        json.dumps({**UNIT, "target": "", "refusal": ""}),
        json.dumps({**UNIT, "target": '<x id="1"/>'}),
        json.dumps({**UNIT, "origin": "human"}),
        json.dumps({**UNIT, "source": "Another text."}),
        json.dumps({**UNIT, "unknown": "name"}),
    ],
    ids=range(10),
)
def test_a_row_that_is_none_counts_for_nothing_and_is_replaced(runner, row):
    engine = Listening()
    translator = runner(engine)
    key = translator.shelf.key(TEXTS[0].key)
    translator.sharing.memory.put({key: row}, {})
    (target,) = ask(translator, TEXTS[:1]).values()
    assert heard(engine) == [TEXTS[0].source]
    told = [each.message for each in translator.problems]
    assert len(told) == 1
    assert all("cannot be used" in each for each in told)
    later = Listening()
    assert list(ask(runner(later), TEXTS[:1]).values()) == [target]
    assert later.heard == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    max_leaves=5,
)
_NAMES = ("source", "target", "origin", "state", "kinds", "refusal", "lacks")


@given(st.dictionaries(st.sampled_from(_NAMES), _JSON | st.just("machine")) | _JSON)
def test_a_row_of_anything_raises_nothing_but_what_it_may(values):
    shelf = Shelf(None, PAIR, "listening")
    for row in (
        json.dumps({**UNIT, **values}) if isinstance(values, dict) else "",
        json.dumps(values),
    ):
        with contextlib.suppress(ValueError, TagError):
            read_row(shelf, TEXTS[0], row)


def test_a_row_that_can_be_used_is(runner):
    translator = runner(Listening())
    key = translator.shelf.key(TEXTS[0].key)
    translator.sharing.memory.put({key: json.dumps(UNIT)}, {})
    assert list(ask(translator, TEXTS[:1]).values()) == ["El roble."]


def test_nobody_keeps_a_build_from_its_end(runner, place, monkeypatch):
    """Somebody changes a row each time, so that it can never be held."""
    engine = Listening()
    translator = runner(engine)
    key = translator.shelf.key(TEXTS[0].key)
    memory, count = SharedMemory(place, Access()), iter(range(99))
    before = Held()
    held = translator.sharing.memory.hold

    def hold(keys):
        nonlocal before
        row = f"no row {next(count)}"
        assert memory.put({key: row}, {key: before}) == {}
        before = Held(row)
        return held(keys)

    translator.sharing.memory.hold = hold
    assert ask(translator, TEXTS[:1])
    assert heard(engine) == [TEXTS[0].source]


# What DynamoDB does not do


def test_a_row_over_the_limit_stays_here(runner):
    long = segment("oak " * 60_000)
    translator = runner(Listening())
    assert ask(translator, [long, TEXTS[0]])
    assert translator.sharing.memory.too_long == 1
    assert list(translator.problems) == []
    later = Listening()
    assert len(ask(runner(later), [long, TEXTS[0]])) == 2
    assert heard(later) == [long.source]


def test_many_keys_are_read_in_batches(place):
    memory = SharedMemory(place, Access())
    rows = {f"{number:064x}": f"row {number}" for number in range(120)}
    assert memory.put(rows, {}) == {}
    found = memory.read([*rows, "f" * 64])
    assert {key: held.row for key, held in found.items()} == rows


def test_a_crowded_table_is_asked_again(runner, place):
    crowded = dataclasses.replace(place, table=f"crowded-{uuid4().hex}")
    SharedMemory(crowded, Access()).create()
    first, second = Listening(), Listening()
    told = runner(first, crowded)
    made = ask(told)
    assert heard(first) == SOURCES
    assert ask(runner(second, crowded)) == made
    assert second.heard == []
    assert list(told.problems) == []
    memory = SharedMemory(crowded, Access())
    keys = [f"{number:064x}" for number in range(20)]  # more than there are rounds
    assert memory.read(keys) == {}


def test_a_table_that_is_not_there_is_named_and_the_build_goes_on(runner, place):
    engine = Listening()
    translator = runner(engine, dataclasses.replace(place, table="nobodys"))
    assert len(ask(translator)) == len(TEXTS)
    (problem,) = translator.problems
    assert problem.subtype.value == "shared"
    assert "no table 'nobodys'" in problem.message
    assert "sphinx-amts memory create" in problem.message


def test_an_address_where_nobody_answers(runner, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    engine = Listening()
    translator = runner(engine)
    assert len(ask(translator)) == len(TEXTS)
    (problem,) = translator.problems
    assert "cannot be reached" in problem.message


def test_without_credentials_one_quiet_line(runner, monkeypatch, caplog):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    caplog.set_level("INFO", "sphinx_amts")
    translator = runner(Listening())
    assert len(ask(translator)) == len(TEXTS)
    assert list(translator.problems) == []
    (line,) = [each.getMessage() for each in caplog.records]
    assert "no AWS credentials" in line


def test_who_may_not_ask_reads(runner):
    ask(runner(Listening()), TEXTS[:3])
    reader = runner(Listening())
    looking = Translator(
        PAIR,
        reader.engine,
        reader.store,
        People,
        Order(Problems(), Budget(), forbidden="only looks"),
        sharing=reader.sharing,
    )
    assert len(looking.sharing.fetch_all(looking.known, TEXTS)) == 3
    assert looking.ask(TEXTS[3:]) == {}
    memory = reader.sharing.memory
    assert len(memory.read(keys_of(reader))) == 3


def test_the_cap_holds_and_the_rest_is_free(runner):
    first = runner(Listening(), max_characters=60)
    assert len(ask(first)) == 2
    second = Listening()
    assert len(ask(runner(second))) == len(TEXTS)
    assert len(heard(second)) == len(TEXTS) - 2


# Jobs


def test_a_job_is_shared_as_well(shop, place, tmp_path):
    address = f"{place}"
    settings = {"amts_shared_memory": address, "amts_aws_region": "us-east-1"}
    first = shop.build("-W", **settings, amts_cache_dir=str(tmp_path / "one"))
    assert shop.started() == 1
    second = shop.build("-W", "-E", **settings, amts_cache_dir=str(tmp_path / "two"))
    assert shop.started() == 1
    assert shop.count("TranslateText") == 0
    assert second.read("oak.html") == first.read("oak.html")
