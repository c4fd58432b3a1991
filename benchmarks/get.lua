-- the paths of a file, one after another
local paths = {}
for line in io.lines(os.getenv("BENCH_PATHS")) do paths[#paths + 1] = line end
wrk.headers["X-Experience-API-Version"] = "1.0.3"
wrk.headers["Authorization"] = os.getenv("BENCH_AUTH")
local at = 0
request = function()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
