package rules

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"domaincheck"

	"github.com/goccy/go-yaml"
)

// This file accounts for every line of the five seed texts: which rule, value
// of a province, condition of the checklist or risk came of it, or why none
// did. docs/rules.md ends with that ledger; a test fails on a line that nobody
// accounts for and on an id that does not exist.
//
//go:generate go run ./internal/doc

// Ledger is the inventory of the texts' lines and what is said of those that
// no citation covers.
type Ledger struct {
	lines   map[string][]int // text → its lines that are not blank, ascending
	hashes  map[string]map[int]string
	entries []LedgerEntry
}

// LedgerEntry accounts for some lines by ids, or leaves them out with a reason.
type LedgerEntry struct {
	Lines  string   `yaml:"lines"`  // as [Clause.Cite]
	IDs    []string `yaml:"ids"`    // of rules, conditions, values of provinces, risks (S01 … S40)
	Reason *Words   `yaml:"reason"` // out of scope, because …
	spans  []seedRef
}

// Seeds lists the five texts.
func Seeds() []string { return []string{"000", "001", "002", "003", "004"} }

// LoadLedger reads ledger/inventory.txt and ledger/ledger.yaml, strictly.
//
// The inventory holds a row "001 2058 1a2b3c4d" for each line of a text that is
// not blank: the text, the line, and the first four bytes of the SHA-256 of the
// line without blanks around it. It never holds the line.
func LoadLedger(fsys fs.FS) (*Ledger, error) {
	const list, accounts = "ledger/inventory.txt", "ledger/ledger.yaml"
	raw, err := fs.ReadFile(fsys, list)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, list, "%w", err)
	}
	l := &Ledger{lines: map[string][]int{}, hashes: map[string]map[int]string{}}
	if err := l.readInventory(raw); err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, list, "%w", err)
	}
	if raw, err = fs.ReadFile(fsys, accounts); err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, accounts, "%w", err)
	}
	var f struct {
		Entries []LedgerEntry `yaml:"entries"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict())
	if err := dec.Decode(&f); err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, accounts, "%w", err)
	}
	if err := dec.Decode(new(any)); err != io.EOF {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, accounts, "more than one document")
	}
	for i := range f.Entries {
		e := &f.Entries[i]
		if err := l.check(e); err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeBadTable, accounts, "entries[%d] %s: %w", i, e.Lines, err)
		}
	}
	l.entries = f.Entries
	return l, nil
}

// check refuses an entry that says nothing, or speaks of lines outside the
// inventory; it keeps the spans.
func (l *Ledger) check(e *LedgerEntry) error {
	if (len(e.IDs) > 0) == (e.Reason != nil) || e.Reason != nil && (e.Reason.ZH == "" || e.Reason.EN == "") {
		return badTable("either ids, or a reason in zh and en")
	}
	for _, ref := range strings.Split(e.Lines, ", ") {
		seed, at, _ := strings.Cut(ref, ":")
		from, to, isRange := strings.Cut(at, "-")
		if !isRange {
			to = from
		}
		first, err := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		lines := l.lines[seed]
		if err != nil || err2 != nil || len(lines) == 0 || first < 1 || last < first || last > lines[len(lines)-1] {
			return badTable("lines %q are not of the form 001:2045-2135, or not of that text", ref)
		}
		e.spans = append(e.spans, seedRef{seed, first, last})
	}
	return nil
}

func (l *Ledger) readInventory(raw []byte) error {
	scan := bufio.NewScanner(bytes.NewReader(raw))
	for row := 1; scan.Scan(); row++ {
		fields := strings.Fields(scan.Text())
		if len(fields) != 3 || !slices.Contains(Seeds(), fields[0]) || len(fields[2]) != 8 {
			return badTable("row %d is not of the form: 001 2058 1a2b3c4d", row)
		}
		n, err := strconv.Atoi(fields[1])
		lines := l.lines[fields[0]]
		if err != nil || n < 1 || len(lines) > 0 && n <= lines[len(lines)-1] {
			return badTable("row %d: lines ascend", row)
		}
		l.lines[fields[0]] = append(lines, n)
		if l.hashes[fields[0]] == nil {
			l.hashes[fields[0]] = map[int]string{}
		}
		l.hashes[fields[0]][n] = fields[2]
	}
	for _, seed := range Seeds() {
		if len(l.lines[seed]) < 40 {
			return badTable("text %s has only %d lines", seed, len(l.lines[seed]))
		}
	}
	return scan.Err()
}

// InventoryOf writes the inventory rows of one text.
func InventoryOf(seed string, text []byte) []byte {
	var out bytes.Buffer
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		sum := sha256.Sum256([]byte(line))
		fmt.Fprintf(&out, "%s %d %s\n", seed, i+1, hex.EncodeToString(sum[:4]))
	}
	return out.Bytes()
}

// Account is what became of one line.
type Account struct {
	IDs    []string
	Reason *Words
}

// Accounts joins the citations of the book and of the checklist with the
// ledger's own entries: text → line → account. Where anything came of a line,
// a reason for leaving it out does not count.
func (l *Ledger) Accounts(b *Book, o *Orders) map[string]map[int]Account {
	out := map[string]map[int]Account{}
	for _, seed := range Seeds() {
		out[seed] = make(map[int]Account, len(l.lines[seed]))
	}
	take := func(r seedRef, ids []string, reason *Words) {
		for line := r.first; line <= r.last; line++ {
			if _, there := l.hashes[r.file][line]; !there {
				continue
			}
			a := out[r.file][line]
			for _, id := range ids {
				a.IDs = appendOnce(a.IDs, id)
			}
			if a.Reason == nil {
				a.Reason = reason
			}
			out[r.file][line] = a
		}
	}
	for _, c := range Cited(b, o) {
		for _, ref := range strings.Split(c.Clause.Cite, ", ") {
			if r, seed, err := parseRef(ref); err == nil && seed {
				take(r, []string{c.ID}, nil)
			}
		}
	}
	for _, e := range l.entries {
		for _, r := range e.spans {
			take(r, e.IDs, e.Reason)
		}
	}
	return out
}

// Unaccounted lists the lines of which nothing is said, as "001:2058".
func (l *Ledger) Unaccounted(accounts map[string]map[int]Account) []string {
	var out []string
	for _, seed := range Seeds() {
		for _, line := range l.lines[seed] {
			if _, said := accounts[seed][line]; !said {
				out = append(out, seed+":"+strconv.Itoa(line))
			}
		}
	}
	return out
}

// DeadIDs lists the ids of the ledger's entries that name nothing.
func (l *Ledger) DeadIDs(b *Book, o *Orders) []string {
	known := map[string]bool{}
	for _, c := range Cited(b, o) {
		known[c.ID] = true
		known[unindexed(c.ID)] = true
	}
	for n := 1; n <= 40; n++ {
		known[fmt.Sprintf("S%02d", n)] = true
	}
	var dead []string
	for _, e := range l.entries {
		for _, id := range e.IDs {
			if !known[id] {
				dead = appendOnce(dead, id)
			}
		}
	}
	return dead
}

// unindexed names a list of values as one: shanghai.unit.papers[3] →
// shanghai.unit.papers.
func unindexed(id string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(id, "[")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		_, id, _ = strings.Cut(rest, "]")
	}
}

// CitedValue is something of the book or the checklist with the text it rests
// on.
type CitedValue struct {
	ID     string // rule id, checklist id, or <pinyin>.<kind>.<field>
	Clause Clause
	Value  string // its scalars, for people: "months=3 op=>="
}

// Cited lists everything that cites a text, in the order of the rules, of the
// checklist, and of the provinces by their pinyin.
func Cited(b *Book, o *Orders) []CitedValue {
	var out []CitedValue
	for i := range b.rules {
		for _, c := range b.rules[i].Basis {
			out = append(out, CitedValue{ID: b.rules[i].ID, Clause: c})
		}
		codes := b.rules[i].Codes
		for _, code := range slices.Sorted(maps.Keys(codes)) {
			for _, c := range codes[code].Basis {
				out = append(out, CitedValue{ID: b.rules[i].ID, Clause: c})
			}
		}
	}
	for i := range o.items {
		out = append(out, CitedValue{ID: o.items[i].ID, Clause: o.items[i].Clause})
	}
	for i := range o.approvals {
		a := &o.approvals[i]
		out = append(out, CitedValue{ID: "approval." + a.ID, Clause: a.Clause})
		for _, x := range a.Exceptions {
			out = append(out, CitedValue{ID: "approval." + a.ID, Clause: x.Clause})
		}
	}
	out = append(out, CitedValue{ID: "image", Clause: o.image.Clause})
	for i := range o.materials {
		out = append(out, CitedValue{ID: "material." + o.materials[i].Kind, Clause: o.materials[i].Clause})
	}
	for i := range o.steps {
		out = append(out, CitedValue{ID: "step." + o.steps[i].ID, Clause: o.steps[i].Clause})
	}
	for _, p := range b.sorted() {
		out = append(out, p.cited()...)
	}
	return out
}

// sorted are the provinces by their pinyin.
func (b *Book) sorted() []*Province {
	var list []*Province
	for _, p := range b.provinces {
		list = append(list, p)
	}
	slices.SortFunc(list, func(x, y *Province) int { return strings.Compare(x.Pinyin, y.Pinyin) })
	return list
}

func (p *Province) cited() []CitedValue {
	out := citedIn(nil, reflect.ValueOf(p.Unit), p.Pinyin+".unit")
	return citedIn(out, reflect.ValueOf(p.Individual), p.Pinyin+".individual")
}

// citedIn walks a value of the province schema: every struct that bears a
// clause, with its path by yaml names.
func citedIn(out []CitedValue, v reflect.Value, path string) []CitedValue {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return citedIn(out, v.Elem(), path)
		}
	case reflect.Slice:
		for i := range v.Len() {
			if v.Index(i).Kind() == reflect.Struct {
				out = citedIn(out, v.Index(i), indexed(path, i))
			}
		}
	case reflect.Struct:
		if c, ok := v.Interface().(Clause); ok {
			return append(out, CitedValue{ID: path, Clause: c})
		}
		t := v.Type()
		for i := range t.NumField() {
			f := t.Field(i)
			if c, ok := v.Field(i).Interface().(Clause); ok && f.Anonymous {
				out = append(out, CitedValue{ID: path, Clause: c, Value: scalars(v)})
				continue
			}
			if name, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); name != "" {
				out = citedIn(out, v.Field(i), path+"."+name)
			}
		}
	}
	return out
}

// scalars writes the plain values of a struct: months=3 op=>=.
func scalars(v reflect.Value) string {
	var words []string
	t := v.Type()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		f := v.Field(i)
		if name == "" || f.IsZero() {
			continue
		}
		switch f.Kind() {
		case reflect.String, reflect.Int, reflect.Bool:
			words = append(words, fmt.Sprintf("%s=%v", name, f.Interface()))
		case reflect.Slice:
			if f.Type().Elem().Kind() != reflect.Struct {
				words = append(words, fmt.Sprintf("%s=%v", name, f.Interface()))
			}
		}
	}
	return strings.Join(words, " ")
}
