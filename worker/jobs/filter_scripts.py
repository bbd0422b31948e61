"""The scripts of filters: which records have a model, a dataset or a tag, by a sorted set for each.

Redis keys; {kind} is `job` or `ds`, and the ids in them sort by time of creation:

    purr:{kind}s:{filter}:{value}    the ids of the records of which a filter has this value

The filters of a job are `model`, `dataset`, `sweep`, `schedule` and `tag`, those of a dataset
`tag`, and once it is imported `kind` and `as`, which is `ready` or `checked`. Datasets in the trash
stay in these sets.
"""

# A Lua function that puts a record into the sets in which it belongs by what it says, and one that
# takes it out of them.
INDEX = """
local function filters(kind, id)
  local found = redis.call('HMGET', kind .. ':' .. id, 'body', 'labels', 'result', 'state')
  local body, keys = cjson.decode(found[1] or '{}'), {}
  local function add(filter, value)
    if type(value) == 'string' then table.insert(keys, kind .. 's:' .. filter .. ':' .. value) end
  end
  if kind == 'purr:job' then
    add('model', body.model)
    add('dataset', body.dataset)
    if type(body.sweep) == 'table' then add('sweep', body.sweep.id) end
    if type(body.made_by) == 'table' then add('schedule', body.made_by.schedule) end
  elseif kind == 'purr:ds' and found[4] == 'succeeded' and found[3] then
    add('kind', cjson.decode(found[3]).kind)
    add('as', body.dry_run == true and 'checked' or 'ready')
  end
  local tags = (found[2] and cjson.decode(found[2]) or body).tags
  if type(tags) == 'table' then
    for _, tag in ipairs(tags) do add('tag', tag) end
  end
  return keys
end
local function index(kind, id)
  for _, key in ipairs(filters(kind, id)) do redis.call('ZADD', key, 0, id) end
end
local function unindex(kind, id)
  for _, key in ipairs(filters(kind, id)) do redis.call('ZREM', key, id) end
end
"""

# Sets the labels of a record to ARGV[1], or leaves them as they are if that is empty, and puts it
# into the sets in which it belongs then. It answers whether there is such a record.
LABEL = (
    INDEX
    + """
local kind, id = KEYS[1], KEYS[2]
if redis.call('EXISTS', kind .. ':' .. id) == 0 then return 0 end
if ARGV[1] ~= '' then
  unindex(kind, id)
  redis.call('HSET', kind .. ':' .. id, 'labels', ARGV[1])
end
index(kind, id)
return 1
"""
)

# Answers up to ARGV[2] ids that are in one set of each of the groups ARGV[1], the newest first,
# from behind ARGV[3], or from the newest on if that is empty; and, if it has looked at ARGV[4] ids
# and is not at the end, the last of these. One group at least must be a single set: the smallest
# of such is walked.
SCAN = """
local groups, limit, left = cjson.decode(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[4])
local top = ARGV[3] == '' and '+' or '(' .. ARGV[3]
local walked, size
for at, group in ipairs(groups) do
  if #group == 1 then
    local count = redis.call('ZCARD', group[1])
    if not size or count < size then walked, size = at, count end
  end
end
local found = {}
while left > 0 do
  local ids = redis.call('ZREVRANGEBYLEX', groups[walked][1], top, '-',
                         'LIMIT', 0, math.min(left, 500))
  if #ids == 0 then return {found, ''} end
  local fits = {}
  for at, group in ipairs(groups) do
    if at ~= walked then
      local any = {}
      for _, set in ipairs(group) do
        for place, score in ipairs(redis.call('ZMSCORE', set, unpack(ids))) do
          if score then any[place] = true end
        end
      end
      for place in ipairs(ids) do if not any[place] then fits[place] = false end end
    end
  end
  for place, id in ipairs(ids) do
    if fits[place] ~= false then
      table.insert(found, id)
      if #found == limit then return {found, ''} end
    end
  end
  left = left - #ids
  top = '(' .. ids[#ids]
end
return {found, string.sub(top, 2)}
"""
