"""A book whose engine is ``amazon-batch``, and what tests do with it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager

from amazon_server.translation import foreign
from books import CONF, environment, run

ROLE = "arn:aws:iam::123456789012:role/translate"
TREES = ("oak", "elm", "fir")
FILES = {
    "index.rst": "Trees\n=====\n\n.. toctree::\n\n   oak\n   elm\n   fir\n",
    **{
        f"{name}.rst": f"{name.title()}\n{'=' * len(name)}\n\n"
        + "\n\n".join(
            f"The {name} number {n} has *many* ``leaves`` in {n} colors."
            for n in range(12)
        )
        + "\n\nSeen in every forest.\n"
        for name in TREES
    },
}
SEGMENTS = 4 + 3 * 12 + 1
JOBS = "StartTextTranslationJob"
TEXTS = "TranslateText"


class Shop:
    """A book, and what is done to it with the test's server."""

    def __init__(self, book, amazon, s3, bucket):
        self.book, self.amazon, self.s3, self.bucket = book, amazon, s3, bucket

    def build(self, *arguments, language="es", options=(), **settings):
        """Build; a job is as fast as the server's clock lets it be."""
        settings = {
            "amts_s3_bucket": self.bucket,
            "amts_role_arn": ROLE,
            "amts_batch_min_characters": 1000,
            "amts_engine_options": {"poll_s": "0.02", **dict(options)},
            **settings,
        }
        expected = settings.pop("expected", 0)
        return self.book.build(
            *arguments,
            language=language,
            engine="amazon-batch",
            expected=expected,
            variables=self.amazon.environment(),
            **settings,
        )

    @contextmanager
    def running(self, out="out"):
        """Run a build beside the test."""
        options = {
            "language": "es",
            "amts_engine": "amazon-batch",
            "amts_s3_bucket": self.bucket,
            "amts_role_arn": ROLE,
            "amts_batch_min_characters": 1000,
            "amts_engine_options.poll_s": "0.02",
        }
        settings = [f"-D{name}={value}" for name, value in options.items()]
        with subprocess.Popen(
            [
                *(sys.executable, "-m", "sphinx", "-q", *settings),
                *(str(self.book.source), str(self.book.work / out)),
            ],
            env=environment(**self.amazon.environment()),
            cwd=self.book.source.parent,
        ) as process:
            yield process

    @staticmethod
    def until(is_so):
        """Wait for something."""
        end = time.monotonic() + 60
        while not is_so() and time.monotonic() < end:
            time.sleep(0.01)

    def count(self, *operations):
        return len(self.amazon.ledger.of(*operations))

    def started(self):
        return len(self.amazon.account().jobs)

    def names(self, prefix=""):
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [each["Key"] for each in found.get("Contents", ())]

    def ledger(self, name):
        paths = sorted((self.book.source / ".amts" / "jobs").glob(f"*/{name}"))
        return [json.loads(path.read_text(encoding="utf-8")) for path in paths]

    def receipts(self):
        paths = sorted((self.book.source / ".amts" / "receipts").glob("*"))
        return [json.loads(path.read_text(encoding="utf-8")) for path in paths]

    def call(self, *words, expected=0):
        """Run ``sphinx-amts batch`` and return its JSON; only its messages on 2."""
        done = run(
            ["-m", "sphinx_amts", "batch", *words, "--json"],
            self.book.work,
            cwd=self.book.source.parent,
            expected=expected,
            **self.amazon.environment(),
        )
        assert "Traceback" not in done.stderr
        return json.loads(done.stdout) if done.stdout else done.stderr

    def configure(self, **settings):
        """Write a conf.py for commands, which take no settings."""
        values = {
            "amts_engine": "amazon-batch",
            "amts_s3_bucket": self.bucket,
            "amts_role_arn": ROLE,
            "amts_engine_options": {"poll_s": 0.02},
            **settings,
        }
        lines = [f"{name} = {value!r}" for name, value in values.items()]
        self.book.write({"conf.py": "\n".join([CONF, *lines, ""])})


def is_foreign(page, text, language="es"):
    """Tell whether a page has a text as the server translates it."""
    return foreign(text, language) in page
