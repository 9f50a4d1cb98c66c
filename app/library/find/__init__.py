"""Finding photos again, by words, by pictures, and why."""
