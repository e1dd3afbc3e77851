package netguard_test

import (
	"os"
	"testing"
)

func TestSeedsAreThere(t *testing.T) {
	for _, target := range []string{"FuzzVet", "FuzzMapping"} {
		files, err := os.ReadDir("testdata/fuzz/" + target)
		if err != nil || len(files) < 4 {
			t.Errorf("%s has %d seeds: %v", target, len(files), err)
		}
	}
}
