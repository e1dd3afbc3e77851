package store

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"domaincheck"
	"domaincheck/alert"
)

// A facet is a word by which sites are filtered and counted: a kind of one
// letter, a colon, a value. Those of the entry (known) are written by imports,
// those of the newest report (seen) by commits; a site has the union.
const (
	facetState     = "s:"
	facetProvince  = "p:"
	facetProvider  = "a:"
	facetTLD       = "d:"
	facetTag       = "t:"
	facetCustomer  = "c:"
	facetVerdict   = "v:"
	facetLevel     = "l:" // rank of the worst risk, -1 without one
	facetOutcome   = "o:"
	facetRegistrar = "r:"
	facetFinding   = "f:" // rule|result|severity's rank|certainty
	facetRisk      = "k:" // outcome|level's rank
	facetDay       = "n:" // Beijing day of a risk's deadline
	facetExpiry    = "e:" // span of 32 days in which the domain runs out
	facetNearest   = "m:" // Beijing day of the first deadline
	facetOpen      = "q:" // rank of an open event, and how many of that rank come before it
	facetOrigin    = "g:"

	// What is counted together, in SQLite: a place is a word of a province or
	// provider, with an empty value for none.
	facetFailing = "x:" // place of a site with the verdict fail
	facetDanger  = "y:" // place of a site whose worst risk is high or critical
	facetNowhere = "z:" // place with an empty value
)

func word(kind, value string) string {
	return kind + strings.ReplaceAll(value, "\n", " ")
}

// beijingDay numbers the days of Beijing from 1970-01-01.
func beijingDay(us int64) int64 {
	const day = 86400e6
	us += 8 * 3600e6
	if us < 0 {
		return (us - day + 1) / day
	}
	return us / day
}

// numbered is a word whose value is a number from 0 to 999,999, so that words
// sort as their numbers.
func numbered(kind string, n int64) string {
	return fmt.Sprintf("%s%06d", kind, min(max(n, 0), 999999))
}

// spanDays is the span of one word of expiry.
const spanDays = 32

func expiryWord(us int64) string { return numbered(facetExpiry, beijingDay(us)/spanDays) }

// dayOf is the date of a numbered day.
func dayOf(n int64) domaincheck.Date { return domaincheck.DateOf(instant(n*86400e6 + 1)) }

