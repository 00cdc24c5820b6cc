"""The cache's Lua scripts for Redis. Each runs atomically."""

from __future__ import annotations

from cms.lua import load
from cms.view_counts import buffer, flush

#: A Lua function for scripts that read a cached response.
LUA_CACHED = load(__file__, "generations", "words", "cached")

GENERATIONS = load(__file__, "generations", "assign", TABLE=buffer.TABLE)
STORE = load(__file__, "generations", "words", "store")
GREET = flush.LUA_CLOSE + load(__file__, "greet")
