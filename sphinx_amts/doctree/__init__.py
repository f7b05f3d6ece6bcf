"""From the book and back: units of a doctree, their segments, and the way in again."""
