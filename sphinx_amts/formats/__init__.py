"""File formats of translation memories and tables."""
