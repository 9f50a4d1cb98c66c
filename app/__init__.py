"""Oriel: a photo browser that finds any photo by what is in it."""

APP_NAME = "Oriel"
APP_ID = "io.github.oriel_photos.Oriel"
__version__ = "0.1.0"
