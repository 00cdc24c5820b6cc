-- Items and token of a cached response, if the generations of its tags have not changed since it was made.
local function cached(key, generations_key)
  local kept = redis.call('HMGET', key, 'tags', 'generations', 'items', 'token')
  if not kept[1] or generations(generations_key, words(kept[1])) ~= kept[2] then return nil end
  return {items = cmsgpack.unpack(kept[3]), token = kept[4]}
end
