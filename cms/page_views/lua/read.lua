-- KEYS: cached response, generations, base, buffer, client.
-- ARGV: today, the token of the known body, what to add, the sequence number.
local kept = cached(KEYS[1], KEYS[2])
if not kept then return {'miss'} end
local before, why = count(KEYS[3], KEYS[4], KEYS[5], kept.items, ARGV[1], ARGV[3], ARGV[4])
if not before then return {why, table.concat(kept.items, ' ')} end
return {'counted', before, kept.token, kept.token ~= ARGV[2] and redis.call('HGET', KEYS[1], 'body') or ''}
