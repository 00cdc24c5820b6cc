"""What Redis does for the cache, in Lua: each script is one step that nothing can come between."""

from __future__ import annotations

from cms.lua import load
from cms.view_counts import flushing, views

READ = views.LUA_COUNT + load(__file__, "generations", "words", "read")
GENERATIONS = load(__file__, "generations", "assign", TABLE=views.TABLE)
STORE = load(__file__, "generations", "words", "store")
COUNT = views.LUA_COUNT + load(__file__, "words", "count")
GREET = flushing.LUA_CLOSE + load(__file__, "greet")
