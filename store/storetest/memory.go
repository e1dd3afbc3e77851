package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/alert"
	"domaincheck/store"
)

// commit: everything of one look stands together, and comes back as it was.
func commit(t *testing.T, env Env) {
	s, c := begin(t, env)
	names := fill(t, s, 2)
	m := must[*store.Memory](t)(s.Load(t.Context(), names[0]))
	if m.Report != nil || m.ReportID != 0 || len(m.Open) != 0 {
		t.Fatalf("before the first look: %+v", m)
	}
	r := Report(names[0], "unreachable", c.at())
	e := event(names[0], c.at())
	open := []alert.Open{{Event: e, Told: map[string]*alert.Told{"ops": {At: c.at(), Level: domaincheck.High}}}}
	got := must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{
		{Site: names[0], Rev: m.Rev, Report: r, Open: &open, Events: []alert.Event{e}, Out: []alert.Outgoing{outgoing("ops", e), outgoing("mail", e)}},
		{Site: "nobody.cn", Rev: 1, Report: Report("nobody.cn", "", c.at()), Events: []alert.Event{event("nobody.cn", c.at())}},
	}))
	ok(t, got[0].Err)
	wantCode(t, got[1].Err, store.CodeNotFound)
	if !got[0].Changed || got[0].Rev != m.Rev+1 || got[0].ReportID == 0 {
		t.Fatalf("committed %+v", got[0])
	}
	m = must[*store.Memory](t)(s.Load(t.Context(), names[0]))
	same(t, "report", m.Report, r)
	same(t, "open", m.Open, open)
	if m.Rev != got[0].Rev || !m.LookedAt.Equal(c.now()) {
		t.Fatalf("memory %+v", m)
	}
	events := must[[]store.Event](t)(s.Events(t.Context(), store.EventQuery{}))
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	same(t, "event", events[0].Event, e)
	q := must[[]alert.Queued](t)(s.Pending(t.Context(), "ops", 10))
	if len(q) != 1 || q[0].QueuedAt != c.at() {
		t.Fatalf("pending %+v", q)
	}
	same(t, "outgoing", q[0].Outgoing, outgoing("ops", e))
	none := []alert.Open{}
	res := must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: names[0], Rev: m.Rev, Report: r, Open: &none}}))
	ok(t, res[0].Err)
	if m = must[*store.Memory](t)(s.Load(t.Context(), names[0])); len(m.Open) != 0 {
		t.Fatalf("nothing is open: %+v", m.Open)
	}
	if _, err := s.Commit(t.Context(), []store.Commit{{Site: names[0]}}); err == nil {
		t.Fatal("a commit without a report")
	}
}

// conflict: the slower one of two loses whole, and alone.
func conflict(t *testing.T, env Env) {
	s, c := begin(t, env)
	names := fill(t, s, 3)
	e := event(names[1], c.at())
	var batch []store.Commit
	for _, n := range names {
		batch = append(batch, store.Commit{Site: n, Rev: 1, Report: Report(n, "x", c.at()), Events: []alert.Event{e}, Out: []alert.Outgoing{outgoing("ops", e)}})
	}
	commitNow(t, s, c, names[1], "first")
	got := must[[]store.Committed](t)(s.Commit(t.Context(), append(batch, batch[0])))
	ok(t, got[0].Err)
	wantCode(t, got[1].Err, store.CodeConflict)
	ok(t, got[2].Err)
	wantCode(t, got[3].Err, store.CodeConflict)
	if n := must[[]store.Event](t)(s.Events(t.Context(), store.EventQuery{})); len(n) != 2 {
		t.Fatalf("%d events of 2 commits", len(n))
	}
	if n := must[[]alert.Queued](t)(s.Pending(t.Context(), "ops", 10)); len(n) != 2 {
		t.Fatalf("%d messages of 2 commits", len(n))
	}
	if m := must[*store.Memory](t)(s.Load(t.Context(), names[1])); m.Report.Findings[3].Code != "first" {
		t.Fatal("the slower one overwrote the faster")
	}
}

