"""Firefox Translations models, run on this machine."""
