"""One picture from an address that a person gave: the only requests that files make."""
