"""Serve in this process: write the address as one line, end with the standard input.

``python -m amazon_server [address of an S3]``
"""

from __future__ import annotations

import sys

from amazon_server.server import AmazonServer

if __name__ == "__main__":
    with AmazonServer(sys.argv[1] if len(sys.argv) > 1 else None) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        sys.stdin.read()
