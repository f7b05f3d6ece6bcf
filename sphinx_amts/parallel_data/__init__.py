"""Pairs of source and target from human translations, and their files."""
