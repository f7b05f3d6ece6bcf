"""Commands of ``sphinx-amts`` that are more than a few lines."""
