"""A book in one language: its pages, records, and what commands do with them."""
