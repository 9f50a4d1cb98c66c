"""Care for the models of a library: changing, measuring, resting, and the vectors they left."""
