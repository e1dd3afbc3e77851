package config

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"domaincheck"
)

// FuzzSettings: reading never panics; a refusal is coded, has a place and tells
// no secret; what is accepted shows no secret, and its dump loads to the same
// settings.
func FuzzSettings(f *testing.F) {
	for _, name := range []string{"testdata/full.yaml", "testdata/defaults.yaml"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data), "")
	}
	f.Fuzz(func(t *testing.T, text, variable string) {
		planted := []string{fromFile, fromEnv, signedBy}
		for _, secret := range planted {
			if strings.Contains(text+variable, secret) {
				return // written out, maybe where no secret belongs
			}
		}
		s, err := Load(strings.NewReader(text), Options{Name: "settings.yaml", Environ: environ("DOMAINCHECK_" + variable), ReadFile: readSecret})
		if err != nil {
			refused(t, err, planted)
			return
		}
		shown := s.Redacted().String()
		asJSON, err := json.Marshal(s.Redacted())
		if err != nil || !json.Valid(asJSON) {
			t.Fatalf("no JSON: %v", err)
		}
		for _, secret := range planted {
			if strings.Contains(shown+string(asJSON), secret) {
				t.Fatalf("the dump shows a secret:\n%s", shown)
			}
		}
		sameAgain(t, s)
	})
}

func refused(t *testing.T, err error, planted []string) {
	var problems Problems
	if !errors.As(err, &problems) || len(problems) == 0 || !errors.Is(err, domaincheck.CodeBadSettings) {
		t.Fatalf("refused without a code: %v", err)
	}
	for _, e := range problems {
		if e.Place == "" || e.Message == "" {
			t.Errorf("no place or no message: %+v", e)
		}
	}
	for _, secret := range planted {
		if strings.Contains(told(err), secret) {
			t.Errorf("a secret is told: %s", told(err))
		}
	}
}

// TestSeeds: the fuzz target has its committed seeds.
func TestSeeds(t *testing.T) {
	seeds, err := os.ReadDir("testdata/fuzz/FuzzSettings")
	if err != nil || len(seeds) < 5 {
		t.Errorf("%d seeds, %v", len(seeds), err)
	}
}
