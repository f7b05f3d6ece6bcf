"""Random histories of a book: what is sent stays below the cap, and is sent once.

The book is built on two machines, which may give each other what they keep. Builds are
killed, files damaged, settings changed, answers lost. The local service remembers what
it was asked for.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from html import escape
from io import StringIO
from itertools import count

from amazon_server.state import characters_of
from amazon_server.storage import split_uri
from amazon_server.translation import foreign
from books import environment
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from json_host import JsonHost, submit

from sphinx_amts.book.jobs import collect
from sphinx_amts.book.purpose import Publish

ROLE = "arn:aws:iam::123456789012:role/translate"
PAGES = 3
TEXTS = 2  # of each page
LANGUAGE = "es"
HTML = "text/html"
GARBAGE = b"\0no store\xff" * 99
DAMAGED = '<tmx version="1.4"><header srclang="en"/><body><tu>'
MACHINES = st.sampled_from(("one", "two"))
CAPS = st.sampled_from((None, None, None, 30, 150))
ARE_DAMAGED = st.sampled_from((False, False, False, True))  # memory files
LOST = ("hang up later", "partial")  # answers that were made
FAULTS = (*LOST, "error", "garbage", "reset")
HISTORIES = settings(
    max_examples=12,
    stateful_step_count=15,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # making one that fails smaller takes minutes
    suppress_health_check=list(HealthCheck),
)

_folders = count()


class History(RuleBasedStateMachine):
    """What may happen to a book on two machines, whoever translates it."""

    engine = ""
    operation = ""

    def __init__(self, amazon, folder, **given):
        super().__init__()
        self.amazon, self.given = amazon, given
        self.folder = folder / str(next(_folders))
        self.numbers = count()
        self.formality = None
        self.ever = []  # texts
        self.texts = {}  # of now, by page and place
        self.known = {"one": set(), "two": set()}  # texts, each with its formality

    @initialize()
    def begin(self):
        self.amazon.calm()
        self.amazon.ledger.forget()
        for page in range(PAGES):
            for place in range(TEXTS):
                self.edit(page, place)

    def teardown(self):
        self.amazon.behaviour.latency_s = 0.0
        shutil.rmtree(self.folder, ignore_errors=True)

    # What people do

    @rule(page=st.integers(0, PAGES - 1), place=st.integers(0, TEXTS - 1))
    def edit(self, page, place):
        text = f"Tree {next(self.numbers)} has `leaves` & bark."
        self.texts[page, place] = text
        self.ever.append(text)

    @rule(formality=st.sampled_from((None, "formal")))
    def change_settings(self, formality):
        self.formality = formality

    @rule(machine=MACHINES)
    def take_over(self, machine):
        """Get what the other machine keeps, as from a cache of CI."""
        (other,) = {"one", "two"} - {machine}
        kept = self.folder / other / ".amts"
        if kept.exists():
            shutil.rmtree(self.folder / machine / ".amts", ignore_errors=True)
            shutil.copytree(kept, self.folder / machine / ".amts")
            self.known[machine] = set(self.known[other])

    # What goes wrong

    @rule(machine=MACHINES)
    def damage_store(self, machine):
        for path in (self.folder / machine).glob(".amts/memory/*.db"):
            path.write_bytes(GARBAGE)
        self.known[machine].clear()

    @rule(
        kind=st.sampled_from(FAULTS),
        error=st.sampled_from(("TooManyRequestsException", "InternalServerException")),
        after=st.integers(0, 2),
        times=st.integers(1, 2),
    )
    def fail(self, kind, error, after, times):
        self.amazon.inject(
            kind, error=error, after=after, times=times, operation=self.operation
        )

    # What a build is

    def write(self, machine, cap=None, is_damaged=False):
        """Write the book as it is now; return its folder.

        ``is_damaged``: with a memory that nobody can read.
        """
        folder = self.folder / machine
        folder.mkdir(parents=True, exist_ok=True)
        values = {
            "engine": self.engine,
            "aws_region": "us-east-1",
            "formality": self.formality,
            "max_characters": cap,
            "memory_files": ["people.tmx"] if is_damaged else [],
            **self.given,
        }
        names = [f"page{page}" for page in range(PAGES)]
        kept = {name: value for name, value in values.items() if value is not None}
        book = {"pages": names, "settings": kept}
        (folder / "book.json").write_text(json.dumps(book), "utf-8")
        for page, name in enumerate(names):
            texts = [self.texts[page, place] for place in range(TEXTS)]
            (folder / f"{name}.json").write_text(json.dumps(texts), "utf-8")
        (folder / "people.tmx").write_text(DAMAGED, "utf-8")
        return folder

    def kill(self, machine, what, after=1):
        """Kill a process when the service was asked for something."""
        folder = self.write(machine)
        self.amazon.behaviour.latency_s = 0.05
        words = [sys.executable, "-m", "json_host", what, str(folder), LANGUAGE]
        variables = environment(**self.amazon.environment())
        running = self.amazon.ledger
        with subprocess.Popen(words, env=variables) as process:
            while process.poll() is None:
                if running.running + len(running.of(self.operation)) >= after:
                    process.kill()
                time.sleep(0.005)
        while running.running:  # the service works on for who is gone
            time.sleep(0.005)
        self.amazon.behaviour.latency_s = 0.0

    def texts_in(self, html):
        """Return the texts that were in a request, each as often as it was."""
        starts = {text: escape(text.partition("`")[0]) for text in self.ever}
        return Counter({text: html.count(start) for text, start in starts.items()})


class Live(History):
    """Texts go out while somebody waits."""

    engine = "amazon"
    operation = "TranslateText"

    @rule(machine=MACHINES, cap=CAPS, is_damaged=ARE_DAMAGED)
    def build(self, machine, cap, is_damaged):
        folder = self.write(machine, cap, is_damaged)
        self.start()
        host = JsonHost()
        with host.opened(folder, LANGUAGE, Publish(), StringIO()) as book:
            host.read(folder, book)
            book.translator.store.close()
        self.check(machine, cap, is_damaged)
        shown = {text for page in host.built.values() for text in page}
        self.known[machine].update(
            (text, self.formality)
            for text in self.texts.values()
            if translated(text) in shown
        )

    @rule(machine=MACHINES, after=st.integers(1, 3))
    def kill_build(self, machine, after):
        self.start()
        self.kill(machine, "build", after)
        self.check(machine)

    def start(self):
        self.amazon.ledger.forget()
        self.lost_before = self.lost()

    def lost(self):
        return sum(each.used for each in self.amazon.faults if each.kind in LOST)

    def check(self, machine, cap=None, is_damaged=False):
        """Hold what was asked for against what may be."""
        requests = [each for each in self.amazon.ledger.of() if each.billed]
        assert cap is None or sum(each.billed for each in requests) <= cap
        assert not (requests and is_damaged)
        asked = sum((self.texts_in(each.text) for each in requests), Counter())
        known = {text for text, name in self.known[machine] if name == self.formality}
        assert known.isdisjoint(+asked)
        most = 1 + self.lost() - self.lost_before
        assert max(asked.values(), default=0) <= most


class Batch(History):
    """Texts go out in jobs."""

    engine = "amazon-batch"
    operation = "StartTextTranslationJob"

    def __init__(self, amazon, folder, s3, bucket):
        super().__init__(amazon, folder, s3_bucket=bucket, role_arn=ROLE)
        self.s3 = s3
        amazon.accounts.clear()
        self.account = amazon.account()
        self.jobs = {}  # texts of each, by its id
        self.owned = {"one": set(), "two": set()}  # ids of the jobs of each machine

    @rule(machine=MACHINES, cap=CAPS, is_damaged=ARE_DAMAGED)
    def submit(self, machine, cap, is_damaged):
        submit(self.write(machine, cap, is_damaged), LANGUAGE)
        self.check(machine, cap, is_damaged)

    @rule(machine=MACHINES)
    def kill_submit(self, machine):
        self.amazon.ledger.forget()
        self.kill(machine, "submit")
        self.check(machine)

    @rule(machine=MACHINES)
    def collect(self, machine):
        folder = self.write(machine)
        settings_ = JsonHost().settings(folder)
        for done in collect(settings_, folder, [], lambda *_: None, wait=False):
            assert done.language == LANGUAGE
        self.check(machine)

    @rule(seconds=st.sampled_from((20, 50, 200)))
    def wait(self, seconds):
        self.amazon.advance(seconds)
        self.account.tick()

    @rule()
    def stop(self):
        for job in self.account.jobs.values():
            self.account.stop_job(job)

    @rule(machine=MACHINES)
    def take_over(self, machine):
        super().take_over(machine)
        (other,) = {"one", "two"} - {machine}
        if (self.folder / other / ".amts").exists():
            self.owned[machine] = set(self.owned[other])

    @rule(machine=MACHINES)
    def damage_store(self, machine):
        super().damage_store(machine)
        self.owned[machine] = {
            number
            for number in self.owned[machine]
            if self.account.jobs[number].ended is None
        }

    def check(self, machine, cap=None, is_damaged=False):
        """Hold the jobs that were started against what may be."""
        started = set(self.account.jobs) - set(self.jobs)
        assert not (started and is_damaged)
        characters = 0
        for number in started:
            job = self.account.jobs[number]
            html = self.input_of(job)
            characters += characters_of(html, HTML)
            texts = +self.texts_in(html)
            assert set(texts.values()) == {1}
            for other in self.owned[machine]:
                if self.is_worth_the_same(job, self.account.jobs[other]):
                    assert texts.keys().isdisjoint(self.jobs[other])
            self.jobs[number] = texts.keys()
            self.owned[machine].add(number)
        assert cap is None or characters <= cap

    @staticmethod
    def is_worth_the_same(job, other):
        alike = job.request.get("Settings") == other.request.get("Settings")
        return alike and other.status not in ("FAILED", "STOPPED")

    def input_of(self, job):
        bucket, prefix = split_uri(job.request["InputDataConfig"]["S3Uri"])
        found = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
        return "".join(
            self.s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read().decode()
            for each in found.get("Contents", ())
        )


def translated(text):
    """Return what the service makes of a text."""
    before, code, behind = text.split("`")
    return f"{foreign(before, LANGUAGE)}`{code}`{foreign(behind, LANGUAGE)}"


def test_texts_are_paid_once_and_below_the_cap(amazon, aws_variables, tmp_path):
    aws_variables(amazon)
    run_state_machine_as_test(lambda: Live(amazon, tmp_path), settings=HISTORIES)


def test_jobs_are_started_once_and_below_the_cap(
    amazon_with_s3, aws_variables, s3, bucket, tmp_path
):
    aws_variables(amazon_with_s3)
    run_state_machine_as_test(
        lambda: Batch(amazon_with_s3, tmp_path, s3, bucket), settings=HISTORIES
    )
