"""The files of vectors beside the catalogue: one for each model."""
