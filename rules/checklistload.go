package rules

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"domaincheck"
	"domaincheck/icp"

	"github.com/goccy/go-yaml"
)

//go:embed checklist/*.yaml
var checklistFiles embed.FS

// ChecklistFiles are the embedded files of [DefaultOrders].
func ChecklistFiles() fs.FS { return checklistFiles }

// Orders is what orders need beside the provinces' own rules: conditions,
// prior approvals, materials and the sequence of steps. It never changes once
// loaded and is safe for concurrent use.
type Orders struct {
	items     []Item
	approvals []ApprovalRule
	words     map[string]Words
	fix       Words
	image     ImageLimits
	materials []Material
	steps     []Step
}

// Item is one condition of the checklist. It rests on a rule, on a judge of
// the engine, or on neither: then it is something to do.
type Item struct {
	ID        string                  `yaml:"id"`
	Group     string                  `yaml:"group"`
	Layer     string                  `yaml:"layer"` // law, province, provider
	Provider  string                  `yaml:"provider"`
	Orders    []domaincheck.OrderKind `yaml:"orders"` // empty: every kind but cancel
	Kinds     []domaincheck.Kind      `yaml:"kinds"`
	Rule      string                  `yaml:"rule"`
	AsFiling  bool                    `yaml:"as_filing"` // the rule judges as if the order ran already
	Judge     string                  `yaml:"judge"`
	Unless    string                  `yaml:"unless_server"` // left out where a server of this type is declared
	Severity  domaincheck.Severity    `yaml:"severity"`      // of unmet and unknown; a rule has its own
	Facts     []string                `yaml:"facts"`         // the facts that would settle it
	Fix       Words                   `yaml:"fix"`
	Codes     map[string]Words        `yaml:"codes"`
	Clause    `yaml:",inline"`
	judgement judgement
}

// ApprovalRule is one category of prior approval (前置审批).
type ApprovalRule struct {
	ID         string              `yaml:"id"`
	Name       Words               `yaml:"name"`
	Authority  Words               `yaml:"authority"`
	Exceptions []ApprovalException `yaml:"exceptions"`
	Cancelled  bool                `yaml:"cancelled"`  // abolished nationwide
	Documents  []string            `yaml:"documents"`  // any one of them
	Categories []string            `yaml:"categories"` // how a ledger names it
	Words      []string            `yaml:"words"`      // in names: a person must judge
	Signals    []string            `yaml:"signals"`    // kinds of page signals
	Clause     `yaml:",inline"`
}

// ApprovalException: another authority in one province.
type ApprovalException struct {
	Province  string `yaml:"province"`
	Authority Words  `yaml:"authority"`
	Clause    `yaml:",inline"`
}

// ImageLimits are what an uploaded picture must keep to.
type ImageLimits struct {
	MinBytes int64    `yaml:"min_bytes" json:"min_bytes"`
	MaxBytes int64    `yaml:"max_bytes" json:"max_bytes"`
	Formats  []string `yaml:"formats" json:"formats"`
	Clause   `yaml:",inline" json:"-"`
}

// Material is a paper that is asked for everywhere, or by one provider.
type Material struct {
	Kind     string                  `yaml:"kind"`
	Kinds    []domaincheck.Kind      `yaml:"kinds"`
	Orders   []domaincheck.OrderKind `yaml:"orders"`
	Provider string                  `yaml:"provider"`
	When     string                  `yaml:"when"`
	Optional bool                    `yaml:"optional"`
	Clause   `yaml:",inline"`
}

// Step is one step of an order, in the sequence in which they are taken.
type Step struct {
	ID     string                  `yaml:"id"`
	Orders []domaincheck.OrderKind `yaml:"orders"`
	Clause `yaml:",inline"`
}

type ordersFile struct {
	Items         []Item           `yaml:"items"`
	Approvals     []ApprovalRule   `yaml:"approvals"`
	ApprovalWords map[string]Words `yaml:"approval_words"`
	ApprovalFix   *Words           `yaml:"approval_fix"`
	Image         *ImageLimits     `yaml:"image"`
	Materials     []Material       `yaml:"materials"`
	Steps         []Step           `yaml:"steps"`
}

// DefaultOrders loads the embedded checklist.
func DefaultOrders() (*Orders, error) { return LoadOrders(checklistFiles) }

// LoadOrders reads checklist/*.yaml from fsys, strictly: unknown or doubled
// keys, unknown words, judges or rules, doubled ids, a value without citation,
// a code without words are errors of code bad_table that name the file.
func LoadOrders(fsys fs.FS) (*Orders, error) {
	names, err := fs.Glob(fsys, "checklist/*.yaml")
	if err != nil || len(names) == 0 {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, "checklist", "no checklist files")
	}
	o := &Orders{words: map[string]Words{}}
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "%w", err)
		}
		var f ordersFile
		dec := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict())
		if err := dec.Decode(&f); err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "%w", err)
		}
		if err := dec.Decode(new(any)); err != io.EOF {
			return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "more than one document")
		}
		if err := o.take(&f); err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "%w", err)
		}
	}
	if len(o.items) == 0 || len(o.approvals) == 0 || o.image.MaxBytes == 0 || len(o.materials) == 0 || len(o.steps) == 0 || o.fix.ZH == "" {
		return nil, domaincheck.Errorf(domaincheck.CodeBadTable, "checklist", "items, approvals, approval_fix, image, materials and steps are all required")
	}
	return o, nil
}

