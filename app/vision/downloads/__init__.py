"""Models from the hub: known, fetched, checked, kept, removed."""
