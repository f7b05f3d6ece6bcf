"""``python -m sphinx_amts.hosts.myst``: what ``amts.mjs`` and the plugin start."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from urllib.parse import quote

PLUGIN = Path(__file__).with_name("plugin.mjs")


def address() -> str:
    """Return the address of the plugin for node, which says what this Python is."""
    return f"{PLUGIN.as_uri()}?python={quote(sys.executable, safe='')}"


def build(arguments: list[str]) -> int:
    """Build an edition: folder, out, place, language or nothing, options."""
    from sphinx_amts.errors import AmtsError
    from sphinx_amts.hosts.myst import project

    folder, out, place, language, *options = arguments
    try:
        return project.build(Path(folder), Path(out), place, language or None, options)
    except AmtsError as error:
        sys.stderr.write(f"ERROR: {error}\n")
        return 2


def main(arguments: list[str]) -> int:
    """Tell where the plugin is, or work for one."""
    if arguments == ["--start"]:
        sys.stdout.write(address())
        return 0
    if arguments == ["--plugin"]:  # asked by what earlier versions wrote
        sys.stdout.write(f"{PLUGIN}\n")
        return 0
    if len(arguments) == 2 and arguments[0] == "--worker":
        gc.disable()  # `serve` has its own way with it; nothing is garbage before
        from sphinx_amts.hosts.myst import worker  # not for the first

        channel = worker.Channel.take_over()
        language = os.environ.get("AMTS_LANGUAGE", "")
        return worker.serve(Path(arguments[1]), language, sys.stdin, channel)
    if len(arguments) >= 5 and arguments[0] == "--build":
        return build(arguments[1:])
    sys.stderr.write("usage: python -m sphinx_amts.hosts.myst --start\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
