package whoischeck

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	domaincheck "domaincheck"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// sample is one labelled answer; see testdata/whois/README.md.
type sample struct {
	file   string
	domain string
	want   map[string]string
	text   []byte
}

func samples(t testing.TB) []sample {
	t.Helper()
	files, err := filepath.Glob("testdata/whois/*.txt")
	if err != nil || len(files) < 7 {
		t.Fatalf("samples are missing: %v %v", files, err)
	}
	var out []sample
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range strings.Split("\n"+string(b), "\n=== ") {
			if i == 0 {
				continue
			}
			head, body, _ := strings.Cut(block, "\n")
			s := sample{file: filepath.Base(f), want: map[string]string{}}
			for j, part := range strings.Split(head, "; ") {
				if j == 0 {
					s.domain = part
					continue
				}
				k, v, _ := strings.Cut(part, "=")
				s.want[k] = v
			}
			s.text = encode(t, s.want["charset"], body)
			out = append(out, s)
		}
	}
	return out
}

func encode(t testing.TB, charset, body string) []byte {
	t.Helper()
	var e encoding.Encoding
	switch charset {
	case "":
		return []byte(body)
	case "bom":
		return []byte("\uFEFF" + body)
	case "gb18030":
		e = simplifiedchinese.GB18030
	case "iso2022jp":
		e = japanese.ISO2022JP
	case "euckr":
		e = korean.EUCKR
	case "latin1":
		e = charmap.ISO8859_1
	default:
		t.Fatalf("charset %q", charset)
	}
	b, err := e.NewEncoder().Bytes([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestWHOISCorpus holds the accuracy we promise: kinds at least 99.5 %, each
// fact at least 99 %, and no refusal read as absence or as a record. With
// fewer than two hundred samples that leaves room for no error at all.
func TestWHOISCorpus(t *testing.T) {
	all := samples(t)
	if len(all) < 150 {
		t.Fatalf("only %d samples", len(all))
	}
	right, asked := map[string]int{}, map[string]int{}
	check := func(s sample, fact, got, want string) {
		asked[fact]++
		if got == want {
			right[fact]++
			return
		}
		t.Errorf("%s %s (%s): %s is %q, want %q", s.file, s.domain, s.want["form"], fact, got, want)
	}
	for _, s := range all {
		reg := ParseWHOIS(s.domain, s.text)
		check(s, "kind", string(reg.Outcome), s.want["kind"])
		if reg.Outcome != domaincheck.OutcomeOK && !reg.Outcome.Conclusive() && reg.Error == nil {
			t.Errorf("%s: outcome %s without an error", s.domain, reg.Outcome)
		}
		if w := s.want["wait"]; w != "" {
			ref, _ := IsRefusal(string(s.text))
			d, err := time.ParseDuration(w)
			if err != nil {
				t.Fatal(err)
			}
			check(s, "wait", ref.Wait.String(), d.String())
		}
		for fact, got := range printedFacts(reg) {
			if want, ok := s.want[fact]; ok {
				if fact == "created" || fact == "expires" || fact == "updated" || fact == "registrar_expires" {
					got, want = sameInstant(t, s.domain, got, want)
				}
				check(s, fact, got, want)
			}
		}
	}
	for fact, n := range asked {
		share := float64(right[fact]) / float64(n)
		t.Logf("%-18s %3d of %3d right (%.1f %%)", fact, right[fact], n, 100*share)
		if fact == "kind" && share < 0.995 || share < 0.99 {
			t.Errorf("%s: %.2f %% is below the bar", fact, 100*share)
		}
	}
}

// printedFacts gives a record's facts as the samples write them.
func printedFacts(reg *domaincheck.Registration) map[string]string {
	f := map[string]string{
		"created": reg.Created.String(), "expires": reg.Expires.String(), "updated": reg.Updated.String(), "registrar_expires": reg.RegistrarExpires.String(),
		"ns": strings.Join(reg.Nameservers, ","), "statuses": strings.Join(reg.Statuses, ","),
		"registrar": "-", "iana": "-", "registrant": "-", "other": "-", "redacted": "no", "proxy": "no",
	}
	if r := reg.Registrar; r != nil {
		f["registrar"], f["iana"] = string(r.Name), string(r.IANAID)
	}
	if r := reg.Registrant; r != nil {
		switch {
		case r.Organization != "":
			f["registrant"] = string(r.Organization)
		case r.Name != "":
			f["registrant"] = string(r.Name)
		}
		f["other"] = strings.Join(r.OtherNames, ",")
		if r.Redacted {
			f["redacted"] = "yes"
		}
		if r.Proxy {
			f["proxy"] = "yes"
		}
	}
	return f
}

// sameInstant compares a printed fact with a label that is a day, an instant,
// or a date in the text's own form.
func sameInstant(t *testing.T, domain, got, want string) (string, string) {
	t.Helper()
	if want == "-" {
		return got, ""
	}
	at, err := time.Parse(time.RFC3339, want)
	if err != nil {
		if at, err = time.Parse("2006-01-02", want); err != nil {
			if at, err = time.Parse("2006年01月02日", want); err != nil {
				if at, err = time.Parse("Mon Jan 02 15:04:05 MST 2006", want); err != nil {
					t.Fatalf("%s: label %q is no date", domain, want)
				}
			}
		}
	}
	return got, domaincheck.At(at).String()
}
