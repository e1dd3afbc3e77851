package heap_test

import (
	"runtime"
	"testing"

	"domaincheck/heap"
)

// churn makes garbage and tells how many collections that took.
func churn(bytes int) uint32 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for made := 0; made < bytes; made += 1 << 10 {
		garbage = make([]byte, 1<<10)
	}
	runtime.ReadMemStats(&after)
	return after.NumGC - before.NumGC
}

var garbage []byte

func TestRaise(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	plain := churn(2 * heap.Floor)
	release := heap.Raise()
	raised := churn(2 * heap.Floor)
	release()
	if plain < 4 || raised > 2 {
		t.Errorf("%d collections without the floor, %d with it", plain, raised)
	}
	t.Setenv("GOGC", "100")
	release = heap.Raise()
	if own := churn(2 * heap.Floor); own < 4 {
		t.Errorf("%d collections where the user has a say", own)
	}
	release()
}
