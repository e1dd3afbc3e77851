package rules

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"domaincheck"
)

func loadLedger(t *testing.T) *Ledger {
	t.Helper()
	l, err := LoadLedger(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Every line of the texts that is not blank became something, or is out of
// scope for a reason; no account names what does not exist.
func TestLedgerAccountsForEveryLine(t *testing.T) {
	b, o, l := realBook(t), loadOrders(t), loadLedger(t)
	if lost := l.Unaccounted(l.Accounts(b, o)); len(lost) > 0 {
		t.Errorf("%d lines are unaccounted: %s", len(lost), strings.Join(lost[:min(20, len(lost))], " "))
	}
	if dead := l.DeadIDs(b, o); len(dead) > 0 {
		t.Errorf("ids that name nothing: %s", strings.Join(dead, " "))
	}
}

// A ledger that forgets a line, or names a ghost, is found out.
func TestLedgerFindsWhatIsMissing(t *testing.T) {
	b, o, l := realBook(t), loadOrders(t), loadLedger(t)
	last := &l.entries[len(l.entries)-1]
	last.IDs = []string{"shanghai.unit.colour", "S41", "site.smell"}
	if got := strings.Join(l.DeadIDs(b, o), " "); got != "shanghai.unit.colour S41 site.smell" {
		t.Errorf("dead ids: %q", got)
	}
	all := l.entries
	l.entries = nil
	if lost := l.Unaccounted(l.Accounts(b, o)); len(lost) < 100 {
		t.Errorf("without entries only %d lines are unaccounted", len(lost))
	}
	l.entries = all
}

// docs/rules.md is what the generator writes: go generate ./rules.
func TestRulesDocIsCurrent(t *testing.T) {
	var want bytes.Buffer
	WriteDoc(&want, realBook(t), loadOrders(t), loadLedger(t))
	if *update {
		if err := os.WriteFile("../docs/rules.md", want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Error("docs/rules.md is out of date: go generate ./rules")
	}
	for _, word := range []string{"没有着落", "掉备案"} {
		if bytes.Contains(got, []byte(word)) {
			t.Errorf("docs/rules.md holds %s", word)
		}
	}
}

// The inventory tells lines apart by number and hash, never by their text.
func TestInventoryOf(t *testing.T) {
	got := string(InventoryOf("001", []byte("a\n\n  b \n\t\nc")))
	want := "001 1 ca978112\n001 3 3e23e816\n001 5 2e7d2c03\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLedgerLoaderRefuses(t *testing.T) {
	inventory, err := os.ReadFile("ledger/inventory.txt")
	if err != nil {
		t.Fatal(err)
	}
	const good = "entries:\n  - {lines: \"001:3-5\", ids: [domain.tld]}\n"
	tests := []struct{ name, inventory, entries string }{
		{"neither ids nor reason", string(inventory), "entries:\n  - {lines: \"001:3\"}\n"},
		{"both", string(inventory), "entries:\n  - {lines: \"001:3\", ids: [x], reason: {zh: a, en: b}}\n"},
		{"half a reason", string(inventory), "entries:\n  - {lines: \"001:3\", reason: {zh: a}}\n"},
		{"no such text", string(inventory), "entries:\n  - {lines: \"009:3\", ids: [x]}\n"},
		{"outside the text", string(inventory), "entries:\n  - {lines: \"002:3-99\", ids: [x]}\n"},
		{"backwards", string(inventory), "entries:\n  - {lines: \"001:9-3\", ids: [x]}\n"},
		{"unknown key", string(inventory), "entries:\n  - {lines: \"001:3\", ids: [x], colour: red}\n"},
		{"two documents", string(inventory), good + "---\n" + good},
		{"inventory out of order", "001 5 ca978112\n001 3 ca978112\n" + string(inventory), good},
		{"inventory with a text in it", "001 5 some words here\n", good},
		{"too few lines", "001 5 ca978112\n", good},
	}
	for _, tt := range tests {
		fsys := fstest.MapFS{"ledger/inventory.txt": {Data: []byte(tt.inventory)}, "ledger/ledger.yaml": {Data: []byte(tt.entries)}}
		if _, err := LoadLedger(fsys); err == nil {
			t.Errorf("%s: accepted", tt.name)
		} else if e, ok := domaincheck.ErrorIn(err); !ok || e.Code != domaincheck.CodeBadTable {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := LoadLedger(fstest.MapFS{}); err == nil {
		t.Error("an empty tree is accepted")
	}
	if _, err := LoadLedger(fstest.MapFS{"ledger/inventory.txt": {Data: inventory}, "ledger/ledger.yaml": {Data: []byte(good)}}); err != nil {
		t.Error(err)
	}
}
