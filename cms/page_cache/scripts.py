"""What Redis does for the cache, in Lua: each script is one step that nothing can come between."""

from __future__ import annotations

from cms.view_counts import flushing, views

_LUA_GENERATIONS = """
local function generations(key, tags)
  local found = redis.call('HMGET', key, unpack(tags))
  for i, value in ipairs(found) do found[i] = value or '' end
  return table.concat(found, ' ')
end
"""
_LUA_WORDS = """
local function words(text)
  local found = {}
  for word in string.gmatch(text, '%S+') do found[#found + 1] = word end
  return found
end
"""

READ = (
    views.LUA_COUNT
    + _LUA_GENERATIONS
    + _LUA_WORDS
    + """
-- KEYS: rendition, generations, base, buffer, caller.
-- ARGV: today, the token of the body that is known, what to add, the call.
local kept = redis.call('HMGET', KEYS[1], 'tags', 'generations', 'items', 'token')
if not kept[1] or generations(KEYS[2], words(kept[1])) ~= kept[2] then return {'miss'} end
local items = cmsgpack.unpack(kept[3])
local before, why = count(KEYS[3], KEYS[4], KEYS[5], items, ARGV[1], ARGV[3], ARGV[4])
if not before then return {why, table.concat(items, ' ')} end
return {'counted', before, kept[4], kept[4] ~= ARGV[2] and redis.call('HGET', KEYS[1], 'body') or ''}
"""
)

# A tag without a generation gets a new one, never an earlier one: what was kept before stays old.
GENERATIONS = (
    _LUA_GENERATIONS
    + """
-- KEYS: generations. ARGV: a new generation, tags.
local tags = {unpack(ARGV, 2)}
redis.call('HSETNX', KEYS[1], 'TABLE', '')
for _, tag in ipairs(tags) do redis.call('HSETNX', KEYS[1], tag, ARGV[1]) end
return generations(KEYS[1], tags)
""".replace("TABLE", views.TABLE)
)

STORE = (
    _LUA_GENERATIONS
    + _LUA_WORDS
    + """
-- KEYS: rendition, generations. ARGV: tags, their generations before it was made, seconds, items, token, body.
local tags = words(ARGV[1])
if generations(KEYS[2], tags) ~= ARGV[2] then return 0 end
for _, tag in ipairs(tags) do
  if redis.call('EXISTS', 'cache:hold:' .. tag) == 1 then return 0 end
end
redis.call('HSET', KEYS[1], 'tags', ARGV[1], 'generations', ARGV[2],
           'items', cmsgpack.pack(words(ARGV[4])), 'token', ARGV[5], 'body', ARGV[6])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
)

COUNT = (
    views.LUA_COUNT
    + _LUA_WORDS
    + """
-- KEYS: base, buffer, caller. ARGV: today, items, what to add, the number of the call.
local before, why = count(KEYS[1], KEYS[2], KEYS[3], words(ARGV[2]), ARGV[1], ARGV[3], ARGV[4])
if not before then return {why, ARGV[2]} end
return {'counted', before}
"""
)

GREET = (
    flushing.LUA_CLOSE
    + """
-- KEYS: generations, base, moves, the server's run, buffer, batches.
-- ARGV: a new generation, 1 if the connection was there before, an id for a buffer without one.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local is_known = redis.call('GET', KEYS[4]) == run
if is_known and ARGV[2] == '0' then return end
-- A buffer of an earlier run may have been added, as a batch, since Redis last wrote it down: it takes no views now.
if not is_known then close(KEYS[5], KEYS[6], ARGV[3]) end
redis.call('SET', KEYS[4], run)
redis.call('HSET', KEYS[1], 'everything', ARGV[1])
redis.call('DEL', KEYS[2])
redis.call('INCR', KEYS[3])
"""
)
