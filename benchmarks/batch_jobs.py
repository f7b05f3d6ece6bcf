"""Measure batch jobs for a large book in many languages, against a local server.

    python benchmarks/batch_jobs.py [--documents 1000] [--languages 10]

Writes a book, submits it in all languages, lets the server's clock leap, collects.
Prints, for each command, the time, the most memory and the calls by operation, and how
many came in the fullest second, beside what the service allows. Needs what the tests of
the engine need: boto3, moto[dynamodb,s3,server], cbor2, regex.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
sys.path.insert(0, str(TESTS))

from amazon_server.server import Remote  # noqa: E402, found by the line above
from amazon_server.storage import running  # noqa: E402, the same

LANGUAGES = "es fr de it pt ja ko zh ru ar".split()
ALLOWED = {  # calls per second
    "StartTextTranslationJob": 5,
    "DescribeTextTranslationJob": 10,
    "ListTextTranslationJobs": 10,
}
PARAGRAPHS = 12  # of a document
WORDS = "tree leaf root wood bark seed branch forest north river stone wind".split()


def write_book(folder: Path, documents: int, bucket: str) -> int:
    """Write a book; return the characters of its texts."""
    random.seed(1)
    names = [f"part{number:04}" for number in range(documents)]
    conf = {
        "extensions": ["sphinx_amts"],
        "amts_engine": "amazon-batch",
        "amts_s3_bucket": bucket,
        "amts_role_arn": "arn:aws:iam::123456789012:role/translate",
        "amts_engine_options": {"poll_s": 1.0},
    }
    lines = [f"{name} = {value!r}\n" for name, value in conf.items()]
    (folder / "conf.py").write_text("".join(lines), encoding="utf-8")
    index = "Book\n====\n\n.. toctree::\n\n" + "".join(f"   {name}\n" for name in names)
    (folder / "index.rst").write_text(index, encoding="utf-8")
    characters = 0
    for name in names:
        title = f"About {name}"
        texts = [
            f"In {name}, {number}: *{' '.join(random.choices(WORDS, k=3))}* and"
            f" ``{random.choice(WORDS)}`` {' '.join(random.choices(WORDS, k=40))}."
            for number in range(PARAGRAPHS)
        ]
        page = "\n\n".join([f"{title}\n{'=' * len(title)}", *texts, ""])
        (folder / f"{name}.rst").write_text(page, encoding="utf-8")
        characters += len(page)
    return characters


def measure(what: str, command: list[str], server: Remote) -> None:
    """Run a command and print what it took."""
    server.forget()
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "sphinx_amts", *command],
        env={**os.environ, **server.environment()},
        stdout=subprocess.DEVNULL,
    )
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    requests = server.report()["requests"]
    calls = Counter(each["operation"] for each in requests)
    print(
        f"{what}: {seconds:.0f} s, {usage.ru_utime:.0f} s of processor,"
        f" {usage.ru_maxrss // 1024} MB, exit {os.waitstatus_to_exitcode(status)}"
    )
    for operation, count in sorted(calls.items()):
        seconds_of = Counter(
            int(each["at_s"]) for each in requests if each["operation"] == operation
        )
        allowed = ALLOWED.get(operation, "-")
        fullest = max(seconds_of.values())
        print(f"  {operation}: {count}, {fullest} in a second (allowed {allowed})")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--languages", type=int, default=10)
    arguments = parser.parse_args()
    names = LANGUAGES[: arguments.languages]
    with (
        tempfile.TemporaryDirectory() as folder,
        running("amazon_server.storage") as s3,
        running("amazon_server", s3) as url,
    ):
        server = Remote(url, s3)
        os.environ.update(server.environment())
        import boto3

        client = boto3.client("s3")
        client.create_bucket(Bucket="books")
        book = Path(folder)
        characters = write_book(book, arguments.documents, "books")
        print(f"{arguments.documents} documents, {characters:,} characters")
        options = [word for name in names for word in ("-l", name)]
        measure("submit", ["batch", "submit", folder, *options], server)
        inputs = client.list_objects_v2(Bucket="books")["Contents"]
        size = sum(each["Size"] for each in inputs)
        print(f"  S3: {len(inputs)} documents, {size:,} bytes")
        began = time.monotonic()
        server.advance(1000)
        print(f"the server translated for {time.monotonic() - began:.0f} s")
        measure("collect", ["batch", "collect", folder], server)
        measure("estimate", ["estimate", folder, "-l", names[0]], server)
        ledger = sum(path.stat().st_size for path in book.glob(".amts/jobs/**/*.*"))
        store = sum(path.stat().st_size for path in book.glob(".amts/memory/*"))
        print(json.dumps({"ledger_bytes": ledger, "store_bytes": store}))


if __name__ == "__main__":
    main()
