package app

import (
	"fmt"
	"testing"
	"time"
)

// TestSimulate lives through weeks of faults and noise: nothing false is told,
// and nothing planted is missed or late.
func TestSimulate(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			score, err := Simulate(t.Context(), SimulateOptions{Days: 21, Sites: 40, Seed: seed, Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range score.Falses {
				t.Error("false: ", line)
			}
			for _, line := range score.Lates {
				t.Error("late: ", line)
			}
			if score.Planted < 5 {
				t.Errorf("only %d faults planted", score.Planted)
			}
			t.Logf("%+v in %s", score, time.Since(begun))
		})
	}
}
