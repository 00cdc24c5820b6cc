"""How the product is started: the supervisor behind ``make run``, its Redis, gunicorn and nginx."""
