"""What the Redis store asks the server to do in one step, as Lua scripts.

A script runs alone and is written to the append-only file as one unit, but what it did before an
error stays (https://redis.io/docs/latest/develop/programmability/eval-intro/). So each looks
before it writes, begins with a write that a full server refuses, and moves the tip last.
"""

from __future__ import annotations

import hashlib


class Script:
    """A Lua script with the name that the server knows it by once it has seen it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


_QUIETLY = """
-- The lock is of no use after a restart: neither the append-only file nor replicas hear of it.
if redis.replicate_commands then redis.replicate_commands() end
redis.set_repl(redis.REPL_NONE)
"""

CREATE = Script("""
-- KEYS schema tip; ARGV schema chain
if redis.call('EXISTS', KEYS[1]) == 0 then
    redis.call('HSET', KEYS[2], 'seq', '0', 'chain', ARGV[2], 'commits', '0', 'by', '')
    redis.call('SET', KEYS[1], ARGV[1])
end
return redis.call('GET', KEYS[1])
""")
"""Begin a log where there is none; returns the schema that is there now."""

REHEARSE = Script(
    _QUIETLY
    + """
-- KEYS rehearsal
local failed = nil
for _, command in ipairs({
    {'DEL', KEYS[1]},
    {'HSET', KEYS[1], 'a', 'b'}, {'UNLINK', KEYS[1]},
    {'ZADD', KEYS[1], '0', 'a'}, {'UNLINK', KEYS[1]},
    {'XADD', KEYS[1], '1-0', '', ''}, {'DEL', KEYS[1]},
}) do
    local answer = redis.pcall(unpack(command))
    if type(answer) == 'table' and answer.err then failed = failed or answer end
end
redis.pcall('DEL', KEYS[1])
return failed or 1
"""
)
"""Do once what a commit does: it is not to find out halfway that it has not the rights."""

ACQUIRE = Script(
    _QUIETLY
    + """
-- KEYS lock schema tip; ARGV token lease
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return false end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local tip = redis.call('HMGET', KEYS[3], 'seq', 'chain', 'commits')
return {redis.call('GET', KEYS[2]), tip[1], tip[2], tip[3]}
"""
)
"""Take the lock for `lease` ms; returns schema and tip, nothing where another has it."""

RENEW = Script(
    _QUIETLY
    + """
-- KEYS lock; ARGV token lease
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
"""
)
"""Keep the lock for another `lease` ms."""

RELEASE = Script(
    _QUIETLY
    + """
-- KEYS lock; ARGV token
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
"""
)
"""Give the lock back."""

COMMIT = Script("""
-- KEYS lock tip rows ids clocks order threads kept, then indexes
-- ARGV token, seq chain commits as they were, seq chain as they will be, number of new rows,
--      eleven values of each, then seq and row of each that is erased
local token, new = ARGV[1], tonumber(ARGV[7])
local tip = redis.call('HMGET', KEYS[2], 'seq', 'chain', 'commits', 'by')
if tip[4] == token then return 1 end  -- it is done: only the reply was lost
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= token then return 0 end
for i = 1, 3 do if tip[i] ~= ARGV[i + 1] then return 0 end end
local at = 8
for _ = 1, new do
    local seq, thread, clock = ARGV[at], ARGV[at + 5], ARGV[at + 6]
    redis.call('HSET', KEYS[3], seq, ARGV[at + 2])
    redis.call('HSET', KEYS[4], ARGV[at + 1], seq)
    redis.call('ZADD', KEYS[5], '0', ARGV[at + 3])
    redis.call('ZADD', KEYS[6], '0', ARGV[at + 4])
    local summary, count, first = redis.call('HGET', KEYS[7], thread), 0, seq
    if summary then count, first = string.match(summary, '(%d+) (%d+)') end
    summary = string.format('%.0f', tonumber(count) + 1) .. ' ' .. first .. ' ' .. seq
    redis.call('HSET', KEYS[7], thread, summary)
    for i = at + 7, at + 10 do
        local index = tonumber(ARGV[i])
        if index > 0 then redis.call('XADD', KEYS[index], seq .. '-0', '', clock) end
    end
    at = at + 11
end
if at <= #ARGV then
    for i = at, #ARGV, 2 do redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1]) end
    redis.call('UNLINK', KEYS[8])
end
local commits = string.format('%.0f', tonumber(tip[3]) + 1)
redis.call('HSET', KEYS[2], 'seq', ARGV[5], 'chain', ARGV[6], 'commits', commits, 'by', token)
redis.call('DEL', KEYS[1])
return 1
""")
"""Write all of a transaction, if the log ends where it did when the transaction began.

The lock keeps writers apart; it is this comparison that makes it safe when a lock ran out.
"""

FIND = Script("""
-- KEYS tip rows ids; ARGV id
local tip, seq = redis.call('HGET', KEYS[1], 'seq'), redis.call('HGET', KEYS[3], ARGV[1])
if not tip or not seq or tonumber(seq) > tonumber(tip) then return false end
return {seq, redis.call('HGET', KEYS[2], seq)}
""")
"""Return seq and row of a record."""

_GROUPS = """
local groups, looks = {}, 0

