-- KEYS: base, epoch. ARGV: the epoch before the database was read, then fields and numbers alternately.
if (redis.call('GET', KEYS[2]) or '0') ~= ARGV[1] then return 0 end
for i = 2, #ARGV, 2 do redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
