-- Launch a process with kick-off answers. Rows: PATH TEMPLATE TEXT-FIELD CHOICE-FIELD DATE-FIELD.

package.path = os.getenv("BENCH_DIR") .. "/?.lua;" .. package.path
local requests = require("requests")
local work

setup = requests.setup
done = requests.done

local body = '{"checklist_id":"%s","name":"Onboarding %d","prerun":{"%s":"Customer %d",' ..
  '"%s":{"id":%d,"text":"Option %d","value":null},"%s":"%s"}}'

function init() work = requests.load(0, 1) end  -- every thread launches from the same template

function request()
  local row, n = work.take()
  local option = work.option(n)
  return wrk.format("POST", row[1], work.headers,
    string.format(body, row[2], n, row[3], n, row[4], option, option, row[5], work.moment(n)))
end
