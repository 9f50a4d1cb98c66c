"""Taking photos in: walking, reading, noticing what is away or left out."""
