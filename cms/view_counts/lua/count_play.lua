-- KEYS: the mark of a token that was used for the item, base, buffer, client.
-- ARGV: today, the item, seconds to keep the mark, what to add, the sequence number.
if redis.call('EXISTS', KEYS[1]) == 1 then return {'used'} end
local before, why = count(KEYS[2], KEYS[3], KEYS[4], {ARGV[2]}, ARGV[1], ARGV[4], ARGV[5])
if not before then return {why, ARGV[2]} end
redis.call('SET', KEYS[1], '', 'EX', ARGV[3])
return {'counted', before}
