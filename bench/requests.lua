-- What the wrk scripts share: the rows to work on, real changes, figures that a program can read.
-- The file named by BENCH_DATA: a line of names and values (`token=... users=1,2,3`), then a row a line.

local M = {rows = {}, head = {}, users = {}}
local threads = 0

-- In the first state: numbers the threads, so that no two of them work on the same row.
function M.setup(thread)
  thread:set("thread_number", threads)
  threads = threads + 1
end

function M.load(number, count)
  local place = 0
  for line in io.lines(os.getenv("BENCH_DATA")) do
    if place == 0 then
      for name, value in line:gmatch("(%w+)=(%S+)") do M.head[name] = value end
    elseif place % count == number then
      local row = {}
      for word in line:gmatch("%S+") do row[#row + 1] = word end
      M.rows[#M.rows + 1] = row
    end
    place = place + 1
  end
  for user in (M.head.users or ""):gmatch("[^,]+") do M.users[#M.users + 1] = user end
  math.randomseed(os.time() * 7 + number)
  M.start = os.time() % 100000 + number * 31
  M.headers = {["Authorization"] = "Bearer " .. (M.head.token or ""), ["Content-Type"] = "application/json",
               ["Accept"] = "application/json"}
  return M
end

-- A random row, and how often it was taken by this thread: each time other values.
function M.take()
  local row = M.rows[math.random(#M.rows)]
  row.times = (row.times or M.start) + 1
  return row, row.times
end

-- A moment within working hours; another one for another number.
function M.moment(number)
  return string.format("2027-%02d-%02dT%02d:%02d:00.000Z", 1 + math.floor(number / 28) % 12, 1 + number % 28,
                       9 + math.floor(number / 60) % 7, number % 60)
end

-- One of the members; `M.user(n)` and `M.user(n + 1)` differ.
function M.user(number) return M.users[1 + number % #M.users] end

function M.option(number) return 1 + number % 5 end

function M.done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\nBENCH {"requests": %d, "microseconds": %d, "bytes": %d, "refused": %d, "broken": %d, "p50": %d, "p99": %d, "max": %d}\n',
    summary.requests, summary.duration, summary.bytes, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end

return M
