package holder

import "strings"

// Kind is how two names match.
type Kind string

// The kinds, surest first.
const (
	Exact      Kind = "exact"
	Normalised Kind = "normalised"
	Former     Kind = "former" // by a former name of the subject
	Pinyin     Kind = "pinyin" // inferred
	No         Kind = "no"
)

// Role is whose name it is.
type Role string

// The roles of names a registrant is compared with, in the order they are asked.
const (
	RoleSubject        Role = "subject"        // the unit or person itself
	RoleRepresentative Role = "representative" // 法定代表人
	RoleShareholder    Role = "shareholder"    // 股东
	RoleOfficer        Role = "officer"        // 高级管理人员, 负责人
	RoleFormer         Role = "former"         // 曾用名
	RoleOther          Role = "other"          // declared names in other languages
)

// Name is a name with its role.
type Name struct {
	Text string
	Role Role
}

// Match is the outcome of a comparison.
type Match struct {
	Kind  Kind     `json:"match"`
	A     string   `json:"a"` // the registrant, or the first name
	B     string   `json:"b"` // the name it matches; with No the subject's own, or the second name
	Role  Role     `json:"role,omitempty"`
	Steps []string `json:"steps"` // what was tried, in order: "exact: no", "normalised: yes (…)"
}

// Matched tells whether the names are the same in any way.
func (m Match) Matched() bool { return m.Kind != No && m.Kind != "" }

// Prepared holds the names of a subject, folded once. Methods may be called
// concurrently.
type Prepared struct {
	m       *Matcher
	names   []prepared
	byExact map[string]int // first name with that text
	byKey   map[string]int // first name with that key
	latin   bool           // some name has no Chinese characters
}

type prepared struct {
	folded
	role Role
}

// rank orders roles as they are asked.
func (r Role) rank() int {
	switch r {
	case RoleSubject:
		return 0
	case RoleRepresentative:
		return 1
	case RoleShareholder:
		return 2
	case RoleOfficer:
		return 3
	case RoleFormer:
		return 4
	}
	return 5
}

// Prepare folds the names that a province admits for a subject. The order of
// the names matters within a role only; empty names are left out.
func (m *Matcher) Prepare(names ...Name) *Prepared { return m.prepare(m.spelt, names...) }

// prepare is Prepare with the fold of the names: the one with the sounds is
// needed only where a registrant without Chinese characters is judged.
func (m *Matcher) prepare(fold func(string) folded, names ...Name) *Prepared {
	p := &Prepared{m: m, byExact: map[string]int{}, byKey: map[string]int{}}
	for rank := range 6 {
		for _, n := range names {
			if n.Role.rank() != rank || strings.TrimSpace(n.Text) == "" {
				continue
			}
			f := fold(n.Text)
			i := len(p.names)
			p.names = append(p.names, prepared{f, n.Role})
			p.latin = p.latin || f.latin != ""
			if _, ok := p.byExact[f.raw]; !ok {
				p.byExact[f.raw] = i
			}
			if _, ok := p.byKey[f.key]; !ok && f.key != "" {
				p.byKey[f.key] = i
			}
		}
	}
	return p
}

// Judge compares a registrant's name with the subject's names.
func (p *Prepared) Judge(registrant string) Match { return p.judge(registrant, nil) }

// judge is Judge with the folded name where it is at hand.
func (p *Prepared) judge(registrant string, f *folded) Match {
	raw := strings.TrimSpace(registrant)
	if i, ok := p.byExact[raw]; ok && raw != "" {
		return p.found(registrant, i, Exact, nil, "the same characters")
	}
	steps := []string{"exact: no"}
	if f == nil {
		folded := p.m.fold(registrant)
		f = &folded
	}
	if i, ok := p.byKey[f.key]; ok && f.key != "" {
		return p.found(registrant, i, Normalised, steps, "both read "+f.key)
	}
	steps = append(steps, "normalised: no")
	if f.key == "" {
		return p.none(registrant, append(steps, "pinyin: not tried (no name)"))
	}
	if f.han > 0 && p.latin && p.mayRead(f) {
		f.chars = p.m.spell(f.key)
	}
	for i := range p.names {
		if order, ok := alike(f, &p.names[i].folded); ok {
			return p.found(registrant, i, Pinyin, steps, order+"; inferred, homophones cannot be told apart")
		}
	}
	return p.none(registrant, append(steps, pinyinStep(f, p.names)))
}

