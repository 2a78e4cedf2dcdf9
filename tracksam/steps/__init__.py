"""The verbs: pure functions from values to values; no files, no windows, no torch."""
