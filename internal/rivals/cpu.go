package main

import (
	"runtime"
	"runtime/metrics"
	"time"
)

// cpuTime returns the processor time that the program has used so far in user code
// and in collecting garbage.
func cpuTime() time.Duration {
	runtime.GC() // the figures are brought up to date by a collection
	samples := []metrics.Sample{{Name: "/cpu/classes/user:cpu-seconds"}, {Name: "/cpu/classes/gc/total:cpu-seconds"}}
	metrics.Read(samples)
	return time.Duration((samples[0].Value.Float64() + samples[1].Value.Float64()) * float64(time.Second))
}
