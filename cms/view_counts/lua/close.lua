-- The buffer becomes a batch on its way. Returns its key; nothing if there is no buffer.
local function close(buffer, batches, other)
  if redis.call('EXISTS', buffer) == 0 then return end
  local id = redis.call('HGET', buffer, 'id') or other  -- (before buffers had ids)
  redis.call('RENAME', buffer, BATCH .. id)
  redis.call('SADD', batches, id)
  return BATCH .. id
end
