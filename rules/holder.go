package rules

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"domaincheck"
)

// This file holds domain.holder and domain.changed.

// Names compares names of persons and companies. How is "exact",
// "normalised", "former", "pinyin" … and empty when they differ; a "pinyin"
// match is inferred.
type Names interface {
	Same(admitted, seen string) (how string)
}

// foldedNames is the plain comparison: width, brackets, blanks, case.
type foldedNames struct{}

func (foldedNames) Same(a, b string) string {
	if a == "" || b == "" {
		return ""
	}
	if a == b {
		return "exact"
	}
	if foldName(a) == foldName(b) {
		return "normalised"
	}
	return ""
}

// foldName folds full-width forms to ASCII, upper case to lower, and leaves
// out blanks and invisible characters; brackets of every shape become ().
// The name of another company stays another name.
func foldName(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r >= '一' && r <= '鿿': // no sign of these folds
			b.WriteRune(r)
			continue
		case unicode.IsSpace(r) || r >= '\u200b' && r <= '\u200f' || r == '\u2060' || r == '\ufeff':
			continue
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		}
		switch r {
		case '[', '{', '【', '〔', '〈', '《', '「', '［', '﹙':
			r = '('
		case ']', '}', '】', '〕', '〉', '》', '」', '］', '﹚':
			r = ')'
		case '·', '•', '・', '‧', '．':
			r = '·'
		default:
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// holderName is the name that counts: the organization before the person.
func holderName(h *domaincheck.Registrant) string {
	if h.Organization != "" {
		return string(h.Organization)
	}
	return string(h.Name)
}

// domainHolder compares names only: type and number of the document, which the
// filing system compares too, cannot be seen from outside.
func domainHolder(e *eval, v *view) outcome {
	r, o := registration(v)
	if r == nil && o.result == domaincheck.NotApplicable {
		return o
	}
	name, knows := "", domaincheck.Observed
	if r != nil {
		h := r.Registrant
		switch {
		case h == nil:
			o = unknowable("not_published")
		case h.Proxy:
			o = fail("proxy").severity(domaincheck.Medium).with("holder", holderName(h))
		case h.Redacted:
			o = unknowable("redacted")
		case holderName(h) == "":
			o = unknowable("not_published")
		default:
			name = holderName(h)
		}
		o = o.seen(&r.Look)
	}
	if name == "" && o.code != "proxy" {
		if h := e.c.Site.Holder; h != nil && h.Name != "" && v.domain == e.c.Site.MainDomain() {
			name, knows = string(h.Name), domaincheck.Declared
		}
	}
	if name == "" {
		if o.code == "proxy" {
			return e.exemptOr(o)
		}
		return o
	}
	if e.subject.Name == "" {
		u := undeclared("subject_undeclared").with("holder", name)
		u.at = o.at
		return u
	}
	at := o.at
	o = e.perBook(func(b *ProvinceBook) outcome { return e.compareHolder(name, b) })
	if knows == domaincheck.Declared {
		o = o.declared()
	} else {
		o.at = at
	}
	return e.exemptOr(o.with("holder", name))
}

// role of a name among those that may be admitted.
type namedRole struct {
	role string
	name string
}

// compareHolder looks the registrant up among the names that the province's
// book admits; without a book, among those of the law (工信部信管〔2017〕264号:
// the person; the unit with its shareholders, its principal, its officers).
func (e *eval) compareHolder(name string, b *ProvinceBook) outcome {
	if n, how := e.named(name); how != "" {
		o := pass("same")
		if !e.admits(b, n.role) {
			o = fail("not_admitted")
		} else if n.role == "former" {
			o = pass("former")
		} else if n.role != "unit" && n.role != "person" {
			o = pass("admitted_person")
		}
		if how == "pinyin" {
			o = o.inferred()
		}
		return o.with("role", n.role, "how", how, "subject", string(e.subject.Name))
	}
	o := fail("other_name")
	switch {
	case !hasHan(name) && hasHan(string(e.subject.Name)) && !slices.ContainsFunc(e.subject.OtherNames, latinOnly):
		// A romanised or English name of a Chinese subject: only a declared
		// other name can settle it.
		o = undeclared("romanised")
	case e.kind != domaincheck.KindIndividual && looksLikePerson(name) && e.subject.LegalRepresentative == "" &&
		e.admits(b, "legal_representative"):
		o = undeclared("person_undeclared")
	}
	return o.with("subject", string(e.subject.Name))
}

// named finds which of the subject's declared names a name is, and how sure
// that is; how is empty for none of them. A name that is the same to the
// character goes before one that needs folding. The last answer is kept, for
// several rules ask about one holder.
func (e *eval) named(name string) (n namedRole, how string) {
	if e.asked.name == name && name != "" {
		return e.asked.role, e.asked.how
	}
	var roles [16]namedRole
	list := e.namesOf(roles[:0])
	for _, r := range list {
		if how == "" && r.name == name {
			n, how = r, "exact"
		}
	}
	for _, r := range list {
		if how != "" {
			break
		}
		if how = e.b.tables.Names.Same(r.name, name); how != "" {
			n = r
		}
	}
	e.asked.name, e.asked.role, e.asked.how = name, n, how
	return n, how
}

// namesOf lists the declared names of the subject with their roles.
func (e *eval) namesOf(out []namedRole) []namedRole {
	s := e.subject
	main := "unit"
	if e.kind == domaincheck.KindIndividual {
		main = "person"
	}
	out = append(out, namedRole{main, string(s.Name)})
	for _, n := range s.OtherNames {
		out = append(out, namedRole{main, n})
	}
	for _, n := range s.FormerNames {
		out = append(out, namedRole{"former", n})
	}
	if e.kind == domaincheck.KindIndividual {
		return out
	}
	out = append(out, namedRole{"legal_representative", string(s.LegalRepresentative)})
	if p := s.Principal; p != nil {
		role := "principal"
		if domaincheck.Is(p.IsLegalRepresentative) {
			role = "legal_representative"
		}
		out = append(out, namedRole{role, string(p.Name)})
	}
	for _, n := range s.Shareholders {
		out = append(out, namedRole{"shareholder", n})
	}
	for _, n := range s.Officers {
		out = append(out, namedRole{"officer", n})
	}
	return out
}

// admits tells whether a role may hold the domain; without a book the law's
// list holds. The unit's and the person's own names always do, former ones
// included.
func (e *eval) admits(b *ProvinceBook, role string) bool {
	if role == "unit" || role == "person" || role == "former" || b == nil {
		return true
	}
	for _, a := range b.Holder.Admit {
		if a == role {
			return true
		}
	}
	return false
}

// latinOnly tells a declared name that a romanised or English one can be
// compared with.
func latinOnly(s string) bool { return s != "" && !hasHan(s) }

func hasHan(s string) bool {
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			return true
		}
	}
	return false
}

