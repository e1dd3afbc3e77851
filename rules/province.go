package rules

import "domaincheck"

// This file is the schema of a province's data file, provinces/<pinyin>.yaml.
// Every value carries a [Clause]: cite, text, en. Unknown keys, doubled keys,
// unknown words and missing clauses are errors with their place.

// Province is one provincial administration's rules for both kinds of subjects.
type Province struct {
	Name       string       `yaml:"province" json:"province"` // short Chinese name: 上海
	Pinyin     string       `yaml:"pinyin" json:"pinyin"`     // shanghai; the file's name
	Section    string       `yaml:"section" json:"section"`   // §6.4.5
	Lines      string       `yaml:"lines" json:"lines"`       // 001:2045-2135, all of the section
	Unit       ProvinceBook `yaml:"unit" json:"unit"`
	Individual ProvinceBook `yaml:"individual" json:"individual"`
}

// ProvinceBook is what one province demands of one kind of subject. Term,
// Holder and Number are required, the rest only where the province says so.
type ProvinceBook struct {
	// What domain.* read.
	Term          *Term       `yaml:"term" json:"term"`                     // remaining term of the domain
	Holder        *HolderRule `yaml:"holder" json:"holder"`                 // who may hold the domain
	ForeignDomain *Clause     `yaml:"foreign_domain" json:"foreign_domain"` // present: domains registered abroad are refused
	PrivacyOff    *Clause     `yaml:"privacy_off" json:"privacy_off"`       // present: privacy service off while filing
	TLDList       *TLDList    `yaml:"tld_list" json:"tld_list"`             // the province's own list of suffixes

	// What site.* read on a filed site.
	Number        *NumberRule    `yaml:"number" json:"number"`                 // which number the page shows
	Reachable     *ReachableRule `yaml:"reachable" json:"reachable"`           // filed sites must be up
	Copyright     *Clause        `yaml:"copyright" json:"copyright"`           // copyright holder must be the subject
	DisplayedName *DisplayedName `yaml:"displayed_name" json:"displayed_name"` // shown name must be the filed name
	PrefixIsSite  *Clause        `yaml:"prefix_is_site" json:"prefix_is_site"` // another prefix is another site

	// What subject.count reads.
	Counts domaincheck.List[Count] `yaml:"counts" json:"counts"`

	// What subject.identity reads.
	Ages        domaincheck.List[AgeRule]     `yaml:"ages" json:"ages"`
	IDTerm      *IDTerm                       `yaml:"id_term" json:"id_term"`   // remaining validity of an identity card
	IDTypes     domaincheck.List[IDType]      `yaml:"id_types" json:"id_types"` // which cards
	Nationality domaincheck.List[Nationality] `yaml:"nationality" json:"nationality"`
	Residence   *Residence                    `yaml:"residence" json:"residence"`     // the person's address must be local
	Principal   *PersonRule                   `yaml:"principal" json:"principal"`     // 主体负责人
	Responsible *PersonRule                   `yaml:"responsible" json:"responsible"` // 网站负责人
	SamePerson  *SamePerson                   `yaml:"same_person" json:"same_person"` // principal and responsible
	Papers      domaincheck.List[PaperRule]   `yaml:"papers" json:"papers"`
	PaperAges   domaincheck.List[PaperAge]    `yaml:"paper_ages" json:"paper_ages"`

	// What subject.contact reads.
	Phones domaincheck.List[PhoneRule] `yaml:"phones" json:"phones"`

	// What people read (and preflight lists): naming, access and change
	// orders, single duties, notes on misprints and conflicts.
	Naming domaincheck.List[Naming]     `yaml:"naming" json:"naming"`
	Access domaincheck.List[AccessRule] `yaml:"access" json:"access"`
	Change domaincheck.List[ChangeRule] `yaml:"change" json:"change"`
	Duties domaincheck.List[Duty]       `yaml:"duties" json:"duties"`
	Notes  domaincheck.List[Note]       `yaml:"notes" json:"notes"`
}

// Op is a comparison as printed: ">=" (大于或等于, 含), ">" (大于, 超过, 不含),
// "<=" or "<".
type Op string

// Holds tells whether a Op b.
func (o Op) Holds(a, b int) bool {
	switch o {
	case ">=":
		return a >= b
	case ">":
		return a > b
	case "<=":
		return a <= b
	case "<":
		return a < b
	}
	return false
}

// Term: the domain's expiry day compared with the order's day plus Months
// calendar months.
type Term struct {
	Months int `yaml:"months" json:"months"`
	Op     Op  `yaml:"op" json:"op"` // ">=" or ">"
	Clause `yaml:",inline"`
}

// HolderRule: whose name the registrant may bear.
type HolderRule struct {
	// Admit lists: unit, legal_representative, shareholder, principal, officer
	// (units) or person (individuals).
	Admit  domaincheck.List[string]      `yaml:"admit" json:"admit"`
	Proofs domaincheck.List[HolderProof] `yaml:"proofs" json:"proofs"` // papers asked when the holder is not the unit
	Clause `yaml:",inline"`
}

