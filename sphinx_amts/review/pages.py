"""The pages of the edition, with the desk put into them as they are served."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
TAGS = (
    '<link rel="stylesheet" href="/_desk/desk.css">'
    '<script type="module" src="/_desk/desk.js"></script>'
)
SKELETONS = {"queue": "queue.html", "effort": "effort.html"}
"""Pages of the desk's own, by their addresses below ``/_desk/``."""
HIDDEN = re.compile(r"(^|/)\.")
"""Folders of builds that are no part of a site: doctrees, what was read."""
_HEAD_END = re.compile(rb"</head\s*>", re.IGNORECASE)


class Pages(StaticFiles):
    """Serves a folder; whatever is HTML gets the desk."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or the index of a folder."""
        if HIDDEN.search(Path(path).as_posix()) and path != ".":
            raise HTTPException(404)
        answer = await super().get_response(path, scope)
        if not isinstance(answer, FileResponse) or answer.media_type != "text/html":
            return answer
        content = Path(answer.path).read_bytes()
        return HTMLResponse(with_desk(content), answer.status_code)


def with_desk(page: bytes) -> bytes:
    """Return a page with the desk's script and style at the end of its head.

    >>> with_desk(b"<head></head><body></body>").count(b"/_desk/desk.js")
    1
    """
    tags = TAGS.encode()
    found = _HEAD_END.search(page)
    if found is None:
        return page + tags
    return page[: found.start()] + tags + page[found.start() :]
