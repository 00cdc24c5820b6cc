"""What Redis does for the cache, in Lua: each script is one step that nothing can come between."""

from __future__ import annotations

from cms.lua import load
from cms.view_counts import buffer, flush

READ = buffer.LUA_COUNT + load(__file__, "generations", "words", "read")
GENERATIONS = load(__file__, "generations", "assign", TABLE=buffer.TABLE)
STORE = load(__file__, "generations", "words", "store")
COUNT = buffer.LUA_COUNT + load(__file__, "words", "count")
GREET = flush.LUA_CLOSE + load(__file__, "greet")