// HolderProof: the papers asked for when the domain is held by For.
type HolderProof struct {
	For    domaincheck.List[string] `yaml:"for" json:"for"`       // of Admit
	Papers domaincheck.List[string] `yaml:"papers" json:"papers"` // all of them
	// PapersAny: one of these lists, whole, too.
	PapersAny domaincheck.List[[]string] `yaml:"papers_any" json:"papers_any"`
	Clause    `yaml:",inline"`
}

// TLDList: the province accepts only suffixes of its own list.
type TLDList struct {
	Table  string                   `yaml:"table" json:"table"`   // "beijing": column of the TLD table
	Refuse domaincheck.List[string] `yaml:"refuse" json:"refuse"` // suffixes the province names as refused: [hk, io]
	Clause `yaml:",inline"`
}

// NumberRule: which record number the home page bears.
type NumberRule struct {
	Show      string  `yaml:"show" json:"show"`             // "site" (with -N) or "subject"
	MustMatch *Clause `yaml:"must_match" json:"must_match"` // the province itself demands the true number
	MustLink  *Clause `yaml:"must_link" json:"must_link"`   // the province itself demands the link to MIIT
	Clause    `yaml:",inline"`
}

// ReachableRule: filed sites must be open to visitors.
type ReachableRule struct {
	AfterMonths int `yaml:"after_months" json:"after_months"` // since the subject's number was given; 0: at once
	Clause      `yaml:",inline"`
}

// DisplayedName: where the filed site name must be seen.
type DisplayedName struct {
	Where  domaincheck.List[string] `yaml:"where" json:"where"` // of: tab, heading, logo, anywhere
	Clause `yaml:",inline"`
}

// Count: above a threshold, papers, a remark or a refusal.
type Count struct {
	// Of: sites (网站数), domain_prefixes (前缀不同的域名数), order_domains
	// (本次订单新增域名数), site_prefixes (同一网站下前缀不同的域名数).
	Of     string                                  `yaml:"of" json:"of"`
	Op     Op                                      `yaml:"op" json:"op"`
	N      int                                     `yaml:"n" json:"n"`
	Orders domaincheck.List[domaincheck.OrderKind] `yaml:"orders" json:"orders"` // empty: first, new_site, access and change
	// Then: papers (Papers are asked for), refuse (the order is refused; the
	// comparison describes what is refused), remark (a remark is to be written).
	Then   string                   `yaml:"then" json:"then"`
	Papers domaincheck.List[string] `yaml:"papers" json:"papers"`
	Clause `yaml:",inline"`
}

// AgeRule: nobody of Who younger than Min; or papers for those from From up
// to (not including) Until years.
type AgeRule struct {
	Who                       domaincheck.List[string]   `yaml:"who" json:"who"` // person, principal, responsible, legal_representative
	Min                       int                        `yaml:"min" json:"min"` // years; 0 when the row asks for papers
	From                      int                        `yaml:"from" json:"from"`
	Until                     int                        `yaml:"until" json:"until"`
	PapersAny                 domaincheck.List[[]string] `yaml:"papers_any" json:"papers_any"` // one of the lists, whole
	ExceptLegalRepresentative bool                       `yaml:"except_legal_representative" json:"except_legal_representative"`
	Clause                    `yaml:",inline"`
}

// IDTerm: an identity card must be valid Op Months months more.
type IDTerm struct {
	Months int `yaml:"months" json:"months"`
	Op     Op  `yaml:"op" json:"op"`
	Clause `yaml:",inline"`
}

// IDType: which card persons of a citizenship must (Require) or must not
// (Refuse) use.
type IDType struct {
	For     domaincheck.List[string] `yaml:"for" json:"for"` // CN, HK, MO, TW; empty: everybody
	Require domaincheck.List[string] `yaml:"require" json:"require"`
	Refuse  domaincheck.List[string] `yaml:"refuse" json:"refuse"`
	Clause  `yaml:",inline"`
}

// Nationality: Who must be of the mainland (CN; HK, MO and TW are Chinese but
// not residents of the mainland).
type Nationality struct {
	Who    domaincheck.List[string] `yaml:"who" json:"who"`       // as in AgeRule, or delegate: a principal who is not the legal representative
	Admit  domaincheck.List[string] `yaml:"admit" json:"admit"`   // ISO codes admitted: [CN] or [CN, HK, MO, TW]
	Papers domaincheck.List[string] `yaml:"papers" json:"papers"` // instead of a refusal, when present (授权书 to a Chinese citizen …)
	Clause `yaml:",inline"`
}

// Residence: the person's identity address must lie in the province.
type Residence struct {
	// PapersAny: any one of these lists, whole, makes up for an address
	// elsewhere; empty: an address elsewhere is refused.
	PapersAny domaincheck.List[[]string] `yaml:"papers_any" json:"papers_any"`
	// PermitYear: a permit not issued in the year of the order needs these papers.
	PermitYear domaincheck.List[string] `yaml:"permit_year" json:"permit_year"`
	// PermitMonths: a permit counts this many months from its issue; 0: until it expires.
	PermitMonths int `yaml:"permit_months" json:"permit_months"`
	// PermitDays: a permit ending within this many days is refused.
	PermitDays int `yaml:"permit_days" json:"permit_days"`
	Clause     `yaml:",inline"`
}

