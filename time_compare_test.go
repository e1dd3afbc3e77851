package domaincheck

import (
	"testing"
	"time"
)

// Days compare as their beginnings do, written regularly or not.
func TestDateCompare(t *testing.T) {
	var days []Date
	for _, year := range []int{0, 1999, 2024, 2026} {
		for month := time.Month(0); month <= 13; month++ {
			for _, day := range []int{-1, 0, 1, 2, 27, 28, 29, 30, 31, 32} {
				days = append(days, Date{year, month, day})
			}
		}
	}
	for _, a := range days {
		for _, b := range days {
			if got, want := a.Compare(b), a.Start().Compare(b.Start()); got != want {
				t.Fatalf("%v and %v: %d, want %d", a, b, got, want)
			}
		}
	}
}
