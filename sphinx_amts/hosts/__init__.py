"""What builds a book: the edge of the house."""
