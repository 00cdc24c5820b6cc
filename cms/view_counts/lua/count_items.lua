-- KEYS: base, buffer, client. ARGV: today, items in one string, what to add, the sequence number.
local items = {}
for item in string.gmatch(ARGV[2], '%S+') do items[#items + 1] = item end
local before, why = count(KEYS[1], KEYS[2], KEYS[3], items, ARGV[1], ARGV[3], ARGV[4])
if not before then return {why, ARGV[2]} end
return {'counted', before}
