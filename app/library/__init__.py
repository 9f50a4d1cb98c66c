"""The noun (Library) and its verbs."""
