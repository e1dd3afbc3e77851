package rules

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"

	"domaincheck"

	"github.com/goccy/go-yaml"
)

// Conditions are the words a paper or duty may carry as `when`. Those of the
// first group are judged from the declared facts; a "human" one is listed for
// a person to judge.
func Conditions() []string {
	return []string{
		"", // always
		"principal_not_legal_representative", "responsible_not_legal_representative",
		"legal_representative_not_local", "legal_representative_foreign", "legal_representative_not_mainland", "not_local",
		"holder_not_unit", "holder_legal_representative", "holder_shareholder", "holder_principal", "holder_officer",
		"institution", "law_firm", "individual_business", "cluster_address",
		"forum", "finance", "news", "medical", "training", "commercial",
		"human",
	}
}

// AccessItems are the words an access rule may name.
func AccessItems() []string {
	return []string{"everything", "unit_name", "person_name", "id_number", "principal", "responsible", "site", "address", "mailing_address", "number_shown", "content"}
}

// vocabulary of each field that holds words, by its yaml path without indices.
func vocabulary(field string) []string {
	who := []string{"person", "principal", "responsible", "legal_representative"}
	switch field {
	case "term.op":
		return []string{">=", ">"}
	case "id_term.op":
		return []string{">=", ">"}
	case "counts.op":
		return []string{">=", ">", "<=", "<"}
	case "holder.admit":
		return []string{"unit", "legal_representative", "shareholder", "principal", "officer", "person"}
	case "holder.proofs.for":
		return []string{"legal_representative", "shareholder", "principal", "officer"}
	case "tld_list.table":
		return []string{"beijing"}
	case "number.show":
		return []string{"site", "subject"}
	case "displayed_name.where":
		return []string{"tab", "heading", "logo", "anywhere"}
	case "counts.of":
		return []string{"sites", "domain_prefixes", "order_domains", "site_prefixes"}
	case "counts.then":
		return []string{"papers", "refuse", "remark"}
	case "ages.who":
		return who
	case "nationality.who":
		return append(who, "delegate")
	case "id_types.for", "nationality.admit":
		return []string{"CN", "HK", "MO", "TW"}
	case "principal.legal_representative", "responsible.legal_representative":
		return []string{"required", "or_papers", "free"}
	case "same_person.rule":
		return []string{"forbidden", "required_if_delegated"}
	case "papers.when", "duties.when", "principal.exceptions.when", "responsible.exceptions.when":
		return Conditions()
	case "phones.rule":
		return []string{"local", "of", "not_swapped", "not_same_as_emergency", "not_shared"}
	case "access.items":
		return AccessItems()
	case "access.rule":
		return []string{"same", "local_rules", "same_if_known"}
	case "access.else":
		return []string{"change_first", "cancel_and_refile", "proof"}
	case "change.from":
		return []string{"unit", "individual", "name", "id_number", "name_and_id_number"}
	case "change.to":
		return []string{"", "unit", "other_unit", "individual", "other_individual"}
	case "change.allowed":
		return []string{"yes", "no", "if_legal_representative", "if_related"}
	case "notes.kind":
		return []string{"general", "naming", "pointer", "repeat", "misprint", "conflict"}
	case "counts.orders", "papers.orders", "duties.orders":
		return []string{"first", "new_site", "access", "change", "cancel"}
	}
	return nil
}

// LoadProvinces reads every *.yaml file of dir, strictly: an unknown or
// doubled key, an unknown word, a value without cite, text or en, a cite
// outside its text, a name that is not the file's are errors that name the
// file. The result is keyed by the short Chinese name. A directory without
// any province is an error.
func LoadProvinces(fsys fs.FS, dir string) (map[string]*Province, error) {
	files, err := readSources(fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	return compiled(nil).provinces(files)
}

// provinces joins the files of all provinces.
func (c compiled) provinces(files []sourceFile) (map[string]*Province, error) {
	out := make(map[string]*Province, len(files))
	duties := map[string]string{}
	for _, f := range files {
		name := f.name
		p, err := c.province(f)
		if err != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "%w", err)
		}
		if p.Pinyin+".yaml" != path.Base(name) {
			return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "pinyin %q is not the file's name", p.Pinyin)
		}
		if out[p.Name] != nil {
			return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "province %s stands in two files", p.Name)
		}
		for _, d := range slices.Concat(p.Unit.Duties, p.Individual.Duties) {
			if other := duties[d.ID]; d.ID == "" || other != "" {
				return nil, domaincheck.Errorf(domaincheck.CodeBadTable, name, "duty id %q is empty or doubled (%s)", d.ID, other)
			}
			duties[d.ID] = name
		}
		out[p.Name] = p
	}
	return out, nil
}

