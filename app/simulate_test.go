//go:build !race

// The simulation is one goroutine's work, and ten times slower under the race
// detector: test.sh runs it apart.

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
	if o.Days == 0 {
		o.Days, o.Sites, o.Access = 4, 8, "0 */2 * * *"
	}
	o.Dir = t.TempDir()
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
	seeds := []uint64{1, 4}
	if n, err := strconv.ParseUint(os.Getenv("SIMULATE_SEED"), 10, 64); err == nil {
		seeds = []uint64{n}
	}
	planted, noises := 0, 0
	for _, seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			score := simulate(t, SimulateOptions{Seed: seed})
			for _, line := range score.Falses {
				t.Error("false: ", line)
			}
			for _, line := range score.Lates {
				t.Error("late: ", line)
			}
			planted += score.Planted
			noises += score.Noises
		})
	}
	if planted < 2*len(seeds) || noises < 3*len(seeds) {
		t.Errorf("%d faults and %d disturbances prove nothing", planted, noises)
	}
}

// TestSimulateFails: a daemon that confirms nothing tells what is false, and
// one that does not look is late. A simulation that cannot fail proves nothing.
func TestSimulateFails(t *testing.T) {
	at := time.Duration(0)
	if score := simulate(t, SimulateOptions{Seed: 6, Days: 3, Sites: 8, Access: "0 */2 * * *", Confirm: watch.Override{Apart: &at}}); score.False == 0 {
		t.Error("without confirmation nothing false was told")
	}
	drop := func(_ string, part watch.Part, _ time.Time) bool { return part == watch.Page }
	if score := simulate(t, SimulateOptions{Seed: 1, Days: 2, Sites: 4, Access: "0 */6 * * *", Drop: drop}); score.Late == 0 {
		t.Error("without looks nothing was late")
	}
}
