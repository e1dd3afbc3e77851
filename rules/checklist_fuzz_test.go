package rules

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"domaincheck"
)

// Without facts nothing is unmet, and nothing is met but what the name and the
// question themselves tell.
func TestPreflightWithoutFactsKnowsNothing(t *testing.T) {
	b, o := realBook(t), loadOrders(t)
	told := map[string]bool{"order.province": true, "order.kind": true, "order.registrable": true, "domain.tld": true}
	for name := range b.provinces {
		for _, kind := range []domaincheck.Kind{domaincheck.KindUnit, domaincheck.KindIndividual} {
			for _, order := range OrderKinds() {
				list := b.Preflight(o, domaincheck.Case{
					At: beijing(t, "2026-11-21"),
					Site: domaincheck.Site{
						Domains: domaincheck.List[domaincheck.Domain]{{Domain: "example.cn", Role: domaincheck.RoleMain}},
						Subject: &domaincheck.Subject{Province: domaincheck.Text(name), Kind: kind},
					},
				}, order)
				for _, c := range list.Conditions {
					ofTheName := strings.HasSuffix(c.ID, "prefix_is_site") || strings.Contains(c.ID, ".counts[") && c.Code == "within"
					if c.State == Unmet || c.State == Met && !told[c.ID] && !ofTheName {
						t.Errorf("%s %s %s: %s is %s (%s) %v", name, kind, order, c.ID, c.State, c.Code, c.Evidence)
					}
				}
				for _, p := range list.Papers {
					if p.State == Met || p.State == Unmet {
						t.Errorf("%s %s %s: paper %s is %s", name, kind, order, p.Kind, p.State)
					}
				}
			}
		}
	}
}

// Whatever a case holds, every condition is whole: a state, a code, a text; an
// unknown one says why and what would settle it. Equal cases give equal lists.
func FuzzPreflight(f *testing.F) {
	b, err := Default()
	if err != nil {
		f.Fatal(err)
	}
	o, err := DefaultOrders()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte, n uint8) {
		var c domaincheck.Case
		if json.Unmarshal(raw, &c) != nil || len(c.Site.Domains) > 8 || len(c.Site.Servers) > 8 || len(c.Site.Papers) > 50 {
			return
		}
		order := OrderKinds()[int(n)%len(OrderKinds())]
		list := b.Preflight(o, c, order)
		for i := range list.Conditions {
			x := &list.Conditions[i]
			if (x.State == Unsure) != (x.Why != "") || x.State == omitted || x.Code == "" || len(x.Clauses) == 0 || x.Severity.Rank() < 0 {
				t.Fatalf("%+v is not whole", x)
			}
			if s := b.Say(x, "en"); s.Text == "" || len(s.Basis) == 0 {
				t.Fatalf("no words for %+v", x)
			}
		}
		first, errA := json.Marshal(list)
		again, errB := json.Marshal(b.Preflight(o, c, order))
		if errA != nil || errB != nil || string(first) != string(again) {
			t.Fatalf("not stable: %v %v", errA, errB)
		}
	})
}

// A checklist file is refused with its place, or whole; it never panics.
func FuzzOrders(f *testing.F) {
	f.Fuzz(func(t *testing.T, raw []byte) {
		fsys := fstest.MapFS{"checklist/a.yaml": {Data: raw}}
		o, err := LoadOrders(fsys)
		if err != nil {
			if e, ok := domaincheck.ErrorIn(err); o != nil || !ok || e.Code != domaincheck.CodeBadTable || e.Place == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		for i := range o.items {
			if err := o.items[i].Clause.check("item"); err != nil || o.items[i].ID == "" {
				t.Fatal(err)
			}
		}
	})
}

func TestChecklistFuzzSeedsAreThere(t *testing.T) {
	for _, name := range []string{"FuzzPreflight", "FuzzOrders"} {
		seeds, err := filepath.Glob(filepath.Join("testdata", "fuzz", name, "*"))
		if err != nil || len(seeds) < 2 {
			t.Errorf("%s: %d seeds, want at least 2", name, len(seeds))
		}
		for _, s := range seeds {
			if raw, err := os.ReadFile(s); err != nil || !strings.HasPrefix(string(raw), "go test fuzz v1\n") {
				t.Errorf("%s is no seed", s)
			}
		}
	}
}
