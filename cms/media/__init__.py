"""Bytes: uploads on their way in, media files that are kept once, and what they are."""
