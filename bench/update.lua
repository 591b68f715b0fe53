-- Update one task: title, deadline, two owners, three answers, all of them changed by every request.
-- Rows: PATH [TEXT-FIELD CHOICE-FIELD DATE-FIELD].

package.path = os.getenv("BENCH_DIR") .. "/?.lua;" .. package.path
local requests = require("requests")
local work

setup = requests.setup
done = requests.done

local procession = '{"title":"Review contract %d","deadline":"%s","owners":{"users":[%s,%s],"guests":[],"groups":[]},' ..
  '"taskdata":{"%s":"Checked as agreed, number %d","%s":{"id":%d,"text":"Option %d","value":null},"%s":"%s"}}'
local pocketbase = '{"title":"Review contract %d","deadline":"%s","owners":{"users":["%s","%s"],"guests":[],"groups":[]},' ..
  '"answer_text":"Checked as agreed, number %d","answer_choice":"Option %d","answer_date":"%s"}'

function init() work = requests.load(thread_number, tonumber(os.getenv("BENCH_THREADS"))) end

function request()
  local row, n = work.take()
  local option, deadline, date = work.option(n), work.moment(n), work.moment(n + 11)
  if work.head.kind == "pocketbase" then
    return wrk.format("PATCH", row[1], work.headers,
      string.format(pocketbase, n, deadline, work.user(n), work.user(n + 1), n, option, date))
  end
  return wrk.format("PUT", row[1], work.headers,
    string.format(procession, n, deadline, work.user(n), work.user(n + 1), row[2], n, row[3], option, option, row[4], date))
end
