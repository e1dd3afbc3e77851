package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"domaincheck"
)

// Explanation is a finding in words.
type Explanation struct {
	Summary     string     `json:"summary"`
	Fix         string     `json:"fix"` // empty unless it failed or is unknown
	Consequence string     `json:"consequence"`
	Basis       []Citation `json:"basis"`
}

// Explain renders a finding in a language ("en", else Chinese). Placeholders
// of the templates are filled from the evidence; a dash stands for one that
// the evidence does not hold, unless the template marks it as optional. A
// finding of an unknown rule or code is explained by
// its bare ids.
func (b *Book) Explain(f domaincheck.Finding, lang string) Explanation {
	r, ok := b.byID[f.Rule]
	if !ok {
		return Explanation{Summary: f.Rule + " " + f.Code}
	}
	w, ok := r.Codes[f.Code]
	if !ok {
		w, ok = b.common[f.Code]
	}
	x := Explanation{Summary: r.Title.In(lang) + " (" + f.Code + ")"}
	if ok {
		x.Summary = b.fill(Words{w.ZH, w.EN}.In(lang), f.Evidence, lang)
	}
	if hand := b.join("by_hand", texts(f.Evidence["by_hand"]), lang); hand != "" {
		also := b.common["word.by_hand"]
		x.Summary += Words{also.ZH, also.EN}.In(lang) + hand
	}
	if f.Result == domaincheck.Fail || f.Result == domaincheck.Unknown {
		fix := r.Fix
		switch on, _ := f.Evidence["auto_renew"].(bool); {
		case on && w.FixAutoRenew != nil:
			fix = *w.FixAutoRenew
		case w.Fix != nil:
			fix = *w.Fix
		}
		x.Fix = b.fill(fix.In(lang), f.Evidence, lang)
	}
	if f.Result == domaincheck.Fail {
		x.Consequence = r.Consequence.In(lang)
		if w.Consequence != nil {
			x.Consequence = w.Consequence.In(lang)
		}
	}
	basis := r.Basis
	if len(w.Basis) > 0 {
		basis = w.Basis
	}
	for _, c := range basis {
		x.Basis = append(x.Basis, c.Citation(lang))
	}
	for _, c := range b.provinceClauses(f) {
		x.Basis = append(x.Basis, c.Citation(lang))
	}
	return x
}

// fill replaces {name} by the value of that name in the evidence. A part in
// square brackets is left out when a value inside it is empty; elsewhere a dash
// stands for such a value.
func (b *Book) fill(template string, ev domaincheck.Evidence, lang string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(template, "[")
		part, after, closed := strings.Cut(rest, "]")
		text, _ := b.fillPart(before, ev, lang)
		out.WriteString(text)
		if !found {
			return out.String()
		}
		if !closed {
			text, _ = b.fillPart("["+rest, ev, lang)
			out.WriteString(text)
			return out.String()
		}
		if text, whole := b.fillPart(part, ev, lang); whole {
			out.WriteString(text)
		}
		template = after
	}
}

// fillPart is fill without square brackets; whole is false if a value is
// empty.
func (b *Book) fillPart(template string, ev domaincheck.Evidence, lang string) (text string, whole bool) {
	if !strings.Contains(template, "{") {
		return template, true
	}
	whole = true
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		out.WriteString(before)
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			out.WriteString(rest)
			return out.String(), whole
		}
		said := b.say(name, ev[name], lang)
		if said == "" {
			said, whole = "—", false
		}
		out.WriteString(said)
		template = after
	}
}

