"""Nobody but the translators of a desk can read or write there."""

from __future__ import annotations

import socket
from urllib.parse import quote

import pytest
from books import run
from desks import Desk, httpx, lamps

pytestmark = pytest.mark.newest

PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A desk; what tests save there is saved with the version that they saw."""
    with Desk(lamps(tmp_path_factory.mktemp("safe") / "book")) as opened:
        yield opened


@pytest.fixture
def source(tmp_path):
    """The folder of a book with a memory file."""
    return lamps(tmp_path / "book")


@pytest.fixture
def stranger(desk):
    """A client without a token."""
    with httpx.Client(base_url=desk.url, trust_env=False) as client:
        yield client


PATHS = [
    *("", "index.html", "guide.html", "_desk/desk.js", "_desk/queue"),
    *("api/segments", "api/progress", "api/events", "api/engines", "api/pages/index"),
]


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_read_without_the_token(stranger, path):
    assert stranger.get(path).status_code == 401
    assert stranger.get(path, params={"token": "x"}).status_code == 401
    bearer = {"authorization": "Bearer x"}
    assert stranger.get(path, headers=bearer).status_code == 401
    assert stranger.get(path, headers={"cookie": "amts_desk=x"}).status_code == 401


def test_the_token_of_the_address_becomes_a_cookie_no_script_can_read(desk, stranger):
    answer = stranger.get("guide.html", params={"token": desk.token, "q": "1"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/guide.html?q=1"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "domain" not in cookie
    assert stranger.get("guide.html").status_code == 200
    assert desk.token not in stranger.get("guide.html").text


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example", "/%2f/x.com"])
def test_the_token_leads_to_no_other_server(desk, path):
    host, port = "127.0.0.1", int(desk.url.rsplit(":", 1)[1].strip("/"))
    with socket.create_connection((host, port)) as connection:
        line = f"GET {path}?token={desk.token} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n"
        connection.sendall(line.encode())
        answer = connection.recv(4096).decode()
    place = next(x for x in answer.splitlines() if x.lower().startswith("location:"))
    assert place.split(": ")[1].startswith("/")
    assert not place.split(": ")[1].startswith(("//", "/\\"))


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", ""])
def test_no_other_name_leads_here(desk, host):
    answer = desk.http.get("api/segments", headers={"host": host})
    assert answer.status_code in (400, 403)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"},
    ],
)
def test_no_page_of_another_site_reads_or_writes(desk, headers):
    path = f"api/segments/{quote(desk.key('Guide'), safe='')}"
    assert desk.http.get(path, headers=headers).status_code == 403
    assert desk.http.get("guide.html", headers=headers).status_code == 403
    before = desk.units()
    answer = desk.http.put(path, json={"target": "x"}, headers=headers)
    assert answer.status_code == 403
    assert desk.units() == before


def test_a_page_of_the_desk_s_own_may(desk):
    own = {"origin": desk.url.rstrip("/"), "sec-fetch-site": "same-origin"}
    path = f"api/segments/{quote(desk.key('Guide'), safe='')}"
    assert desk.http.put(path, json={"target": "指南"}, headers=own).status_code == 200


def test_a_form_of_another_site_writes_nothing(desk):
    path = f"api/segments/{quote(desk.key('Guide'), safe='')}/undo"
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        headers = {"content-type": kind}
        answer = desk.http.post(path, content=b"{}", headers=headers)
        assert answer.status_code == 400


def test_own_pages_run_no_script_of_a_page_and_the_book_s_do(desk):
    own = desk.http.get("api/progress").headers["content-security-policy"]
    assert "default-src 'none'" in own
    assert "unsafe" not in own
    assert "frame-ancestors 'none'" in own
    book = desk.http.get("index.html").headers["content-security-policy"]
    assert "frame-ancestors 'self'" in book
    assert "'unsafe-inline'" in book
    for path in ("api/progress", "index.html"):
        headers = desk.http.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] in ("no-store", "private, no-cache")
        assert headers["referrer-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers


def test_a_target_is_never_markup(desk):
    key = desk.key("Lamps")
    for target in ("<b>x</b>", "<script>alert(1)</script>", "`x` <img src=x>"):
        assert desk.put(key, target).status_code == 422
    shown = "&lt;script&gt;"
    assert desk.put(key, shown).status_code == 422  # the source has no such sign
    assert desk.put(key, ":doc:`index` |x| **y** [z](javascript:x)").status_code == 200
    found = desk.segment(key)
    assert found["shown_target"] == ":doc:`index` |x| **y** [z](javascript:x)"


@pytest.mark.parametrize("path", ["../zh.tmx", "..%2fzh.tmx", "%2e%2e/%2e%2e/zh.tmx"])
def test_nothing_outside_the_edition_is_served(desk, path):
    host, port = "127.0.0.1", int(desk.url.rsplit(":", 1)[1].strip("/"))
    with socket.create_connection((host, port)) as connection:
        lines = [
            f"GET /{path} HTTP/1.1",
            f"Host: {host}:{port}",
            f"Authorization: Bearer {desk.token}",
        ]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        assert " 404 " in connection.recv(4096).decode().splitlines()[0]


def test_a_request_that_is_too_large_is_refused(desk):
    answer = desk.put(desk.key("Guide"), "x" * 3_000_000)
    assert answer.status_code == 413
    assert desk.put(desk.key("Guide"), "x" * 300_000).status_code == 400


def test_a_team_comes_in_by_the_password_alone(source):
    address = "127.0.0.2"  # of this machine, and not the one that needs no password
    variables = {"AMTS_REVIEW_PASSWORD": PASSWORD}
    with (
        Desk(source, "--host", address, variables=variables) as desk,
        httpx.Client(base_url=desk.url, trust_env=False) as client,
    ):
        assert client.get("api/progress").status_code == 401
        assert client.get("", params={"token": desk.token}).status_code in (303, 401)
        assert client.get("api/progress").status_code == 401
        page = client.get("", headers={"accept": "text/html"}, follow_redirects=True)
        assert 'type="password"' in page.text
        wrong = client.post("_desk/login", data={"password": "another password"})
        assert wrong.status_code == 401
        assert "set-cookie" not in wrong.headers
        evil = {"origin": "https://evil.example"}
        given = {"password": PASSWORD}
        assert client.post("_desk/login", data=given, headers=evil).status_code == 403
        right = client.post("_desk/login", data=given)
        assert right.status_code == 303
        assert PASSWORD not in right.headers["set-cookie"]
        bearer = {"authorization": f"Bearer {PASSWORD}", "cookie": ""}
        assert httpx.get(f"{desk.url}api/progress", headers=bearer).status_code == 401
        assert client.get("api/progress").status_code == 200
        # A server before it has a name of its own, and TLS.
        headers = {"host": "desk.example", "x-forwarded-proto": "https"}
        right = client.post("_desk/login", data=given, headers=headers)
        assert "secure" in right.headers["set-cookie"].lower()


@pytest.mark.parametrize("password", ["", "short"])
def test_no_desk_for_others_without_a_password(source, password):
    command = ["-m", "sphinx_amts", "review", source, "-l", "zh", "--host", "0.0.0.0"]
    variables = {"AMTS_REVIEW_PASSWORD": password}
    done = run(command, source, cwd=source.parent, expected=2, **variables)
    assert "AMTS_REVIEW_PASSWORD" in done.stderr
