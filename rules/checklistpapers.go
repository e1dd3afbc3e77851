package rules

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"domaincheck"
)

// PaperNeed is one paper that an order asks for.
type PaperNeed struct {
	ID      string                     `json:"id"`     // province.<pinyin>.<kind>.<field>, or material
	Kind    string                     `json:"kind"`   // Chinese name
	Layer   string                     `json:"layer"`  // law, province, provider
	Need    string                     `json:"need"`   // required, one_of, optional, judge (a person must tell), depends (on an undeclared fact)
	AnyOf   domaincheck.List[[]string] `json:"any_of"` // with one_of: any one list, whole
	State   ConditionState             `json:"state"`
	Code    string                     `json:"code"`
	Facts   domaincheck.List[string]   `json:"facts"`
	MaxAge  *PaperMaxAge               `json:"max_age"` // at the day of the order; null: none
	Image   bool                       `json:"image"`   // handed in as a picture: [ImageLimits] hold
	Limits  domaincheck.List[string]   `json:"limits"`  // the province's own
	Clauses []Clause                   `json:"-"`
}

// PaperMaxAge is the greatest age of a paper, in months by the calendar or in
// days.
type PaperMaxAge struct {
	Months int `json:"months"`
	Days   int `json:"days"`
}

// papers gathers the papers of the province, then those asked for everywhere.
func (p *preflight) papers() {
	for _, b := range p.bounds() {
		if p.order == domaincheck.OrderCancel {
			break
		}
		p.provincePapers(b)
	}
	for i := range p.o.materials {
		m := &p.o.materials[i]
		if !p.covers(m.Orders, m.Kinds, m.Provider) {
			continue
		}
		layer := "law"
		if m.Provider != "" {
			layer = "provider"
		}
		n := PaperNeed{ID: "material." + m.Kind, Kind: m.Kind, Layer: layer, Need: "required", Image: true, Clauses: []Clause{m.Clause}}
		if m.Optional {
			n.Need = "optional"
		}
		p.general(n, m.When)
	}
}

// general adds a paper that no province's book holds.
func (p *preflight) general(n PaperNeed, when string) {
	if when == "human" {
		n.Need, n.State, n.Code = "judge", ToDo, "todo"
		p.need(n)
		return
	}
	switch holds, missing := p.e.condition(when); {
	case missing != "":
		n.Need, n.State, n.Code, n.Facts = "depends", Unsure, "undeclared", []string{missing}
	case !holds:
		return
	case p.c.Site.Papers == nil:
		n.State, n.Code, n.Facts = Unsure, "undeclared", []string{"site.papers"}
	case p.e.hasPaper(n.Kind):
		n.State, n.Code = Met, "at_hand"
	case n.Need == "optional":
		n.State, n.Code = ToDo, "todo"
	default:
		n.State, n.Code = Unmet, "paper_missing"
	}
	p.need(n)
}

// need adds a paper; one of the same name and kind of need is joined to it.
func (p *preflight) need(n PaperNeed) {
	n.MaxAge = p.maxAge(n.Kind)
	for i := range p.list.Papers {
		x := &p.list.Papers[i]
		if samePaper(x.Kind, n.Kind) && len(x.AnyOf) == 0 && len(n.AnyOf) == 0 {
			x.Clauses = append(x.Clauses, n.Clauses...)
			if rank(n.Need) > rank(x.Need) {
				x.Need, x.State, x.Code, x.Facts = n.Need, n.State, n.Code, n.Facts
			}
			return
		}
	}
	p.list.Papers = append(p.list.Papers, n)
}

func rank(need string) int {
	return slices.Index([]string{"optional", "judge", "depends", "one_of", "required"}, need)
}

// maxAge: the province's, else 3 months for letters of authority and proofs
// (001 §5, 001:753).
func (p *preflight) maxAge(kind string) *PaperMaxAge {
	for _, b := range p.bounds() {
		for _, r := range b.book.PaperAges {
			if samePaper(r.Kind, kind) {
				return &PaperMaxAge{Months: r.Months, Days: r.Days}
			}
		}
	}
	if samePaper(kind, "授权委托书") || strings.HasSuffix(kind, "证明") {
		return &PaperMaxAge{Months: 3}
	}
	return nil
}

