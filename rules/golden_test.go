package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"domaincheck"
	"domaincheck/icp"
)

// goldenSite is one site, the same in every province but for what makes it
// local: filed, an access order running, a domain with four months left that a
// shareholder holds, a principal who is not the legal representative, many
// sites, the papers that everybody asks for.
func goldenSite(p icp.Province) domaincheck.Case {
	c := healthy()
	s := c.Site.Subject
	s.Province, s.AddressProvince = domaincheck.Text(p.Name), domaincheck.Text(p.Name)
	s.RecordNumber, c.Site.RecordNumber = domaincheck.Text(p.Mark+"ICP备2020012345号"), domaincheck.Text(p.Mark+"ICP备2020012345号-1")
	shown := number(p.Mark+"ICP备2020012345号-1", p.Mark+"ICP备2020012345号", 1, domaincheck.LinkOutdated)
	shown.Link = "http://www.miitbeian.gov.cn/"
	shown.Province = domaincheck.Text(p.Name)
	c.Observation.Page.RecordNumbers = domaincheck.List[domaincheck.PageNumber]{shown}
	c.Observation.Page.Copyright = domaincheck.List[string]{"杭州别家有限公司"}
	c.Observation.Page.PoliceNumbers = nil
	c.Observation.Page.Title = "欢迎光临"
	c.Observation.Registration.Expires = instant("2027-03-21")
	c.Observation.Registration.Registrant.Name = "李四"
	s.Shareholders = domaincheck.List[string]{"李四"}
	s.Counts = &domaincheck.Counts{Sites: domaincheck.Known(40), DomainPrefixes: domaincheck.Known(40)}
	c.Site.Order = &domaincheck.Order{Kind: domaincheck.OrderAccess, Provider: "aliyun"}
	person := s.Principal
	person.IsLegalRepresentative, person.IDProvince, person.PhoneProvince = domaincheck.Known(false), "河南", "河南"
	person.BirthDate, person.IDExpires = date("2009-11-21"), date("2027-01-01")
	c.Observation.Record = nil
	return c
}

// golden writes the findings as people read them.
func golden(book *Book, c domaincheck.Case, lang string) string {
	var b strings.Builder
	for _, f := range book.Evaluate(c) {
		if f.Result == domaincheck.NotApplicable {
			continue
		}
		x := book.Explain(f, lang)
		fmt.Fprintf(&b, "%s %s %s %s\n  %s\n", f.Rule, f.Result, f.Code, f.Severity, x.Summary)
		if f.Result == domaincheck.Pass {
			continue
		}
		if x.Consequence != "" {
			fmt.Fprintf(&b, "  ! %s\n", x.Consequence)
		}
		fmt.Fprintf(&b, "  → %s\n", x.Fix)
		for _, basis := range x.Basis {
			fmt.Fprintf(&b, "  § %s — %s\n", basis.Text, basis.Source)
		}
	}
	return b.String()
}

// The same site in every province, in both languages: what differs is the
// provinces. Run with -update after a change of the book, and read the diff.
func TestGoldenReports(t *testing.T) {
	book := checkedBook(t)
	for _, p := range icp.Provinces() {
		known, ok := book.Province(p.Name)
		if !ok {
			t.Fatalf("no book for %s", p.Name)
		}
		for _, lang := range []string{"zh", "en"} {
			got := golden(book, goldenSite(p), lang)
			file := filepath.Join("testdata", "golden", known.Pinyin+"."+lang+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != got {
				t.Errorf("%s: %s", file, firstDifference(string(want), got))
			}
		}
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) || w[i] != g[i] {
			return fmt.Sprintf("line %d is\n\t%s\nwant\n\t%s", i+1, strings.Join(g[min(i, len(g)):min(i+1, len(g))], ""), w[i])
		}
	}
	return fmt.Sprintf("line %d is not wanted: %s", len(w)+1, g[len(w)])
}
