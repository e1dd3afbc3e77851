package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestOutsideHistory judges with earlier reports: what changed since then. The
// parts in the lines carry the time of the newest look, as careless copies do;
// the time of the line counts.
func TestOutsideHistory(t *testing.T) {
	line := func(at string, changes ...string) string {
		r := oJudge(t, at, changes)
		b, err := json.Marshal(map[string]any{"schema": 1, "domain": "settled.cn", "at": at, "site": r.m["site"], "observation": r.m["observation"]})
		if err != nil {
			t.Fatal(err)
		}
		return string(b) + "\n"
	}
	for name, c := range map[string]struct {
		history string
		changes []string
		says    string
	}{
		"same":       {line("2026-11-20T12:00:00+08:00") + line("2026-11-21T06:00:00+08:00"), nil, "domain.changed pass"},
		"registrant": {line("2026-11-20T12:00:00+08:00"), []string{"obs.registration.registrant.name=上海别人商贸有限公司"}, "domain.changed fail high"},
		"registrar":  {line("2026-11-20T12:00:00+08:00"), []string{"obs.registration.registrar.name=腾讯云计算（北京）有限责任公司"}, "domain.changed fail high"},
		"servers":    {line("2026-11-20T12:00:00+08:00"), []string{`obs.registration.nameservers=["ns9.other.net"]`}, "domain.changed fail medium"},
		"created":    {line("2026-11-20T12:00:00+08:00"), []string{"obs.registration.created=2019-03-12T10:00:00+08:00"}, "domain.changed fail high"},
		"stays":      {line("2026-11-19T12:00:00+08:00") + line("2026-11-20T12:00:00+08:00", "obs.registration.registrant.name=上海别人商贸有限公司"), []string{"obs.registration.registrant.name=上海别人商贸有限公司"}, "domain.changed fail high"},
		"case":       {line("2026-11-20T12:00:00+08:00"), []string{`obs.registration.nameservers=["NS1.EXAMPLE.NET."]`}, "domain.changed pass"},
		"blind":      {line("2026-11-20T12:00:00+08:00"), []string{"obs.registration=null"}, "domain.changed unknown unobserved"},
		"redacted":   {line("2026-11-20T12:00:00+08:00"), []string{`obs.registration.registrant={"name":null,"organization":null,"country":null,"redacted":true,"proxy":false}`}, "domain.changed pass"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "history.jsonl")
			if err := os.WriteFile(file, []byte(c.history), 0o600); err != nil {
				t.Fatal(err)
			}
			oJudge(t, oNoon, c.changes, "--history", file).says(c.says)
		})
	}
}