// growsNothing: looks that all say the same leave one report.
func growsNothing(t *testing.T, env Env) {
	s, c := begin(t, env)
	name := fill(t, s, 1)[0]
	look := func() store.Committed {
		m := must[*store.Memory](t)(s.Load(t.Context(), name))
		r := Report(name, "refused", c.at())
		// What differs from look to look: order and turns of addresses, text of
		// the page, the answer as it came.
		r.Observation.Resolution.Hosts[0].Addresses[0].IP = fmt.Sprintf("47.110.0.%d", c.now().Minute())
		r.Observation.Registration.Nameservers = []string{"ns2.example.net", "ns1.example.net"}
		r.Observation.Registration.Raw = []domaincheck.Raw{{Kind: "whois", Source: "whois.cnnic.cn:43", At: c.at(), Bytes: []byte("asked at " + c.at().String())}}
		r.Findings[5].Evidence["days"] = c.now().Minute()
		got := must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: name, Rev: m.Rev, Report: r, Open: &m.Open}}))
		ok(t, got[0].Err)
		return got[0]
	}
	first := look()
	before := must[map[string]int64](t)(s.Sizes(t.Context()))
	for range 12 {
		c.forward(time.Minute)
		if got := look(); got.Changed || got.ReportID != first.ReportID {
			t.Fatalf("an unchanged look: %+v", got)
		}
	}
	same(t, "rows", must[map[string]int64](t)(s.Sizes(t.Context())), before)
	h := must[[]store.ReportRow](t)(s.Reports(t.Context(), name, 0, 10, true))
	if len(h) != 1 || h[0].Looks != 13 || !h[0].At.Equal(c.now()) || !h[0].FirstAt.Equal(c.now().Add(-12*time.Minute)) || h[0].Report.At != c.at() {
		t.Fatalf("history %+v", h)
	}
	raw := must[[]store.RawAnswer](t)(s.Raws(t.Context(), first.ReportID))
	if len(raw) != 1 || string(raw[0].Bytes) != "asked at "+c.at().String() {
		t.Fatalf("raw %q", raw)
	}
}

// history: a change begins a new report; the old one stays as it was.
func history(t *testing.T, env Env) {
	s, c := begin(t, env)
	name := fill(t, s, 1)[0]
	for _, code := range []string{"", "refused", "refused", "", ""} {
		commitNow(t, s, c, name, code)
		c.forward(time.Hour)
	}
	h := must[[]store.ReportRow](t)(s.Reports(t.Context(), name, 0, 10, true))
	if len(h) != 3 || h[0].Looks != 2 || h[1].Looks != 2 || h[2].Looks != 1 {
		t.Fatalf("history %+v", h)
	}
	if h[1].Report.Verdict != domaincheck.VerdictFail || h[1].Level != domaincheck.High || h[0].Level != "" || h[0].Verdict != domaincheck.VerdictPass {
		t.Fatalf("history %+v", h)
	}
	one := must[store.ReportRow](t)(s.Report(t.Context(), h[1].ID))
	same(t, "one report", one, h[1])
	if p := must[[]store.ReportRow](t)(s.Reports(t.Context(), name, h[0].ID, 1, false)); len(p) != 1 || p[0].ID != h[1].ID || p[0].Report != nil {
		t.Fatalf("second page %+v", p)
	}
	_, err := s.Report(t.Context(), 1<<40)
	wantCode(t, err, store.CodeNotFound)
	// Registration data are facts of their own.
	m := must[*store.Memory](t)(s.Load(t.Context(), name))
	r := Report(name, "", c.at())
	r.Observation.Registration.Nameservers = []string{"ns1.thief.example"}
	got := must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: name, Rev: m.Rev, Report: r}}))
	if !got[0].Changed {
		t.Fatal("other name servers are no change")
	}
}