// provincePapers are the papers of the book: listed ones, proofs of the holder,
// and those that make up for a person, an age, an address or a count.
func (p *preflight) provincePapers(b bound) {
	for i, r := range b.book.Papers {
		if orderApplies(r.Orders, p.order) {
			p.listed(b, indexed("papers", i), r)
		}
	}
	for i, r := range b.book.Holder.Proofs {
		for _, kind := range r.Papers {
			for _, role := range r.For {
				p.listed(b, "holder."+indexed("proofs", i), PaperRule{Kind: kind, When: "holder_" + role, Clause: r.Clause})
			}
		}
	}
	for i := range b.book.Duties {
		d := &b.book.Duties[i]
		if !orderApplies(d.Orders, p.order) {
			continue
		}
		for _, kind := range d.Papers {
			p.listed(b, "duties."+d.ID, PaperRule{Kind: kind, When: d.When, Clause: d.Clause}, d.Limits...)
		}
	}
	p.makeUps(b)
}

// listed adds a paper that the book names.
func (p *preflight) listed(b bound, field string, r PaperRule, limits ...string) {
	n := PaperNeed{
		ID: p.id(b, field), Kind: r.Kind, Layer: "province", Need: "required", Limits: limits, Clauses: []Clause{r.Clause},
		Image: !isVideo(r.Kind),
	}
	if !n.Image && len(limits) == 0 {
		n.Limits = videoLimits(b.book)
	}
	if r.Optional || r.When == "human" {
		n.Need, n.State, n.Code = "judge", ToDo, "todo"
		if r.Optional {
			n.Need = "optional"
		}
		if p.e.hasPaper(r.Kind) {
			n.State, n.Code = Met, "at_hand"
		}
		p.need(n)
		return
	}
	holds, missing := p.e.condition(r.When)
	switch {
	case missing != "":
		n.Need, n.State, n.Code, n.Facts = "depends", Unsure, "undeclared", []string{missing}
	case !holds:
		return
	default:
		f := p.only(b, "subject.identity", ProvinceBook{Papers: []PaperRule{{Kind: r.Kind, Clause: r.Clause}}, PaperAges: b.book.PaperAges}, p.having(r.Kind))
		p.state(&n, &f)
	}
	if !b.sure {
		n.Need, n.State, n.Code, n.Facts = "depends", Unsure, "depends_on_kind", []string{"subject.kind"}
	}
	p.need(n)
}

func isVideo(kind string) bool { return strings.Contains(kind, "视频") }

// videoLimits are those of the duty that speaks of the video's form.
func videoLimits(b *ProvinceBook) []string {
	for i := range b.Duties {
		if strings.Contains(strings.Join(b.Duties[i].Limits, " "), "MP4") {
			return b.Duties[i].Limits
		}
	}
	return nil
}

// state reads a finding into a paper's state. A paper whose age is not asked
// (residence permits are judged with their person) counts by its presence.
func (p *preflight) state(n *PaperNeed, f *domaincheck.Finding) {
	n.State, n.Code = stateOf(f), f.Code
	switch n.State {
	case Met:
		n.Code = "at_hand"
	case Unsure:
		n.Facts = p.settling(f)
	case omitted:
		n.State, n.Code = Unsure, "undeclared"
		switch {
		case p.c.Site.Papers == nil:
			n.Facts = []string{"site.papers"}
		case p.e.hasPaper(n.Kind):
			n.State, n.Code = Met, "at_hand"
		default:
			n.State, n.Code = Unmet, "paper_missing"
		}
	}
}

