package holder

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every wording of the two lists is found alone and within a name, whatever
// its case: none is kept from the lists by the stems that are asked first.
func TestEveryWordingIsFound(t *testing.T) {
	raw, err := os.ReadFile("privacy.go")
	if err != nil {
		t.Fatal(err)
	}
	lists := regexp.MustCompile(`(?s)func (IsRedacted|IsProxy)\(.*?\[\]string\{(.*?)\n\t\} \{`).FindAllStringSubmatch(string(raw), -1)
	if len(lists) != 2 {
		t.Fatalf("%d lists", len(lists))
	}
	n := 0
	for _, l := range lists {
		for _, w := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(l[2], -1) {
			for _, s := range []string{w[1], strings.ToUpper(w[1]), "The " + w[1] + " Ltd."} {
				if !IsRedacted(s) && !IsProxy(s) {
					t.Errorf("%s does not find %q", l[1], s)
				}
			}
			n++
		}
	}
	if n < 50 {
		t.Errorf("%d wordings", n)
	}
}

// What the field writes in a holder's place, and names that only look like it.
func TestHolderStatus(t *testing.T) {
	for s, want := range map[string]Status{
		"Registrant of shili.example": Redacted, "****": Redacted, "*******科技有限公司": Redacted, "Privacy Protected": Redacted, "Masked": Redacted, "Private Registrant": Redacted, "On request": Redacted,
		"依据隐私政策隐藏": Redacted, "信息不公开": Redacted, "资料未公開": Redacted, "Information not available": Redacted, "Not shown": Redacted, "not published": Redacted, "Protected Data": Redacted,
		"Nexperian Holding Limited": Proxy, "DYNADOT PRIVACY": Proxy, "Digital Privacy Corporation": Proxy, "Registrant Privacy Proxy LLC": Proxy,
		"北京隐私科技有限公司": Named, "Masked Rider Productions": Named, "Request Media Ltd": Named, "Shown Here GmbH": Named, "Publishing House Ltd": Named, "Registrant Services Ltd": Named,
	} {
		if _, got := (Registrant{Name: s}).Holder(); got != want {
			t.Errorf("%q is %s, want %s", s, got, want)
		}
	}
}
