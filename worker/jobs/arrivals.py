"""Since when queued records have been waiting for a worker, by the device that they want.

Redis key:

    purr:{kind}s:since:{device}    queued ids by the time at which they were queued
"""

DEVICES = ("auto", "cpu", "gpu")

# Lua functions for the script that moves a record into the queue (`arrive`) or out (`depart`).
# The device is the one of `worker.jobs.placement.device_for`; imports count as "auto".
ARRIVE = """
local DEVICES = {auto = true, cpu = true, gpu = true}
local function device_of(record)
  local found = redis.call('HMGET', record, 'device', 'body')
  for at, name in ipairs({'kind', 'device'}) do
    local sound, value = pcall(cjson.decode, found[at] or '')
    if sound and type(value) == 'table' and DEVICES[value[name]] then return value[name] end
  end
  return 'auto'
end
local function arrive(kind, record, id, now)
  redis.call('ZADD', kind .. 's:since:' .. device_of(record), now, id)
end
local function depart(kind, id)
  for device in pairs(DEVICES) do redis.call('ZREM', kind .. 's:since:' .. device, id) end
end
"""


def since(kind: str, device: str) -> str:
    """The sorted set of the queued records of one kind that want this device."""
    return f"purr:{kind}s:since:{device}"
