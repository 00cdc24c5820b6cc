-- KEYS: the mark of a resolved count, client, buffer. ARGV: seconds to keep the mark, sequence number, today, items.
if not redis.call('SET', KEYS[1], '', 'NX', 'EX', ARGV[1]) then return 0 end
local counted = redis.call('GET', KEYS[2]) == ARGV[2]
redis.call('DEL', KEYS[2])  -- a request still under way will be refused, as its client is unknown
if counted then return 0 end
if redis.call('HSETNX', KEYS[3], 'day', ARGV[3]) == 1 then
  redis.call('HSET', KEYS[3], TABLE, 0, 'id', string.sub(KEYS[2], -20) .. '-' .. ARGV[2] .. 's')
end
for i = 4, #ARGV do redis.call('HINCRBY', KEYS[3], ARGV[i], 1) end
return 1
