"""Ten runners of one book, each a process of its own: they pay what one would pay."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from uuid import uuid4

import pytest

pytest.importorskip("boto3", reason="needs boto3")

from books import environment

from sphinx_amts.aws.errors import Access
from sphinx_amts.memory.shared import Place, SharedMemory

pytestmark = [pytest.mark.aws, pytest.mark.newest]

RUNNERS = 10
PAGES, TEXTS = 2, 12
REGION = "us-east-1"
LEASE_S = 3  # long enough for a runner on a machine that is busy


@pytest.fixture
def workplace(amazon_with_s3, aws_variables, tmp_path):
    """A book that runners build side by side, each with a store of its own."""
    aws_variables(amazon_with_s3, REGION)
    place = Place(f"books-{uuid4().hex}", REGION)
    SharedMemory(place, Access()).create()
    return Workplace(amazon_with_s3, tmp_path, str(place))


class Workplace:
    """A book, and who builds it."""

    def __init__(self, amazon, folder, address):
        self.amazon, self.folder, self.address = amazon, folder, address

    def start(self, name, **settings):
        """Begin a build in a folder of its own."""
        folder = self.folder / name
        folder.mkdir()
        settings = {"engine": "amazon", "aws_region": REGION, **settings}
        names = [f"page{number}" for number in range(PAGES)]
        book = json.dumps({"pages": names, "settings": settings})
        (folder / "book.json").write_text(book, "utf-8")
        for page in names:
            texts = [f"Tree {number} of {page} is old." for number in range(TEXTS)]
            (folder / f"{page}.json").write_text(json.dumps(texts), "utf-8")
        return subprocess.Popen(
            [sys.executable, "-m", "json_host", "build", str(folder), "es"],
            env=environment(**self.amazon.environment()),
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, *runners):
        for runner in runners:
            _, said = runner.communicate(timeout=120)
            assert runner.returncode == 0, said
            assert said == ""

    def paid(self):
        """Return the characters, and how often each text was asked for."""
        requests = [each for each in self.amazon.ledger.of() if each.billed]
        texts = Counter(
            f"Tree {number} of page{page} is old."
            for each in requests
            for page in range(PAGES)
            for number in range(TEXTS)
            if f">Tree {number} of page{page} is old.<" in each.text
        )
        return sum(each.billed for each in requests), texts

    def one_alone(self):
        self.finish(self.start("alone"))
        characters, texts = self.paid()
        assert len(texts) == PAGES * TEXTS
        self.amazon.ledger.forget()
        return characters


def test_ten_runners_pay_what_one_pays(workplace):
    alone = workplace.one_alone()
    workplace.amazon.behaviour.latency_s = 0.2  # so that they meet
    runners = [
        workplace.start(f"runner{number}", shared_memory=workplace.address)
        for number in range(RUNNERS)
    ]
    workplace.finish(*runners)
    characters, texts = workplace.paid()
    assert set(texts.values()) == {1}
    assert len(texts) == PAGES * TEXTS
    assert characters == alone


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_what_a_killed_runner_held_is_asked_for_again_and_no_more(workplace):
    address = f"{workplace.address}&lease_s={LEASE_S}"
    alone = workplace.one_alone()
    workplace.amazon.behaviour.latency_s = 0.5
    victim = workplace.start("victim", shared_memory=address)
    ledger, end = workplace.amazon.ledger, time.monotonic() + 60
    while not ledger.running and time.monotonic() < end:
        time.sleep(0.005)
    victim.kill()
    victim.communicate()
    while ledger.running:  # the service works on for who is gone
        time.sleep(0.005)
    lost, held = workplace.paid()
    assert held
    runners = [
        workplace.start(f"runner{number}", shared_memory=address) for number in range(3)
    ]
    workplace.finish(*runners)
    characters, texts = workplace.paid()
    assert {text for text, count in texts.items() if count == 2} == held.keys()
    assert max(texts.values()) == 2
    assert characters == alone + lost