// take checks one file's entries and adds them.
func (o *Orders) take(f *ordersFile) error {
	for i := range f.Items {
		if err := f.Items[i].check(); err != nil {
			return fmt.Errorf("items[%d] %s: %w", i, f.Items[i].ID, err)
		}
		o.items = append(o.items, f.Items[i])
	}
	for i := range f.Approvals {
		a := &f.Approvals[i]
		if err := a.check(); err != nil {
			return fmt.Errorf("approvals[%d] %s: %w", i, a.ID, err)
		}
		o.approvals = append(o.approvals, *a)
	}
	for i := range f.Materials {
		m := &f.Materials[i]
		if m.Kind == "" || !slices.Contains(Conditions(), m.When) {
			return badTable("materials[%d]: kind is required, when is a condition", i)
		}
		if err := applies(m.Orders, m.Kinds, m.Clause); err != nil {
			return fmt.Errorf("materials[%d] %s: %w", i, m.Kind, err)
		}
		o.materials = append(o.materials, *m)
	}
	for i := range f.Steps {
		s := &f.Steps[i]
		if s.ID == "" || len(s.Orders) == 0 {
			return badTable("steps[%d]: id and orders are required", i)
		}
		if err := applies(s.Orders, nil, s.Clause); err != nil {
			return fmt.Errorf("steps[%d] %s: %w", i, s.ID, err)
		}
		o.steps = append(o.steps, *s)
	}
	for code, w := range f.ApprovalWords {
		if w.ZH == "" || w.EN == "" {
			return badTable("approval_words %s needs zh and en", code)
		}
		o.words[code] = w
	}
	if f.ApprovalFix != nil {
		o.fix = *f.ApprovalFix
	}
	if f.Image != nil {
		if f.Image.MinBytes < 1 || f.Image.MaxBytes <= f.Image.MinBytes || len(f.Image.Formats) == 0 {
			return badTable("image: min_bytes, max_bytes and formats are required")
		}
		if err := f.Image.check("image"); err != nil {
			return err
		}
		o.image = *f.Image
	}
	return o.unique()
}

// unique refuses doubled ids.
func (o *Orders) unique() error {
	seen := map[string]bool{}
	for _, id := range o.IDs() {
		if seen[id] {
			return badTable("id %s stands there twice", id)
		}
		seen[id] = true
	}
	return nil
}

// IDs lists the ids of all conditions, approvals and steps.
func (o *Orders) IDs() []string {
	var ids []string
	for i := range o.items {
		ids = append(ids, o.items[i].ID)
	}
	for i := range o.approvals {
		ids = append(ids, "approval."+o.approvals[i].ID)
	}
	for i := range o.steps {
		ids = append(ids, "step."+o.steps[i].ID)
	}
	return ids
}

func (it *Item) check() error {
	if it.ID == "" || it.Rule != "" && it.Judge != "" {
		return badTable("id is required, and a rule or a judge but not both")
	}
	if !slices.Contains([]string{"order", "domain", "server", "site", "subject", "content", "material", "account", "process"}, it.Group) {
		return badTable("group %q is none", it.Group)
	}
	if !slices.Contains([]string{"law", "province", "provider"}, it.Layer) {
		return badTable("layer %q is none", it.Layer)
	}
	if _, ok := serverKindOf(it.Unless); it.Unless != "" && !ok {
		return badTable("unless_server %s is no type of server", it.Unless)
	}
	if it.Rule != "" && !slices.Contains(IDs(), it.Rule) {
		return badTable("rule %s is not known", it.Rule)
	}
	if it.Rule == "" && it.Severity.Rank() < 0 {
		return badTable("severity %q is none", it.Severity)
	}
	if it.Judge != "" {
		fn, codes := judgementOf(it.Judge)
		if fn == nil {
			return badTable("judge %s is not known", it.Judge)
		}
		for _, code := range codes {
			if w := it.Codes[code]; w.ZH == "" || w.EN == "" {
				return badTable("code %s needs zh and en", code)
			}
		}
		for code := range it.Codes {
			if !slices.Contains(codes, code) {
				return badTable("code %s is not one of the judge's", code)
			}
		}
		it.judgement = fn
	} else if len(it.Codes) > 0 {
		return badTable("codes stand with a judge and only there")
	}
	return applies(it.Orders, it.Kinds, it.Clause)
}

func (a *ApprovalRule) check() error {
	if a.ID == "" || a.Name.ZH == "" || a.Name.EN == "" || a.Authority.ZH == "" || a.Authority.EN == "" || len(a.Categories) == 0 {
		return badTable("id, name, authority and categories are required")
	}
	for i := range a.Exceptions {
		x := &a.Exceptions[i]
		if p, ok := icp.ProvinceByName(x.Province); !ok || p.Name != x.Province || x.Authority.ZH == "" || x.Authority.EN == "" {
			return badTable("exceptions[%d]: province by its short name, and authority", i)
		}
		if err := x.Clause.check("exceptions"); err != nil {
			return err
		}
	}
	return a.Clause.check("approval")
}

// applies checks the words that many entries share.
func applies(orders []domaincheck.OrderKind, kinds []domaincheck.Kind, c Clause) error {
	for _, k := range orders {
		if !slices.Contains(OrderKinds(), k) {
			return badTable("order %q is none", k)
		}
	}
	for _, k := range kinds {
		if k != domaincheck.KindUnit && k != domaincheck.KindIndividual {
			return badTable("kind %q is none", k)
		}
	}
	return c.check("entry")
}

// OrderKinds lists the kinds of orders.
func OrderKinds() []domaincheck.OrderKind {
	return []domaincheck.OrderKind{
		domaincheck.OrderFirst, domaincheck.OrderNewSite, domaincheck.OrderAccess, domaincheck.OrderChange, domaincheck.OrderCancel,
	}
}
