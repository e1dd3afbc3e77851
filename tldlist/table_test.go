package tldlist_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"domaincheck"
	"domaincheck/tldlist"
)

func load(t testing.TB) *tldlist.Table {
	t.Helper()
	table, err := tldlist.Default()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestLookup(t *testing.T) {
	table := load(t)
	for _, c := range []struct {
		name, tld         string
		approved, beijing tldlist.Approval
		family, whois     string
		rdap              bool
	}{
		{"cn", "cn", "yes", "yes", "cn", "whois.cnnic.cn", false},
		{"WWW.Example.CN.", "cn", "yes", "yes", "cn", "whois.cnnic.cn", false},
		{"例子。中国", "xn--fiqs8s", "yes", "yes", "cn", "whois.cnnic.cn", false},
		{"中國", "xn--fiqz9s", "yes", "unknown", "cn", "whois.cnnic.cn", false},
		{"xn--fiqs8s", "xn--fiqs8s", "yes", "yes", "cn", "whois.cnnic.cn", false},
		{"XN--55QX5D", "xn--55qx5d", "yes", "yes", "gtld", "whois.ngtld.cn", true},
		{"com", "com", "yes", "yes", "gtld-verisign", "whois.verisign-grs.com", true},
		{".net", "net", "yes", "yes", "gtld-verisign", "whois.verisign-grs.com", true},
		{"org", "org", "no", "no", "gtld", "whois.publicinterestregistry.org", true},
		{"io", "io", "no", "no", "cctld", "whois.nic.io", false},
		{"hk", "hk", "yes", "no", "hk", "whois.hkirc.hk", false},
		{"asia", "asia", "yes", "no", "gtld", "", true},
		{"tel", "tel", "unknown", "yes", "gtld", "", true},
		{"la", "la", "unknown", "no", "cctld", "whois.nic.la", false},
		{"jobs", "jobs", "unknown", "unknown", "gtld", "whois.nic.jobs", true}, // services only
		{"bank", "bank", "unknown", "unknown", "gtld", "", false},              // no row at all
		{"zz", "zz", "unknown", "unknown", "cctld", "", false},                 //
		{"ਭਾਰਤ", "xn--s9brj9c", "unknown", "unknown", "", "", false},           // may be a country's
		{"", "", "unknown", "unknown", "", "", false},                          //
		{"exa mple.c n", "", "unknown", "unknown", "", "", false},              // no name
		{strings.Repeat("a", 5000), "", "unknown", "unknown", "", "", false},   //
	} {
		got := table.Lookup(c.name)
		if got.TLD != c.tld || got.Approved != c.approved || got.Beijing != c.beijing || got.Family != c.family {
			t.Errorf("Lookup(%.40q) = %s approved %s Beijing %s family %q; want %s %s %s %q", c.name, got.TLD, got.Approved, got.Beijing, got.Family, c.tld, c.approved, c.beijing, c.family)
		}
		if c.whois != "" && got.WHOIS != c.whois {
			t.Errorf("Lookup(%.40q).WHOIS = %q, want %q", c.name, got.WHOIS, c.whois)
		}
		if (got.RDAP != "") != c.rdap {
			t.Errorf("Lookup(%.40q).RDAP = %q", c.name, got.RDAP)
		}
		if got.AsOf != table.Version() {
			t.Errorf("Lookup(%.40q).AsOf = %q", c.name, got.AsOf)
		}
	}
}

func TestSecondLevel(t *testing.T) {
	table := load(t)
	for name, want := range map[string]string{
		"www.beijing.gov.cn": "gov category", "bj.cn": "bj region", "shop.com.cn": "com category", "某市.政务.cn": "政务 category",
		"xn--zfr164b.cn": "政务 category", "example.cn": "", "cn": "", "gov.com": "", "tw.cn": "tw region",
	} {
		got := ""
		if s := table.Lookup(name).Second; s != nil {
			got = s.Label + " " + s.Kind
		}
		if got != want {
			t.Errorf("second-level label of %s = %q, want %q", name, got, want)
		}
	}
}

// Every row has the approvals its file says; numbers are those of the sources.
func TestCounts(t *testing.T) {
	table := load(t)
	count := map[tldlist.Approval]int{}
	known := 0
	for _, r := range table.All() {
		if r.Known {
			known++
			count[r.Approved]++
		}
		if r.Known && r.Family == "" {
			t.Errorf("%s has no family", r.TLD)
		}
	}
	if known != 213 || table.Len() != 213 || count["no"] != 37 || count["yes"] != 174 || count["unknown"] != 2 {
		t.Errorf("known %d, %v", known, count)
	}
	if !strings.HasPrefix(table.Version(), "2026-09-15#") || len(table.Version()) != 19 {
		t.Errorf("Version() = %q", table.Version())
	}
}

func tables(t testing.TB) fstest.MapFS {
	out := fstest.MapFS{}
	for _, name := range []string{"tlds.csv", "tld_services.csv", "cn_second_level.csv"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = &fstest.MapFile{Data: b}
	}
	return out
}

func TestLoadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ file, old, new, place string }{
		"missing file":     {"tlds.csv", "", "", "tlds.csv"},
		"wrong header":     {"tlds.csv", "tld,tld_unicode", "tld,unicode", "tlds.csv:2"},
		"doubled key":      {"tlds.csv", "\nart,art,", "\nanquan,anquan,gtld-ascii,yes,,x,no,a,low\nart,art,", "tlds.csv:39"},
		"unknown approval": {"tlds.csv", "cctld-national,yes,China", "cctld-national,maybe,China", "tlds.csv:3"},
		"wrong unicode":    {"tlds.csv", "xn--fiqs8s,中国", "xn--fiqs8s,中國", "tlds.csv:4"},
		"column too many":  {"tlds.csv", "\nart,art,", "\nart,art,x,", "tlds.csv"},
		"RDAP base":        {"tld_services.csv", "https://restwhois.ngtld.cn/", "http://restwhois.ngtld.cn/", "tld_services.csv:6"},
		"WHOIS host":       {"tld_services.csv", "whois.cnnic.cn", "whois.cnnic.cn:43", "tld_services.csv:3"},
		"label kind":       {"cn_second_level.csv", "gov,category", "gov,other", "cn_second_level.csv:5"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := tables(t)
			if c.old == "" {
				delete(fsys, c.file)
			} else {
				next := strings.Replace(string(fsys[c.file].Data), c.old, c.new, 1)
				if next == string(fsys[c.file].Data) {
					t.Fatal("the row to change is not there")
				}
				fsys[c.file].Data = []byte(next)
			}
			_, err := tldlist.Load(fsys)
			var e *domaincheck.Error
			if !errors.As(err, &e) || e.Code != domaincheck.CodeBadTable || string(e.Place) != c.place {
				t.Errorf("error %v (%+v), want bad_table at %s", err, e, c.place)
			}
		})
	}
	fsys := tables(t)
	fsys["tlds.csv"].Data = fsys["tlds.csv"].Data[:3000]
	if _, err := tldlist.Load(fsys); !errors.Is(err, domaincheck.CodeBadTable) {
		t.Errorf("a cut table was loaded: %v", err)
	}
}

