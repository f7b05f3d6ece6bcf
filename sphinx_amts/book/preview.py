"""Showing a site on this machine, built again after every change of its source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sphinx_amts.errors import AmtsError

INSTALL = "python -m pip install 'sphinx_amts[serve]'"
HOST = "127.0.0.1"  # nobody else sees it
_MADE = {".mo", ".pyc"}  # suffixes of what builds write into the source


def serve(
    source: Path, out: Path, rebuild: Callable[[], object], *, port: int = 8000
) -> None:
    """Serve ``out`` until interrupted; pages in browsers load again after a build.

    ``rebuild`` is called when a file of ``source`` has changed. Raises `AmtsError`.
    """
    try:
        from livereload import Server
    except ImportError as error:
        raise AmtsError(f"livereload is missing. Install it: {INSTALL}") from error
    server = Server()
    server.watch(str(source), rebuild, ignore=lambda path: _is_made(path, source, out))
    try:
        server.serve(root=str(out), host=HOST, port=port)
    except OSError as error:
        raise AmtsError(
            f"port {port} cannot be used ({error.strerror}). Name another by --port."
        ) from error


def _is_made(path: str, source: Path, out: Path) -> bool:
    """Tell whether builds write a file, as into folders that begin with a point."""
    found = Path(path).resolve()
    inner = found.relative_to(source.resolve()).parts
    return (
        out.resolve() in found.parents
        or found.suffix in _MADE
        or any(part.startswith((".", "__pycache__", "_build")) for part in inner)
    )
