package app

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"domaincheck/lab"
	"domaincheck/watch"
)

// simulate runs a small operation.
func simulate(t *testing.T, o SimulateOptions) lab.Score {
	t.Helper()
	begun := time.Now()
	o.Days, o.Sites, o.Dir, o.Access = 9, 12, t.TempDir(), "0 * * * *"
	score, err := Simulate(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("seed %d: planted %d, alerted %d, late %d, false %d, sent %d, %d looks in %s", o.Seed, score.Planted, score.Alerted, score.Late, score.False, score.Sent, score.Looks, time.Since(begun))
	return score
}

// TestSimulate lives through days of faults and noise: nothing false is told,
// and nothing planted is missed or late. SIMULATE_SEED runs another seed.
func TestSimulate(t *testing.T) {
	from, to := uint64(2), uint64(4)
	if n, err := strconv.ParseUint(os.Getenv("SIMULATE_SEED"), 10, 64); err == nil {
		from, to = n, n+1
	}
	for seed := from; seed < to; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			score := simulate(t, SimulateOptions{Seed: seed})
			for _, line := range score.Falses {
				t.Error("false: ", line)
			}
			for _, line := range score.Lates {
				t.Error("late: ", line)
			}
			if score.Planted < 2 || score.Noises < 3 {
				t.Errorf("%d faults and %d disturbances prove nothing", score.Planted, score.Noises)
			}
		})
	}
}

// TestSimulateFails: a daemon that confirms nothing tells what is false, and
// one that does not look is late. A simulation that cannot fail proves nothing.
func TestSimulateFails(t *testing.T) {
	at := time.Duration(0)
	if score := simulate(t, SimulateOptions{Seed: 2, Confirm: watch.Override{Apart: &at}}); score.False == 0 {
		t.Error("without confirmation nothing false was told")
	}
	drop := func(_ string, _ watch.Part, at time.Time) bool { return at.Day()%8 != 0 }
	if score := simulate(t, SimulateOptions{Seed: 2, Drop: drop}); score.Late == 0 {
		t.Error("without looks nothing was late")
	}
}
