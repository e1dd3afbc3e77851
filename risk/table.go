package risk

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"domaincheck"
	"domaincheck/tldlist"
	"domaincheck/watch"
)

//go:embed signals.yaml holidays.csv compiled.json
var files embed.FS

// Table is the signal table with its calendar, ready to assess. It is read
// only and safe for concurrent use.
type Table struct {
	calendar *Calendar
	tlds     *tldlist.Table
	signals  []Signal
	leftOut  []LeftOut
	byID     map[string]*Signal
	byRule   map[string][]reference
	atOnce   map[string]bool
	rest     *Signal
	version  string
}

// Words are the same in both languages.
type Words struct {
	ZH string `yaml:"zh" json:"zh"`
	EN string `yaml:"en" json:"en"`
}

// In gives the words in lang ("zh", else English).
func (w Words) In(lang string) string {
	if strings.HasPrefix(lang, "zh") {
		return w.ZH
	}
	return w.EN
}

// Clause is a legal or practical basis.
type Clause struct {
	Cite string `yaml:"cite" json:"cite"`
	ZH   string `yaml:"zh" json:"zh"`
	EN   string `yaml:"en" json:"en"`
}

// LeftOut is a signal of the proposal that no risk comes of.
type LeftOut struct {
	ID     string `yaml:"id" json:"id"`
	Reason Words  `yaml:"reason" json:"reason"`
}

// Signal is a row: what raises it, and what may come of it.
type Signal struct {
	ID          string                  `yaml:"id" json:"id"`
	Title       Words                   `yaml:"title" json:"title"`
	When        []Condition             `yaml:"when" json:"when"`
	States      []domaincheck.SiteState `yaml:"states" json:"states"`
	Group       string                  `yaml:"group" json:"group"`
	Ahead       bool                    `yaml:"ahead" json:"ahead"`
	AheadUnless string                  `yaml:"ahead_unless" json:"ahead_unless"`
	Rest        bool                    `yaml:"rest" json:"rest"`
	Unless      []string                `yaml:"unless" json:"unless"`
	Outcomes    []Outcome               `yaml:"outcomes" json:"outcomes"`
	Levels      []Level                 `yaml:"levels" json:"levels"`
	Terms       map[string]int          `yaml:"terms" json:"terms"`
	Basis       []Clause                `yaml:"basis" json:"basis"`
	Fix         Words                   `yaml:"fix" json:"fix"`
	Confidence  string                  `yaml:"confidence" json:"confidence"` // H regulator or provider text, M one provider or several users, L heuristic
	Source      string                  `yaml:"source" json:"source"`
}

// Condition is one finding that raises a signal.
type Condition struct {
	Rule    string                  `yaml:"rule" json:"rule"`
	Field   string                  `yaml:"field" json:"field"`
	In      []string                `yaml:"in" json:"in"`           // any of them; "*" is any value
	NotIn   []string                `yaml:"not_in" json:"not_in"`   // none of them
	AtMost  *int                    `yaml:"at_most" json:"at_most"` // a number not above this
	Result  domaincheck.Result      `yaml:"result" json:"result"`   // fail, unless it says pass
	Kind    string                  `yaml:"kind" json:"kind"`       // individual; unit: anything else
	Anchor  []string                `yaml:"anchor" json:"anchor"`   // none, other, front: which hosts are still at the filing provider
	LowerBy string                  `yaml:"lower_by" json:"lower_by"`
	States  []domaincheck.SiteState `yaml:"states" json:"states"`
}

// Outcome is what may come of a signal.
type Outcome struct {
	Outcome  domaincheck.RiskOutcome `yaml:"outcome" json:"outcome"`
	TermDays int                     `yaml:"term_days" json:"term_days"`
	TermKind string                  `yaml:"term_kind" json:"term_kind"`
	Anchor   []string                `yaml:"anchor" json:"anchor"`
	Field    string                  `yaml:"field" json:"field"`
	In       []string                `yaml:"in" json:"in"`
	NotIn    []string                `yaml:"not_in" json:"not_in"`
	States   []domaincheck.SiteState `yaml:"states" json:"states"`
}

// Level is a step of how bad it is.
type Level struct {
	Level     domaincheck.Severity  `yaml:"level" json:"level"`
	AfterDays int                   `yaml:"after_days" json:"after_days"` // since the first bad look, full days of 24 hours
	LeftDays  *int                  `yaml:"left_days" json:"left_days"`   // Beijing days until the date
	Field     string                `yaml:"field" json:"field"`
	In        []string              `yaml:"in" json:"in"`
	Severity  domaincheck.Severity  `yaml:"severity" json:"severity"` // the finding's, or a worse one
	State     domaincheck.SiteState `yaml:"state" json:"state"`
}

