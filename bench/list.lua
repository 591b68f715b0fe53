-- One's own tasks: a page of 20, the newest first, with totals. Rows: PATH (the whole address but the page).

package.path = os.getenv("BENCH_DIR") .. "/?.lua;" .. package.path
local requests = require("requests")
local work

setup = requests.setup
done = requests.done

function init() work = requests.load(0, 1) end  -- every thread asks for the same list

function request()
  local row, n = work.take()
  return wrk.format("GET", row[1] .. "&page=" .. (1 + n % 5), work.headers)
end
