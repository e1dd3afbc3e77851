package rules

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"domaincheck"
	"domaincheck/icp"
	"domaincheck/registrars"
	"domaincheck/tldlist"

	"github.com/goccy/go-yaml"
)

//go:embed book/*.yaml provinces/*.yaml compiled.gob
var files embed.FS

// AsOf is the day on which the book was last read against its sources.
const AsOf = "2026-11-21"

// Providers names access providers; the table of package providers does. Name
// is what an id is called; ID is the id of a name or alias as a ledger holds it,
// "" for a word that is not known.
type Providers interface {
	Name(id, lang string) string
	ID(word string) string
}

// Tables are the reference tables the rules ask. Nil TLDs and Registrars stand
// for the embedded ones; without Providers an id is its own name; without Names
// names are compared after folding width, brackets, blanks and case only; without
// Signs DNS alone says nothing of blocked and parked sites.
type Tables struct {
	TLDs       *tldlist.Table
	Registrars *registrars.Table
	Providers  Providers
	Names      Names
	Signs      Signs
}

// Book is a loaded rule book. It never changes and is safe for concurrent use.
type Book struct {
	rules     []Rule
	byID      map[string]*Rule
	common    map[string]Wording
	provinces map[string]*Province
	names     map[string]string // every name of a province → its short name
	tables    Tables
	version   string

	looseTerm, strictTerm *Term // the mildest and the strictest term of all books
	watching              *Limits
	seen                  *memo
}

// Words is a text in both languages.
type Words struct {
	ZH string `yaml:"zh" json:"zh"`
	EN string `yaml:"en" json:"en"`
}

// In gives the text in a language: "en", else Chinese.
func (w Words) In(lang string) string {
	if lang == "en" {
		return w.EN
	}
	return w.ZH
}

// Wording is what one code of a rule says. Names in braces stand for values
// of the finding's evidence; what stands in square brackets is left out when
// a value inside them is not known.
type Wording struct {
	ZH  string `yaml:"zh" json:"zh"`
	EN  string `yaml:"en" json:"en"`
	Fix *Words `yaml:"fix" json:"fix"` // instead of the rule's
	// FixAutoRenew stands instead of Fix where auto-renewal is declared.
	FixAutoRenew *Words                   `yaml:"fix_auto_renew" json:"fix_auto_renew"`
	Consequence  *Words                   `yaml:"consequence" json:"consequence"` // instead of the rule's
	Basis        domaincheck.List[Clause] `yaml:"basis" json:"basis"`             // instead of the rule's
}

// check refuses a wording that is not whole.
func (w *Wording) check(code string) error {
	if w.ZH == "" || w.EN == "" {
		return badTable("code %s needs zh and en", code)
	}
	for _, words := range []*Words{w.Fix, w.FixAutoRenew, w.Consequence} {
		if words != nil && (words.ZH == "" || words.EN == "") {
			return badTable("code %s: fix and consequence need zh and en", code)
		}
	}
	for i, c := range w.Basis {
		if err := c.check(fmt.Sprintf("code %s: basis[%d]", code, i)); err != nil {
			return err
		}
	}
	for _, text := range []string{w.ZH, w.EN} {
		if strings.Count(text, "[") != strings.Count(text, "]") || strings.Count(text, "{") != strings.Count(text, "}") {
			return badTable("code %s: a bracket is not closed", code)
		}
	}
	return nil
}

// Confirm is how a failure of the rule becomes sure: Looks bad looks, Apart
// between them before the risk clock starts, NotifyApart before the first
// notice goes out. Declared facts and registry dates count at once (1, 0, 0).
type Confirm struct {
	Looks       int           `yaml:"looks" json:"looks"`
	Apart       time.Duration `yaml:"apart" json:"apart"`
	NotifyApart time.Duration `yaml:"notify_apart" json:"notify_apart"`
}

