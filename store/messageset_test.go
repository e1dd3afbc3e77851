package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/alert"
)

// messagePicture is which messages have which words.
func messagePicture(t *testing.T, q querier) string {
	t.Helper()
	var b strings.Builder
	var word string
	var chunk, n int64
	var ids []byte
	if err := eachOf(t.Context(), q, `SELECT word, chunk, n, ids FROM message_sets ORDER BY word, chunk`, nil, []any{&word, &chunk, &n, &ids}, func() error {
		set := idSet{}
		set.mix(chunk, n, ids)
		fmt.Fprintf(&b, "%s %v\n", word, slices.Collect(set.all()))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestMessageSets: whatever happens to messages and to the tags of their sites,
// the sets kept step by step are what making them anew gives.
func TestMessageSets(t *testing.T) {
	s := openSmall(t, 0)
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, domaincheck.Beijing())
	s.now = func() time.Time { return now }
	check := func(step, want string) {
		t.Helper()
		was := messagePicture(t, s.read)
		if was != want {
			t.Errorf("%s: kept\n%s, want\n%s", step, was, want)
		}
		if err := s.inTx(t.Context(), func(x *tx) error {
			if err := s.deriveMessages(t.Context(), x); err != nil {
				return err
			}
			if is := messagePicture(t, x); is != was {
				t.Errorf("%s: kept\n%s, anew\n%s", step, was, is)
			}
			return errDry
		}); !errors.Is(err, errDry) {
			t.Fatal(step, err)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	site := func(i int, tags ...string) domaincheck.Site {
		return domaincheck.Site{Domains: []domaincheck.Domain{{Domain: fmt.Sprintf("t%d.cn", i), Role: domaincheck.RoleMain}}, State: domaincheck.StateFiled, Tags: tags}
	}
	take := func(sites ...domaincheck.Site) {
		t.Helper()
		_, err := s.Import(t.Context(), Ledger{Sites: sites}, ImportOptions{})
		do(err)
	}
	send := func(channel string, sites ...int) {
		t.Helper()
		o := alert.Outgoing{Channel: channel}
		for _, i := range sites {
			o.Keys, o.Events = append(o.Keys, fmt.Sprint(i, now)), append(o.Events, alert.Event{Domain: domaincheck.Text(fmt.Sprintf("t%d.cn", i))})
		}
		do(s.Enqueue(t.Context(), "", []alert.Outgoing{o}))
	}
	try := func(id int64, outcome alert.Outcome) {
		t.Helper()
		do(s.Settle(t.Context(), []alert.Delivery{{Row: id, Outcome: outcome, At: domaincheck.At(now)}}, nil))
	}
	take(site(1, "红"), site(2, "红", "蓝"), site(3, "蓝"), site(4))
	send("ops", 1)
	send("ops", 1, 2)
	send("mail", 2, 3, 1)
	send("ops")
	send("ops", 4)
	check("sent", "p:mail [3]\np:ops [1 2 4 5]\ns: [2 3]\nt:红 [1 2 3]\nt:蓝 [2 3]\n")
	counts := func(tags ...string) (all []ChannelCount) {
		t.Helper()
		all, err := s.Channels(t.Context(), Scope{Tags: tags})
		do(err)
		return all
	}
	if got := counts("红"); len(got) != 1 || got[0].Channel != "ops" || got[0].Pending != 2 || !got[0].Oldest.Equal(now) {
		t.Errorf("red: %+v", got)
	}
	if got := counts("红", "蓝"); len(got) != 2 || got[0].Pending != 1 {
		t.Errorf("both: %+v", got)
	}
	try(1, alert.Delivered)
	try(2, alert.Dead)
	try(3, alert.Retry)
	try(4, alert.Dead)
	check("tried", "d:ops [2 4]\np:mail [3]\np:ops [5]\ns: [2 3]\nt:红 [1 2 3]\nt:蓝 [2 3]\n")
	if got := counts(); len(got) != 2 || got[1].Dead != 2 || got[1].Pending != 1 {
		t.Errorf("all: %+v", got)
	}
	do(s.Revive(t.Context(), 4))
	if err := s.Revive(t.Context(), 1); !errors.Is(err, CodeNotFound) {
		t.Error(err)
	}
	check("revived", "d:ops [2]\np:mail [3]\np:ops [4 5]\ns: [2 3]\nt:红 [1 2 3]\nt:蓝 [2 3]\n")
	take(site(2, "绿"), site(4, "红"))
	check("other tags", "d:ops [2]\np:mail [3]\np:ops [4 5]\ns: [2 3]\nt:红 [1 2 3 5]\nt:绿 [2 3]\nt:蓝 [3]\n")
	do(s.Remove(t.Context(), "t3.cn"))
	check("removed", "d:ops [2]\np:mail [3]\np:ops [4 5]\ns: [2 3]\nt:红 [1 2 3 5]\nt:绿 [2 3]\n")
	dead := func(state string, after int64, tags ...string) (ids []int64) {
		t.Helper()
		rows, err := s.Deliveries(t.Context(), DeliveryQuery{Scope: Scope{Tags: tags}, State: state, After: after})
		do(err)
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
		return ids
	}
	if got := dead("dead", 0, "红", "绿"); !slices.Equal(got, []int64{2}) {
		t.Error(got)
	}
	if got := dead("dead", 0, "红"); got != nil {
		t.Error(got)
	}
	send("ops", 1)
	if got := dead("pending", 0, "红"); !slices.Equal(got, []int64{6, 5}) {
		t.Error(got)
	}
	if got := dead("pending", 6, "红"); !slices.Equal(got, []int64{5}) {
		t.Error(got)
	}
	now = now.Add(48 * time.Hour)
	pruned, err := s.Prune(t.Context(), Retention{Changes: time.Hour})
	if do(err); pruned.Messages != 2 {
		t.Errorf("%+v", pruned)
	}
	check("pruned", "p:mail [3]\np:ops [4 5 6]\ns: [3]\nt:红 [3 5 6]\nt:绿 [3]\n")
}
