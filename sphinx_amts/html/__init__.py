"""What readers see of the translation, besides the text."""