// MarshalJSON writes the spans as Go durations ("6h0m0s").
func (c Confirm) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Looks       int    `json:"looks"`
		Apart       string `json:"apart"`
		NotifyApart string `json:"notify_apart"`
	}{c.Looks, c.Apart.String(), c.NotifyApart.String()})
}

// Rule is one rule of the book.
type Rule struct {
	ID          string                                  `yaml:"id" json:"id"`
	Title       Words                                   `yaml:"title" json:"title"`
	Passes      Words                                   `yaml:"passes" json:"passes"`           // what passes
	Consequence Words                                   `yaml:"consequence" json:"consequence"` // what may come of a failure
	Fix         Words                                   `yaml:"fix" json:"fix"`
	Severity    domaincheck.Severity                    `yaml:"severity" json:"severity"` // of a failure, unless its code says otherwise
	Verdict     bool                                    `yaml:"-" json:"verdict"`         // a failure moves the verdict
	States      domaincheck.List[domaincheck.SiteState] `yaml:"states" json:"states"`     // to which it applies; left out in the file: every state
	OnOrder     bool                                    `yaml:"on_order" json:"on_order"` // also when an order is asked for
	Part        string                                  `yaml:"part" json:"part"`         // registration, resolution, page, record, or declared
	Digest      bool                                    `yaml:"digest" json:"digest"`     // reported in digests only
	Layer       string                                  `yaml:"layer" json:"layer"`       // law, province, provider, watch: who demands it
	Confirm     Confirm                                 `yaml:"confirm" json:"confirm"`
	Basis       domaincheck.List[Clause]                `yaml:"basis" json:"basis"`
	Codes       map[string]Wording                      `yaml:"codes" json:"codes"`

	scope     scope
	states    states
	addresses bool // speaks of sites that are bare addresses too
	pageRule  bool // only domains that show a page: main and alias
	domain    func(*eval, *view) outcome
	site      func(*eval) outcome
	server    func(*eval, *domaincheck.Server) outcome
}

type scope uint8

const (
	perDomain scope = iota
	perSite
	perServer
)

type states uint8

const allStates states = 1<<5 - 1

func stateBit(s domaincheck.SiteState) states {
	switch s {
	case domaincheck.StateUnfiled:
		return 1
	case domaincheck.StateNotRequired:
		return 2
	case domaincheck.StateFiling:
		return 4
	case domaincheck.StateFiled:
		return 8
	case domaincheck.StateCancelled:
		return 16
	}
	return 0
}

// Default loads the embedded book with the embedded tables of TLDs and
// registrars. Providers show by their ids, names are compared after folding;
// [Load] with [Files] takes other tables.
func Default() (*Book, error) { return Load(files, Tables{}) }

// Files is the embedded book, for those who lay their own province files over
// it.
func Files() fs.FS { return files }

// Load reads book/*.yaml and provinces/*.yaml from fsys, strictly: an unknown
// or doubled key, a rule without citation, consequence or fix, a rule that the
// engine does not know or a known one that is missing, a code without words,
// a province without its book, are errors of code bad_table that name the file.
func Load(fsys fs.FS, t Tables) (*Book, error) {
	b, err := load(fsys, t)
	if err != nil {
		return nil, err
	}
	if missing := b.missingProvinces(); len(missing) > 0 {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, "provinces", "no book for %s", strings.Join(missing, ", "))
	}
	return b, nil
}

