package whoischeck

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestHostileWHOIS: the longest texts of the nastiest shapes are read in
// bounded time.
func TestHostileWHOIS(t *testing.T) {
	many := func(line string) string { return strings.Repeat(line, MaxWHOIS/len(line)+1) }
	var objects strings.Builder
	for i := 0; objects.Len() < MaxWHOIS; i++ {
		fmt.Fprintf(&objects, "Domain Name: d%d.com\nRegistrar: R\n\nnic-hdl: H%d\n\n", i, i)
	}
	for name, text := range map[string]string{
		"blank lines":                      many("\n"),
		"short lines":                      many("a\n"),
		"keys":                             many("a:b\n"),
		"headers":                          many("Registrant:\n"),
		"one sentence":                     many("you have exceeded if "),
		"prose":                            many("please wait if you may be limited\n"),
		"name servers":                     "Domain Name: a.com\n" + many("Name Server: ns1.a.com, ns2.b.com\n"),
		"statuses":                         "Domain Name: a.com\n" + many("Status: a,b,c,d,e,f(((((\n"),
		"digits":                           "Domain Name: a.com\nExpiry Date: " + many("1"),
		"high bytes":                       many("\xff\xfe\xb0\xa1\n"),
		"objects":                          objects.String(),
		"dots":                             many("....\n"),
		"escape":                           many("\x1b$B0!\x1b(B\n"),
		"short, quadratic for the library": "Domain Name: a.jp\n" + strings.Repeat("a:\n", maxLibrary/3-10),
	} {
		start := time.Now()
		r := ParseWHOIS("a.com", []byte(text))
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%s: %s", name, d)
		} else if testing.Verbose() {
			t.Logf("%-36s %-10s %s", name, r.Outcome, d.Round(time.Millisecond))
		}
		checkBounded(t, r)
	}
}
