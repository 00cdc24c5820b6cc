-- KEYS: cached response, generations, base, buffer, client.
-- ARGV: today, the token of the body that is known, what to add, the sequence number.
local kept = redis.call('HMGET', KEYS[1], 'tags', 'generations', 'items', 'token')
if not kept[1] or generations(KEYS[2], words(kept[1])) ~= kept[2] then return {'miss'} end
local items = cmsgpack.unpack(kept[3])
local before, why = count(KEYS[3], KEYS[4], KEYS[5], items, ARGV[1], ARGV[3], ARGV[4])
if not before then return {why, table.concat(items, ' ')} end
return {'counted', before, kept[4], kept[4] ~= ARGV[2] and redis.call('HGET', KEYS[1], 'body') or ''}
