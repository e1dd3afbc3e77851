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
