"""What leaves the library."""
