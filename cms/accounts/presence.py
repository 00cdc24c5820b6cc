"""Who has a page open in the admin, kept in Redis for as long as somebody says so again and again."""

from __future__ import annotations

import time
from collections import Counter

from redis import Redis

#: For how long somebody is there who does not say so again, in seconds.
TTL = 40


def here(redis: Redis, page_id: int, email: str) -> list[str]:
    """Note that somebody has a page open. Returns the names of those who have it open, too."""
    key, now = f"presence:{page_id}", time.time()
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.zadd(key, {email: now})
        pipeline.zremrangebyscore(key, 0, now - TTL)
        pipeline.expire(key, TTL)
        pipeline.zrange(key, 0, -1)
        found = pipeline.execute()[-1]
    people = {person.decode() if isinstance(person, bytes) else str(person) for person in found} | {email}
    alike = Counter(map(_name, people))
    return sorted(_name(person) if alike[_name(person)] == 1 else person for person in people - {email})


def _name(email: str) -> str:
    """What somebody is called. Accounts have no names; mostly the part of an e-mail address before the host is one."""
    return email.partition("@")[0]


def gone(redis: Redis, page_id: int, email: str) -> None:
    """Note that somebody has left a page."""
    redis.zrem(f"presence:{page_id}", email)
