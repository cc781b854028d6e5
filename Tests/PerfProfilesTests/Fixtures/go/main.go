// Writes profiles with Go's own profiler, so that the tests read files of another tool.
// See README.md beside it for the command.
package main

import (
	"context"
	"hash/crc32"
	"os"
	"runtime"
	"runtime/pprof"
	"time"
)

var kept [][]byte

func spin(until time.Time) uint32 {
	block := make([]byte, 1<<16)
	sum := uint32(0)
	for time.Now().Before(until) {
		sum ^= crc32.ChecksumIEEE(block)
	}
	return sum
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	cpu, err := os.Create("cpu.pb.gz")
	check(err)
	check(pprof.StartCPUProfile(cpu))
	labels := pprof.Labels("request", "größe", "shard", "7")
	pprof.Do(context.Background(), labels, func(context.Context) { spin(time.Now().Add(time.Second / 2)) })
	spin(time.Now().Add(time.Second / 2))
	pprof.StopCPUProfile()
	check(cpu.Close())

	for i := 0; i < 64; i++ {
		kept = append(kept, make([]byte, 1<<20))
	}
	runtime.GC()
	heap, err := os.Create("heap.pb.gz")
	check(err)
	check(pprof.Lookup("heap").WriteTo(heap, 0))
	check(heap.Close())
	runtime.KeepAlive(kept)
}
