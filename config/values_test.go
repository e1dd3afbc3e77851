package config

import (
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "300ms": 300 * time.Millisecond, "30s": 30 * time.Second, "30m": 30 * time.Minute, "6h": 6 * time.Hour,
		"90d": 90 * day, "1200d": 1200 * day, "2w": 14 * day, "1d12h": 36 * time.Hour, "1.5h": 90 * time.Minute, " 6h ": 6 * time.Hour, "24h": day,
	} {
		got, err := ParseDuration(text)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
		again, err := ParseDuration(FormatDuration(got))
		if err != nil || again != got {
			t.Errorf("%q is written %q, which is %v, %v", text, FormatDuration(got), again, err)
		}
	}
	for _, text := range []string{"", " ", "6", "-6h", "+6h", "6 h", "h", "6H", "6y", "6mo", ".", ".h", "1..5h", "1e9h", "99999999w", "6h-", "６h"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func TestParseCron(t *testing.T) {
	shanghai, err := Zone("Asia/Shanghai").Location()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 21, 2, 59, 30, 0, shanghai)
	for text, want := range map[string]string{
		"0 3 * * *":             "2026-11-21T03:00:00+08:00",
		"*/30 * * * *":          "2026-11-21T03:00:00+08:00",
		"0 9 * * 1":             "2026-11-23T09:00:00+08:00",
		"0 8 1 JAN *":           "2027-01-01T08:00:00+08:00",
		"0 0 29 2 *":            "2028-02-29T00:00:00+08:00",
		"@daily":                "2026-11-22T00:00:00+08:00",
		"@every 1s":             "2026-11-21T02:59:31+08:00",
		"@every 1h30m":          "2026-11-21T04:29:30+08:00",
		"CRON_TZ=UTC 0 3 * * *": "2026-11-21T11:00:00+08:00",
		"TZ=UTC @daily":         "2026-11-21T08:00:00+08:00",
	} {
		schedule, err := Cron(text).In(shanghai)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := schedule.Next(at).In(shanghai).Format(time.RFC3339); got != want {
			t.Errorf("%q comes at %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{
		"", " ", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "*/0 * * * *", "5-1 * * * *", "a * * * *",
		"0 0 30 2 *", "0 0 31 4,6,9,11 *", "@every", "@every 0s", "@every -1h", "@every 10ms", "@every 1d", "@reboot", "TZ=UTC", "TZ= * * * * *",
		"TZ=Local 0 3 * * *", "TZ=../x 0 3 * * *", "TZ=UTC TZ=UTC 0 3 * * *", "TZ=UTC @every 1h", "* * * * * *",
	} {
		if _, err := ParseCron(text, time.UTC); err == nil {
			t.Errorf("%q is a schedule", text)
		}
	}
}

func TestQuiet(t *testing.T) {
	clock := func(text string) time.Time {
		at, err := time.Parse("15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, row := range []struct {
		quiet, at string
		want      bool
	}{
		{"22:00-08:00", "21:59", false}, {"22:00-08:00", "22:00", true}, {"22:00-08:00", "00:00", true},
		{"22:00-08:00", "07:59", true}, {"22:00-08:00", "08:00", false},
		{"12:00-13:30", "11:59", false}, {"12:00-13:30", "12:00", true}, {"12:00-13:30", "13:30", false},
		{"00:00-23:59", "23:58", true}, {"00:00-23:59", "23:59", false},
	} {
		var q Quiet
		if err := q.set(row.quiet); err != nil {
			t.Fatal(err)
		}
		if got := q.Contains(clock(row.at)); got != row.want || q.String() != row.quiet {
			t.Errorf("%s at %s: %v, written %s", row.quiet, row.at, got, q)
		}
	}
	var none Quiet
	if !none.IsZero() || none.Contains(clock("00:00")) || none.String() != "" {
		t.Error("no quiet hours hold something back")
	}
	for _, text := range []string{"", "22:00", "22-8", "24:00-08:00", "22:60-08:00", "22:00-22:00", "22:00–08:00", "22:00-08:00-09:00"} {
		if err := new(Quiet).set(text); err == nil {
			t.Errorf("%q are quiet hours", text)
		}
	}
}

func TestToken(t *testing.T) {
	hash := HashToken("a long and random token")
	for _, kept := range []string{hash, hash[len(hashPrefix):]} {
		token := Token{Hash: NewSecret(kept)}
		if !token.Is("a long and random token") || token.Is("another") || token.Is("") {
			t.Errorf("%s does not tell its token", kept)
		}
	}
	if (Token{}).Is("") {
		t.Error("no hash admits the empty token")
	}
}

func TestDSN(t *testing.T) {
	for text, want := range map[string]string{
		"sqlite:domaincheck.db":                                                 "sqlite:domaincheck.db",
		"sqlite:/var/lib/x y.db":                                                "sqlite:/var/lib/x y.db",
		"postgres://u:hunter2@h:5432/d?sslmode=verify-ca":                       "postgres://u:•••@h:5432/d?sslmode=verify-ca",
		"postgresql://u@h/d?password=hunter2&PASSFILE=hunter2&sslkey=hunter2&x": "postgresql://u@h/d?password=•••&PASSFILE=•••&sslkey=•••&x=",
		"postgres://u:hunter2@[::1/d":                                           Hidden,
		"hunter2":                                                               Hidden,
		"postgres://u:hunt%65r2@h/d":                                            "postgres://u:•••@h/d",
		"postgres://h/d?pass%77ord=hunter2":                                     "postgres://h/d?pass%77ord=•••",
	} {
		if got := NewDSN(text).String(); got != want {
			t.Errorf("%s is shown as %s, want %s", text, got, want)
		}
	}
	if d := NewDSN("postgres://h/d"); !d.Postgres() || d.Path() != "" {
		t.Error("postgres is taken for a file")
	}
	if d := NewDSN("sqlite:a.db"); d.Postgres() || d.Path() != "a.db" {
		t.Error("a file is taken for postgres")
	}
}
