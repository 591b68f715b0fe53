-- Update one process: name, notes, owner, three kick-off answers, all of them changed by every request.
-- Rows: PATH [TEXT-FIELD CHOICE-FIELD DATE-FIELD].

package.path = os.getenv("BENCH_DIR") .. "/?.lua;" .. package.path
local requests = require("requests")
local work

setup = requests.setup
done = requests.done

local procession = '{"name":"Onboarding %d","summary":"<p>Call number %d</p>","owner_id":%s,' ..
  '"prerun":{"%s":"Customer %d","%s":{"id":%d,"text":"Option %d","value":null},"%s":"%s"}}'
local pocketbase = '{"name":"Onboarding %d","summary":"<p>Call number %d</p>","owner":"%s",' ..
  '"answer_text":"Customer %d","answer_choice":"Option %d","answer_date":"%s"}'

function init() work = requests.load(thread_number, tonumber(os.getenv("BENCH_THREADS"))) end

function request()
  local row, n = work.take()
  local option, date = work.option(n), work.moment(n)
  if work.head.kind == "pocketbase" then
    return wrk.format("PATCH", row[1], work.headers, string.format(pocketbase, n, n, work.user(n), n, option, date))
  end
  return wrk.format("PUT", row[1], work.headers,
    string.format(procession, n, n, work.user(n), row[2], n, row[3], option, option, row[4], date))
end
