-- KEYS: cached response, generations. ARGV: tags, their generations before it was made, seconds, items, token, body.
local tags = words(ARGV[1])
if generations(KEYS[2], tags) ~= ARGV[2] then return 0 end
for _, tag in ipairs(tags) do
  if redis.call('EXISTS', 'cache:hold:' .. tag) == 1 then return 0 end
end
redis.call('HSET', KEYS[1], 'tags', ARGV[1], 'generations', ARGV[2],
           'items', cmsgpack.pack(words(ARGV[4])), 'token', ARGV[5], 'body', ARGV[6])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
