-- KEYS: buffer, base, batches, epoch. ARGV: an id for a buffer without one.
local batch = close(KEYS[1], KEYS[3], ARGV[1])
if not batch then return 0 end
redis.call('INCR', KEYS[4])
local items, views, changed = redis.call('HKEYS', batch), redis.call('HVALS', batch), {}
for first = 1, #items, 1000 do  -- Lua can unpack only a few thousand values
  local bases = redis.call('HMGET', KEYS[2], unpack(items, first, math.min(first + 999, #items)))
  for i, base in ipairs(bases) do
    if base then
      changed[#changed + 1] = items[first + i - 1]
      changed[#changed + 1] = string.format('%.0f', base + views[first + i - 1])
    end
  end
end
for first = 1, #changed, 2000 do
  redis.call('HSET', KEYS[2], unpack(changed, first, math.min(first + 1999, #changed)))
end
return 1
