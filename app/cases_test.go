package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/app"
	"domaincheck/inventory"
	"domaincheck/store"
)

// TestCases: where the settings ask for it a confirmed failure opens a case by
// itself, once; its recovery is written into the case, and only a person ends
// it. A failure of another opening finds the open case.
func TestCases(t *testing.T) {
	w := newWorld(t)
	w.http.broken.Store(true)
	w.https.broken.Store(true)
	w.settings(nil)
	d := w.start()
	w.until("the alarm", 30*time.Second, func() bool { _, ok := w.find("opened", "site.reachable"); return ok })
	if all := w.cases(); len(all) != 0 {
		t.Errorf("nobody asked for cases: %+v", all)
	}
	d.stop()

	// Switched on, what is open already gets its case.
	w.settings(map[string]any{"desk": map[string]any{"open_cases": []string{"site.reachable"}}})
	w.start()
	w.until("a case", 20*time.Second, func() bool { return len(w.cases()) == 1 })
	c := w.cases()[0]
	if c.Domain != w.site || c.Kind != "site.reachable" || c.Source != store.CaseFromFinding || c.State != store.CaseOpen || len(c.Evidence) == 0 {
		t.Errorf("the case: %+v", c)
	}
	hint := func(n int) func() bool {
		return func() bool {
			found := 0
			for _, s := range w.cases()[0].Steps {
				if s.Who == "domaincheck" && strings.Contains(s.Note, "已恢复") {
					found++
				}
			}
			return found == n
		}
	}
	w.http.broken.Store(false)
	w.https.broken.Store(false)
	w.until("the hint that it has recovered", 30*time.Second, hint(1))
	w.http.broken.Store(true)
	w.https.broken.Store(true)
	opened := func() int {
		n := 0
		for _, h := range w.heard() {
			if h.Event == "opened" && h.Rule == "site.reachable" {
				n++
			}
		}
		return n
	}
	w.until("the second alarm", 30*time.Second, func() bool { return opened() == 2 })
	w.http.broken.Store(false)
	w.https.broken.Store(false)
	w.until("the second hint", 30*time.Second, hint(2)) // by then the second opening was seen
	if all := w.cases(); len(all) != 1 || all[0].State != store.CaseOpen {
		t.Errorf("cases %+v", all)
	}
}

// cases lists all cases with their histories.
func (w *world) cases() []store.Case {
	w.t.Helper()
	var all []store.Case
	w.peek(func(s *store.Store) {
		ctx := context.WithoutCancel(w.t.Context())
		page, err := s.Cases(ctx, store.CaseQuery{})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, c := range page.Items {
			whole, err := s.Case(ctx, store.Scope{}, c.ID)
			if err != nil {
				w.t.Fatal(err)
			}
			all = append(all, whole)
		}
	})
	return all
}

// TestDeskList: the list of the desk that the settings name is made and served;
// another desk takes effect with a reload.
func TestDeskList(t *testing.T) {
	w := newWorld(t)
	w.inventory(func(doc *inventory.Document) {
		doc.Sites[0].Subject = &domaincheck.Subject{ID: "s", Name: "甲公司", Kind: "unit", RecordNumber: "京ICP备11111111号"}
		doc.Sites[0].RecordNumber = "京ICP备22222222号-1"
	})
	w.settings(map[string]any{"desk": map[string]any{"own": []string{"aliyun"}}})
	d := w.start(func(o *app.Options) { o.Desk = time.Millisecond })
	w.until("the contradiction of the ledger", 20*time.Second, func() bool {
		_, body := d.get("/api/v1/desk?kind=number_of_another_subject")
		return strings.Contains(body, `"domain":"`+w.site+`"`) && strings.Contains(body, `"own":["aliyun"]`)
	})
	w.settings(nil)
	if err := d.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.until("no desk", 20*time.Second, func() bool {
		_, body := d.get("/api/v1/desk")
		return strings.Contains(body, `"items":[]`) && strings.Contains(body, `"own":[]`)
	})
}