// load is Load without the demand for every province.
func load(fsys fs.FS, t Tables) (*Book, error) {
	var err error
	if t.TLDs == nil {
		if t.TLDs, err = tldlist.Default(); err != nil {
			return nil, err
		}
	}
	if t.Registrars == nil {
		if t.Registrars, err = registrars.Default(); err != nil {
			return nil, err
		}
	}
	if t.Providers == nil {
		t.Providers = plainProviders{}
	}
	if t.Names == nil {
		t.Names = foldedNames{}
	}
	b := &Book{tables: t, common: map[string]Wording{}, byID: map[string]*Rule{}, seen: newMemo()}
	raw, err := files.ReadFile("compiled.gob")
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, "compiled.gob", "%w", err)
	}
	done := readCompiled(raw)
	books, err := readSources(fsys, "book/*.yaml")
	if err != nil {
		return nil, err
	}
	if err := b.readRules(books, done); err != nil {
		return nil, err
	}
	provinces, err := readSources(fsys, "provinces/*.yaml")
	if err != nil {
		return nil, err
	}
	if b.provinces, err = done.provinces(provinces); err != nil {
		return nil, err
	}
	b.version = version(books, provinces)
	return b, b.index()
}

// plainProviders stands where no table of providers is given.
type plainProviders struct{}

func (plainProviders) Name(id, _ string) string { return id }

func (plainProviders) ID(word string) string {
	switch strings.ToLower(word) {
	case "阿里云", "alibaba cloud":
		return "aliyun"
	}
	return strings.ToLower(word)
}

// bookFile is one file of book/.
type bookFile struct {
	Common map[string]Wording `yaml:"common"`
	Rules  []Rule             `yaml:"rules"`
}

// parseBookFile reads one file of book/, strictly.
func parseBookFile(raw []byte) (*bookFile, error) {
	f := new(bookFile)
	dec := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict())
	if err := dec.Decode(f); err != nil {
		return nil, fmt.Errorf("%w", err)
	}
	if err := dec.Decode(new(any)); err != io.EOF {
		return nil, badTable("more than one document")
	}
	return f, nil
}

func (b *Book) readRules(files []sourceFile, done compiled) error {
	found := map[string]Rule{}
	for _, file := range files {
		name := file.name
		f, err := done.book(file)
		if err != nil {
			return domaincheck.Errorf(domaincheck.CodeBadTable, name, "%w", err)
		}
		for code, w := range f.Common {
			if _, doubled := b.common[code]; doubled {
				return domaincheck.Errorf(domaincheck.CodeBadTable, name, "common code %s is doubled", code)
			}
			if err := w.check(code); err != nil {
				return domaincheck.Errorf(domaincheck.CodeBadTable, name, "common: %w", err)
			}
			b.common[code] = w
		}
		for _, r := range f.Rules {
			if _, doubled := found[r.ID]; doubled {
				return domaincheck.Errorf(domaincheck.CodeBadTable, name, "rule %s stands there twice", r.ID)
			}
			if err := r.check(); err != nil {
				return domaincheck.Errorf(domaincheck.CodeBadTable, name, "rule %s: %w", r.ID, err)
			}
			found[r.ID] = r
		}
	}
	for _, id := range IDs() {
		r, ok := found[id]
		if !ok {
			return domaincheck.Errorf(domaincheck.CodeBadTable, "book", "rule %s is missing", id)
		}
		delete(found, id)
		b.rules = append(b.rules, r)
	}
	for id := range found {
		return domaincheck.Errorf(domaincheck.CodeBadTable, "book", "rule %s is not known to the engine", id)
	}
	for i := range b.rules {
		b.byID[b.rules[i].ID] = &b.rules[i]
	}
	return nil
}

