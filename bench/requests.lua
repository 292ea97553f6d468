-- Cycles over the requests of the file named in BENCH_REQUESTS: one a line, the path and the Authorization header
-- (which may be empty) with a tab between. They are put together beforehand, so that wrk only sends.
local requests = {}
local at = 0

function init()
  for line in io.lines(os.getenv('BENCH_REQUESTS')) do
    local path, authorization = line:match('^([^\t]*)\t(.*)$')
    local headers = {}
    if authorization ~= '' then headers['Authorization'] = authorization end
    requests[#requests + 1] = wrk.format('GET', path, headers)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT %d %d %d %d %d\n', summary.requests, summary.duration,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
