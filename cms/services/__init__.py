"""What the program does, without Flask, extensions or Celery: plain functions over a session, folders and Redis."""
