"""The scripts of the trash: like every move of a record they compare, and only then set.

A dataset's record says in `trashed_until` where it is:

    ""      in use
    a time  in the trash until then, in milliseconds since 1970
    "0"     going: its files are being removed, and nobody may have it back
"""

from worker.jobs.filter_scripts import INDEX

# A Lua function that puts a record into those lists in which it belongs by its `trashed_until`.
SHELVE = """
local function shelve(kind, id)
  local found = redis.call('HMGET', kind .. ':' .. id, 'state', 'trashed_until')
  local till = found[2] or ''
  local function list(there, name, score)
    if there then redis.call('ZADD', name, score, id) else redis.call('ZREM', name, id) end
  end
  list(till == '', kind .. 's', 0)
  list(till == '', kind .. 's:' .. found[1], 0)
  list(till ~= '' and till ~= '0', kind .. 's:trashed', 0)
  list(till ~= '', kind .. 's:until', till)
end
"""

# Takes a dataset whose `trashed_until` is ARGV[1] out of use for ARGV[2] milliseconds, or for good
# if that is 0. One script, so that nothing begins or ends meanwhile. It answers what
# `trashed_until` is then, and if records need the dataset of one of the kinds KEYS[3], KEYS[4], …
# in one of the states ARGV[4], ARGV[5], …, how many, and the ids of the first ARGV[3]; nothing if
# there is no such dataset.
PUT = (
    SHELVE
    + """
local kind, id = KEYS[1], KEYS[2]
local record = kind .. ':' .. id
if redis.call('EXISTS', record) == 0 then return end
local till = redis.call('HGET', record, 'trashed_until') or ''
if till == '0' or till ~= ARGV[1] then return {till} end
local function needs(body)
  -- Decoding ten thousand bodies would block Redis, so most are ruled out by a plain search.
  if not string.find(body, id, 1, true) then return false end
  local asked = cjson.decode(body)
  for _, source in ipairs(asked.sources or {}) do
    if source == id then return true end
  end
  return asked.dataset == id or asked.backbone == id
end
local count, named = 0, {}
for at = 3, #KEYS do
  for place = 4, #ARGV do
    for _, other in ipairs(redis.call('ZRANGE', KEYS[at] .. 's:' .. ARGV[place], 0, -1)) do
      if needs(redis.call('HGET', KEYS[at] .. ':' .. other, 'body') or '') then
        count = count + 1
        if count <= tonumber(ARGV[3]) then table.insert(named, other) end
      end
    end
  end
end
if count > 0 then return {till, count, unpack(named)} end
local t, keep = redis.call('TIME'), tonumber(ARGV[2])
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('HSET', record, 'trashed_until', keep == 0 and 0 or now + keep)
shelve(kind, id)
redis.call('ZADD', kind .. 's:unfiled', now, id)
return {redis.call('HGET', record, 'trashed_until')}
"""
)

# Deletes the record of a dataset whose `trashed_until` is ARGV[1].
FORGET = (
    INDEX
    + """
local kind, id = KEYS[1], KEYS[2]
local record = kind .. ':' .. id
local found = redis.call('HMGET', record, 'state', 'trashed_until')
if not found[1] or (found[2] or '') ~= ARGV[1] then return end
unindex(kind, id)
redis.call('DEL', record, record .. ':events')
for _, listing in ipairs({'', ':' .. found[1], ':trashed', ':until', ':unfiled'}) do
  redis.call('ZREM', kind .. 's' .. listing, id)
end
"""
)
