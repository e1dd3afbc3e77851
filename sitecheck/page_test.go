package sitecheck_test

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"domaincheck"
	"domaincheck/sitecheck"
)

// footer is one case of a corpus: markup, and what a visitor sees of it.
type footer struct {
	name, url, numbers, police, tooltip, licences, copyright, markup string

	drawn            bool   // a script draws what is missing
	charset, claimed string // what the markup is sent in, and what the header says of it
}

// readFooters reads a corpus; its format is described in its first lines.
func readFooters(t testing.TB, file string) []footer {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []footer
	for block := range strings.SplitSeq("\n"+string(b), "\n## ") {
		head, rest, _ := strings.Cut(block, "\n")
		if strings.HasPrefix(strings.TrimSpace(block), "#") {
			continue
		}
		f := footer{name: head, url: "https://www.example.cn/"}
		if name, url, ok := strings.Cut(head, " url="); ok {
			f.name, f.url = name, url
		}
	lines:
		for {
			line, more, _ := strings.Cut(rest, "\n")
			kind, value, _ := strings.Cut(line, " ")
			switch kind {
			case ">":
				f.numbers = strings.TrimPrefix(value, "-")
			case "p":
				f.police = value
			case "t":
				f.tooltip = value
			case "l":
				f.licences = value
			case "c":
				f.copyright = value
			case "s":
				f.drawn = true
			case "e":
				f.charset = value
			case "h":
				f.claimed = value
			default:
				break lines
			}
			rest = more
		}
		f.markup = rest
		if f.markup == "" {
			t.Fatalf("case %q has no markup", f.name)
		}
		out = append(out, f)
	}
	return out
}

func numbersOf(page *domaincheck.HomePage) string {
	var out []string
	for _, n := range page.RecordNumbers {
		out = append(out, n.Number.Number+" "+string(n.LinkState))
	}
	return strings.Join(out, "; ")
}

// TestFooters holds the corpus. Every page is read four times: as it stands,
// byte by byte, and before and behind a long page.
func TestFooters(t *testing.T) {
	t.Parallel()
	cases := readFooters(t, "testdata/footers.txt")
	if len(cases) < 150 {
		t.Fatalf("%d cases", len(cases))
	}
	filler := strings.Repeat("<div><p>我们提供专业的服务，欢迎咨询。</p><a href='/a'>产品</a></div>\n", 1000)
	for _, f := range cases {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			opt := sitecheck.ParseOptions{URL: f.url, ContentType: "text/html; charset=utf-8"}
			page := sitecheck.Parse(strings.NewReader(f.markup), opt)
			checkFooter(t, f, page)
			for how, again := range map[string]*domaincheck.HomePage{
				"byte by byte":       sitecheck.Parse(&trickle{s: f.markup}, opt),
				"before a long page": sitecheck.Parse(strings.NewReader(f.markup+"</a></p></div></table>"+filler), opt),
			} {
				if got := numbersOf(again); got != f.numbers {
					t.Errorf("%s: numbers %q, want %q", how, got, f.numbers)
				}
			}
			long := sitecheck.Parse(strings.NewReader(filler+f.markup), opt)
			if got := numbersOf(long); got != f.numbers {
				t.Errorf("at the end of a long page: numbers %q, want %q", got, f.numbers)
			}
		})
	}
}

func checkFooter(t *testing.T, f footer, page *domaincheck.HomePage) {
	t.Helper()
	if got := numbersOf(page); got != f.numbers {
		t.Errorf("numbers %q, want %q", got, f.numbers)
	}
	var police []string
	for _, n := range page.PoliceNumbers {
		police = append(police, n.Number+" "+string(n.LinkState))
	}
	if got := strings.Join(police, "; "); f.police != "" && got != strings.TrimPrefix(f.police, "-") {
		t.Errorf("police %q, want %q", got, f.police)
	}
	if got := strings.Join(page.Tooltips, " "); got != f.tooltip {
		t.Errorf("tooltips %q, want %q", got, f.tooltip)
	}
	if got := strings.Join(page.Licences, " "); f.licences != "" && got != f.licences {
		t.Errorf("licences %q, want %q", got, f.licences)
	}
	if got := strings.Join(page.Copyright, "; "); f.copyright != "" && got != f.copyright {
		t.Errorf("copyright %q, want %q", got, f.copyright)
	}
	if page.Outcome != domaincheck.OutcomeOK || page.Truncated || page.Bytes != int64(len(f.markup)) {
		t.Errorf("outcome %s, truncated %v, bytes %d of %d", page.Outcome, page.Truncated, page.Bytes, len(f.markup))
	}
	for _, n := range page.RecordNumbers {
		if (n.LinkState == domaincheck.LinkNone) != (n.Link == "") {
			t.Errorf("link %q of state %s", n.Link, n.LinkState)
		}
	}
}

// trickle is a reader that gives one byte at a time.
type trickle struct{ s string }

func (r *trickle) Read(b []byte) (int, error) {
	if r.s == "" {
		return 0, io.EOF
	}
	b[0], r.s = r.s[0], r.s[1:]
	return 1, nil
}

func ExampleParse() {
	page := sitecheck.Parse(strings.NewReader(`<title>示例</title><p>京ICP备<a href="//beian.miit.gov.cn">0503</a>2038号－１`),
		sitecheck.ParseOptions{URL: "https://www.example.cn/"})
	for _, n := range page.RecordNumbers {
		fmt.Println(n.Number.Number, n.Province, n.Link, n.LinkState)
	}
	// Output: 京ICP备05032038号-1 北京 https://beian.miit.gov.cn/ current
}
