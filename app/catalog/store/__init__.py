"""How the catalogue lies on the disk: its schema, its migrations, one connection to it, its copies."""
