package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"domaincheck/rules"

	"github.com/goccy/go-yaml"
)

// The provinces' texts were read twice: once for the book, once without sight
// of it, into testdata/second. This file compares the two readings value by
// value; what differs for a reason is named in testdata/second/settled.yaml.

const secondDir = "testdata/second"

// sheet is a second reading. It has the keys of a province file; of a value's
// clause it names the lines only.
type sheet struct {
	Province   string             `yaml:"province"`
	Pinyin     string             `yaml:"pinyin"`
	Section    string             `yaml:"section"`
	Lines      string             `yaml:"lines"`
	Unit       rules.ProvinceBook `yaml:"unit"`
	Individual rules.ProvinceBook `yaml:"individual"`
}

// books lists both books of a sheet or of a province with their kinds.
func books(unit, individual *rules.ProvinceBook) []kindBook {
	return []kindBook{{"unit", unit}, {"individual", individual}}
}

type kindBook struct {
	kind string
	book *rules.ProvinceBook
}

// loadSheets reads every sheet of the second reading, strictly.
func loadSheets(t *testing.T) []sheet {
	t.Helper()
	files, err := filepath.Glob(secondDir + "/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out []sheet
	for _, name := range files {
		base := strings.TrimSuffix(filepath.Base(name), ".yaml")
		if base == "settled" || base == "pending" {
			continue
		}
		var s sheet
		decodeFile(t, name, &s)
		if s.Pinyin != base || s.Province == "" || s.Unit.Term == nil || s.Individual.Term == nil {
			t.Fatalf("%s: province, pinyin (the file's name) and both terms are required", name)
		}
		out = append(out, s)
	}
	return out
}

func decodeFile(t *testing.T, name string, v any) {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalWithOptions(raw, v, yaml.Strict()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// fact is one value of a book, written out, with the lines that say so.
type fact struct{ text, cite string }

// factsOf takes a book apart into facts. A row for several persons, items or
// roles becomes a fact for each, for how they are grouped means nothing.
func factsOf(b *rules.ProvinceBook) map[string]fact {
	var list []fact
	v := reflect.ValueOf(*b)
	for i := range v.NumField() {
		key := yamlKey(v.Type().Field(i))
		if key == "" || key == "notes" {
			continue
		}
		collect(key, v.Field(i), &list)
	}
	out := map[string]fact{}
	for _, f := range list {
		if wordsOnly(f.text) {
			continue
		}
		if old, ok := out[f.text]; ok {
			f.cite = old.cite + ", " + f.cite
		}
		out[f.text] = f
	}
	return out
}

// wordsOnly tells whether a fact holds nothing but words for people: naming
// without endings, duties without papers, orders and limits.
func wordsOnly(text string) bool {
	if !strings.HasPrefix(text, "duties") {
		return text == "naming"
	}
	return !strings.Contains(text, "papers=") && !strings.Contains(text, "orders=") && !strings.Contains(text, "limits=")
}

func yamlKey(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return key
}

// collect appends the facts of a value: scalars and word lists of a struct make
// one fact, structs inside it facts of their own.
func collect(path string, v reflect.Value, out *[]fact) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			collect(path, v.Elem(), out)
		}
		return
	case reflect.Slice:
		for i := range v.Len() {
			collect(path, v.Index(i), out)
		}
		return
	}
	if c, ok := v.Interface().(rules.Clause); ok {
		*out = append(*out, fact{path, c.Cite})
		return
	}
	cite, splits, words := "", []string{""}, []string(nil)
	for i := range v.NumField() {
		field, key := v.Field(i), yamlKey(v.Type().Field(i))
		if c, ok := field.Interface().(rules.Clause); ok && v.Type().Field(i).Anonymous {
			cite = c.Cite
			continue
		}
		if key == "id" || field.IsZero() || field.Kind() == reflect.Slice && field.Len() == 0 {
			continue
		}
		switch split := splitKey(path); {
		case holdsStructs(field.Type()):
			collect(path+"."+key, field, out)
		case key == split:
			splits = field.Convert(reflect.TypeFor[[]string]()).Interface().([]string)
		default:
			words = append(words, key+"="+render(field))
		}
	}
	for _, s := range splits {
		text := path
		if s != "" {
			text += "[" + s + "]"
		}
		if len(words) > 0 {
			text += " " + strings.Join(words, " ")
		}
		*out = append(*out, fact{text, cite})
	}
}

