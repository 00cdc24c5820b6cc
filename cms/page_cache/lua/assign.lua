-- A tag without a generation gets a new one, never an earlier one, so that older responses stay invalid.
-- KEYS: generations. ARGV: a new generation, tags.
local tags = {unpack(ARGV, 2)}
redis.call('HSETNX', KEYS[1], TABLE, '')
for _, tag in ipairs(tags) do redis.call('HSETNX', KEYS[1], tag, ARGV[1]) end
return generations(KEYS[1], tags)
