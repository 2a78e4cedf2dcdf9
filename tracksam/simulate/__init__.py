"""Synthetic movies with complete truth: the source of samples, tests and training images."""