// makeUps are papers that stand in for something. Whether they are needed is
// asked of the rule itself: it must fail without any paper.
func (p *preflight) makeUps(b bound) {
	const identity, count = "subject.identity", "subject.count"
	ask := func(field, rule string, c Clause, book ProvinceBook, anyOf [][]string) {
		if len(flat(anyOf)) == 0 {
			return
		}
		without := p.only(b, rule, book, []domaincheck.Paper{})
		n := PaperNeed{ID: p.id(b, field), Kind: strings.Join(anyOf[0], "、"), Layer: "province", Need: "required", Image: true, Clauses: []Clause{c}}
		if len(anyOf) > 1 {
			n.Need, n.AnyOf = "one_of", anyOf
			var words []string
			for _, all := range anyOf {
				words = append(words, strings.Join(all, "＋"))
			}
			n.Kind = strings.Join(words, " 或 ")
		}
		switch {
		case !b.sure:
			n.Need, n.State, n.Code, n.Facts = "depends", Unsure, "depends_on_kind", []string{"subject.kind"}
		case without.Result == domaincheck.Unknown:
			n.Need, n.State, n.Code, n.Facts = "depends", Unsure, "undeclared", p.settling(&without)
		case without.Result != domaincheck.Fail:
			return
		default:
			f := p.only(b, rule, book, p.having(flat(anyOf)...))
			p.state(&n, &f)
		}
		p.need(n)
	}
	for i, r := range b.book.Ages {
		ask(indexed("ages", i), identity, r.Clause, ProvinceBook{Ages: []AgeRule{r}}, r.PapersAny)
	}
	for i, r := range b.book.Nationality {
		ask(indexed("nationality", i), identity, r.Clause, ProvinceBook{Nationality: []Nationality{r}}, [][]string{r.Papers})
	}
	if r := b.book.Residence; r != nil {
		ask("residence", identity, r.Clause, ProvinceBook{Residence: r}, r.PapersAny)
	}
	if r := b.book.Principal; r != nil {
		ask("principal", identity, r.Clause, ProvinceBook{Principal: r}, [][]string{r.Papers})
	}
	if r := b.book.Responsible; r != nil {
		ask("responsible", identity, r.Clause, ProvinceBook{Responsible: r}, [][]string{r.Papers})
	}
	for i, c := range b.book.Counts {
		if c.Then == "papers" && orderApplies(c.Orders, p.order) {
			ask(indexed("counts", i), count, c.Clause, ProvinceBook{Counts: []Count{c}}, [][]string{c.Papers})
		}
	}
}

// PaperFor finds the paper that a file's name means, among those of a
// checklist: the need's own name or one of its alternatives, longest first;
// "" if none is named.
func PaperFor(file string, needs []PaperNeed) string {
	name := strings.TrimSuffix(path.Base(file), path.Ext(file))
	var kinds []string
	for i := range needs {
		if len(needs[i].AnyOf) > 0 {
			kinds = append(kinds, flat(needs[i].AnyOf)...)
			continue
		}
		kinds = append(kinds, strings.Split(needs[i].Kind, "、")...)
	}
	slices.SortFunc(kinds, func(a, b string) int { return len(b) - len(a) })
	for _, k := range kinds {
		if samePaper(name, k) || strings.Contains(name, k) {
			return k
		}
	}
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("-_ 　（）()—.·", r) }) {
		for _, k := range kinds {
			if samePaper(word, k) {
				return k
			}
		}
	}
	return byHabit(name, kinds)
}

// byHabit reads the names that people give: 营业执照副本, 法人身份证正面,
// 网站负责人护照, 授权书扫描件. A document of no named person is the principal's.
func byHabit(name string, kinds []string) string {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
	}
	asked := func(kind string) string {
		if at := slices.IndexFunc(kinds, func(k string) bool { return samePaper(k, kind) }); at >= 0 {
			return kinds[at]
		}
		return ""
	}
	switch {
	case has("授权"):
		return asked("授权委托书")
	case has("手持"):
		return ""
	case has("营业执照", "法人证书", "组织机构代码证"):
		return asked("主办单位证件")
	case has("身份证", "护照", "通行证") && has("网站负责人"):
		return asked("网站负责人证件")
	case has("身份证", "护照", "通行证"):
		if kind := asked("主体负责人证件"); kind != "" {
			return kind
		}
		return asked("个人证件")
	}
	return ""
}

