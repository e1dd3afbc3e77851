package store

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/alert"
)

// TestHoldDocuments: what people said comes back as it was said.
func TestHoldDocuments(t *testing.T) {
	at := domaincheck.At(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))
	silence := alert.Silence{
		Match: alert.Match{Tags: []string{"shop"}, Rules: []string{"site.*"}}, Owner: "li", Reason: "搬迁",
		From: at, Until: domaincheck.At(at.Add(time.Hour)),
	}
	h, err := SilenceHold("s1", HoldSilence, silence)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := h.Silence(); err != nil || !reflect.DeepEqual(got, silence) {
		t.Errorf("%+v %v, want %+v", got, err, silence)
	}
	h.EndedAt = at.Add(time.Minute)
	if got, err := h.Silence(); err != nil || !got.Until.Equal(h.EndedAt) {
		t.Errorf("ended by hand: until %s %v", got.Until, err)
	}
	wrong := alert.Suppression{Rule: "site.number", Target: "a.cn", Fingerprint: "x", Reason: "误报", Owner: "li", At: at}
	if h, err = FindingHold("f1", HoldSuppression, "example.cn", wrong); err != nil {
		t.Fatal(err)
	}
	if site, got, err := h.Finding(); err != nil || site != "example.cn" || got != wrong {
		t.Errorf("%s %+v %v", site, got, err)
	}
	h.Doc = []byte("{")
	if _, _, err := h.Finding(); !errors.Is(err, CodeCorrupt) {
		t.Errorf("%v", err)
	}
	if _, err := h.Silence(); !errors.Is(err, CodeCorrupt) {
		t.Errorf("%v", err)
	}
}
