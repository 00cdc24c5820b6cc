"""How often each item was viewed, counted in Redis and added to the database."""