// ImageFormat tells a file's format by its first bytes: JPEG (FF D8 FF), PNG
// (RFC 2083 §3.1), GIF (87a or 89a); others that people send by mistake by
// their names, else "". Twelve bytes suffice.
func ImageFormat(head []byte) string {
	for _, m := range [...]struct{ sign, format string }{
		{"\xff\xd8\xff", "JPEG"}, {"\x89PNG\r\n\x1a\n", "PNG"}, {"GIF87a", "GIF"}, {"GIF89a", "GIF"},
		{"%PDF-", "PDF"}, {"BM", "BMP"}, {"II*\x00", "TIFF"}, {"MM\x00*", "TIFF"}, {"PK\x03\x04", "ZIP"},
	} {
		if bytes.HasPrefix(head, []byte(m.sign)) {
			return m.format
		}
	}
	if len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP" {
		return "WEBP"
	}
	return VideoFormat(head)
}

// VideoFormat tells a video's container by its first bytes: MP4 and MOV (ISO
// 14496-12, the box ftyp), AVI, WMV, MPEG; else "". Twelve bytes suffice.
func VideoFormat(head []byte) string {
	switch {
	case len(head) >= 12 && string(head[4:8]) == "ftyp" && strings.HasPrefix(string(head[8:12]), "qt"):
		return "MOV"
	case len(head) >= 12 && string(head[4:8]) == "ftyp" && slices.Contains([]string{"heic", "heix", "mif1", "avif"}, string(head[8:12])):
		return "HEIC"
	case len(head) >= 8 && string(head[4:8]) == "ftyp":
		return "MP4"
	case len(head) >= 8 && (string(head[4:8]) == "moov" || string(head[4:8]) == "mdat" || string(head[4:8]) == "wide"):
		return "MOV"
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "AVI ":
		return "AVI"
	case bytes.HasPrefix(head, []byte{0x30, 0x26, 0xb2, 0x75}):
		return "WMV"
	case bytes.HasPrefix(head, []byte{0, 0, 1, 0xba}), bytes.HasPrefix(head, []byte{0, 0, 1, 0xb3}):
		return "MPEG"
	}
	return ""
}

// VideoFaults are what is wrong with a video under a province's limits, given
// as a list of formats ("MP4 AVI MOV") and a size ("≤ 50 MB"): format,
// too_large. Limits that are neither are for people.
func VideoFaults(limits []string, size int64, head []byte) []string {
	faults := []string{}
	format := VideoFormat(head)
	for _, l := range limits {
		var most int64
		if n, err := fmt.Sscanf(l, "≤ %d MB", &most); n == 1 && err == nil && size > most<<20 {
			faults = append(faults, "too_large")
		}
		if formats := strings.Fields(l); slices.Contains(formats, "MP4") && !slices.Contains(formats, format) {
			faults = append(faults, "format")
		}
	}
	return faults
}

// Faults are what is wrong with a picture to be uploaded: format (not one of
// those admitted), too_small, too_large, renamed (the name's ending is that of
// another format).
func (l *ImageLimits) Faults(file string, size int64, head []byte) []string {
	faults := []string{}
	format := ImageFormat(head)
	if format == "" || !slices.Contains(l.Formats, format) {
		faults = append(faults, "format")
	}
	if size < l.MinBytes {
		faults = append(faults, "too_small")
	}
	if size > l.MaxBytes {
		faults = append(faults, "too_large")
	}
	ending := strings.ToUpper(strings.TrimPrefix(path.Ext(file), "."))
	if ending == "JPG" {
		ending = "JPEG"
	}
	if format != "" && ending != format && !slices.Contains(faults, "format") {
		faults = append(faults, "renamed")
	}
	return faults
}

// SamePaper tells whether two names mean the same paper: 授权书 and 授权委托书 do.
func SamePaper(a, b string) bool { return samePaper(a, b) }

// Names tells whether a name means this paper or one of its alternatives.
func (n *PaperNeed) Names(kind string) bool {
	names := strings.Split(n.Kind, "、")
	if len(n.AnyOf) > 0 {
		names = flat(n.AnyOf)
	}
	return slices.ContainsFunc(names, func(name string) bool { return samePaper(name, kind) })
}
