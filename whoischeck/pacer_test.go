package whoischeck

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	domaincheck "domaincheck"
)

// TestPacerOfARefusingServer: a server that refuses is waited for three times,
// each time one question finding out; then nobody waits for it, until one
// question in a longer and longer while is answered.
func TestPacerOfARefusingServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewMemoryPacer(Limits{PerSecond: 100, Burst: 100, MaxHold: time.Minute})
		start := time.Now()
		asked := 0
		ask := func() error {
			if err := p.Wait(t.Context(), "k"); err != nil {
				return err
			}
			asked++
			p.Learn("k", Refusal{Phrase: "no"})
			return nil
		}
		for i, want := range []time.Duration{0, 10 * time.Second, 30 * time.Second} {
			if err := ask(); err != nil || time.Since(start) != want {
				t.Errorf("question %d: %v after %s, want %s", i, err, time.Since(start), want)
			}
		}
		for range 100 {
			if err := ask(); !errors.Is(err, domaincheck.CodeRefused) || time.Since(start) != 30*time.Second {
				t.Fatalf("the server has refused three times: %v after %s", err, time.Since(start))
			}
		}
		if n, until := p.Refusing(); n != 1 || !until.Equal(start.Add(70*time.Second)) || !p.Held("k").Equal(until) {
			t.Errorf("%d servers refuse until %s", n, until.Sub(start))
		}
		time.Sleep(41 * time.Second)
		if err := p.Wait(t.Context(), "k"); err != nil {
			t.Errorf("the term is over: %v", err)
		}
		if err := p.Wait(t.Context(), "k"); !errors.Is(err, domaincheck.CodeRefused) {
			t.Errorf("while one question finds out: %v", err)
		}
		p.Learn("k", Refusal{})
		if err := p.Wait(t.Context(), "k"); err != nil || time.Since(start) != 71*time.Second {
			t.Errorf("the server has answered: %v after %s", err, time.Since(start))
		}
		if n, _ := p.Refusing(); n != 0 || asked != 3 {
			t.Errorf("%d servers refuse, %d questions were refused", n, asked)
		}
	})
}

// TestPacerOfOneRefusal: questions that were on their way together count as one
// refusal, and who waits goes on as soon as one is answered.
func TestPacerOfOneRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewMemoryPacer(Limits{PerSecond: 100, Burst: 100, MaxHold: time.Minute})
		start := time.Now()
		for range 5 {
			if err := p.Wait(t.Context(), "k"); err != nil {
				t.Fatal(err)
			}
		}
		for range 5 {
			p.Learn("k", Refusal{Phrase: "too fast"})
		}
		done := make(chan time.Duration)
		for range 4 {
			go func() {
				if err := p.Wait(t.Context(), "k"); err != nil {
					t.Error(err)
				}
				done <- time.Since(start)
			}()
		}
		if first := <-done; first != 10*time.Second {
			t.Errorf("one finds out after %s", first)
		}
		synctest.Wait()
		time.Sleep(2 * time.Second) // its answer takes a while
		p.Learn("k", Refusal{})
		for range 3 {
			if d := <-done; d != 12*time.Second {
				t.Errorf("another goes on after %s", d)
			}
		}
	})
}

// TestPacerOfAQueue: who waits for a token of a server that refuses another
// meanwhile does not ask it when the token comes.
func TestPacerOfAQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewMemoryPacer(Limits{PerSecond: 1, Burst: 5, MaxHold: 2 * time.Minute})
		var asked, told atomic.Int32
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				if err := p.Wait(t.Context(), "k"); err != nil {
					told.Add(1)
					return
				}
				asked.Add(1)
				time.Sleep(100 * time.Millisecond)
				p.Learn("k", Refusal{Phrase: "no"})
			})
		}
		all.Wait()
		if asked.Load() != 5+maxRefusals-1 || told.Load() != 40-asked.Load() {
			t.Errorf("%d asked, %d were told", asked.Load(), told.Load())
		}
	})
}
