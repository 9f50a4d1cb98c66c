"""A still from a good moment of a video, and what its container says."""
