"""Accounts of editors."""
