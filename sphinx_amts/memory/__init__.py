"""The translation memory: what was translated once, by people or by an engine."""