// raws: kept once, whole, and for the report they belong to.
func raws(t *testing.T, env Env) {
	s, c := begin(t, env)
	names := fill(t, s, 2)
	big := bytes.Repeat([]byte("备案 \x00\xff"), 5000)
	look := func(name, code string, whois, dns []byte) store.Committed {
		m := must[*store.Memory](t)(s.Load(t.Context(), name))
		r := Report(name, code, c.at())
		if whois != nil {
			r.Observation.Registration.Raw = []domaincheck.Raw{{Kind: "whois", Source: "w:43", At: c.at(), Bytes: whois}, {Kind: "rdap", Source: "https://r", At: c.at(), Bytes: []byte{}}}
		}
		if dns != nil {
			r.Observation.Others = map[string]*domaincheck.Observation{"alias.cn": {Resolution: &domaincheck.Resolution{Raw: []domaincheck.Raw{{Kind: "dns", At: c.at(), Bytes: dns}}}}}
		}
		got := must[[]store.Committed](t)(s.Commit(t.Context(), []store.Commit{{Site: name, Rev: m.Rev, Report: r}}))
		ok(t, got[0].Err)
		return got[0]
	}
	first := look(names[0], "", big, []byte("dns1"))
	look(names[1], "", big, nil)
	sizes := must[map[string]int64](t)(s.Sizes(t.Context()))
	if sizes["raws"] != 3 || sizes["raw_refs"] != 5 {
		t.Fatalf("the same answer is kept once: %v", sizes)
	}
	got := must[[]store.RawAnswer](t)(s.Raws(t.Context(), first.ReportID))
	if len(got) != 3 || got[0].Domain != "alias.cn" || got[0].Part != "resolution" || !bytes.Equal(got[1].Bytes, big) || got[1].Source != "w:43" || got[1].At != c.at() || len(got[1].Hash) != 64 {
		t.Fatalf("raws %+v", got)
	}
	// A change keeps the old report's answers, and carries over what was not
	// looked at anew.
	second := look(names[0], "refused", []byte("new"), nil)
	if !second.Changed {
		t.Fatal("no change")
	}
	got = must[[]store.RawAnswer](t)(s.Raws(t.Context(), second.ReportID))
	if len(got) != 3 || string(got[0].Bytes) != "dns1" || string(got[1].Bytes) != "new" {
		t.Fatalf("raws of the change %+v", got)
	}
	if got = must[[]store.RawAnswer](t)(s.Raws(t.Context(), first.ReportID)); len(got) != 3 || !bytes.Equal(got[1].Bytes, big) {
		t.Fatalf("raws before the change %+v", got)
	}
}

