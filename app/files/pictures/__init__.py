"""From the bytes of a picture to upright sRGB pixels, within bounds."""
