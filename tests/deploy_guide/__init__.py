"""docs/deploy.md, followed word for word in a Debian of its own: ``make test-deploy``."""