// say writes one value of the evidence for people.
func (b *Book) say(name string, v any, lang string) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		switch {
		case name == "op" && v == ">=":
			return "≥"
		case name == "province" && lang == "en":
			return b.provinceEnglish(v)
		}
		if name == "provider" {
			return b.tables.Providers.Name(v, lang)
		}
		if words, ok := b.common["word."+v]; ok && (name == "state" || name == "role" || name == "outcome") {
			return Words{words.ZH, words.EN}.In(lang)
		}
		return v
	case bool:
		yes := Words{"是", "yes"}
		if !v {
			yes = Words{"否", "no"}
		}
		return yes.In(lang)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []string:
		return b.join(name, v, lang)
	case []any: // evidence that was read back from JSON
		return b.join(name, texts(v), lang)
	}
	return fmt.Sprint(v)
}

// texts gives a list of the evidence, also one that was read back from JSON.
func texts(v any) []string {
	switch v := v.(type) {
	case []string:
		return v
	case []any:
		out := make([]string, len(v))
		for i := range v {
			out[i] = fmt.Sprint(v[i])
		}
		return out
	}
	return nil
}

func (b *Book) join(name string, list []string, lang string) string {
	said := make([]string, len(list))
	for i, s := range list {
		code, paper, _ := strings.Cut(s, ":")
		said[i] = s
		switch name {
		case "missing":
			said[i] = b.fact(code, lang) + paper
			continue
		case "by_hand": // the ledger has no such field
			said[i], _, _ = strings.Cut(strings.ReplaceAll(b.fact(code, lang), "（", " ("), " (")
			continue
		}
		if w, ok := b.common["word."+code]; ok && wordList(name) {
			said[i] = Words{w.ZH, w.EN}.In(lang)
			if paper != "" {
				said[i] += " " + paper
			}
		}
	}
	if lang == "en" {
		return strings.Join(said, ", ")
	}
	return strings.Join(said, "、")
}

// fact names a fact of the ledger: in words where there are some, with the
// name of its field.
func (b *Book) fact(field, lang string) string {
	who, leaf := "", field
	for _, person := range [...]string{"subject.principal", "site.responsible", "legal_representative"} {
		if rest, ok := strings.CutPrefix(field, person); ok && (rest == "" || rest[0] == '.') {
			who, leaf = person, strings.TrimPrefix(rest, ".")
			break
		}
	}
	words := make([]string, 0, 2)
	for _, w := range [...]string{who, leaf} {
		if text, ok := b.common["word.fact."+w]; ok {
			words = append(words, Words{text.ZH, text.EN}.In(lang))
		} else if w != "" {
			return field
		}
	}
	if lang == "en" {
		return strings.Join(words, ": ") + " (" + field + ")"
	}
	return strings.Join(words, "") + "（" + field + "）"
}

// provinceEnglish writes a province in Latin letters.
func (b *Book) provinceEnglish(name string) string {
	p := b.provinces[name]
	switch {
	case p == nil:
		return name
	case p.Pinyin == "neimenggu":
		return "Inner Mongolia"
	case p.Pinyin == "xizang":
		return "Tibet"
	}
	return strings.ToUpper(p.Pinyin[:1]) + p.Pinyin[1:]
}

// wordList tells evidence whose entries are words of ours, not of a stranger.
func wordList(name string) bool {
	switch name {
	case "problems", "fields", "parts", "signs", "missing", "reached":
		return true
	}
	return false
}

// provinceClauses gives what the province itself says about the rule.
func (b *Book) provinceClauses(f domaincheck.Finding) []Clause {
	name, _ := f.Evidence["province"].(string)
	p := b.provinces[name]
	if p == nil {
		return nil
	}
	books := []*ProvinceBook{&p.Unit, &p.Individual}
	switch kind, _ := f.Evidence["kind"].(string); domaincheck.Kind(kind) {
	case domaincheck.KindUnit:
		books = books[:1]
	case domaincheck.KindIndividual:
		books = books[1:]
	}
	var out []Clause
	for _, book := range books {
		out = append(out, book.clauses(f)...)
	}
	return out
}