// looksLikePerson tells whether a Chinese name may be a natural person's: two
// to four characters, or parts with a middle dot, and no word of a unit.
func looksLikePerson(s string) bool {
	if !hasHan(s) {
		return false
	}
	for _, unit := range [...]string{"公司", "厂", "店", "中心", "协会", "学校", "大学", "学院", "医院", "委员会", "局", "所", "部", "社", "集团", "基金会", "政府"} {
		if strings.HasSuffix(s, unit) {
			return false
		}
	}
	n := utf8.RuneCountInString(s)
	return n >= 2 && (n <= 4 || strings.ContainsAny(s, "·•・") && n <= 20)
}

// domainChanged compares with the oldest look that has not been acknowledged
// by a later filed change (changed_on), so that a change stays visible until
// then; and a domain that was created after its site was filed has a new
// owner, history or not.
func domainChanged(e *eval, v *view) outcome {
	r, o := registration(v)
	if r == nil {
		if len(e.c.History) == 0 {
			return notApplicable("no_history")
		}
		return o
	}
	filed := e.c.Site.FiledOn
	if e.state == domaincheck.StateFiled && !filed.IsZero() && !r.Created.IsZero() {
		if created := domaincheck.DateOf(r.Created.Time); created.After(filed) {
			return fail("new_owner").seen(&r.Look).with("created", day(created), "filed_on", day(filed))
		}
	}
	var was *domaincheck.Registration
	main := e.c.Site.MainDomain()
	for i := range e.c.History {
		old := e.c.History[i].Of(v.domain, main).Registration
		if old == nil || old.Outcome != domaincheck.OutcomeOK || !old.At.Before(r.At.Time) {
			continue
		}
		if was == nil || !e.c.Site.ChangedOn.IsZero() && !domaincheck.DateOf(old.At.Time).After(e.c.Site.ChangedOn) {
			was = old
		}
	}
	if was == nil {
		return notApplicable("no_history").seen(&r.Look)
	}
	changed, worst := changes(was, r)
	if len(changed) == 0 {
		return pass("unchanged").seen(&r.Look).with("since", day(domaincheck.DateOf(was.At.Time)))
	}
	o = fail("changed").severity(worst).seen(&r.Look)
	fields := make([]string, 0, len(changed))
	for _, c := range changed {
		fields = append(fields, c.field)
		o = o.with(c.field+"_was", c.was, c.field+"_is", c.is)
	}
	return o.with("fields", fields, "since", day(domaincheck.DateOf(was.At.Time)))
}

type change struct{ field, was, is string }

// changes lists what differs between two looks; what either look does not show
// is not compared.
func changes(was, is *domaincheck.Registration) (out []change, worst domaincheck.Severity) {
	worst = domaincheck.Medium
	add := func(field, a, b string, s domaincheck.Severity) {
		out = append(out, change{field, a, b})
		if s.Rank() > worst.Rank() {
			worst = s
		}
	}
	if a, b := was.Registrant, is.Registrant; a != nil && b != nil && !a.Redacted && !b.Redacted {
		if x, y := holderName(a), holderName(b); x != "" && y != "" && foldName(x) != foldName(y) {
			add("registrant", x, y, domaincheck.High)
		}
	}
	if a, b := was.Registrar, is.Registrar; a != nil && b != nil && !sameRegistrar(a, b) {
		add("registrar", string(a.Name), string(b.Name), domaincheck.High)
	}
	if len(was.Nameservers) > 0 && len(is.Nameservers) > 0 {
		if x, y := hostSet(was.Nameservers), hostSet(is.Nameservers); x != y {
			add("nameservers", x, y, domaincheck.Medium)
		}
	}
	if !was.Created.IsZero() && !is.Created.IsZero() {
		x, y := domaincheck.DateOf(was.Created.Time), domaincheck.DateOf(is.Created.Time)
		if y.After(x.AddDays(1)) {
			add("created", x.String(), y.String(), domaincheck.High)
		}
	}
	return out, worst
}

// sameRegistrar compares IANA ids where both are known, else names.
func sameRegistrar(a, b *domaincheck.Registrar) bool {
	if a.IANAID != "" && b.IANAID != "" {
		return a.IANAID == b.IANAID
	}
	return a.Name == "" || b.Name == "" || foldName(string(a.Name)) == foldName(string(b.Name))
}

// hostSet writes host names in order, folded, each once.
func hostSet(hosts []string) string {
	set := make([]string, 0, len(hosts))
	for _, h := range hosts {
		set = append(set, strings.ToLower(strings.TrimSuffix(h, ".")))
	}
	slices.Sort(set)
	return strings.Join(slices.Compact(set), " ")
}
