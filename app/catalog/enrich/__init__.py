"""What models worked out about photos, and what they have still to do."""
