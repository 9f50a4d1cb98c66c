"""What children do by themselves; tests hand them other modules with the same two functions."""

from app.files.decoding import decode_full
from app.files.reading import read_photo

__all__ = ["decode_full", "read_photo"]
