package rules_test

import (
	"testing"
	"time"

	"domaincheck/rules"
)

func TestWithConfirm(t *testing.T) {
	book, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	before, _ := book.Rule("access.resolves")
	own := before.Confirm
	want := rules.Confirm{Looks: 3, Apart: time.Hour, NotifyApart: time.Minute}
	next := book.WithConfirm(func(id string) (rules.Confirm, bool) { return want, id == "access.resolves" })
	if got, _ := next.Rule("access.resolves"); got.Confirm != want {
		t.Errorf("measure %v, want %v", got.Confirm, want)
	}
	if got, _ := book.Rule("access.resolves"); got.Confirm != own || own == want {
		t.Errorf("the first book has changed: %v", got.Confirm)
	}
	if len(next.Rules()) != len(book.Rules()) {
		t.Errorf("%d rules, want %d", len(next.Rules()), len(book.Rules()))
	}
	for i, r := range book.Rules() {
		if other := next.Rules()[i]; other.ID != r.ID || r.ID != "access.resolves" && other.Confirm != r.Confirm {
			t.Errorf("rule %s has become %s %v", r.ID, other.ID, other.Confirm)
		}
	}
}
