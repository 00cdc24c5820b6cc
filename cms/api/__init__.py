"""The JSON that clients read, and its specification."""
