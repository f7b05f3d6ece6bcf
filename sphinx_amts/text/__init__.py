"""Texts on their way: tagged text, segments, sentences, languages."""