const head = "tld,tld_unicode,kind,approved,registry_operator,approval_note,beijing_listed,sources,confidence\n"

func TestReplace(t *testing.T) {
	table := load(t)
	next, err := table.Replace(strings.NewReader("# as of 2027-01-01\n"+head+"org,org,gtld-ascii,yes,PIR,x,no,own,high\n"), "mine.csv")
	if err != nil {
		t.Fatal(err)
	}
	if r := next.Lookup("example.org"); r.Approved != "yes" || r.RDAP == "" || !strings.HasPrefix(r.AsOf, "2027-01-01#") {
		t.Errorf("replaced row: %+v", r)
	}
	if r := next.Lookup("com"); r.Approved != "unknown" || r.Known || r.WHOIS == "" {
		t.Errorf("a TLD the user's table lacks: %+v", r)
	}
	if table.Lookup("org").Approved != "no" {
		t.Error("the old table changed")
	}
	if err := tldlist.Validate(table, next); !errors.Is(err, domaincheck.CodeBadTable) {
		t.Errorf("a table of one row may not replace one of 213: %v", err)
	}
	if err := tldlist.Validate(next, table); err != nil {
		t.Errorf("a longer table is refused: %v", err)
	}
	_, err = table.Replace(strings.NewReader(head+"org,org,gtld-ascii,perhaps,PIR,x,no,own,high\n"), "mine.csv")
	var e *domaincheck.Error
	if !errors.As(err, &e) || e.Place != "mine.csv:2" {
		t.Errorf("error %v names no place in the user's file", err)
	}
}

