-- KEYS: base, buffer, client. ARGV: today, items, what to add, the sequence number.
local before, why = count(KEYS[1], KEYS[2], KEYS[3], words(ARGV[2]), ARGV[1], ARGV[3], ARGV[4])
if not before then return {why, ARGV[2]} end
return {'counted', before}
