"""What the commands read prose with: files alone, and the books of hosts."""

from __future__ import annotations

from sphinx_amts.hosts.host import host_of, is_book, read_data, read_file
from sphinx_amts.readers.files import SUFFIXES
from sphinx_amts.readers.folders import Reader

READER = Reader(
    SUFFIXES,
    read_file,
    is_book,
    lambda folder: host_of(folder).blocks(folder),
    read_data,
)
