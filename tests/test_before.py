"""What the version before has left is found whole: nothing of it is paid for again.

``tests/roots/test-before`` is a book with the store, the exported memory and the open
batch job that version 0.1.0 has written for it, unchanged.
"""

from __future__ import annotations

import json
import shutil

import pytest
from batch_shop import Shop
from books import ROOTS

from sphinx_amts.hosts.sphinx import inline
from sphinx_amts.text.segment import KINDS

BEFORE = ROOTS / "test-before"
STORE = BEFORE / "store-0.1.0.db"
MEMORY = BEFORE / "memory-0.1.0.tmx"
JOB = BEFORE / "jobs-0.1.0"


@pytest.fixture
def old_book(book):
    pytest.importorskip("myst_parser")
    return book("before")


def test_its_store_serves_every_segment(old_book):
    folder = old_book.source / ".amts" / "memory"
    folder.mkdir(parents=True)
    shutil.copy(STORE, folder / "cache.db")
    result = old_book.build(language="es", engine="broken_engines:PseudoThatNeverLoads")
    assert result.warnings == []
    written = result.summary
    assert written["segments"] == written["translated"] > 25


def test_its_memory_file_serves_every_segment(old_book):
    shutil.copy(MEMORY, old_book.source / "es.tmx")
    result = old_book.build(
        language="es",
        engine="broken_engines:RecordingThatNeverLoads",
        amts_memory_files="es.tmx",
    )
    assert result.warnings == []
    written = result.summary
    assert written["segments"] == written["translated"] > 25


def test_its_open_job_is_found_and_no_other_started(shop: Shop):
    (job,) = JOB.iterdir()
    folder = shop.book.source / ".amts" / "jobs" / job.name
    shutil.copytree(job, folder)
    plan = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    # The bucket is another one in each test; the service has not seen this job yet.
    text = json.dumps({**plan, "bucket": shop.bucket})
    (folder / "job.json").write_text(text, encoding="utf-8")
    (folder / "started.json").unlink()
    shop.build()
    assert shop.started() == 1
    assert [each.name for each in folder.parent.iterdir()] == [job.name]
    (outcome,) = shop.ledger("done-es.json")
    assert outcome["kept"] == plan["segments"]


def test_kinds_of_tags_keep_their_names():
    mapped = set(inline._KINDS.values())
    assert mapped <= set(KINDS)
    assert {"code", "math", "reference", "emphasis", "strong", "image"} <= set(KINDS)
