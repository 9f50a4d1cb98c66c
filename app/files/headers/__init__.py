"""What headers and sidecars say of a photo: date, place, camera."""