// check refuses a rule that is not whole, and gives it its function.
func (r *Rule) check() error {
	for _, w := range []struct {
		name  string
		words Words
	}{{"title", r.Title}, {"passes", r.Passes}, {"consequence", r.Consequence}, {"fix", r.Fix}} {
		if w.words.ZH == "" || w.words.EN == "" {
			return badTable("%s needs zh and en", w.name)
		}
		if strings.Contains(w.words.ZH, "掉备案") || strings.Contains(w.words.ZH, "违法") {
			return badTable("%s uses a word that is not used", w.name)
		}
	}
	if len(r.Basis) == 0 {
		return badTable("no citation")
	}
	for i, c := range r.Basis {
		if err := c.check(fmt.Sprintf("basis[%d]", i)); err != nil {
			return err
		}
	}
	if r.Severity.Rank() < 0 {
		return badTable("severity %q is none", r.Severity)
	}
	if !slices.Contains([]string{"registration", "resolution", "page", "record", "declared"}, r.Part) {
		return badTable("part %q is none", r.Part)
	}
	if !slices.Contains([]string{"law", "province", "provider", "watch"}, r.Layer) {
		return badTable("layer %q is none", r.Layer)
	}
	if r.Confirm.Looks < 1 {
		return badTable("confirm.looks must be 1 or more")
	}
	for code, w := range r.Codes {
		if err := w.check(code); err != nil {
			return err
		}
	}
	r.states = 0
	for _, s := range r.States {
		bit := stateBit(s)
		if bit == 0 {
			return badTable("state %q is none", s)
		}
		r.states |= bit
	}
	if len(r.States) == 0 {
		r.states = allStates
		r.States = []domaincheck.SiteState{
			domaincheck.StateUnfiled, domaincheck.StateNotRequired, domaincheck.StateFiling, domaincheck.StateFiled, domaincheck.StateCancelled,
		}
	}
	r.Verdict = r.Severity.Rank() >= domaincheck.Low.Rank()
	return r.bind()
}

// index builds what Evaluate looks up.
func (b *Book) index() error {
	b.names = map[string]string{}
	for _, p := range icp.Provinces() {
		b.names[p.Name], b.names[p.Full] = p.Name, p.Name
	}
	for name, p := range b.provinces {
		if b.names[name] != name {
			return domaincheck.Errorf(domaincheck.CodeBadTable, "provinces/"+p.Pinyin+".yaml", "%q is no province", name)
		}
		for _, t := range []*Term{p.Unit.Term, p.Individual.Term} {
			if b.looseTerm == nil || milder(t, b.looseTerm) {
				b.looseTerm = t
			}
			if b.strictTerm == nil || milder(b.strictTerm, t) {
				b.strictTerm = t
			}
		}
	}
	return nil
}

// milder tells whether a asks for less than b.
func milder(a, b *Term) bool {
	return a.Months < b.Months || a.Months == b.Months && a.Op == ">=" && b.Op == ">"
}

// provinceName gives a province's short name for any of its names; what is no
// province stays as it is.
func (b *Book) provinceName(s string) string {
	if s == "" {
		return ""
	}
	if name, ok := b.names[s]; ok {
		return name
	}
	if p, ok := icp.ProvinceByName(s); ok {
		return p.Name
	}
	return s
}

// Version is "YYYY-MM-DD#8hex" of the book in force.
func (b *Book) Version() string { return b.version }

// Rules lists the rules in the order of findings; not to be changed.
func (b *Book) Rules() []Rule { return b.rules }

// Rule finds a rule by id.
func (b *Book) Rule(id string) (*Rule, bool) {
	r, ok := b.byID[id]
	return r, ok
}

// Province finds a province's rules by any of its names.
func (b *Book) Province(name string) (*Province, bool) {
	p, ok := b.provinces[b.provinceName(name)]
	return p, ok
}

// missingProvinces lists the provinces without a book, in the order of their
// codes.
func (b *Book) missingProvinces() []string {
	var missing []string
	for _, p := range icp.Provinces() {
		if b.provinces[p.Name] == nil {
			missing = append(missing, p.Name)
		}
	}
	return missing
}

// Limits are how old the newest good look of each part may grow under a
// schedule: by promise the greater of three times its interval and one hour.
// Zero means: not watched.
type Limits struct {
	Registration, Resolution, Page time.Duration
}

// LimitOf turns a schedule's interval into the limit of [Limits].
func LimitOf(interval time.Duration) time.Duration { return max(3*interval, time.Hour) }

// Watching gives a copy of the book that judges under a schedule, so that
// watch.stale speaks.
func (b *Book) Watching(l Limits) *Book {
	c := *b
	c.watching = &l
	return &c
}
