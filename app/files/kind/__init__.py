"""What sort of picture a file is by itself: photo, screenshot, panorama, page."""
