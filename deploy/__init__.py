"""How the product is run: the supervisor behind ``make run``, its Redis, gunicorn and nginx."""
