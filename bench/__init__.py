"""How fast it is: each figure a ratio against a reference that is measured in the same run. See ``make bench``."""
