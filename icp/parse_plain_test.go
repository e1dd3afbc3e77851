package icp

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// What the quick reader of plain forms takes, the grammar reads alike; what it
// leaves is left to the grammar.
func TestPlainNumber(t *testing.T) {
	plain := 0
	for _, mark := range "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝蜀川黔贵滇云藏陕秦陇甘青宁新港備中A" {
		for _, digits := range []string{"05032038", "2021000123", "11111111", "99999999", "00000000", "05000000", "1921000123", "0503203", "050320381", "20210001234", "12345678"} {
			for _, tail := range []string{"号", "号-1", "号-10", "号-999", "号-1000", "号-0", "号-01", "号-1A", "号-", "号 ", "号-1 ", "号-1号", "", "-1", "號-1", "号－1", "号-1/2", "号1"} {
				text := string(mark) + "ICP备" + digits + tail
				n, ok := plainNumber(text)
				if !ok {
					continue
				}
				plain++
				if want, err := parseNumber(text); err != nil || !reflect.DeepEqual(n, want) {
					t.Errorf("%q: %+v, the grammar %+v (%v)", text, n, want, err)
				}
			}
		}
	}
	if plain < 500 {
		t.Errorf("only %d forms were read quickly", plain)
	}
	for _, text := range []string{"", "京", "京ICP", "京ICP备", "京ICP备05032038", "京icp备05032038号", " 京ICP备05032038号"} {
		if n, ok := plainNumber(text); ok {
			t.Errorf("%q: %+v", text, n)
		}
	}
}

func BenchmarkParseNumber(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseNumber("沪ICP备2020012345号-1"); err != nil {
			b.Fatal(err)
		}
	}
}

// The marks of the table and the switch that finds them are the same.
func TestPlaceOfMark(t *testing.T) {
	table := provinces()
	marks := map[rune]int{}
	for i, p := range table {
		for _, mark := range p.Marks {
			marks[mark] = i
		}
	}
	for r := rune(0); r < 0x10000; r++ {
		want, ok := marks[r]
		if !ok {
			want = -1
		}
		if got := placeOfMark(r); got != want {
			t.Errorf("%q: %d, want %d", r, got, want)
		}
	}
}

// TestNextAnchor holds the search that steps over eight bytes or two characters
// to the one that reads byte by byte.
func TestNextAnchor(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 5))
	pieces := []string{
		"a", "12345678", "设", "公司", "大多", "，", "“", "\u00A0", "·", "\U0001D7CF", "\n", "备", "備", "偹", "俻", "证", "証", "證", "Ｂ", "ｂ", "B2", "b1",
		"cp1", "ICP0", "P", "b", "\xE5", "\xA4", "\x87", "\xE5\xA4", "\xED\xA0\x80", "\xF0", "\xFF",
	}
	for range 50_000 {
		var b strings.Builder
		for n := r.IntN(14); n > 0; n-- {
			k := len(pieces)
			if r.IntN(3) > 0 {
				k = 11
			}
			b.WriteString(pieces[r.IntN(k)])
		}
		s := b.String()
		i := r.IntN(len(s) + 1)
		at, kind := nextAnchor(s, i)
		wantAt, wantKind := anchorWithin(s, i, len(s))
		if kind != wantKind || kind != anchorNone && at != wantAt {
			t.Fatalf("%q from %d: %d at %d, not %d at %d", s, i, kind, at, wantKind, wantAt)
		}
	}
}

// TestAnchorLeads: the bits are those of the characters, and no others.
func TestAnchorLeads(t *testing.T) {
	want := map[uint64]bool{}
	for _, r := range "备備偹俻证証證Ｂｂ" {
		s := string(r)
		want[uint64(s[0]&0x0F)<<6|uint64(s[1]&0x3F)] = true
	}
	if len(anchorLeads) != 128 {
		t.Fatalf("%d bytes", len(anchorLeads))
	}
	for both := range uint64(1024) {
		if leads(both) != want[both] {
			t.Errorf("%#x: %v", both, leads(both))
		}
	}
}
