package heap

import (
	"runtime"
	"testing"
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
	plain := churn(2 * Floor)
	release := Raise()
	raised := churn(2 * Floor)
	release()
	release()
	if plain < 4 || raised > 2 {
		t.Errorf("%d collections without the floor, %d with it", plain, raised)
	}
	t.Setenv("GOGC", "100")
	release = Raise()
	if own := churn(2 * Floor); own < 4 {
		t.Errorf("%d collections where the user has a say", own)
	}
	release()
}

// TestNoFloorOnceMuchIsInUse: a process that holds as much itself gets the
// weight back at a collection.
func TestNoFloorOnceMuchIsInUse(t *testing.T) {
	w := &weight{bytes: make([]byte, Floor), gone: make(chan struct{})}
	w.watch()
	runtime.GC()
	held := make([]byte, Floor+1<<20)
	for dropped := false; !dropped; {
		runtime.GC() // whatever else the collector has to do first
		select {
		case <-w.gone:
			dropped = true
		default:
			runtime.Gosched()
		}
	}
	runtime.KeepAlive(held)
}
