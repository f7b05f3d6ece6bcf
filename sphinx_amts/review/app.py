"""The desk over HTTP: the API, the edition's pages, the desk's own files.

=======  =================================  ===========================================
GET      ``/api/segments``                  a queue: `Desk.segments`
GET PUT  ``/api/segments/KEY``              all there is to say of one; save it
POST     ``/api/segments/KEY/check``        what there is to say of a text
POST     ``/api/segments/KEY/undo``         take back what was saved last
POST     ``/api/segments/KEY/suggest``      what another engine says, or its price
GET      ``/api/engines``                   the engines that can be asked
GET      ``/api/pages/NAME``                the segments of a page, in order
GET      ``/api/progress``                  how far the translators are
GET      ``/api/effort``                    the work saved
GET      ``/api/events``                    server-sent events
=======  =================================  ===========================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from sphinx_amts.files import read_json
from sphinx_amts.review import queue
from sphinx_amts.review.answers import AnswerError
from sphinx_amts.review.desk import Desk
from sphinx_amts.review.edit import Edit
from sphinx_amts.review.guard import MAX_BODY, Guard, Keys
from sphinx_amts.review.pages import SKELETONS, STATIC, Pages
from sphinx_amts.review.saved import Saved
from sphinx_amts.review.suggesting import Suggesting
from sphinx_amts.text.segment import Segment, State
from sphinx_amts.text.tagged import equivalents_of, parse, readable

Values = Mapping[str, Any]
MAX_TEXT = 200_000  # characters of one text; see `corrections.MAX_LINE`


class WrongError(AnswerError):
    """A request is not what the API describes."""


def make_app(api: Api, out: Path, keys: Keys) -> ASGIApp:
    """Return the application of a desk; ``out`` has the edition's pages."""
    app = Starlette(
        routes=[
            *api.routes(),
            *(
                Route(f"/_desk/{name}", _skeleton(STATIC / file))
                for name, file in SKELETONS.items()
            ),
            Mount("/_desk", StaticFiles(directory=STATIC, check_dir=False)),
            Mount("/", Pages(directory=out, html=True, check_dir=False)),
        ],
        exception_handlers={HTTPException: _not_found},
    )
    return Guard(app, keys)


def _skeleton(path: Path) -> Callable[[Request], Response]:
    def serve(request: Request) -> Response:
        if not path.is_file():
            raise HTTPException(404)
        return FileResponse(path, media_type="text/html")

    return serve


async def _not_found(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code)