// reference is a condition of a signal, by rule.
type reference struct {
	signal *Signal
	when   *Condition
}

type signalFile struct {
	AsOf    string    `yaml:"as_of"`
	LeftOut []LeftOut `yaml:"left_out"`
	Signals []Signal  `yaml:"signals"`
}

// Files is the embedded table, for those who have the TLDs loaded already.
func Files() fs.FS { return files }

// Default is the embedded table.
func Default() (*Table, error) {
	tlds, err := tldlist.Default()
	if err != nil {
		return nil, err
	}
	return Load(files, tlds)
}

// Load reads signals.yaml and holidays.csv. tlds tells registry families. A
// signal without rule or field, an unknown word, a doubled id, one of S01 to
// S40 that is neither there nor left out with its reason, are errors of code
// [domaincheck.CodeBadTable].
func Load(fsys fs.FS, tlds *tldlist.Table) (*Table, error) {
	const name = "signals.yaml"
	calendar, err := openCalendar(fsys)
	if err != nil {
		return nil, err
	}
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "cannot be read: %w", err)
	}
	compiled, err := files.ReadFile("compiled.json")
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, "compiled.json", "cannot be read: %w", err)
	}
	f, err := readSignals(raw, compiled)
	if err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "%w", err)
	}
	if _, err := domaincheck.ParseDate(f.AsOf); err != nil || f.AsOf == "" {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "as_of %q is no date", f.AsOf)
	}
	t := &Table{
		calendar: calendar, tlds: tlds, signals: f.Signals, leftOut: f.LeftOut,
		byID: map[string]*Signal{}, byRule: map[string][]reference{}, atOnce: map[string]bool{},
		version: domaincheck.TableVersion(f.AsOf, raw),
	}
	if err := t.index(); err != nil {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "%w", err)
	}
	return t, nil
}

func (t *Table) index() error {
	policy := watch.DefaultPolicy()
	for _, id := range policy.Rules() {
		t.atOnce[id] = policy.For(id).AtOnce()
	}
	for i := range t.signals {
		s := &t.signals[i]
		if t.byID[s.ID] != nil {
			return fmt.Errorf("signal %s stands there twice", s.ID)
		}
		if err := s.check(t.atOnce); err != nil {
			return fmt.Errorf("signal %s: %w", s.ID, err)
		}
		t.byID[s.ID] = s
		if s.Rest {
			if t.rest != nil {
				return fmt.Errorf("signals %s and %s both take the rest", t.rest.ID, s.ID)
			}
			t.rest = s
		}
		for j := range s.When {
			c := &s.When[j]
			t.byRule[c.Rule] = append(t.byRule[c.Rule], reference{s, c})
		}
	}
	if t.rest == nil || t.byID["S37"] == nil {
		return errors.New("the signals for the rest and for other domains (S37) are missing")
	}
	for _, l := range t.leftOut {
		if t.byID[l.ID] != nil || l.Reason.ZH == "" || l.Reason.EN == "" {
			return fmt.Errorf("%s is left out and yet there, or has no reason", l.ID)
		}
	}
	for n := 1; n <= 40; n++ {
		id := fmt.Sprintf("S%02d", n)
		if t.byID[id] == nil && !slices.ContainsFunc(t.leftOut, func(l LeftOut) bool { return l.ID == id }) {
			return fmt.Errorf("signal %s is missing", id)
		}
	}
	return nil
}

// check refuses a row that is not whole.
func (s *Signal) check(rules map[string]bool) error {
	switch {
	case s.ID == "" || s.Title.ZH == "" || s.Title.EN == "" || s.Fix.ZH == "" || s.Fix.EN == "":
		return errors.New("id, title and fix are needed, in zh and en")
	case len(s.When) == 0 || len(s.Outcomes) == 0 || len(s.Levels) == 0 || len(s.States) == 0 || len(s.Basis) == 0:
		return errors.New("when, states, outcomes, levels and basis are needed")
	case !slices.Contains([]string{"H", "M", "L"}, s.Confidence) || s.Source == "":
		return errors.New("confidence (H, M, L) and source are needed")
	case !slices.Contains([]string{"", "location", "expiry", "block", "down"}, s.Group):
		return fmt.Errorf("group %q is none", s.Group)
	}
	for _, c := range s.Basis {
		if c.Cite == "" || c.ZH == "" || c.EN == "" {
			return errors.New("a basis needs cite, zh and en")
		}
	}
	if err := plainWords(s.Title.ZH + s.Fix.ZH); err != nil {
		return err
	}
	if err := keepsFiling(s.Fix); err != nil {
		return err
	}
	for i := range s.When {
		if err := s.When[i].check(rules); err != nil {
			return fmt.Errorf("when[%d]: %w", i, err)
		}
	}
	for i := range s.Outcomes {
		if err := s.Outcomes[i].check(); err != nil {
			return fmt.Errorf("outcomes[%d]: %w", i, err)
		}
	}
	for i, l := range s.Levels {
		if l.Level.Rank() < 0 || l.AfterDays < 0 || (l.Field == "") != (len(l.In) == 0) || l.Severity != "" && l.Severity.Rank() < 0 {
			return fmt.Errorf("levels[%d] is not whole", i)
		}
	}
	for provider, days := range s.Terms {
		if provider == "" || days < 0 {
			return fmt.Errorf("term of %q is %d days", provider, days)
		}
	}
	return checkStates(s.States)
}