// splitKey is the list of a row for which the row says the same of each.
func splitKey(path string) string {
	switch path {
	case "access":
		return "items"
	case "ages", "nationality":
		return "who"
	case "holder.proofs":
		return "for"
	}
	return ""
}

func holdsStructs(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct
}

// render writes a scalar or a word list; the order within lists means nothing.
func render(v reflect.Value) string {
	if v.Kind() != reflect.Slice {
		return fmt.Sprint(v.Interface())
	}
	var words []string
	for i := range v.Len() {
		words = append(words, render(v.Index(i)))
	}
	slices.Sort(words)
	return "[" + strings.Join(words, " ") + "]"
}

// settledRow is a difference between the readings that stays, with its reason.
type settledRow struct {
	Province string `yaml:"province"`
	Kind     string `yaml:"kind"`
	Side     string `yaml:"side"` // book or sheet: where the fact stands
	Fact     string `yaml:"fact"`
	Reason   string `yaml:"reason"`
}

type settledKey struct{ province, kind, side, fact string }

func loadSettled(t *testing.T) map[settledKey]bool {
	t.Helper()
	var file struct {
		Settled []settledRow `yaml:"settled"`
	}
	decodeFile(t, secondDir+"/settled.yaml", &file)
	out := map[settledKey]bool{}
	for _, r := range file.Settled {
		key := settledKey{r.Province, r.Kind, r.Side, r.Fact}
		if r.Reason == "" || out[key] {
			t.Errorf("settled: %+v has no reason or stands twice", r)
		}
		out[key] = true
	}
	return out
}

// Both readings say the same, or the difference is settled with a reason; a
// settled row that no longer differs is an error too.
func TestSecondReading(t *testing.T) {
	book, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	settled := loadSettled(t)
	used := map[settledKey]bool{}
	facts := 0
	for _, s := range loadSheets(t) {
		p, ok := book.Province(s.Province)
		if !ok || p.Section != s.Section || p.Lines != s.Lines || p.Pinyin != s.Pinyin {
			t.Errorf("%s: the book has %+v %s %s, the sheet %s %s", s.Province, ok, p.Section, p.Lines, s.Section, s.Lines)
			continue
		}
		ours := books(&p.Unit, &p.Individual)
		for i, theirs := range books(&s.Unit, &s.Individual) {
			first, second := factsOf(ours[i].book), factsOf(theirs.book)
			facts += len(second)
			differ := func(side string, has, lacks map[string]fact) {
				for text, f := range has {
					if _, same := lacks[text]; same {
						continue
					}
					key := settledKey{s.Province, theirs.kind, side, text}
					if !settled[key] {
						t.Errorf("- {province: %s, kind: %s, side: %s, fact: %q, reason: } # %s", s.Province, theirs.kind, side, text, f.cite)
					}
					used[key] = true
				}
			}
			differ("book", first, second)
			differ("sheet", second, first)
			for text, f := range second {
				if g, same := first[text]; same && !cites(g.cite, f.cite) {
					t.Errorf("%s %s: %s: the book cites %s, the sheet %s", s.Province, theirs.kind, text, g.cite, f.cite)
				}
			}
		}
	}
	for key := range settled {
		if !used[key] {
			t.Errorf("settled, but both readings agree: %+v", key)
		}
	}
	t.Logf("%d facts compared", facts)
}

// cites tells whether the first line of want lies in one of the ranges of cite.
func cites(cite, want string) bool {
	first, _, _ := strings.Cut(want, ", ")
	file, line, _ := strings.Cut(first, ":")
	line, _, _ = strings.Cut(line, "-")
	n, err := strconv.Atoi(line)
	if err != nil {
		return false
	}
	for ref := range strings.SplitSeq(cite, ", ") {
		f, at, _ := strings.Cut(ref, ":")
		from, to, isRange := strings.Cut(at, "-")
		if !isRange {
			to = from
		}
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		if f == file && errA == nil && errB == nil && a <= n && n <= b {
			return true
		}
	}
	return false
}