// parseProvince reads one file.
func parseProvince(raw []byte) (*Province, error) {
	p := new(Province)
	dec := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict())
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("%w", err)
	}
	if err := dec.Decode(new(any)); err != io.EOF {
		return nil, badTable("more than one document")
	}
	var tree map[string]any
	if err := yaml.UnmarshalWithOptions(raw, &tree, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("%w", err)
	}
	if p.Name == "" || p.Pinyin == "" || p.Section == "" {
		return nil, badTable("province, pinyin and section are required")
	}
	if _, seed, err := parseRef(p.Lines); err != nil || !seed {
		return nil, badTable("lines %q is not of the form 001:2045-2135", p.Lines)
	}
	for _, b := range []struct {
		kind string
		book *ProvinceBook
	}{{"unit", &p.Unit}, {"individual", &p.Individual}} {
		if b.book.Term == nil || b.book.Holder == nil || b.book.Number == nil {
			return nil, badTable("%s: term, holder and number are required", b.kind)
		}
		if err := walk(tree[b.kind], b.kind, ""); err != nil {
			return nil, err
		}
		if err := b.book.check(b.kind); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// walk goes through a book as it stands in the file: every mapping is a value
// with a whole clause, every word is known. place is for the message, field is
// the path without kind and indices.
func walk(v any, place, field string) error {
	switch v := v.(type) {
	case yaml.MapSlice:
		var c Clause
		for _, item := range v {
			key, text := fmt.Sprint(item.Key), fmt.Sprint(item.Value)
			switch key {
			case "cite":
				c.Cite = text
			case "text":
				c.Text = text
			case "en":
				c.En = text
			default:
				if err := walk(item.Value, place+"."+key, strings.TrimPrefix(field+"."+key, ".")); err != nil {
					return err
				}
			}
		}
		if field == "" {
			return nil // the book itself
		}
		return c.check(place)
	case []any:
		for i := range v {
			if err := walk(v[i], fmt.Sprintf("%s[%d]", place, i), field); err != nil {
				return err
			}
		}
	case string:
		if words := vocabulary(field); words != nil && !slices.Contains(words, v) {
			return badTable("%s: %q is none of %s", place, v, strings.Join(words, ", "))
		}
	}
	return nil
}

// check holds what a walk cannot see: values that need one another.
func (b *ProvinceBook) check(kind string) error {
	if b.Term.Months < 1 {
		return badTable("%s.term: months must be 1 or more", kind)
	}
	want := "unit"
	if kind == "individual" {
		want = "person"
	}
	if !slices.Contains(b.Holder.Admit, want) {
		return badTable("%s.holder.admit must name %s", kind, want)
	}
	if b.TLDList != nil && slices.ContainsFunc(b.TLDList.Refuse, func(s string) bool { return s == "" || s != strings.ToLower(s) || strings.Contains(s, ".") }) {
		return badTable("%s.tld_list.refuse names suffixes in lower case, without the dot", kind)
	}
	for i, p := range b.Holder.Proofs {
		if len(p.For) == 0 || len(p.Papers)+len(p.PapersAny) == 0 {
			return badTable("%s.holder.proofs[%d]: for, and papers or papers_any", kind, i)
		}
	}
	for i, c := range b.Counts {
		if c.Then == "papers" != (len(c.Papers) > 0) || c.N < 1 {
			return badTable("%s.counts[%d]: n is 1 or more; papers stand with then: papers and only there", kind, i)
		}
	}
	for i, a := range b.Ages {
		plain := a.Min > 0 && a.From == 0 && a.Until == 0 && len(a.PapersAny) == 0
		papers := a.Min == 0 && a.Until > a.From && len(a.PapersAny) > 0
		if plain == papers || len(a.Who) == 0 {
			return badTable("%s.ages[%d]: either min, or from, until and papers_any; who is required", kind, i)
		}
	}
	for i, t := range b.IDTypes {
		if len(t.Require)+len(t.Refuse) == 0 {
			return badTable("%s.id_types[%d]: require or refuse", kind, i)
		}
	}
	for i, p := range b.Papers {
		if p.Kind == "" || p.OrHuman && len(p.Any) == 0 {
			return badTable("%s.papers[%d]: kind is required; or_human stands with any", kind, i)
		}
	}
	for i, p := range b.PaperAges {
		if p.Kind == "" || (p.Days > 0) == (p.Months > 0) {
			return badTable("%s.paper_ages[%d]: kind, and either days or months", kind, i)
		}
	}
	for i, p := range b.Phones {
		if p.Rule == "of" != (len(p.Provinces) > 0) {
			return badTable("%s.phones[%d]: provinces stand with rule: of and only there", kind, i)
		}
	}
	for _, p := range []*PersonRule{b.Principal, b.Responsible} {
		if p != nil && (p.LegalRepresentative == "or_papers") != (len(p.Papers) > 0) {
			return badTable("%s: principal and responsible: papers stand with or_papers and only there", kind)
		}
		if p == nil {
			continue
		}
		for i, x := range p.Exceptions {
			if p.LegalRepresentative != "required" || x.When == "" || x.When == "human" || len(x.Papers) == 0 {
				return badTable("%s: principal and responsible: exceptions[%d] stands with required; when (one that is judged) and papers are needed", kind, i)
			}
		}
	}
	return nil
}

// Clauses lists every clause of the province.
func (p *Province) Clauses() []Clause { return slices.Concat(p.Unit.Clauses(), p.Individual.Clauses()) }

// Clauses lists every clause of the book, in the order of the schema; a
// value's own clause stands behind those inside it.
func (b *ProvinceBook) Clauses() []Clause { return clausesIn(nil, reflect.ValueOf(*b)) }

// Demands lists the clauses of the book that ask for something, in the order
// of the schema: all but the notes.
func (b *ProvinceBook) Demands() []Clause {
	bare := *b
	bare.Notes = nil
	return bare.Clauses()
}

// Doubts lists the notes on what the source leaves unclear: passages that
// contradict each other, and misprints, with the reading taken. The remaining
// notes only say where headings, pointers and repeats went.
func (b *ProvinceBook) Doubts() []Clause {
	var out []Clause
	for _, n := range b.Notes {
		if n.Kind == "conflict" || n.Kind == "misprint" {
			out = append(out, n.Clause)
		}
	}
	return out
}

func clausesIn(out []Clause, v reflect.Value) []Clause {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return clausesIn(out, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			out = clausesIn(out, v.Index(i))
		}
	case reflect.Struct:
		if c, ok := v.Interface().(Clause); ok {
			return append(out, c)
		}
		for i := range v.NumField() {
			out = clausesIn(out, v.Field(i))
		}
	}
	return out
}
