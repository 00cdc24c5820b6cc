"""Backup and restore of a whole site."""
