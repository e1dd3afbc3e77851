package app

import (
	"strings"
	"testing"

	"domaincheck"
)

// TestSelfInWords: what a message says of the daemon itself is in one language,
// the cause too.
func TestSelfInWords(t *testing.T) {
	cause := domaincheck.Errorf(domaincheck.CodeBadInput, "台账.csv", `%d rows are refused, the first: 台账.csv:3:1: the row has no domain`, 2)
	f := domaincheck.Finding{Rule: selfInventory, Result: domaincheck.Fail, Evidence: domaincheck.Evidence{"error": cause.Message}}
	w := Words(nil, nil, nil)
	if s := w.Finding(f, "zh"); s.Summary != "台账文件未被采用，沿用原台账：有 2 行被拒绝，第一行：台账.csv:3:1: 该行没有域名" {
		t.Error(s.Summary)
	}
	if s := w.Finding(f, "en"); !strings.Contains(s.Summary, "the row has no domain") {
		t.Error(s.Summary)
	}
}
