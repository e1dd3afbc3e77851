package icp_test

import (
	"domaincheck/icp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzFind holds, for any text: what is found is part of the text and reads
// back from its normal form unchanged; places are in order and do not overlap;
// nothing is found without digits; a second reading of the normal forms, one a
// line, finds the same numbers.
func FuzzFind(f *testing.F) {
	f.Add("京ICP备05032038号-1 京公网安备11010802020193号 B2-20080101")
	f.Fuzz(func(t *testing.T, text string) {
		matches := icp.Matches(text)
		end := 0
		for i, m := range matches {
			if i > 0 && m.Start == matches[i-1].Start {
				continue // a list: 号-1/2
			}
			if m.Start < end || m.End <= m.Start || m.End > len(text) || m.Text != text[m.Start:m.End] {
				t.Fatalf("place %d-%d after %d in %q", m.Start, m.End, end, text)
			}
			end = m.End
		}
		var forms []string
		for _, n := range icp.Find(text) {
			checkNumber(t, text, n)
			if !utf8.ValidString(n.Number) {
				t.Fatalf("number %q is not valid text", n.Number)
			}
			forms = append(forms, n.Number)
		}
		var again []string
		for _, n := range icp.Find(strings.Join(forms, "\n")) {
			again = append(again, n.Number)
		}
		if strings.Join(forms, " ") != strings.Join(again, " ") {
			t.Fatalf("normal forms %q read back as %q", forms, again)
		}
		for _, p := range icp.FindPolice(text) {
			old := p.Province == "北京" && (len(p.Code) == 12 || len(p.Code) == 10)
			if len(p.Code) != 14 && !old || p.Text != text[p.Start:p.End] || p.Province == "" {
				t.Fatalf("police number %+v", p)
			}
			if back := icp.FindPolice(p.Number); len(back) != 1 || back[0].Number != p.Number {
				t.Fatalf("police number %q reads back as %+v", p.Number, back)
			}
		}
		licences := icp.FindLicences(text)
		if back := icp.FindLicences(strings.Join(licences, "\n")); strings.Join(back, " ") != strings.Join(licences, " ") {
			t.Fatalf("licences %q read back as %q", licences, back)
		}
		if !strings.ContainsAny(text, "0123456789０１２３４５６７８９") && !containsStyledDigit(text) && len(matches) > 0 {
			t.Fatalf("number without digits in %q", text)
		}
	})
}

func containsStyledDigit(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return 0x1D7CE <= r && r <= 0x1D7FF })
}

func TestSeedsAreThere(t *testing.T) {
	t.Parallel()
	seeds, err := filepath.Glob("testdata/fuzz/FuzzFind/*")
	if err != nil || len(seeds) < 20 {
		t.Fatalf("%d seeds for FuzzFind, %v", len(seeds), err)
	}
	for _, name := range seeds {
		b, err := os.ReadFile(name)
		if err != nil || !strings.HasPrefix(string(b), "go test fuzz v1\n") {
			t.Errorf("%s is no seed: %v", name, err)
		}
	}
}

// BenchmarkFind reads ordinary Chinese text with a footer at its end, and text
// full of the characters that the scan stops at.
func BenchmarkFind(b *testing.B) {
	body := strings.Repeat("我们提供专业的互联网服务，欢迎咨询。产品中心、新闻动态、联系我们 about us and our products; ", 400)
	footer := "© 2005-2024 某某公司 京ICP备05032038号-1 京公网安备11010802020193号 B2-20080101"
	dense := strings.Repeat("设备准备证书认证B2B备案ICP备案查询", 1000)
	for name, text := range map[string]string{"page": body + footer, "dense": dense} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				icp.Find(text)
			}
		})
	}
}