-- A group is the indexes of one column: a record has to be in one of each group.
local function take_groups(key, argument)
    for i = argument, #ARGV do
        local group = {length = 0}
        for _ = 1, tonumber(ARGV[i]) do
            group[#group + 1] = KEYS[key]
            group.length = group.length + redis.call('XLEN', KEYS[key])
            key = key + 1
        end
        groups[#groups + 1] = group
    end
end

local function is_in(group, seq)
    for _, key in ipairs(group) do
        looks = looks + 1
        if #redis.call('XRANGE', key, seq, seq) > 0 then return true end
    end
    return false
end

local function matches(seq, but)
    looks = looks + 1
    for _, group in ipairs(groups) do
        if group ~= but and not is_in(group, seq) then return false end
    end
    return true
end

local function text(number) return string.format('%.0f', number) end

local found, bytes, limit = {'', 0}, 0, 0

local function add(seq)
    local row = redis.call('HGET', KEYS[2], seq)
    found[#found + 1], found[#found + 2] = seq, row
    bytes = bytes + (row and #row or 0)
end

local function is_full() return #found >= 2 * limit + 2 or bytes > 4194304 or looks >= 2000 end
"""
"""Nobody else is served while a script runs: after 4 MiB or 2000 looks it takes a break."""

READ = Script(
    _GROUPS
    + """
-- KEYS tip rows, then indexes; ARGV first and last seq, limit, 1 for the newest first, groups
local tip = redis.call('HGET', KEYS[1], 'seq')
if not tip then return false end
local low, high = tonumber(ARGV[1]), math.min(tonumber(ARGV[2]), tonumber(tip))
local newest = ARGV[4] == '1'
limit = tonumber(ARGV[3])
take_groups(3, 5)

local smallest = nil
for _, group in ipairs(groups) do
    if #group <= 10 and (not smallest or group.length < smallest.length) then smallest = group end
end

local count = tostring(#groups > 1 and 100 or math.min(limit, 100))
local function page()
    if not smallest then return {newest and high or low} end
    local seqs = {}
    for _, key in ipairs(smallest) do
        local entries
        if newest then
            entries = redis.call('XREVRANGE', key, text(high), text(low), 'COUNT', count)
        else
            entries = redis.call('XRANGE', key, text(low), text(high), 'COUNT', count)
        end
        for _, entry in ipairs(entries) do
            seqs[#seqs + 1] = tonumber(string.match(entry[1], '^%d+'))
        end
    end
    if #smallest > 1 then
        table.sort(seqs, function(a, b) if newest then return a > b else return a < b end end)
        for i = tonumber(count) + 1, #seqs do seqs[i] = nil end
    end
    return seqs
end

while low <= high and not is_full() do
    local seqs = page()
    if #seqs == 0 then low = high + 1 end
    for _, seq in ipairs(seqs) do
        if newest then high = seq - 1 else low = seq + 1 end
        if matches(text(seq), smallest) then add(text(seq)) end
        if is_full() then break end
    end
end
if low <= high then found[1] = text(newest and high or low) end
found[2] = looks
return found
"""
)
"""Return where to go on, how many looks it took, then seq and row of each that is found."""

READ_BY_CLOCK = Script(
    _GROUPS
    + """
-- KEYS tip rows order, then indexes; ARGV where to begin, limit, 1 for the newest first, groups
local from, newest = ARGV[1], ARGV[3] == '1'
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
limit = tonumber(ARGV[2])
take_groups(4, 4)
while true do
    local entries
    if newest then
        entries = redis.call('ZREVRANGEBYLEX', KEYS[3], from, '-', 'LIMIT', '0', '100')
    else
        entries = redis.call('ZRANGEBYLEX', KEYS[3], from, '+', 'LIMIT', '0', '100')
    end
    for _, entry in ipairs(entries) do
        from = '(' .. entry
        local upper, lower = struct.unpack('>I4I4', string.sub(entry, 9))
        local seq = text(upper * 4294967296 + lower)
        if matches(seq) then add(seq) end
        if is_full() then
            found[1], found[2] = from, looks
            return found
        end
    end
    if #entries < 100 then
        found[2] = looks
        return found
    end
end
"""
)
"""Return the same as READ, in the order of the clocks."""

LIST = Script("""
-- KEYS index; ARGV first and last seq
local found = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[2], 'COUNT', '2000')) do
    found[#found + 1] = string.match(entry[1], '^%d+') .. ' ' .. entry[2][2]
end
return table.concat(found, ' ')
""")
"""Return up to 2000 entries of an index as text: seq, clock, seq, clock, …"""

TAKE_OVER = Script("""
-- KEYS holders; ARGV name expected holder
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
""")
"""Replace a holder if it is the one expected."""

FINISH_BLOB = Script("""
-- KEYS staged blob blobs; ARGV digest size chunks
if redis.call('HEXISTS', KEYS[3], ARGV[1]) == 1 then
    redis.call('UNLINK', KEYS[1])
    return 1
end
if redis.call('HLEN', KEYS[1]) ~= tonumber(ARGV[3]) then
    redis.call('UNLINK', KEYS[1])
    return 0
end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
if ARGV[3] ~= '0' then
    redis.call('PERSIST', KEYS[1])
    redis.call('RENAME', KEYS[1], KEYS[2])
end
return 1
""")
"""Make a staged blob visible."""

ERASE_BLOB = Script("""
-- KEYS blob blobs; ARGV digest
redis.call('UNLINK', KEYS[1])
return redis.call('HDEL', KEYS[2], ARGV[1])
""")
"""Remove a blob."""
