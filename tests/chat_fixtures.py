"""What tests of language models share: a server, engines for it, a memory, texts."""

from __future__ import annotations

import json

import pytest
from chat_server import ChatServer, serve

from sphinx_amts.engines.contract import EngineSetup, Untranslated
from sphinx_amts.engines.registry import make_engine
from sphinx_amts.formats import tmx
from sphinx_amts.memory.people import People
from sphinx_amts.memory.store import Store
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.tagged import TaggedText
from sphinx_amts.translation.asking import no_order
from sphinx_amts.translation.translator import Translator

PAIR = LanguagePair("en", "es")
KEY = "sk-not-for-anyone-1234567890"
TAGGED = TaggedText(
    'Run <x id="1"/> in the <g id="2">main folder</g> &amp; wait.', {1: "make"}
)
TEXTS = [
    TAGGED,
    "The lamp is on the left side of the harbour.",
    "Fog comes in at night.",
]


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with serve() as running:
        yield running


@pytest.fixture(params=["openai", "bedrock"])
def make(request, server: ChatServer, monkeypatch, tmp_path):
    """Make an engine for the server, of each kind."""
    options: dict[str, object] = {"model": "m-1", "patience_s": 2}
    if request.param == "openai":
        pytest.importorskip("httpx", reason="needs httpx")
        options["url"] = f"{server.url}/v1"
        monkeypatch.setenv("AMTS_LLM_KEY", KEY)
    else:
        pytest.importorskip("boto3", reason="needs boto3")
        variables = {
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(tmp_path / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": server.url,
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    def made(settings=None, **more):
        setup = EngineSetup({**options, **more}, settings or {}, tmp_path)
        return make_engine(request.param, setup)

    made.kind = request.param
    return made


def error(make, status: int, name: str, text: str) -> tuple[int, dict[str, str], bytes]:
    """Return a refusal in the protocol's form."""
    if make.kind == "openai":
        return status, {}, json.dumps({"error": {"message": text}}).encode()
    return status, {"x-amzn-ErrorType": name}, json.dumps({"message": text}).encode()


def is_broken(answer: object) -> bool:
    return isinstance(answer, Untranslated) and answer.is_broken


def translator(engine, tmp_path, **options) -> Translator:
    order = no_order()._replace(**options)
    return Translator(PAIR, engine, Store(tmp_path / "store", print), People, order)


def openai(url="", **more):
    pytest.importorskip("httpx", reason="needs httpx")
    options = {"url": url, "model": "m-1", "patience_s": 0.2, **more}
    return make_engine("openai", EngineSetup(options))


LOGIN = "me:pass-word-for-no-eyes@"
QUERY = "?key=query-for-no-eyes-12345&version=2"
SECRETS = (KEY, "pass-word-for-no-eyes", "query-for-no-eyes-12345")


@pytest.fixture
def secret_url(server):
    return server.url.replace("//", f"//{LOGIN}") + f"/v1{QUERY}"


def assert_hidden(text: str) -> None:
    assert [secret for secret in SECRETS if secret in text] == []


UNITS = [
    ("The lamp is on the right side of the harbour.", "La luz queda a la derecha."),
    ("Fog comes from the sea in the morning.", "La niebla viene del mar."),
    ("Nothing alike whatsoever.", "Nada parecido."),
]


@pytest.fixture
def people(tmp_path):
    """Give the settings for a memory and for terms."""
    entries = [tmx.Entry({"en": source, "es": target}) for source, target in UNITS]
    tmx.dump(entries, tmp_path / "people.tmx", source_language="en")
    terms = "en,es\nharbour,puerto\nfog,niebla\nwhale,ballena\n"
    (tmp_path / "terms.csv").write_text(terms)
    return {"memory_files": ("people.tmx",), "terminology": "terms.csv"}