class Api:
    """Answers requests with what a desk says."""

    def __init__(self, desk: Desk, engines: Suggesting, saved: Saved) -> None:
        self.desk = desk
        self.engines = engines
        self.saved = saved

    def routes(self) -> list[Route]:
        """Return the routes; those of one segment before that of its key."""
        one = "/api/segments/{key:path}"
        return [
            Route("/api/segments", self._answer(self.segments)),
            Route(f"{one}/check", self._answer(self.check), methods=["POST"]),
            Route(f"{one}/undo", self._answer(self.undo), methods=["POST"]),
            Route(f"{one}/suggest", self._answer(self.suggest), methods=["POST"]),
            Route(one, self._answer(self.save), methods=["PUT"]),
            Route(one, self._answer(self.segment), methods=["GET"]),
            Route("/api/pages/{name:path}", self._answer(self.page)),
            Route("/api/progress", self._answer(self.progress)),
            Route("/api/effort", self._answer(self.effort)),
            Route("/api/engines", self._answer(self.names)),
            Route("/api/events", self.events),
        ]

    def _answer(self, do: Callable[[Request, Values], Any]) -> Callable[..., Any]:
        """Return an endpoint that answers with JSON, and with what went wrong."""

        async def endpoint(request: Request) -> Response:
            try:
                values = {} if request.method == "GET" else await _read(request)
                found = await run_in_threadpool(do, request, values)
            except AnswerError as error:
                return JSONResponse(error.to_json(), error.status)
            return JSONResponse(found)

        return endpoint

    def segments(self, request: Request, values: Values) -> Any:
        """Return a queue."""
        query = request.query_params
        name = query.get("queue", queue.PAGE if "page" in query else queue.DOUBT)
        if name not in queue.QUEUES:
            raise WrongError(f"queue: one of {', '.join(queue.QUEUES)}")
        return self.desk.segments(
            queue.Wanted(
                name,
                query.get("page", ""),
                query.get("term", ""),
                _number(query, "limit", queue.USUAL, queue.MOST),
                _number(query, "offset", 0, 10**9),
            )
        )

    def segment(self, request: Request, values: Values) -> Any:
        """Return all that there is to say of a segment."""
        return self.desk.segment(request.path_params["key"])

    def check(self, request: Request, values: Values) -> Any:
        """Return what there is to say of a text."""
        return self.desk.check(request.path_params["key"], _text(values, "target"))

    def save(self, request: Request, values: Values) -> Any:
        """Save a text, or a comment."""
        state = values.get("state", State.REVIEWED.value)
        if state not in (State.REVIEWED.value, State.TRANSLATED.value):
            raise WrongError("state: reviewed, or translated to leave a comment")
        seconds = values.get("seconds", 0)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise WrongError("seconds: a number")
        edit = Edit(
            _text(values, "target", is_needed=state == State.REVIEWED.value),
            State(state),
            _text(values, "comment", is_needed=False),
            _text(values, "version", is_needed=False),
            min(max(0.0, float(seconds)), 86_400.0),
            _text(values, "author", is_needed=False),
        )
        return self.desk.save(request.path_params["key"], edit)

    def undo(self, request: Request, values: Values) -> Any:
        """Take back what was saved last."""
        version = _text(values, "version", is_needed=False)
        return self.desk.undo(request.path_params["key"], version)

    def suggest(self, request: Request, values: Values) -> Any:
        """Return what an engine makes of a segment, or what that costs."""
        key = request.path_params["key"]
        segment = self.desk.to_ask(key)
        found = self.engines.suggest(
            segment, _text(values, "engine"), confirmed=values.get("confirmed") is True
        )
        if "target" in found:
            found["shown_target"] = _shown(segment, found["target"])
        return found

    def names(self, request: Request, values: Values) -> Any:
        """Return the engines that can be asked."""
        return self.engines.engines()

    def page(self, request: Request, values: Values) -> Any:
        """Return the segments of a page."""
        return self.desk.page(request.path_params["name"])

    def progress(self, request: Request, values: Values) -> Any:
        """Return how far the translators are."""
        return self.desk.progress()

    def effort(self, request: Request, values: Values) -> Any:
        """Return the work saved."""
        return self.saved.to_json()

    async def events(self, request: Request) -> Response:
        """Pass events on for as long as somebody listens."""
        listening = self.desk.events.listen()
        return StreamingResponse(listening, media_type="text/event-stream")


def _shown(segment: Segment, tagged: str) -> str:
    return readable(parse(tagged), equivalents_of(segment.source))


async def _read(request: Request) -> Values:
    """Return the object that a request holds; raises `WrongError`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/json":  # which no form of another site can send
        raise WrongError(
            "the body should be JSON, and its content type application/json"
        )
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise WrongError("the body is too large")
    try:
        values = read_json(body)
    except ValueError as error:
        raise WrongError(f"the body is no JSON: {error}") from error
    if not isinstance(values, dict):
        raise WrongError("the body should be an object")
    return values


def _text(values: Values, name: str, *, is_needed: bool = True) -> str:
    found = values.get(name)
    if found is None and not is_needed:
        return ""
    if not isinstance(found, str) or len(found) > MAX_TEXT:
        raise WrongError(f"{name}: text of at most {MAX_TEXT:,} characters")
    try:
        found.encode()
    except UnicodeEncodeError as error:
        raise WrongError(f"{name}: half of a character") from error
    return found


def _number(query: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = query.get(name, str(usual))
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise WrongError(f"{name}: a number")
    return min(int(text), most)
