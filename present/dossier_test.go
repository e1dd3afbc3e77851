package present

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"testing"

	"domaincheck"
)

func dossier() Dossier {
	r := failing()
	r.Site.Subject.Contacts = domaincheck.List[domaincheck.Contact]{{Name: "李四", Email: "li@example.cn"}}
	r.Observation.Registration.Raw = []domaincheck.Raw{{Kind: "whois", Source: "whois.cnnic.cn:43", At: r.At, Bytes: []byte("Domain Name: example.cn\r\nRegistrant: \xd6\xd0")}}
	r.Observation.Page = &domaincheck.HomePage{Look: domaincheck.Look{Outcome: domaincheck.OutcomeOK, At: r.At}, Raw: []domaincheck.Raw{{Kind: "http", Source: "https://www.example.cn/../../etc/passwd?<b>", At: r.At, Bytes: []byte("<html><script>alert(1)</script>")}}}
	return Dossier{Report: r, ReportID: 7, FirstAt: at("2026-11-20T09:00:00+08:00"), Looks: 3, Program: "domaincheck 1.2.3", By: "北京示例科技有限公司", Answers: AnswersOf(r.Observation, "example.cn")}
}

func zipped(t *testing.T, d Dossier) ([]byte, map[string]string) {
	t.Helper()
	var b bytes.Buffer
	if err := WriteEvidence(&b, d, complianceOptions(t, "zh")); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		if !f.Modified.Equal(d.Report.At.Time) {
			t.Errorf("%s is of %s, not of the report", f.Name, f.Modified)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(body)
	}
	return b.Bytes(), files
}

func TestEvidenceZip(t *testing.T) {
	d := dossier()
	first, files := zipped(t, d)
	if second, _ := zipped(t, d); !bytes.Equal(first, second) {
		t.Error("the same report gives another zip")
	}
	// Every file stands in the sums with its own hash, and no other.
	listed := map[string]string{}
	for line := range strings.Lines(files["SHA256SUMS"]) {
		hash, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("line %q", line)
		}
		listed[name] = hash
	}
	for name, body := range files {
		sum := sha256.Sum256([]byte(body))
		if name != "SHA256SUMS" && listed[name] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s has hash %x, listed %q", name, sum, listed[name])
		}
	}
	if len(listed) != len(files)-1 {
		t.Errorf("%d files, %d sums", len(files), len(listed))
	}
	if got := files["raw/001-whois-whois.cnnic.cn_43.txt"]; got != "Domain Name: example.cn\r\nRegistrant: \xd6\xd0" {
		t.Errorf("the WHOIS answer is not byte for byte: %q", got)
	}
	for name := range files {
		if strings.Contains(name, "..") || strings.HasPrefix(name, "/") || strings.ContainsAny(name, `\<>:`) {
			t.Errorf("file name %q", name)
		}
	}
	for _, want := range []string{"2026-11-21 09:00:00 +08:00", "2026-11-20 09:00:00 +08:00 起共 3 次核查", "北京示例科技有限公司，domaincheck 1.2.3", "2026-11-21#1a2b3c4d", "sha256sum -c SHA256SUMS", "Evidence of a website check: example.cn", "3 looks said the same", "维持备案的主机: www.example.cn"} {
		if !strings.Contains(files["cover.txt"], want) {
			t.Errorf("the cover lacks %q", want)
		}
	}
	if strings.Contains(files["cover.html"], "<script") || strings.Contains(files["cover.html"], "<b>标题") {
		t.Error("remote text reached the cover unescaped")
	}
	if strings.Contains(files["report.json"], "li@example.cn") {
		t.Error("a contact is given away")
	}
	if _, err := ReadReports(strings.NewReader(files["report.json"]), "report.json"); err != nil {
		t.Errorf("the report cannot be read back: %v", err)
	}
	golden(t, "testdata/cover.txt", []byte(files["cover.txt"]))
	golden(t, "testdata/cover.html", []byte(files["cover.html"]))
}

func TestAnswersOf(t *testing.T) {
	raw := func(kind string) []domaincheck.Raw { return []domaincheck.Raw{{Kind: kind}} }
	o := domaincheck.Observation{
		Resolution: &domaincheck.Resolution{Raw: raw("dns")},
		Others:     map[string]*domaincheck.Observation{"b.cn": {Registration: &domaincheck.Registration{Raw: raw("rdap")}}, "a.cn": {Page: &domaincheck.HomePage{Raw: raw("http"), Others: domaincheck.List[*domaincheck.HomePage]{{Raw: raw("http")}}}}},
	}
	var got []string
	for _, a := range AnswersOf(o, "main.cn") {
		got = append(got, a.Domain+" "+a.Part+" "+a.Kind)
	}
	if want := []string{"main.cn resolution dns", "a.cn page http", "a.cn page http", "b.cn registration rdap"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
