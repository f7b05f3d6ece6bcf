"""The rooms of the house: who may import whom.

`FLOORS` is the one list. ``tests/test_layers.py`` holds the source to it, and the
directive ``amts-house`` draws it in the documentation.
"""

from __future__ import annotations

from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

PACKAGE = "sphinx_amts"


class Room(NamedTuple):
    """A module of the package, or a folder with all that is in it."""

    name: str  # dotted, below the package
    holds: str


FLOORS: list[list[Room]] = [
    # From the top. A room imports from floors below its own and from nowhere else.
    [Room("__main__", "python -m sphinx_amts")],
    [Room("cli", "the command line")],
    [Room("commands", "one thin module per command")],
    [Room("review", "the translators' desk: a local web application")],
    [
        Room("hosts.sphinx", "Sphinx: doctrees to units and back, pages"),
        Room("hosts.myst", "mystmd: a plugin, its worker, trees to edits"),
    ],
    [Room("hosts.host", "what a host is, and which one builds a folder")],
    [
        Room("book", "units, pages, records, purposes, exchange, editions"),
        Room("evaluation", "metrics, test sets, reports, experiments"),
    ],
    [Room("translation", "what is known, what is asked for and by whom, jobs, cost")],
    [
        Room("engines", "the contract, the registry, packing, dispatch, all engines"),
        Room("readers", "folders, web pages, segment files: prose without a host"),
    ],
    [
        Room("memory", "people's units, the log, the store, what is alike or shared"),
        Room("parallel_data", "the aligner, pairs and their checks"),
    ],
    [Room("formats", "TMX and tables")],
    [
        Room("aws", "clients, errors, pace, files in S3, tables of DynamoDB"),
        Room("config", "every setting, once"),
    ],
    [Room("text", "tagged text, segments, sentences, languages")],
    [
        Room("addresses", "what addresses in settings may be"),
        Room("warnings_", "the subtypes of warnings"),
        Room("files", "files that are whole or not there"),
        Room("workers", "where work is done: here, in processes, on a cluster"),
    ],
    [Room("errors", "every error, in one tree")],
]

DOORS = {
    # Packages that only these rooms know.
    "boto3": ["aws"],
    "botocore": ["aws"],
    "dask": ["workers.cluster"],
    "diskcache": ["memory.store"],
    "distributed": ["workers.cluster"],
    "fsspec": ["readers.remote"],
    "httpx": ["engines.llm"],
    "nbformat": ["readers.notebooks"],
    "sacrebleu": ["evaluation.metrics"],
    "starlette": ["review"],
    "uvicorn": ["review"],
    "watchfiles": ["review"],
    "docutils": ["hosts.sphinx", "__init__"],
    "sphinx": ["hosts.sphinx", "__init__"],
}

HOSTED = ["hosts", "commands", "cli", "__main__", "__init__"]
"""The rooms that may name a host."""


class House(SphinxDirective):
    """Draws the floors."""

    def run(self) -> list[nodes.Node]:
        """Return the drawing as a block of text."""
        width = max(len(room.name) for floor in FLOORS for room in floor)
        lines = [
            f"{height if not place else '':>2}  {room.name:{width}}  {room.holds}"
            for height, floor in zip(
                range(len(FLOORS) - 1, -1, -1), FLOORS, strict=True
            )
            for place, room in enumerate(floor)
        ]
        text = "\n".join(lines)
        return [nodes.literal_block(text, text, language="text")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("amts-house", House)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
