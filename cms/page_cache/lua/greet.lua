-- KEYS: generations, base, epoch, the server's run, buffer, batches.
-- ARGV: a new generation, 1 if the connection existed before, an id for a buffer without one.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local is_known = redis.call('GET', KEYS[4]) == run
if is_known and ARGV[2] == '0' then return end
-- A buffer of an earlier run may have been added, as a batch, after Redis last saved it. It must take no more views.
if not is_known then close(KEYS[5], KEYS[6], ARGV[3]) end
redis.call('SET', KEYS[4], run)
redis.call('HSET', KEYS[1], 'everything', ARGV[1])
redis.call('DEL', KEYS[2])
redis.call('INCR', KEYS[3])
