"""``python -m sphinx_amts`` is ``sphinx-amts``."""

from __future__ import annotations

import sys

from sphinx_amts.cli import main

if __name__ == "__main__":
    sys.exit(main())
