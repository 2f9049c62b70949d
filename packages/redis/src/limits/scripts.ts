import { createHash } from 'node:crypto'

/** A script that the server runs as one step, and the name under which it remembers it. */
export interface Script {
  readonly text: string
  readonly sha: string
}

/** Milliseconds of the server's own clock, which all nodes share. */
const serverClock = `(function()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end)()`

const script = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') })

/**
 * `stepGcra` and `giveBackGcra` of core, operation for operation, for any number of keys: each brings the interval and the
 * tolerance of its rule. A key ends when it would say the same as one that is not there.
 *
 * @param test.clock What gives the milliseconds instead of the server.
 * @param test.extraMilliseconds How much longer keys live, so that none ends by the server's clock while a test's stands still.
 */
export function gcraScripts(test: { readonly clock?: string; readonly extraMilliseconds?: number } = {}): {
  readonly take: Script
  readonly giveBack: Script
} {
  const { clock = serverClock, extraMilliseconds = 0 } = test
  const common = `local now = ${clock}
local function arrival_of(key)
  return tonumber(redis.call('GET', key) or now) or now
end
local function keep(key, arrival)
  local life = math.max(1, math.ceil(arrival - now) + ${extraMilliseconds})
  redis.call('SET', key, string.format('%.17g', arrival), 'PX', string.format('%.0f', life))
end
`
  return {
    take: script(`${common}
local reply, arrivals, passes = {}, {}, true
for index, key in ipairs(KEYS) do
  local interval, tolerance = tonumber(ARGV[2 * index - 1]), tonumber(ARGV[2 * index])
  local start = math.min(math.max(arrival_of(key), now), now + tolerance)
  local following = start + interval
  local slack = math.min(interval, 1) / 2
  local wait = following - tolerance - now
  if wait > slack then
    passes = false
    reply[#reply + 1], reply[#reply + 2], reply[#reply + 3] = 0, 0, math.ceil(wait)
  else
    local remaining = math.floor((tolerance - (following - now) + slack) / interval)
    local pause = 0
    if remaining <= 0 then pause = math.max(0, math.ceil(following + interval - tolerance - now)) end
    arrivals[index] = following
    reply[#reply + 1], reply[#reply + 2], reply[#reply + 3] = 1, remaining, pause
  end
end
if passes then
  for index, key in ipairs(KEYS) do keep(key, arrivals[index]) end
end
return reply`),
    giveBack: script(`${common}
for index, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then
    keep(key, math.max(now, arrival_of(key) - tonumber(ARGV[2 * index - 1])))
  end
end
return 1`),
  }
}
