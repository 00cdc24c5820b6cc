"""Media files: how they are uploaded, how each is stored once, and what its bytes are."""
