package providers

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"domaincheck"
)

// names holds what providers are called.
type names struct {
	byID   map[string]providerName
	byWord map[string]string // folded name or alias → id
}

type providerName struct{ id, role, zh, en string }

func nameSpec() domaincheck.TableSpec {
	return domaincheck.TableSpec{Name: "names.csv", MinRows: 60, Key: first, Header: []string{"id", "role", "zh", "en", "aliases"}}
}

func countrySpec() domaincheck.TableSpec {
	return domaincheck.TableSpec{Name: "countries.csv", MinRows: 240, Key: first, Header: []string{"code", "zh", "en"}}
}

func (t *Table) takeNames(f *domaincheck.TableFile) error {
	t.names = names{byID: map[string]providerName{}, byWord: map[string]string{}}
	for i, c := range f.Rows {
		switch c[1] {
		case "cloud", "idc", "carrier", "cdn", "host":
		default:
			return f.Row("names.csv", i, "has the unknown role %q", c[1])
		}
		if c[0] == "" || c[2] == "" || c[3] == "" {
			return f.Row("names.csv", i, "needs id, zh and en")
		}
		t.names.byID[c[0]] = providerName{c[0], c[1], c[2], c[3]}
		for _, w := range append([]string{c[0], c[2], c[3]}, list(c[4], "|")...) {
			k := word(w)
			if other, ok := t.names.byWord[k]; ok && other != c[0] {
				return f.Row("names.csv", i, "has the name %q of %s", w, other)
			}
			t.names.byWord[k] = c[0]
		}
	}
	return nil
}

func (t *Table) takeCountries(f *domaincheck.TableFile) error {
	t.countries = make(map[string][2]string, len(f.Rows))
	for i, c := range f.Rows {
		if len(c[0]) != 2 || c[1] == "" || c[2] == "" {
			return f.Row("countries.csv", i, "needs a two-letter code and both names")
		}
		t.countries[c[0]] = [2]string{c[1], c[2]}
	}
	return nil
}

// word is the form under which provider words are compared: compatibility
// forms, lower case, without blanks and punctuation.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r <= ' ', strings.ContainsRune(".,-_/()·、。&'\"", r), r == 0x3000, r == 0xa0, r == 0x200b, r == 0xfeff:
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(s)))
}

// ID is the id of a provider as a ledger or a person writes it: an id, a name
// or an alias ("阿里云", "Alibaba Cloud", "万网" → "aliyun"), in any case, width
// and spacing. It is "" for a word that the table does not know.
func (t *Table) ID(s string) string {
	k := word(s)
	if id := t.names.byWord[k]; id != "" {
		return id
	}
	for _, tail := range []string{"科技有限公司", "股份有限公司", "有限责任公司", "有限公司", "公司"} {
		if rest, ok := strings.CutSuffix(k, tail); ok {
			if id := t.names.byWord[rest]; id != "" {
				return id
			}
		}
	}
	// "阿里云（华东1）", "腾讯云-广州": the provider, then a region or product.
	if i := strings.IndexAny(s, "（(【[-/、|"); i > 0 {
		return t.names.byWord[word(s[:i])]
	}
	return ""
}

// IDs lists the ids that the table knows and the words of the user's own
// prefixes, in order.
func (t *Table) IDs() []string {
	all := slices.Collect(maps.Keys(t.names.byID))
	if t.users != nil {
		for _, u := range t.users.byPrefix {
			all = append(all, u.provider)
		}
	}
	if t.userNames != nil {
		for _, u := range t.userNames.plain {
			all = append(all, u.provider)
		}
		for _, u := range t.userNames.wild {
			all = append(all, u.value.provider)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Same tells whether two words mean one provider. Words that the table does
// not know are the same if they are equal but for case, width and spacing.
func (t *Table) Same(a, b string) bool {
	ida, idb := t.ID(a), t.ID(b)
	if ida != "" || idb != "" {
		return ida == idb
	}
	return word(a) != "" && word(a) == word(b)
}

// Name is what a provider id is called in lang ("zh", else English); the id
// itself if the table does not know it.
func (t *Table) Name(id, lang string) string {
	n, ok := t.names.byID[id]
	switch {
	case !ok:
		return id
	case strings.HasPrefix(lang, "zh"):
		return n.zh
	}
	return n.en
}

// IsCarrier tells the ids of carriers, whose address space is resold.
func (t *Table) IsCarrier(id string) bool { return t.names.byID[id].role == "carrier" }

// CountryName is what a country code is called in lang ("zh", else English);
// the code itself if it is none.
func (t *Table) CountryName(code, lang string) string {
	n, ok := t.countries[strings.ToUpper(code)]
	switch {
	case !ok:
		return code
	case strings.HasPrefix(lang, "zh"):
		return n[0]
	}
	return n[1]
}
