"""From words, fields and scopes to photos."""
