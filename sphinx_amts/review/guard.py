"""Who may use the desk: whoever has the token, from a page of the desk's own.

* ``Host``: on loopback, no name but the server's own, so that no other site can have
  its name lead here; ``Origin``: none but the desk's;
* a cookie that scripts cannot read and that comes with no request of another site. It
  is given for the token of the address, once; with ``--host``, for the password;
* a content security policy. The desk's own files may load nothing from elsewhere and
  run no script in a page. The book's pages are what the book's own build has written,
  and themes put scripts and styles into them, and load formulas and fonts from
  elsewhere: they may do as they do where they are published, but not be shown inside
  other sites, send forms to them, or have their links begin there.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "amts_desk"
LOGIN = "/_desk/login"
SAFE = ("GET", "HEAD")
WRONG_S = 1.0  # seconds that a wrong password takes
MAX_BODY = 2_000_000
"""Bytes of a request. The longest paragraphs of books, escaped, have some 100 kB."""

OWN_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
BOOK_POLICY = (
    "default-src 'self' http: https: data: blob: 'unsafe-inline' 'unsafe-eval';"
    " connect-src 'self' http: https: ws: wss: data: blob:; object-src 'self' data:;"
    " base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
OWN_CACHE, BOOK_CACHE = "no-store", "private, no-cache"
"""What a browser may keep: nothing of the API; of the book, what it asks for again."""

_LOGIN_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Translators' desk</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Translators' desk</h1>{message}
<form method="post" action="/_desk/login">
<p><label for="password">Password</label>
<input id="password" name="password" type="password" required
 autocomplete="current-password" autofocus></p>
<p><button type="submit">Open</button></p></form></main></body></html>
"""
_NO_TOKEN = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Translators' desk</title></head>
<body><main><h1>This page belongs to a translators' desk</h1>
<p>Open it by the address that <code>sphinx-amts review</code> has printed.</p>
</main></body></html>
"""


@dataclass(frozen=True)
class Keys:
    """What opens a desk; ``password`` is empty on loopback."""

    token: str
    password: str = ""
    hosts: tuple[str, ...] = ()  # that ``Host`` may name; none: any

    def opens(self, given: str) -> bool:
        """Tell whether a text is the token: a password is for the login alone."""
        return _same(given, self.token)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


class Guard:
    """Stands before the application, and lets in who may."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self.app = app
        self.keys = keys
        self._one = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or have the application do so."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        answer = self._refusal(request) or await self._entry(request)
        with_headers = _with_headers(send, scope["path"].startswith("/_desk/"))
        if scope["path"].startswith("/api/"):
            with_headers = _with_headers(send, True)
        await (answer or self.app)(scope, receive, with_headers)

    def _refusal(self, request: Request) -> Response | None:
        """Return why a request is from where none may come."""
        headers = request.headers
        host = headers.get("host", "")
        if self.keys.hosts and host.lower() not in self.keys.hosts:
            return _error(403, "this is not the address of the desk")
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return _error(403, "a page of another site may not use the desk")
        site = headers.get("sec-fetch-site", "none")
        is_page = headers.get("sec-fetch-mode") == "navigate"
        if site not in ("none", "same-origin") and not (
            is_page and request.method in SAFE
        ):
            return _error(403, "a page of another site may not use the desk")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            return _error(413, "too large")
        return None

    async def _entry(self, request: Request) -> Response | None:
        """Return what whoever has not come in gets; None for who has."""
        if request.url.path == LOGIN and self.keys.password:
            return await self._login(request)
        token = request.query_params.get("token")
        if token is not None and request.method in SAFE and not self.keys.password:
            if self.keys.opens(token):
                return self._let_in(_without_token(request), request)
            return HTMLResponse(_NO_TOKEN, 401)
        if self.keys.opens(_given(request.headers)):
            return None
        if self.keys.password and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(LOGIN, 303)
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(_NO_TOKEN, 401)
        return _error(401, "the token of the desk is missing")

    async def _login(self, request: Request) -> Response:
        if request.method in SAFE:
            return HTMLResponse(_LOGIN_PAGE.format(message=""))
        if request.method != "POST":
            return _error(405, "GET or POST")
        body = await _body(request)
        given = parse_qs(body.decode(errors="replace")).get("password", [""])[0]
        async with self._one:  # nobody tries many at a time
            if _same(given, self.keys.password):
                return self._let_in("/", request)
            await asyncio.sleep(WRONG_S)
        message = "<p role='alert'>That is not the password.</p>"
        return HTMLResponse(_LOGIN_PAGE.format(message=message), 401)

    def _let_in(self, path: str, request: Request) -> Response:
        answer = RedirectResponse(path, 303)
        is_secure = request.headers.get("x-forwarded-proto") == "https"
        answer.set_cookie(
            COOKIE,
            self.keys.token,
            httponly=True,
            samesite="strict",
            secure=is_secure or request.url.scheme == "https",
        )
        return answer


async def _body(request: Request) -> bytes:
    found = b""
    async for part in request.stream():
        found += part
        if len(found) > MAX_BODY:
            return b""
    return found


def _given(headers: Headers) -> str:
    """Return what a request has to come in with; empty for nothing."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return bearer.strip()
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""


def _without_token(request: Request) -> str:
    """Return the address of a request without its token, on this server."""
    rest = [(k, v) for k, v in request.query_params.multi_items() if k != "token"]
    path = "/" + request.url.path.lstrip("/")  # no address of another server
    return f"{path}?{urlencode(rest)}" if rest else path


def _error(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status)


def _with_headers(send: Send, is_own: bool) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers["content-security-policy"] = OWN_POLICY if is_own else BOOK_POLICY
            headers["cache-control"] = OWN_CACHE if is_own else BOOK_CACHE
            if is_own:
                headers["x-frame-options"] = "DENY"
        await send(message)

    return sending
