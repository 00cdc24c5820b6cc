-- The generations of some tags, joined into one string.
local function generations(key, tags)
  local found = redis.call('HMGET', key, unpack(tags))
  for i, value in ipairs(found) do found[i] = value or '' end
  return table.concat(found, ' ')
end
