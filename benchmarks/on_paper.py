"""What many books cost and take, on paper: unit costs times numbers of books.

    python benchmarks/on_paper.py

Prints the tables of the documentation. Every unit cost is a constant below, with where
it is from: measured by another benchmark, or published by the service. Change them to
your own and run it again.
"""

from __future__ import annotations

BOOKS = (10, 1_000, 100_000)
SEGMENTS = 5_000  # of a book of 100 pages, in one language
CHARACTERS = 120 * SEGMENTS  # this documentation has 120 in a segment
WORDS = 20 * SEGMENTS

AMAZON = 15 / 1e6  # dollars a character, real time and batch: the default amts_prices
PARALLEL_DATA = 60 / 1e6  # the same, of jobs with parallel data
BYTES_PER_S = 1_000  # of TranslateText, one pair of languages: an old guide of AWS
JOB_BYTES = 5e9  # of one batch job: the service's quota
LOCAL_WORDS_PER_S = 600  # one core, English to Portuguese: benchmarks/local_engine.py
TOKENS_PER_CHARACTER = 0.25 * 6  # prompt, examples and answer of a language model
CORE_HOUR = 0.05  # dollars of a rented core, about
WRITE, READ = 0.625 / 1e6, 0.125 / 1e6  # dollars a request unit of DynamoDB, on demand
STORED = 0.25 / 1e9  # dollars a byte and month of DynamoDB
UNIT_BYTES = 460  # of a unit in DynamoDB: sphinx-amts memory status
STORE_BYTES = 700  # of a unit in a store, with its index
BUILD_S = 0.045 * SEGMENTS / 20  # of CPU, known texts: benchmarks/large_book.py


def duration(seconds: float) -> str:
    """Write a time in the largest unit that it has one of."""
    units = ((365 * 86400, "years"), (86400, "days"), (3600, "hours"), (60, "minutes"))
    for size, name in units:
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {name}"
    return f"{seconds:.0f} s"


def dollars(amount: float) -> str:
    """Write a price, by cents where it is small."""
    return f"${amount:,.2f}" if amount < 10 else f"${amount:,.0f}"


def size(count: float) -> str:
    """Write a number of bytes."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"


def rows() -> dict[str, list[str]]:
    """Return each line of the table: what, then a cell for each number of books."""
    local_s = WORDS / LOCAL_WORDS_PER_S
    shared = SEGMENTS * (2 * WRITE + READ / 2)  # a note, an answer, a look
    return {
        "`amazon`, price": [dollars(n * CHARACTERS * AMAZON) for n in BOOKS],
        "`amazon`, at 1,000 bytes a second": [
            duration(n * CHARACTERS / BYTES_PER_S) for n in BOOKS
        ],
        "`amazon-batch`, price with parallel data": [
            dollars(n * CHARACTERS * PARALLEL_DATA) for n in BOOKS
        ],
        "`amazon-batch`, full jobs": [
            f"{-(-n * CHARACTERS // JOB_BYTES):,.0f}" for n in BOOKS
        ],
        "`local`, one core": [duration(n * local_s) for n in BOOKS],
        "`local`, rented": [dollars(n * local_s / 3600 * CORE_HOUR) for n in BOOKS],
        "language model, million tokens": [
            f"{n * CHARACTERS * TOKENS_PER_CHARACTER / 1e6:,.0f}" for n in BOOKS
        ],
        "stores": [size(n * SEGMENTS * STORE_BYTES) for n in BOOKS],
        "shared memory, once": [dollars(n * shared) for n in BOOKS],
        "shared memory, a month": [
            dollars(n * SEGMENTS * UNIT_BYTES * STORED) for n in BOOKS
        ],
        "a build of each, one core": [duration(n * BUILD_S) for n in BOOKS],
    }


def main() -> None:
    """Print the table."""
    print("| | " + " | ".join(f"{n:,} books" for n in BOOKS) + " |")
    print("|---|" + "--:|" * len(BOOKS))
    for name, cells in rows().items():
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