// outbox: order, retries, dead letters; settled once.
func outbox(t *testing.T, env Env) {
	s, c := begin(t, env)
	var all []alert.Outgoing
	var events []alert.Event
	for i := range 4 {
		e := event(fmt.Sprintf("s%d.cn", i), c.at())
		events = append(events, e)
		all = append(all, outgoing("ops", e))
	}
	all[2].NotBefore = domaincheck.At(c.now().Add(time.Hour))
	ok(t, s.Enqueue(t.Context(), "", all))
	q := must[[]alert.Queued](t)(s.Pending(t.Context(), "ops", 10))
	if len(q) != 4 || q[0].ID >= q[1].ID || q[2].NotBefore != all[2].NotBefore || q[3].Keys[0] != events[3].Key {
		t.Fatalf("pending %+v", q)
	}
	if got := must[[]string](t)(s.WaitingChannels(t.Context())); !slices.Equal(got, []string{"ops"}) {
		t.Errorf("messages wait for %v", got)
	}
	if n := must[[]alert.Queued](t)(s.Pending(t.Context(), "mail", 10)); len(n) != 0 {
		t.Fatalf("another channel: %+v", n)
	}
	next := domaincheck.At(c.now().Add(time.Minute))
	tries := []alert.Delivery{
		{Row: q[0].ID, At: c.at(), Outcome: alert.Delivered, Attempts: 1},
		{Row: q[1].ID, At: c.at(), Outcome: alert.Retry, Attempts: 1, FirstTry: c.at(), NextTry: next, Code: "130101", Message: "too fast"},
		{Row: q[2].ID, At: c.at(), Outcome: alert.Dead, Attempts: 9, FirstTry: c.at(), Code: "310000"},
	}
	more := []alert.Outgoing{outgoing("mail", events[2])}
	ok(t, s.Settle(t.Context(), tries, more))
	ok(t, s.Settle(t.Context(), []alert.Delivery{tries[0], tries[2]}, more)) // the drainer died before it knew
	left := must[[]alert.Queued](t)(s.Pending(t.Context(), "ops", 10))
	if len(left) != 2 || left[0].ID != q[1].ID || left[0].Attempts != 1 || left[0].NextTry != next || left[0].FirstTry != c.at() {
		t.Fatalf("left %+v", left)
	}
	if n := must[[]alert.Queued](t)(s.Pending(t.Context(), "mail", 10)); len(n) != 1 || n[0].Keys[0] != events[2].Key {
		t.Fatalf("the fallback got %+v", n)
	}
	dead := must[[]store.DeliveryRow](t)(s.Deliveries(t.Context(), store.DeliveryQuery{State: "dead"}))
	if len(dead) != 1 || dead[0].Code != "310000" || dead[0].ID != q[2].ID || dead[0].Keys[0] != events[2].Key || !dead[0].SettledAt.Equal(c.now()) {
		t.Fatalf("dead letters %+v", dead)
	}
	if n := must[[]store.DeliveryRow](t)(s.Deliveries(t.Context(), store.DeliveryQuery{Site: "s2.cn"})); len(n) != 2 || n[0].Channel != "mail" {
		t.Fatalf("deliveries of a site %+v", n)
	}
	if n := must[[]store.DeliveryRow](t)(s.Deliveries(t.Context(), store.DeliveryQuery{Key: events[0].Key, Channel: "ops"})); len(n) != 1 || n[0].State != "delivered" {
		t.Fatalf("deliveries of a key %+v", n)
	}
	wantCode(t, s.Revive(t.Context(), q[0].ID), store.CodeNotFound)
	ok(t, s.Revive(t.Context(), q[2].ID))
	if n := must[[]alert.Queued](t)(s.Pending(t.Context(), "ops", 1)); len(n) != 1 || n[0].ID != q[1].ID {
		t.Fatalf("limit: %+v", n)
	}
	if n := must[[]alert.Queued](t)(s.Pending(t.Context(), "ops", 10)); len(n) != 3 || n[1].ID != q[2].ID || n[1].Attempts != 0 {
		t.Fatalf("revived in its place: %+v", n)
	}
}

// once: an occasion is written once a channel, with all its rows.
func once(t *testing.T, env Env) {
	s, c := begin(t, env)
	a, b := event("a.cn", c.at()), event("b.cn", c.at())
	rows := []alert.Outgoing{outgoing("ops", a), outgoing("ops", b), outgoing("mail", a)}
	for range 3 {
		ok(t, s.Enqueue(t.Context(), "digest 2026-11-21", rows))
	}
	if n := must[[]alert.Queued](t)(s.Pending(t.Context(), "ops", 10)); len(n) != 2 {
		t.Fatalf("%d rows", len(n))
	}
	ok(t, s.Enqueue(t.Context(), "digest 2026-11-22", rows))
	if n := must[[]alert.Queued](t)(s.Pending(t.Context(), "mail", 10)); len(n) != 2 {
		t.Fatalf("%d rows by mail", len(n))
	}
}

// cancelled: who gives up has written nothing.
func cancelled(t *testing.T, env Env) {
	s, c := begin(t, env)
	name := fill(t, s, 1)[0]
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	e := event(name, c.at())
	_, err := s.Commit(gone, []store.Commit{{Site: name, Rev: 1, Report: Report(name, "x", c.at()), Events: []alert.Event{e}}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if _, err := s.Sites(gone, store.SiteQuery{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("reading: %v", err)
	}
	if m := must[*store.Memory](t)(s.Load(t.Context(), name)); m.Rev != 1 || m.Report != nil {
		t.Fatalf("written: %+v", m)
	}
	ok(t, s.Ready(t.Context()))
}
