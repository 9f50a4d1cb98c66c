"""What models and data add to photos: vectors, captions, tags, text, places."""
