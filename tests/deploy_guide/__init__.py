"""docs/deploy.md, followed word for word in a separate Debian: ``make test-deploy``."""
