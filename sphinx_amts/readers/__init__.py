"""Prose sources other than a running build, read as blocks."""
