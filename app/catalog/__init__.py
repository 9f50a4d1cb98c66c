"""What we know: the SQLite truth. The only SQL."""