// clauses picks the clauses of the book that a rule rests on.
func (b *ProvinceBook) clauses(f domaincheck.Finding) []Clause {
	var out []Clause
	add := func(c *Clause) {
		if c != nil {
			out = append(out, *c)
		}
	}
	switch f.Rule {
	case "domain.term":
		add(&b.Term.Clause)
	case "domain.holder":
		add(&b.Holder.Clause)
	case "domain.domestic":
		add(b.ForeignDomain)
	case "domain.privacy":
		add(b.PrivacyOff)
	case "domain.tld":
		if b.TLDList != nil {
			add(&b.TLDList.Clause)
		}
	case "site.reachable":
		if b.Reachable != nil {
			add(&b.Reachable.Clause)
		}
	case "site.number", "site.number_matches":
		add(&b.Number.Clause)
		add(b.Number.MustMatch)
	case "site.link":
		add(b.Number.MustLink)
	case "site.copyright":
		add(b.Copyright)
	case "site.title":
		if b.DisplayedName != nil {
			add(&b.DisplayedName.Clause)
		}
	case "subject.count":
		for i := range b.Counts {
			add(&b.Counts[i].Clause)
		}
		add(b.PrefixIsSite)
	case "subject.contact":
		for i := range b.Phones {
			add(&b.Phones[i].Clause)
		}
	case "subject.identity":
		out = append(out, b.identityClauses(f)...)
	}
	return out
}

// identityClauses picks those behind the problems of subject.identity.
func (b *ProvinceBook) identityClauses(f domaincheck.Finding) []Clause {
	var out []Clause
	for _, problem := range texts(f.Evidence["problems"]) {
		code, paper, _ := strings.Cut(problem, ":")
		switch {
		case code == "too_young" || code == "age_paper_missing":
			for i := range b.Ages {
				out = append(out, b.Ages[i].Clause)
			}
		case code == "card_too_short" && b.IDTerm != nil:
			out = append(out, b.IDTerm.Clause)
		case code == "card_kind":
			for i := range b.IDTypes {
				out = append(out, b.IDTypes[i].Clause)
			}
		case code == "nationality":
			for i := range b.Nationality {
				out = append(out, b.Nationality[i].Clause)
			}
		case code == "principal_not_legal_representative" && b.Principal != nil:
			out = append(out, b.Principal.Clause)
		case code == "responsible_not_legal_representative" && b.Responsible != nil:
			out = append(out, b.Responsible.Clause)
		case (code == "same_person" || code == "not_same_person") && b.SamePerson != nil:
			out = append(out, b.SamePerson.Clause)
		case (code == "not_local" || strings.HasPrefix(code, "permit") || code == "residence_paper_missing") && b.Residence != nil:
			out = append(out, b.Residence.Clause)
		case code == "holder_paper_missing":
			for i := range b.Holder.Proofs {
				out = append(out, b.Holder.Proofs[i].Clause)
			}
		case code == "paper_missing":
			out = append(out, b.paperClauses(paper)...)
		}
	}
	return out
}

// paperClauses picks the clauses that ask for a paper.
func (b *ProvinceBook) paperClauses(paper string) []Clause {
	var out []Clause
	add := func(kinds []string, c *Clause) {
		if slices.ContainsFunc(kinds, func(k string) bool { return samePaper(k, paper) }) {
			out = append(out, *c)
		}
	}
	for i := range b.Papers {
		add([]string{b.Papers[i].Kind}, &b.Papers[i].Clause)
	}
	for _, p := range [...]*PersonRule{b.Principal, b.Responsible} {
		if p == nil {
			continue
		}
		add(p.Papers, &p.Clause)
		for i := range p.Exceptions {
			add(p.Exceptions[i].Papers, &p.Exceptions[i].Clause)
		}
	}
	for i := range b.Nationality {
		add(b.Nationality[i].Papers, &b.Nationality[i].Clause)
	}
	for i := range b.Holder.Proofs {
		add(b.Holder.Proofs[i].Papers, &b.Holder.Proofs[i].Clause)
	}
	if b.Residence != nil {
		add(b.Residence.PermitYear, &b.Residence.Clause)
	}
	return out
}