func words(set map[string]bool) string {
	list := make([]string, 0, len(set))
	for w := range set {
		list = append(list, w)
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

func splitWords(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// numbers writes ids for IN (…).
func numbers(ids []int64) string {
	b := make([]byte, 0, 8*len(ids))
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return string(b)
}

// numberOf reads what numbered wrote.
func numberOf(word string) int64 {
	n, err := strconv.ParseInt(word[2:], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// dayStart is when a numbered day begins.
func dayStart(day int64) int64 { return day*86400e6 - 8*3600e6 }

// union of two lists of words kept as text.
func union(a, b string) map[string]bool {
	set := map[string]bool{}
	for _, w := range splitWords(a) {
		set[w] = true
	}
	for _, w := range splitWords(b) {
		set[w] = true
	}
	return set
}

// joined is union with the words of what is counted together.
func joined(known, seen string) map[string]bool {
	set := union(known, seen)
	places := map[string][]string{facetProvince: nil, facetProvider: nil}
	for w := range set {
		if kind := w[:2]; kind == facetProvince || kind == facetProvider {
			places[kind] = append(places[kind], w)
		}
	}
	fail := set[facetVerdict+string(domaincheck.VerdictFail)]
	danger := set[facetLevel+"3"] || set[facetLevel+"4"]
	for kind, list := range places {
		if len(list) == 0 && len(set) > 0 {
			list = []string{kind}
			set[facetNowhere+kind] = true
		}
		for _, w := range list {
			if fail {
				set[facetFailing+w] = true
			}
			if danger {
				set[facetDanger+w] = true
			}
		}
	}
	return set
}

func setOf(words []string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}

// holderOf is the name of who a site is filed by, else the id.
func holderOf(site *domaincheck.Site) string {
	if site.Subject == nil {
		return ""
	}
	return string(cmp.Or(site.Subject.Name, site.Subject.ID))
}

// openWords are the words of what is open.
func openWords(open []alert.Open) []string {
	var all []string
	counts := map[int]int64{}
	for i := range open {
		rank := open[i].Event.Level.Rank()
		all = append(all, facetOpen+strconv.Itoa(rank)+"|"+decimal(counts[rank]))
		counts[rank]++
	}
	return all
}

// wordDiff is what to add and to take away so that a set becomes another.
func wordDiff(was, is map[string]bool) (add, drop []string) {
	for w := range is {
		if !was[w] {
			add = append(add, w)
		}
	}
	for w := range was {
		if !is[w] {
			drop = append(drop, w)
		}
	}
	slices.Sort(add)
	slices.Sort(drop)
	return add, drop
}

// providersOf are the providers at which the entry says the site is served:
// of its access records that count, else of its servers.
func providersOf(site *domaincheck.Site) []string {
	var all []string
	for _, a := range site.Access {
		if a.State != domaincheck.AccessCancelled && a.Provider != "" {
			all = append(all, a.Provider)
		}
	}
	if len(all) == 0 {
		for _, v := range site.Servers {
			if v.Provider != "" {
				all = append(all, string(v.Provider))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func provinceOf(site *domaincheck.Site) string {
	if site.Subject == nil {
		return ""
	}
	return string(site.Subject.Province)
}

func tldOf(domain string) string { return domain[strings.LastIndexByte(domain, '.')+1:] }

// knownFacets are the words of an entry with subject and servers inlined;
// expires is what it says of its domain's end, as long as nobody has seen that.
func knownFacets(site *domaincheck.Site, origin string, expires int64) string {
	set := map[string]bool{word(facetState, string(site.State)): true, word(facetTLD, tldOf(site.MainDomain())): true, word(facetOrigin, origin): true}
	if expires != 0 {
		set[expiryWord(expires)] = true
	}
	if v := provinceOf(site); v != "" {
		set[word(facetProvince, v)] = true
	}
	for _, v := range providersOf(site) {
		set[word(facetProvider, v)] = true
	}
	for _, v := range site.Tags {
		set[word(facetTag, v)] = true
	}
	if site.Customer != "" {
		set[word(facetCustomer, string(site.Customer))] = true
	}
	return words(set)
}

// withoutExpiry takes the word of the end away that only the entry told.
func withoutExpiry(known string) string {
	if !strings.Contains(known, facetExpiry) {
		return known
	}
	return strings.Join(slices.DeleteFunc(splitWords(known), func(w string) bool { return strings.HasPrefix(w, facetExpiry) }), "\n")
}

// neverSeen are the words of a site without a report.
func neverSeen() string { return facetLevel + "-1\n" + facetVerdict }

// insight is what the lists keep of a report beside its rows.
type insight struct {
	seen              string
	deadline, expires int64
	looked            [3]int64 // last look that told something: registration, resolution, page
}

func lookedTruly(l *domaincheck.Look) int64 {
	if l.Outcome.Conclusive() {
		return micros(l.At.Time)
	}
	return 0
}

// see reads a report.
func see(r *domaincheck.Report, out *packed) insight {
	set := map[string]bool{word(facetVerdict, string(r.Verdict)): true, facetLevel + strconv.Itoa(out.level): true}
	var in insight
	o := &r.Observation
	if g := o.Registration; g != nil {
		in.looked[0] = lookedTruly(&g.Look)
		in.expires = micros(g.Expires.Time)
		if g.Registrar != nil && g.Registrar.Name != "" {
			set[word(facetRegistrar, string(g.Registrar.Name))] = true
		}
	}
	if o.Resolution != nil {
		in.looked[1] = lookedTruly(&o.Resolution.Look)
	}
	if o.Page != nil {
		in.looked[2] = lookedTruly(&o.Page.Look)
	}
	if site := r.Site; site != nil {
		if v := provinceOf(&site.Site); v != "" {
			set[word(facetProvince, v)] = true
		}
		if in.expires == 0 {
			in.expires = dateMicros(site.Expires)
		}
		if len(providersOf(&site.Site)) == 0 && o.Resolution != nil {
			for _, h := range o.Resolution.Hosts {
				for _, a := range h.Addresses {
					if a.Provider != "" {
						set[word(facetProvider, string(a.Provider))] = true
					}
				}
			}
		}
	}
	for _, f := range out.findings {
		set[word(facetFinding, f.facet())] = true
	}
	for _, k := range out.risks {
		set[word(facetOutcome, k.outcome)] = true
		set[word(facetRisk, k.facet())] = true
		if k.deadline > 0 {
			set[numbered(facetDay, beijingDay(k.deadline))] = true
			if in.deadline == 0 || k.deadline < in.deadline {
				in.deadline = k.deadline
			}
		}
	}
	if in.deadline != 0 {
		set[numbered(facetNearest, beijingDay(in.deadline))] = true
	}
	if in.expires != 0 {
		set[expiryWord(in.expires)] = true
	}
	in.seen = words(set)
	return in
}

func dateMicros(d domaincheck.Date) int64 {
	if d.IsZero() {
		return 0
	}
	return micros(d.Start())
}

func (f *findingRow) facet() string {
	return fmt.Sprintf("%s|%s|%d|%s", f.rule, f.result, f.severity, f.certainty)
}

func (k *riskRow) facet() string { return k.outcome + "|" + strconv.Itoa(k.level) }

// Tally counts the sites that have one value of something.
type Tally struct {
	Key string
	N   int64
}

// byCount sorts the largest first.
func byCount(list []Tally) []Tally {
	slices.SortFunc(list, func(a, b Tally) int { return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Key, b.Key)) })
	return list
}
