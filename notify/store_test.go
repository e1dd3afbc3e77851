package notify_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"domaincheck/alert"
	"domaincheck/notify"
	"domaincheck/store"
)

// TestStoreDies drains a real store whose process loses it at random messages
// and comes back: every event arrives, and what arrives twice has one key.
func TestStoreDies(t *testing.T) {
	r := robots()
	var mortal atomic.Pointer[store.Store]
	var calls atomic.Int64
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.ServeHTTP(w, req)
		if calls.Add(1)%7 == 0 { // posted, and never recorded
			_ = mortal.Load().Close()
		}
	}))
	defer hook.Close()
	channel := notify.Channel{Name: "hook", Type: "webhook", URL: notify.NewSecret(hook.URL + r.Path("webhook")), Secret: notify.NewSecret(secret)}
	path := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	want := map[string]bool{}
	for lives := 0; ; lives++ {
		if lives > 40 {
			t.Fatalf("%d events are still missing", len(want))
		}
		s, err := store.Open(ctx, store.Options{URL: path})
		if err != nil {
			t.Fatal(err)
		}
		mortal.Store(s)
		if lives == 0 {
			var rows []alert.Outgoing
			for i := range 60 {
				o := row("hook", fmt.Sprintf("site-%02d.cn", i), alert.Opened, "")
				want[o.Keys[0]] = true
				rows = append(rows, o)
			}
			if err := s.Enqueue(ctx, "", rows); err != nil {
				t.Fatal(err)
			}
		}
		// The owner is the same machine's: its lease is its own again at once.
		n, err := notify.New(notify.Options{Channels: []notify.Channel{channel}, Outbox: s, Words: plain{}, Owner: "one", Poll: 5 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		life, end := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = n.Run(life)
		}()
		left, err := settledOrDead(life, s)
		end()
		<-ended
		_ = s.Close()
		if err == nil && left == 0 {
			break
		}
	}
	for _, h := range r.Posted("webhook") {
		for _, k := range h.Keys {
			delete(want, k)
		}
	}
	if len(want) != 0 {
		t.Errorf("%d events are lost", len(want))
	}
	if posted := len(r.Posted("webhook")); posted <= 60 || posted > 80 {
		t.Errorf("%d posted: the store did not die, or too much came twice", posted)
	}
}

// settledOrDead waits until nothing is left, or the store is gone.
func settledOrDead(ctx context.Context, s *store.Store) (int, error) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		rows, err := s.Pending(ctx, "hook", 100)
		if err != nil || len(rows) == 0 {
			return len(rows), err
		}
		select {
		case <-ctx.Done():
			return len(rows), ctx.Err()
		case <-tick.C:
		}
	}
}