// PersonRule: must this person be the legal representative?
type PersonRule struct {
	LegalRepresentative string                   `yaml:"legal_representative" json:"legal_representative"` // required | or_papers | free
	Papers              domaincheck.List[string] `yaml:"papers" json:"papers"`                             // with or_papers
	// Exceptions of required: whose principal may be somebody else (浙江:
	// institutions; 山东, 江西: units with a foreign legal representative).
	Exceptions domaincheck.List[PersonException] `yaml:"exceptions" json:"exceptions"`
	Clause     `yaml:",inline"`
}

// PersonException: where When holds, Papers make up for a person who is not
// the legal representative.
type PersonException struct {
	When   string                   `yaml:"when" json:"when"` // see Conditions; never empty
	Papers domaincheck.List[string] `yaml:"papers" json:"papers"`
	Clause `yaml:",inline"`
}

// SamePerson: may the principal and the person responsible for the site be
// the same?
type SamePerson struct {
	Rule   string `yaml:"rule" json:"rule"` // forbidden | required_if_delegated (principal is not the legal representative)
	Clause `yaml:",inline"`
}

// PaperRule: a paper to hand in.
type PaperRule struct {
	Kind     string                                  `yaml:"kind" json:"kind"`         // Chinese name
	Any      domaincheck.List[string]                `yaml:"any" json:"any"`           // one of these will do
	OrHuman  bool                                    `yaml:"or_human" json:"or_human"` // or something that only a person can judge
	Orders   domaincheck.List[domaincheck.OrderKind] `yaml:"orders" json:"orders"`     // empty: first, new_site, access and change
	When     string                                  `yaml:"when" json:"when"`         // see Conditions; empty: always
	Optional bool                                    `yaml:"optional" json:"optional"` // nice to have: never judged
	Clause   `yaml:",inline"`
}

// PaperAge: a paper's day of issue lies at most Days or Months before the order.
type PaperAge struct {
	Kind   string `yaml:"kind" json:"kind"`
	Days   int    `yaml:"days" json:"days"`
	Months int    `yaml:"months" json:"months"`
	Clause `yaml:",inline"`
}

// PhoneRule: local (of the province), of (of the provinces listed),
// not_swapped, not_same_as_emergency, not_shared.
type PhoneRule struct {
	Rule      string                   `yaml:"rule" json:"rule"`
	Provinces domaincheck.List[string] `yaml:"provinces" json:"provinces"`
	Clause    `yaml:",inline"`
}

// Naming of the site.
type Naming struct {
	RefuseEndings domaincheck.List[string] `yaml:"refuse_endings" json:"refuse_endings"`
	Clause        `yaml:",inline"`
}

// AccessRule: what must agree with the filed record when an access filing is
// asked for, and what to do if it does not.
type AccessRule struct {
	Items  domaincheck.List[string] `yaml:"items" json:"items"` // see AccessItems
	Rule   string                   `yaml:"rule" json:"rule"`   // same | local_rules (today's rules suffice; change afterwards) | same_if_known
	Else   domaincheck.List[string] `yaml:"else" json:"else"`   // of: change_first, cancel_and_refile, proof (变更证明)
	Clause `yaml:",inline"`
}

// ChangeRule: what a change order may turn into what.
type ChangeRule struct {
	From    string                   `yaml:"from" json:"from"`       // unit, individual, name, id_number, name_and_id_number
	To      string                   `yaml:"to" json:"to"`           // unit, other_unit, individual, other_individual; empty for names and numbers
	Allowed string                   `yaml:"allowed" json:"allowed"` // yes | no | if_legal_representative | if_related
	Papers  domaincheck.List[string] `yaml:"papers" json:"papers"`
	Clause  `yaml:",inline"`
}

// Duty is a single duty of the province that no other key can hold.
type Duty struct {
	ID     string                                  `yaml:"id" json:"id"` // unique within the file: shanghai.unit.open
	Orders domaincheck.List[domaincheck.OrderKind] `yaml:"orders" json:"orders"`
	When   string                                  `yaml:"when" json:"when"` // see Conditions
	Papers domaincheck.List[string]                `yaml:"papers" json:"papers"`
	Limits domaincheck.List[string]                `yaml:"limits" json:"limits"` // file formats, sizes: "MP4 AVI", "≤ 50 MB"
	Clause `yaml:",inline"`
}

// Note accounts for lines that demand nothing of their own: pointers to other
// pages, headings, repeats, misprints, conflicts.
type Note struct {
	Kind   string `yaml:"kind" json:"kind"` // general | naming | pointer | repeat | misprint | conflict
	Clause `yaml:",inline"`
}

// orderApplies tells whether a list of order kinds covers an order; an empty
// list covers everything but a cancellation.
func orderApplies(orders []domaincheck.OrderKind, kind domaincheck.OrderKind) bool {
	if len(orders) == 0 {
		return kind != domaincheck.OrderCancel
	}
	for _, o := range orders {
		if o == kind {
			return true
		}
	}
	return false
}
