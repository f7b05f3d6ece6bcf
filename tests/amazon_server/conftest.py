"""The modules of this folder are only collected where there is botocore."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("botocore") else ["*.py"]
