"""Sphinx as a host: from its doctrees to units and back."""
