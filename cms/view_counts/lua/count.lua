-- Adds one to each item, unless `sequence` is 0, and returns the counters from before. `what` is a view, a view by a
-- bot, a play, or nothing. It counts nothing and returns nil and the reason if an item has no base yet ("unseeded"), the
-- buffer has views of another day ("other day"), or Redis does not know the client ("unknown client").
local function count(base, buffer, client, items, day, what, sequence)
  local before, changed = {}, {'day', day}
  for first = 1, #items, 1000 do  -- Lua can unpack only a few thousand values
    local last = math.min(first + 999, #items)
    local known = redis.call('HMGET', base, unpack(items, first, last))
    local buffered = redis.call('HMGET', buffer, 'day', unpack(items, first, last))
    if buffered[1] and buffered[1] ~= day then return nil, 'other day' end
    if not buffered[1] and first == 1 then
      changed = {'day', day, 'id', string.sub(client, -20) .. '-' .. sequence, TABLE, 0}
    end
    for i = first, last do
      local stored, more = known[i - first + 1], buffered[i - first + 2] or 0
      if not stored then return nil, 'unseeded' end
      before[i] = stored + more
      if what == 'view' then
        changed[#changed + 1] = items[i]
        changed[#changed + 1] = more + 1
      end
    end
  end
  if sequence ~= '0' and #items > 0 then
    if not redis.call('SET', client, sequence, 'XX', 'EX', SECONDS) then return nil, 'unknown client' end
    for first = 1, #changed, 2000 do
      redis.call('HSET', buffer, unpack(changed, first, math.min(first + 1999, #changed)))
    end
    local apart = what == 'bot view' and 0 or what == 'play' and PLAYS
    if apart then
      for _, item in ipairs(items) do redis.call('HINCRBY', buffer, string.format('-%d', item + apart), 1) end
    end
  else
    redis.call('HSETNX', base, TABLE, 0)  -- changes nothing, but fails on a Redis that refuses writes
  end
  return before
end
