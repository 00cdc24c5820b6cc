-- KEYS: buffer, batches, epoch. ARGV: fields. Returns the epoch, what the buffer has, and each batch with what it has.
local batches = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  batches[#batches + 1] = {id, redis.call('HMGET', BATCH .. id, unpack(ARGV))}
end
return {redis.call('GET', KEYS[3]) or '0', redis.call('HMGET', KEYS[1], unpack(ARGV)), batches}