func TestValidateTenPercent(t *testing.T) {
	table := load(t)
	raw, err := os.ReadFile("tlds.csv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(raw), "\n")
	for lost, ok := range map[int]bool{0: true, 21: true, 22: false} { // of 213
		next, err := table.Replace(strings.NewReader(strings.Join(lines[:len(lines)-1-lost], "")), "new.csv")
		if err != nil {
			t.Fatal(err)
		}
		if err := tldlist.Validate(table, next); (err == nil) != ok {
			t.Errorf("%d of 213 rows lost: %v", lost, err)
		}
	}
}

func ExampleTable_Lookup() {
	table, err := tldlist.Default()
	if err != nil {
		fmt.Println(err)
		return
	}
	row := table.Lookup("例子.公司")
	fmt.Println(row.TLD, row.Approved, row.Beijing, row.WHOIS)
	fmt.Println(table.Lookup("example.invalid").Approved)
	// Output:
	// xn--55qx5d yes yes whois.ngtld.cn
	// unknown
}

func BenchmarkDefault(b *testing.B) {
	for b.Loop() {
		if _, err := tldlist.Default(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	table := load(b)
	b.ReportAllocs()
	for b.Loop() {
		table.Lookup("www.example.com.cn")
	}
}

// Names come from strangers: a look-up ends, and the TLD it names is found
// again as itself, in upper case and below another label.
func FuzzLookup(f *testing.F) {
	table := load(f)
	f.Fuzz(func(t *testing.T, name string) {
		r := table.Lookup(name)
		if r.Approved == "" || r.Beijing == "" || r.AsOf == "" {
			t.Fatalf("Lookup(%q) = %+v", name, r)
		}
		if r.TLD == "" {
			return
		}
		for _, again := range []string{r.TLD, strings.ToUpper(r.TLD), "www.example." + r.TLD + "."} {
			if g := table.Lookup(again); g.TLD != r.TLD || g.Approved != r.Approved || g.Family != r.Family {
				t.Fatalf("Lookup(%q) = %s, but of %q %s", name, r.TLD, again, g.TLD)
			}
		}
	})
}

func TestFuzzSeeds(t *testing.T) {
	if seeds, err := os.ReadDir("testdata/fuzz/FuzzLookup"); err != nil || len(seeds) < 5 {
		t.Errorf("the fuzz seeds are missing: %d, %v", len(seeds), err)
	}
}

func TestJSONHasNoEmptyTexts(t *testing.T) {
	table := load(t)
	for _, name := range []string{"cn", "jobs", "bank", "", "ਭਾਰਤ"} {
		b, err := json.Marshal(table.Lookup(name))
		if err != nil {
			t.Fatal(err)
		}
		if s := string(b); name != "" && strings.Contains(s, `:""`) || strings.Contains(s, `"sources":null`) {
			t.Errorf("%s: %s", name, s)
		}
	}
}
