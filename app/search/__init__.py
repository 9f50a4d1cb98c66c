"""How it is found: vectors, queries and their ranking."""
