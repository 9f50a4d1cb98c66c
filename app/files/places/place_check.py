"""Proves that positions get names here."""

from __future__ import annotations

import numpy as np

from app.files.places.gazetteer import GeoNames


def check_places() -> str:
    """Name a position; raises where that fails."""
    place = GeoNames().places(np.array([[48.8584, 2.2945]]))[0]
    if (place.city, place.country_code) != ("Paris", "FR"):
        raise LookupError(f"the Eiffel tower stands in {place}")
    return f"the Eiffel tower stands in {place.city}, {place.country}"
