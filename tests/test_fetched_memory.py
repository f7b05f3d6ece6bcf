"""Memory files with an address: fetched, kept, asked for again, and never trusted."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sphinx_amts.book.exchange import memory_of
from sphinx_amts.config import read_settings
from sphinx_amts.engines.contract import EngineSetup
from sphinx_amts.engines.llm.engine import OpenAIEngine
from sphinx_amts.errors import AmtsError, SettingError
from sphinx_amts.memory import fetched
from sphinx_amts.memory.fetched import fetch_all, path_of

pytestmark = pytest.mark.newest

TMX = """<tmx version="1.4"><header srclang="en"/><body>
<tu><tuv xml:lang="en"><seg>The oak is old.</seg></tuv>
<tuv xml:lang="es"><seg>El roble es {}.</seg></tuv></tu>
</body></tmx>"""


class Server:
    """Serves one file, as a server of static files does."""

    def __init__(self):
        self.content = TMX.format("viejo").encode()
        self.status, self.location = 200, ""
        self.asked = []  # headers
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.asked.append(dict(self.headers))
                etag = f'"{hashlib.sha256(server.content).hexdigest()[:8]}"'
                status, content = server.status, server.content
                if self.headers["If-None-Match"] == etag:
                    status = 304
                self.send_response(status)
                if server.location:
                    self.send_header("Location", server.location)
                self.send_header("ETag", etag)
                self.end_headers()
                if status == 200:
                    self.wfile.write(content)

            def log_message(self, *_):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/es.tmx"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()

    def stop(self):
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
            self._http.server_close()


@pytest.fixture
def web(monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    server = Server()
    yield server
    server.stop()


def fetch(web, folder):
    """Fetch; return what was missed and what is there."""
    missed = list(fetch_all([web.url, "memory/es.tmx"], folder, folder / ".amts"))
    path = path_of(web.url, folder, folder / ".amts")
    return missed, path.read_bytes() if path.exists() else None


def test_a_file_is_fetched_and_asked_for_only_if_it_has_changed(web, tmp_path):
    assert fetch(web, tmp_path) == ([], web.content)
    assert "If-None-Match" not in web.asked[0]
    assert fetch(web, tmp_path) == ([], web.content)
    assert web.asked[1]["If-None-Match"]
    web.content = TMX.format("muy viejo").encode()
    assert fetch(web, tmp_path) == ([], web.content)
    (about,) = (tmp_path / ".amts" / "fetched").glob("*.json")
    values = json.loads(about.read_text("utf-8"))
    assert values["sha256"] == hashlib.sha256(web.content).hexdigest()
    assert values["address"] == web.url


def test_without_the_server_the_copy_does(web, tmp_path):
    fetch(web, tmp_path)
    web.stop()
    (missed,), content = fetch(web, tmp_path)
    assert content == web.content
    assert not missed.is_fatal
    assert web.url in missed.message
    assert "The copy of 20" in missed.message
    assert "refused" in missed.message


def test_without_server_and_copy_the_address_is_named(web, tmp_path):
    web.stop()
    (missed,), content = fetch(web, tmp_path)
    assert content is None
    assert missed.is_fatal
    assert missed.message.startswith(f"memory file {web.url} cannot be fetched: ")
    assert "Check the address and the network" in missed.message


@pytest.mark.parametrize("status", [403, 404, 500])
def test_what_the_server_refuses(web, tmp_path, status):
    web.status = status
    ((missed,), content) = fetch(web, tmp_path)
    assert content is None
    assert f"the server answers with status {status}" in missed.message


def test_a_copy_that_somebody_changed_is_none(web, tmp_path):
    fetch(web, tmp_path)
    path = path_of(web.url, tmp_path, tmp_path / ".amts")
    path.write_text(TMX.format("falso"), "utf-8")
    assert fetch(web, tmp_path) == ([], web.content)
    assert "If-None-Match" not in web.asked[1]
    path.write_text(TMX.format("falso"), "utf-8")
    web.stop()
    (missed,), _ = fetch(web, tmp_path)
    assert missed.is_fatal


@pytest.mark.parametrize(
    "about",
    ["", "[]", "{}", "[" * 5000, '{"address": 1, "sha256": "", "fetched": ""}', "5"],
    ids=range(6),
)
def test_what_is_known_of_a_copy_may_be_anything(web, tmp_path, about):
    fetch(web, tmp_path)
    path = path_of(web.url, tmp_path, tmp_path / ".amts").with_suffix(".json")
    path.write_text(about, "utf-8")
    assert fetch(web, tmp_path) == ([], web.content)


def test_a_header_that_is_kept_cannot_become_two(web, tmp_path):
    fetch(web, tmp_path)
    path = path_of(web.url, tmp_path, tmp_path / ".amts").with_suffix(".json")
    values = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**values, "etag": "a\r\nHost: elsewhere"}), "utf-8")
    assert fetch(web, tmp_path) == ([], web.content)
    assert web.asked[1]["Host"].startswith("127.0.0.1")


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("http://example.org/es.tmx", "leads to an address that is not https"),
        ("ftp://127.0.0.1/a", "leads to an address that is not https"),
        ("file:///etc/passwd", "status 302"),  # Python itself does not follow it
    ],
)
def test_nothing_leads_to_what_is_no_https(web, tmp_path, location, says):
    web.status, web.location = 302, location
    ((missed,), content) = fetch(web, tmp_path)
    assert content is None
    assert says in missed.message


def test_a_server_may_lead_elsewhere(web, tmp_path):
    other = Server()
    other.status, other.location = 302, web.url
    assert fetch(other, tmp_path) == ([], web.content)
    other.stop()


def test_a_file_over_the_limit_is_left(web, tmp_path, monkeypatch):
    fetch(web, tmp_path)
    before = web.content
    monkeypatch.setattr(fetched, "MAX_BYTES", len(before))
    web.content = before + b" "
    ((missed,), content) = fetch(web, tmp_path)
    assert content == before
    assert "more than" in missed.message


def test_a_copy_is_not_written_through_a_link(web, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / ".amts").mkdir()
    try:
        (tmp_path / ".amts" / "fetched").symlink_to(outside)
    except OSError:
        pytest.skip("no links here")
    assert fetch(web, tmp_path) == ([], web.content)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "http://example.org/es.tmx",
        "http://127.0.0.1.example.org/es.tmx",
        "ftp://example.org/es.tmx",
        "file:///etc/passwd",
        "https:///es.tmx",
    ],
)
def test_other_addresses_are_refused(name):
    with pytest.raises(SettingError, match="begin with https"):
        read_settings({"amts_memory_files": [name]})


@pytest.mark.parametrize(
    "name",
    [
        "https://me:hunter2@example.org/es.tmx",
        "https://example.org/es.tmx?token=hunter2",
        "https://books.s3.amazonaws.com/es.tmx?X-Amz-Signature=hunter2",
    ],
)
def test_an_address_with_a_secret_is_refused_and_not_shown(name):
    for setting, value in (
        ("amts_memory_files", [name]),
        ("amts_shared_memory", name.replace("https", "dynamodb")),
    ):
        with pytest.raises(SettingError, match="a user, a password or a key") as raised:
            read_settings({setting: value})
        assert "hunter2" not in str(raised.value)


def test_a_build_uses_what_it_fetched(web, write_book):
    book = write_book({"index.rst": "Trees\n=====\n\nThe oak is old.\n"})
    settings = {"language": "es", "amts_memory_files": [web.url]}
    first = book.build("-W", **settings)
    assert "El roble es viejo." in first.read("index.html")
    web.content = TMX.format("muy viejo").encode()
    assert "El roble es muy viejo." in book.build(**settings).read("index.html")
    web.stop()
    third = book.build(**settings)
    assert "El roble es muy viejo." in third.read("index.html")
    (warning,) = third.warnings
    assert "The copy of" in warning
    assert "[amts.memory]" in warning


def test_a_build_asks_no_engine_for_what_a_lost_file_may_hold(web, write_book):
    web.status = 404
    book = write_book({"index.rst": "Trees\n=====\n\nThe oak is old.\n"})
    built = book.build(language="es", amts_memory_files=[web.url])
    assert "The oak is old." in built.read("index.html")
    assert any("The engine is not asked" in each for each in built.warnings)


def test_what_is_fetched_may_be_garbage(web, write_book):
    web.content = b"<tmx><!DOCTYPE \xff"
    book = write_book({"index.rst": "Trees\n=====\n\nThe oak is old.\n"})
    built = book.build(language="es", amts_memory_files=[web.url])
    assert any("The engine is not asked" in each for each in built.warnings)


def test_a_model_gets_examples_from_the_copy(tmp_path):
    names = ("https://example.org/es.tmx", "memory/es.tmx")
    settings = {"memory_files": names, "cache_dir": ".amts"}
    setup = EngineSetup({"model": "any"}, settings, tmp_path)
    engine = OpenAIEngine.from_setup(setup)
    assert engine._files == [
        path_of(names[0], tmp_path, tmp_path / ".amts"),
        tmp_path / names[1],
    ]


def test_what_people_import_goes_to_a_file_and_to_no_address(tmp_path):
    names = ["https://example.org/es.tmx", "memory/es.tmx"]
    settings = read_settings({"amts_memory_files": names})
    assert memory_of(settings, tmp_path) == tmp_path / names[1]
    settings = read_settings({"amts_memory_files": names[:1]})
    with pytest.raises(AmtsError, match="no TMX file that the translations could go"):
        memory_of(settings, tmp_path)
