"""View counts of items: counted in Redis, then added to the database."""
