"""What lies on disk: walking, decoding, metadata, thumbnails, trash. The only Pillow and codecs."""