func (c *Condition) check(rules map[string]bool) error {
	if _, known := rules[c.Rule]; !known {
		return fmt.Errorf("rule %q is none", c.Rule)
	}
	if c.Field == "" {
		return errors.New("a field is needed")
	}
	if len(c.In) == 0 && len(c.NotIn) == 0 && c.AtMost == nil {
		return errors.New("the values of the field are needed: in, not_in or at_most")
	}
	if c.Result == "" {
		c.Result = domaincheck.Fail
	}
	if c.Result != domaincheck.Fail && c.Result != domaincheck.Pass {
		return fmt.Errorf("result %q never raises a risk", c.Result)
	}
	if c.Kind != "" && c.Kind != "individual" && c.Kind != "unit" {
		return fmt.Errorf("kind %q is none", c.Kind)
	}
	if err := checkAnchor(c.Anchor); err != nil {
		return err
	}
	return checkStates(c.States)
}

func (o *Outcome) check() error {
	if !slices.Contains([]domaincheck.RiskOutcome{
		domaincheck.RiskBlock, domaincheck.RiskDeAccess, domaincheck.RiskEmptyShell,
		domaincheck.RiskDeregistration, domaincheck.RiskFine, domaincheck.RiskNotFileable,
	}, o.Outcome) {
		return fmt.Errorf("outcome %q is none", o.Outcome)
	}
	if !slices.Contains([]string{"calendar", "working", "until_date", "lifecycle", "none"}, o.TermKind) || o.TermDays < 0 {
		return fmt.Errorf("term of %d days %q is none", o.TermDays, o.TermKind)
	}
	if (o.Field == "") != (len(o.In)+len(o.NotIn) == 0) {
		return errors.New("field and its values belong together")
	}
	if err := checkAnchor(o.Anchor); err != nil {
		return err
	}
	return checkStates(o.States)
}

func checkAnchor(list []string) error {
	for _, a := range list {
		if a != anchorNone && a != anchorOther && a != anchorFront {
			return fmt.Errorf("anchor %q is none", a)
		}
	}
	return nil
}

func checkStates(list []domaincheck.SiteState) error {
	for _, s := range list {
		switch s {
		case domaincheck.StateUnfiled, domaincheck.StateNotRequired, domaincheck.StateFiling, domaincheck.StateFiled, domaincheck.StateCancelled:
		default:
			return fmt.Errorf("state %q is none", s)
		}
	}
	return nil
}

// plainWords refuses words that are never used towards people.
func plainWords(text string) error {
	for _, w := range []string{"掉备案", "违法"} {
		if strings.Contains(text, w) {
			return fmt.Errorf("uses the word %s", w)
		}
	}
	return nil
}

// keepsFiling refuses advice to cancel a filing: a name under an unapproved
// TLD or registrar could not be filed again.
func keepsFiling(fix Words) error {
	for clause := range strings.FieldsFuncSeq(fix.ZH, func(r rune) bool { return strings.ContainsRune("，；。", r) }) {
		if strings.Contains(clause, "注销") && !strings.Contains(clause, "勿") && !strings.Contains(clause, "无法") {
			return errors.New("advises to cancel a filing")
		}
	}
	for clause := range strings.FieldsFuncSeq(fix.EN, func(r rune) bool { return strings.ContainsRune(",;.", r) }) {
		if strings.Contains(clause, "cancel the filing") && !strings.Contains(clause, "never") {
			return errors.New("advises to cancel a filing")
		}
	}
	return nil
}

// Version names the table in reports: its day and the hash of its bytes.
func (t *Table) Version() string { return t.version }

// Calendar gives the working days the table counts by.
func (t *Table) Calendar() *Calendar { return t.calendar }

// Signals lists the rows in order, for show; do not change them.
func (t *Table) Signals() []Signal { return t.signals }

// LeftOut lists the signals of the proposal that have no row, with the reason.
func (t *Table) LeftOut() []LeftOut { return t.leftOut }

// WithCalendar is the same table counting by another holiday table.
func (t *Table) WithCalendar(c *Calendar) *Table {
	next := *t
	next.calendar = c
	return &next
}
