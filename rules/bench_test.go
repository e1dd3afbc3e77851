package rules

import (
	"testing"

	"domaincheck"
	naming "domaincheck/holder"
	"domaincheck/providers"
)

// realNames compares names as a check does.
type realNames struct{ matcher *naming.Matcher }

func (n realNames) Same(admitted, seen string) string {
	if m := n.matcher.Compare(seen, admitted); m.Matched() {
		return string(m.Kind)
	}
	return ""
}

// checkedBook is the book with the tables that a check uses.
func checkedBook(t testing.TB) *Book {
	t.Helper()
	matcher, err := naming.Default()
	if err != nil {
		t.Fatal(err)
	}
	table, err := providers.Default()
	if err != nil {
		t.Fatal(err)
	}
	signs, err := providers.DefaultSigns()
	if err != nil {
		t.Fatal(err)
	}
	book, err := Load(Files(), Tables{Providers: table, Names: realNames{matcher}, Signs: signs})
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func BenchmarkEvaluate(b *testing.B) {
	book := checkedBook(b)
	person := healthy()
	person.Observation.Registration.Registrant.Name = "张三"
	former := healthy()
	former.Observation.Registration.Registrant.Name = "上海旧名科技有限公司"
	former.Site.Subject.FormerNames = domaincheck.List[string]{"上海更旧科技有限公司", "上海旧名科技有限公司"}
	wide := healthy()
	wide.Observation.Registration.Registrant.Name = "上海示例科技有限公司 "
	for _, bench := range []struct {
		name string
		c    domaincheck.Case
	}{{"healthy", healthy()}, {"person", person}, {"former", former}, {"wide", wide}, {"sick", sick()}, {"unfiled", unfiled()}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				book.Evaluate(bench.c)
			}
		})
	}
}

func BenchmarkDefault(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Default(); err != nil {
			b.Fatal(err)
		}
	}
}

// countingNames counts what is left to a matcher.
type countingNames struct{ asked *int }

func (n countingNames) Same(admitted, seen string) string {
	*n.asked++
	return foldedNames{}.Same(admitted, seen)
}

// A name that is the same to the character is found without folding anything,
// whoever's it is; one that needs folding is folded once for all the rules.
func TestExactNamesFirst(t *testing.T) {
	asked := 0
	book, err := Load(Files(), Tables{Names: countingNames{&asked}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		most int
	}{{"上海示例科技有限公司", 0}, {"张三", 0}, {"上海示例科技 有限公司", 1}, {"别家有限公司", 5}} {
		c := unfiled()
		c.Observation.Registration.Registrant.Name = domaincheck.Text(test.name)
		asked = 0
		book.Evaluate(c)
		if asked > test.most {
			t.Errorf("%s: the matcher was asked %d times, want at most %d", test.name, asked, test.most)
		}
	}
}
