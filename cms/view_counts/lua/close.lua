-- Turns the buffer into a batch. Returns the batch's key, or nothing if there is no buffer.
local function close(buffer, batches, other)
  if redis.call('EXISTS', buffer) == 0 then return end
  local id = redis.call('HGET', buffer, 'id') or other  -- (from a release whose buffers had no ids)
  redis.call('RENAME', buffer, BATCH .. id)
  redis.call('SADD', batches, id)
  return BATCH .. id
end
