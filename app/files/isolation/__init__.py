"""Decodes in child processes, so that a decoder that crashes, hangs or eats memory costs one file."""
