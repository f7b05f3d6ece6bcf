"""Language models on the wire: slow ones, old ones, and no secret seen."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import Iterator

import pytest
from books import run
from chat_fixtures import (
    KEY,
    LOGIN,
    PAIR,
    QUERY,
    SECRETS,
    TEXTS,
    assert_hidden,
    error,
    is_broken,
    openai,
    translator,
)
from chat_server import foreign, serve, shout, with_own_certificate

from sphinx_amts.config import read_settings
from sphinx_amts.engines.contract import EngineSetup, Meter
from sphinx_amts.engines.llm.address import Address
from sphinx_amts.engines.llm.engine import (
    TIMEOUT_S,
)
from sphinx_amts.engines.llm.speed import FIRST, LEAST, Speed
from sphinx_amts.engines.llm.wire import trouble_of
from sphinx_amts.engines.registry import make_engine
from sphinx_amts.errors import EngineUnavailable, SettingError
from sphinx_amts.text.segment import Segment

pytestmark = pytest.mark.newest

# Speed

SHORT = [f"Lamp number {number} is lit." for number in range(60)]


def test_an_answer_that_is_slow_but_comes_is_none_that_is_dead(server, tmp_path):
    server.pause_s = 0.1  # ten words a second
    texts = SHORT[:7]  # 35 words: three and a half seconds
    engine = openai(f"{server.url}/v1", timeout_s=2)
    made = translator(engine, tmp_path, timeout_s=2)
    made.ask([Segment(text) for text in texts])
    assert not made.down
    found = [made.known.find(Segment(text)) for text in texts]
    assert [match and match.target for match in found] == list(map(foreign, texts))
    assert len(server.requests) == 1


def test_an_answer_that_stops_coming_is_given_up(server, tmp_path):
    server.pause_s = 2
    with pytest.raises(EngineUnavailable, match=r"silent for 0\.2 s"):
        openai(f"{server.url}/v1", timeout_s=0.2).translate(TEXTS, PAIR)


@pytest.mark.parametrize(("pause_s", "largest"), [(0.01, 300), (0.0, 4000)])
def test_requests_grow_with_the_speed(server, pause_s, largest):
    server.pause_s = pause_s
    engine = openai(f"{server.url}/v1", timeout_s=2, threads=1)
    texts = SHORT[:40] if pause_s else SHORT
    assert engine.translate(texts, PAIR) == list(map(foreign, texts))
    sizes = [sum(map(len, each["segments"].values())) for each in server.messages()]
    assert sizes[0] <= FIRST
    assert max(sizes[1:]) <= largest
    assert sum(sizes) == sum(map(len, texts))
    assert (len(sizes) > 3) == bool(pause_s)


def test_a_portion_takes_the_target_time():
    speed = Speed(target_s=20)
    assert speed.portion == FIRST
    speed.learn(360, 5)  # 72 characters/s are 12 words/s
    assert (speed.portion, speed.words_per_s) == (1440, 12)
    speed.slow_down()
    assert (speed.portion, speed.words_per_s) == (720, 12)
    speed.learn(360, 5)
    assert 720 < speed.portion < 1440
    for _ in range(9):
        speed.learn(1, 1000)
    assert speed.portion == LEAST


@pytest.mark.parametrize("streams", [True, False])
def test_an_endpoint_without_events_is_asked_without(server, streams):
    server.streams = streams  # it may also take no notice of what is asked for
    server.refused = {"stream"} if streams else set()
    engine = openai(f"{server.url}/v1")
    for _ in range(2):
        assert engine.translate(TEXTS, PAIR) == [foreign(text) for text in TEXTS]
    asked = [body.get("stream") for _, _, body in server.requests]
    assert asked == ([True, True, None, None] if streams else [True, True])


def test_what_is_set_is_not_found_out(server):
    openai(f"{server.url}/v1", stream="off").translate(TEXTS, PAIR)
    server.refused = {"stream"}
    engine = openai(f"{server.url}/v1", stream="on", schema="off")
    assert all(map(is_broken, engine.translate(TEXTS, PAIR)))
    assert [body.get("stream") for _, _, body in server.requests] == [None, True]
    with pytest.raises(SettingError, match="'stream' is 'yes', but should be"):
        openai(f"{server.url}/v1", stream="yes")


def test_what_is_refused_for_its_text_changes_no_form(make, server):
    engine = make()
    engine.translate(TEXTS, PAIR)
    server.next.append(error(make, 400, "ValidationException", "too long"))
    assert all(map(is_broken, engine.translate(TEXTS, PAIR)))
    engine.translate(TEXTS, PAIR)
    bodies = [body for _, _, body in server.requests]
    assert len({frozenset(body) for body in bodies}) == 1
    assert len(bodies) == 3


def test_what_came_of_a_request_is_kept_when_the_service_goes(server, make):
    server.model = lambda values: server.next.append((401, {}, b"")) or shout(values)
    answers = make(threads=1).answers([SHORT], PAIR, Meter())
    number, found = next(answers)
    with pytest.raises(EngineUnavailable):
        next(answers)
    kept = [each for each in found if isinstance(each, str)]
    assert (number, len(found)) == (0, len(SHORT))
    assert kept == list(map(foreign, SHORT[: len(kept)]))
    assert FIRST / 2 < sum(map(len, kept)) <= FIRST
    assert not any(map(is_broken, found))


@pytest.mark.parametrize("after", [0, 3])  # words: before the first text's end
def test_an_answer_that_breaks_off_is_asked_for_again(server, after):
    server.breaks_after = after

    def mend(values: dict) -> str:
        if len(server.requests) == 2:
            server.breaks_after = None
        return shout(values)

    server.model = mend
    engine = openai(f"{server.url}/v1", patience_s=20)
    assert engine.translate(TEXTS, PAIR) == [foreign(text) for text in TEXTS]
    assert len(server.requests) == 2


EVENTS = {
    "no json": b"data: {\n\n",
    "no object": b"data: []\n\n",
    "no choices": b'data: {"choices": 3}\n\n',
    "no choice": b'data: {"choices": [3]}\n\n',
    "no delta": b'data: {"choices": [{"delta": 3}]}\n\n',
    "an error": b'data: {"error": {"message": "gone"}}\n\n',
}


@pytest.mark.parametrize("data", EVENTS.values(), ids=EVENTS)
def test_events_that_are_none_are_a_fault(server, data):
    answer = 200, {"Content-Type": "text/event-stream"}, data
    server.next.extend([answer] * 30)
    with pytest.raises(EngineUnavailable, match="does not answer as OpenAI's would"):
        openai(f"{server.url}/v1").translate(TEXTS, PAIR)


def test_events_without_an_end_are_an_answer_that_was_cut(server):
    answer = 200, {"Content-Type": "text/event-stream"}, b": nothing\n\n"
    server.next.append(answer)
    (found, *_) = openai(f"{server.url}/v1").translate(TEXTS, PAIR)
    assert found.reason == "the answer was cut"


def test_the_time_limit_of_the_build_is_the_engines(server):
    options = {"url": f"{server.url}/v1", "model": "m"}
    own = {**options, "timeout_s": 7}
    made = [
        make_engine("openai", EngineSetup(each, {"timeout_s": setting}))
        for each, setting in ((options, None), (options, 30.0), (own, 30.0))
    ]
    assert [each.read_timeout_s for each in made] == [TIMEOUT_S, 30, 7]


# Secrets
def test_a_user_and_a_query_of_the_address_arrive(server, secret_url, monkeypatch):
    openai(secret_url).translate(TEXTS, PAIR)
    monkeypatch.setenv("AMTS_LLM_KEY", KEY)
    openai(secret_url).translate(TEXTS, PAIR)
    paths, sent = zip(*(each[:2] for each in server.requests), strict=True)
    assert set(paths) == {f"/v1/chat/completions{QUERY}"}
    login = base64.b64encode(LOGIN[:-1].encode()).decode()
    found = [headers["Authorization"] for headers in sent]
    assert found == [f"Basic {login}", f"Bearer {KEY}"]


@pytest.mark.parametrize("status", [302, 400, 401, 404, 418, 429, 500])
def test_what_a_server_says_of_secrets_is_not_shown(
    server, secret_url, monkeypatch, caplog, status
):
    monkeypatch.setenv("AMTS_LLM_KEY", KEY)
    said = json.dumps({"error": {"message": f"no {' '.join(SECRETS)}"}}).encode()
    headers = {"Location": f"{secret_url}/{KEY}", "X-Key": KEY}
    server.next.extend([(status, headers, said)] * 20)
    caplog.set_level(logging.DEBUG)
    engine = openai(secret_url)
    try:
        shown = repr(engine.translate(TEXTS, PAIR))
    except EngineUnavailable as error:
        shown = "".join(traceback.format_exception(error))
    assert_hidden(shown)
    assert_hidden(caplog.text)
    assert "127.0.0.1" in shown
    assert_hidden(f"{engine.signature(PAIR)} {engine!r} {engine.chat()!r}")


@pytest.mark.parametrize("secret", SECRETS)
def test_an_answer_with_a_secret_in_it_counts_for_nothing(
    server, secret_url, monkeypatch, secret
):
    monkeypatch.setenv("AMTS_LLM_KEY", KEY)
    server.model = lambda values: json.dumps(
        {n: f"{text} {secret.upper()}" for n, text in values["segments"].items()}
    )
    answers = openai(secret_url).translate(TEXTS, PAIR)
    assert all(map(is_broken, answers))
    assert secret.upper() not in repr(answers)


@pytest.mark.parametrize("key", ["sk-12\n34", "ключ-12345", "sk 1234", " ", "sk-ñ"])
def test_a_key_that_cannot_be_one_is_not_sent(server, monkeypatch, key):
    monkeypatch.setenv("MY_KEY", key)
    engine = openai(f"{server.url}/v1", key_variable="MY_KEY")
    with pytest.raises(EngineUnavailable, match="key in MY_KEY has characters") as said:
        engine.prepare(PAIR)
    assert key not in str(said.value) or key == " "
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://me:secret-part/more@127.0.0.1/v1",
        "http://me:secret@127.0.0.1:port/v1",
        "ftp://me:secret@127.0.0.1/v1",
        "http://[secret/v1",
    ],
)
def test_an_address_that_is_none_is_not_shown(monkeypatch, url):
    with pytest.raises(SettingError, match="needs a 'url'") as said:
        openai(url)
    assert "secret" not in str(said.value)
    monkeypatch.setenv("AMTS_LLM_URL", url)
    with pytest.raises(EngineUnavailable, match="AMTS_LLM_URL") as unavailable:
        openai().prepare(PAIR)
    shown = "".join(traceback.format_exception(unavailable.value))
    assert "secret" not in shown


def test_an_address_may_come_from_the_environment(server, secret_url, monkeypatch):
    monkeypatch.setenv("AMTS_LLM_URL", secret_url)
    assert openai().translate(TEXTS, PAIR) == [foreign(text) for text in TEXTS]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_PROXY", "nonsense://me:pass-word-for-no-eyes@127.0.0.1"),
        ("HTTP_PROXY", "http://me:pass-word-for-no-eyes@127.0.0.1:port"),
        ("HTTP_PROXY", "http://me:pass-word-for-no-eyes@127.0.0.1:9"),
    ],
)
def test_a_proxy_that_does_not_do_is_not_shown(server, monkeypatch, name, value):
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv(name, value)
    with pytest.raises(EngineUnavailable) as raised:
        openai("http://models.example/v1").translate(TEXTS, PAIR)
    assert_hidden("".join(traceback.format_exception(raised.value)))


@pytest.mark.parametrize(
    "url",
    [
        "https://me:pass@host/v1",
        "https://token@host/v1",
        "https://host/v1?key=1234",
        "https://host/v1?version=2&access_token=1234",
    ],
)
def test_settings_hold_no_secret(url):
    with pytest.raises(SettingError, match="AMTS_LLM_URL") as said:
        read_settings({"amts_engine_options": {"url": url}})
    assert "pass@" not in str(said.value)
    assert "1234" not in str(said.value)


def test_other_addresses_are_settings():
    options = {"url": "https://host/v1/@x?version=2", "site": "//a@b", "n": 1}
    settings = read_settings({"amts_engine_options": options})
    assert settings.engine_options == options


def test_every_error_of_httpx_has_a_remedy():
    httpx = pytest.importorskip("httpx", reason="needs httpx")

    def below(kind: type) -> Iterator[type]:
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    kinds = [*below(httpx.TransportError), httpx.InvalidURL, *below(httpx.StreamError)]
    address = Address.parse("http://host/v1")
    for kind in kinds:
        trouble = trouble_of(kind.__new__(kind, "secret"), address, 1.0)
        assert "not known" not in str(trouble.error), kind
        assert "secret" not in str(trouble.error)


def test_httpx_is_imported_by_who_needs_it(tmp_path):
    code = """
import sys
import sphinx_amts.engines.llm.engine, sphinx_amts.hosts.sphinx.extension
print("httpx" in sys.modules)
sys.modules["httpx"] = None
from sphinx_amts.engines.llm.engine import OpenAIEngine
try:
    OpenAIEngine(url="http://127.0.0.1/v1", model="m").prepare(
        sphinx_amts.text.languages.LanguagePair("en", "es"))
except sphinx_amts.errors.EngineUnavailable as error:
    print(error)
"""
    done = run(["-c", code], tmp_path, cwd=tmp_path)
    assert done.stdout.splitlines() == [
        "False",
        "httpx is missing. Install it: python -m pip install 'sphinx_amts[llm]'",
    ]


def test_a_server_that_is_not_trusted_is_named(tmp_path, monkeypatch):
    pytest.importorskip("cryptography", reason="needs cryptography")
    monkeypatch.setenv("NO_PROXY", "*")
    with serve(with_own_certificate(tmp_path)) as server:
        engine = openai(server.url.replace("http:", "https:"))
        with pytest.raises(EngineUnavailable, match="not trusted"):
            engine.translate(TEXTS, PAIR)
        assert server.requests == []