// alike tells whether one of the two names is the other one romanised.
func alike(a, b *folded) (string, bool) {
	switch {
	case a.han > 0 && b.han == 0 && b.latin != "":
		return romanised(a, b.latin)
	case b.han > 0 && a.han == 0 && a.latin != "":
		return romanised(b, a.latin)
	}
	return "", false
}

func pinyinStep(f *folded, names []prepared) string {
	for i := range names {
		if (names[i].han > 0) != (f.han > 0) {
			return "pinyin: no"
		}
	}
	return "pinyin: not tried (both names are in one script)"
}

func (p *Prepared) found(registrant string, i int, kind Kind, steps []string, how string) Match {
	n := p.names[i]
	steps = append(steps, string(kind)+": yes ("+how+")")
	if n.role == RoleFormer && kind != Pinyin {
		steps = append(steps, "former: "+n.raw+" is a former name")
		kind = Former
	}
	return Match{Kind: kind, A: registrant, B: n.raw, Role: n.role, Steps: steps}
}

func (p *Prepared) none(registrant string, steps []string) Match {
	m := Match{Kind: No, A: registrant, Steps: steps}
	if len(p.names) > 0 {
		m.B = p.names[0].raw
	}
	return m
}

// Compare compares two names of which neither is known to be the subject's.
func (m *Matcher) Compare(a, b string) Match {
	f, fold := m.fold(a), m.fold
	if f.han == 0 {
		fold = m.spelt
	}
	out := m.prepare(fold, Name{b, RoleSubject}).judge(a, &f)
	out.A, out.B, out.Role = a, b, ""
	return out
}

// Registrant is what registration data say of the holder.
type Registrant struct {
	Name         string
	Organization string
}

// Status is what a registrant's names are good for.
type Status string

// The statuses.
const (
	Named    Status = "named"    // a name to compare
	Redacted Status = "redacted" // withheld: nobody can tell
	Proxy    Status = "proxy"    // a privacy service holds the domain in the owner's place
	Absent   Status = "absent"   // nothing is said
)

// Holder is the name that registration data give as the domain's holder: the
// organization if there is one, else the name. Placeholders ("N/A", "-") are
// no names; words by which registries withhold data are Redacted, names of
// privacy services Proxy.
func (r Registrant) Holder() (string, Status) {
	status := Absent
	for _, s := range []string{r.Organization, r.Name} {
		switch {
		case placeholder(s):
		case IsProxy(s):
			return strings.TrimSpace(s), Proxy
		case IsRedacted(s):
			status = Redacted
		default:
			return strings.TrimSpace(s), Named
		}
	}
	return "", status
}

// JudgeRegistrant compares what registration data say of the holder with the
// subject's names: the organization decides where there is one; the name
// beside it counts only if it is the unit's own, which some registries print
// there. A name that stands in two scripts, one behind the other in brackets, is
// the subject's if either is. The status tells redaction and privacy services, for which nothing
// is compared and the match is No.
func (p *Prepared) JudgeRegistrant(r Registrant) (Match, Status) {
	holder, status := r.Holder()
	if status != Named {
		return p.none(holder, []string{"not compared: " + string(status)}), status
	}
	match := p.Judge(holder)
	if !match.Matched() {
		for _, part := range twoScripts(holder) {
			if _, ok := p.byKey[p.m.fold(part).key]; ok {
				second := p.Judge(part)
				second.A, second.Steps = holder, append(append(match.Steps, "the name stands in two scripts; of them "+part+":"), second.Steps...)
				return second, status
			}
		}
	}
	other := strings.TrimSpace(r.Name)
	if match.Matched() || other == holder || placeholder(other) || IsProxy(other) || IsRedacted(other) {
		return match, status
	}
	i, ok := p.byKey[p.m.fold(other).key]
	if !ok || p.names[i].role != RoleSubject && p.names[i].role != RoleFormer || p.names[i].runes <= 4 {
		return match, status
	}
	second := p.Judge(other)
	second.Steps = append(append(match.Steps, "the organization is not the subject; the name beside it:"), second.Steps...)
	return second, status
}
