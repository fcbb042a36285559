-- For wrk: each connection thinks 0 to 10 ms between an answer and the next request, so that requests come at a
-- constant rate and not in step; the last line is for the program that reads it.
math.randomseed(7)

function delay()
  return math.random(0, 10)
end

function done(_, latency)
  io.write(string.format("quantiles %d %d %d\n", latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
