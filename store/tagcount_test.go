package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/alert"
)

// tagPicture is all that is counted by tag.
func tagPicture(t *testing.T, q querier) string {
	t.Helper()
	var b strings.Builder
	var tag, word string
	var n int64
	if err := eachOf(t.Context(), q, `SELECT tag, word, n FROM tag_counts ORDER BY tag, word`, nil, []any{&tag, &word, &n}, func() error {
		fmt.Fprintf(&b, "%s %s %d\n", tag, word, n)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	var hours []byte
	if err := eachOf(t.Context(), q, `SELECT tag, hours FROM tag_looks ORDER BY tag`, nil, []any{&tag, &hours}, func() error {
		h, err := readHours(hours)
		fmt.Fprintf(&b, "%s %v\n", tag, h)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTagCounts: whatever happens to sites, what was counted of their tags step
// by step is what counting anew gives.
func TestTagCounts(t *testing.T) {
	s := openSmall(t, 2)
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing())
	check := func(step string) {
		t.Helper()
		was := tagPicture(t, s.read)
		err := s.inTx(t.Context(), func(x *tx) error {
			if err := s.deriveTags(t.Context(), x); err != nil {
				return err
			}
			if is := tagPicture(t, x); is != was {
				t.Errorf("%s: counted\n%s, anew\n%s", step, was, is)
			}
			return errDry
		})
		if !errors.Is(err, errDry) {
			t.Fatal(step, err)
		}
	}
	tagged := func(i int, tags ...string) domaincheck.Site {
		sub := domaincheck.Subject{ID: "s", Name: "主体", Province: "北京"}
		return domaincheck.Site{Domains: []domaincheck.Domain{{Domain: fmt.Sprintf("t%d.cn", i), Role: domaincheck.RoleMain}}, State: domaincheck.StateFiled, Subject: &sub, Tags: tags}
	}
	take := func(sites ...domaincheck.Site) {
		t.Helper()
		if c, err := s.Import(t.Context(), Ledger{Sites: sites}, ImportOptions{}); err != nil || !c.Written {
			t.Fatal(c, err)
		}
	}
	look := func(i int, level domaincheck.Severity) {
		t.Helper()
		site := fmt.Sprintf("t%d.cn", i)
		m, err := s.Load(t.Context(), site)
		if err != nil {
			t.Fatal(err)
		}
		at := domaincheck.At(now)
		r := &domaincheck.Report{Domain: domaincheck.Text(site), At: at, Verdict: domaincheck.VerdictPass, Observation: domaincheck.Observation{Resolution: &domaincheck.Resolution{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: at}}}}
		open := []alert.Open{}
		if level != "" {
			r.Verdict = domaincheck.VerdictFail
			r.Risks = domaincheck.List[domaincheck.Risk]{{Outcome: domaincheck.RiskBlock, Level: level, Deadline: domaincheck.At(now.Add(48 * time.Hour))}}
			open = append(open, alert.Open{Event: alert.Event{Key: site, Level: level}}, alert.Open{Event: alert.Event{Key: site + "2", Level: level}})
		}
		done, err := s.Commit(t.Context(), []Commit{{Site: site, Rev: m.Rev, Report: r, Open: &open}})
		if err != nil || done[0].Err != nil {
			t.Fatal(done, err)
		}
	}
	take(tagged(1, "红"), tagged(2, "红", "蓝"), tagged(3, "蓝", "a|b"), tagged(4))
	check("import")
	for i, level := range []domaincheck.Severity{"", domaincheck.High, domaincheck.Critical, domaincheck.Low, ""} {
		if i > 0 {
			look(i, level)
		}
	}
	check("looks")
	now = now.Add(3 * time.Hour)
	look(2, domaincheck.Low)
	look(3, domaincheck.Low)
	look(4, domaincheck.Medium)
	check("more looks")
	take(tagged(2, "蓝"), tagged(3), tagged(4, "红", "红"))
	check("other tags")
	if err := s.Remove(t.Context(), "t2.cn"); err != nil {
		t.Fatal(err)
	}
	check("removed")
	now = now.Add(time.Hour)
	look(1, domaincheck.High)
	look(4, "")
	check("after that")
	if list, err := s.Overview(t.Context(), Scope{Tags: []string{"红"}}, now.Add(-2*time.Hour)); err != nil || list.Sites != 2 || list.Coverage[1].Old != 0 || list.Coverage[0].Never != 2 {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestHours: what is kept of hours is read as it was; a damaged one is told.
func TestHours(t *testing.T) {
	h := hourCounts{{0: 5, 494000: 1}, {}, {494001: 70000, 494002: 3}}
	b := h.stored()
	got, err := readHours(b)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(h) {
		t.Fatal(got, err)
	}
	for i := 1; i < len(b); i++ {
		if _, err := readHours(b[:i]); err != nil && !errors.Is(err, CodeCorrupt) {
			t.Fatal(i, err)
		}
	}
}
