package holder_test

import (
	"testing"

	"domaincheck/holder"
	"domaincheck/registrars"
)

// Real companies with both names: the registrars of the mainland. An English
// name that is romanised matches its own company, and no English name matches
// another company.
func TestRealCompanies(t *testing.T) {
	m := load(t)
	table, err := registrars.Default()
	if err != nil {
		t.Fatal(err)
	}
	own, matched := 0, 0
	for _, a := range table.Rows() {
		if a.NameZH == "" {
			continue
		}
		names := []holder.Name{{Text: a.NameZH, Role: holder.RoleSubject}}
		p := m.Prepare(names...)
		for _, b := range table.Rows() {
			for i, en := range b.NamesEN {
				got := p.Judge(en)
				if a.ID != b.ID && got.Matched() {
					t.Errorf("%s matches %s: %v", en, a.NameZH, got.Steps)
				}
				if a.ID == b.ID && i == 0 {
					own++
					if got.Matched() {
						matched++
					} else if testing.Verbose() {
						t.Logf("%s: %s", a.NameZH, en)
					}
				}
			}
			if a.ID != b.ID && b.NameZH != "" && p.Judge(b.NameZH).Matched() {
				t.Errorf("%s matches %s", b.NameZH, a.NameZH)
			}
		}
	}
	if own < 50 || matched < 24 {
		t.Errorf("%d of %d romanised names match", matched, own)
	}
}
