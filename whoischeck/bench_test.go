package whoischeck

import (
	"testing"

	whoisparser "github.com/likexian/whois-parser"
)

// BenchmarkParseWHOIS measures our reading (the library's included) and the
// library's alone over the same records; the bar is twice its time.
func BenchmarkParseWHOIS(b *testing.B) {
	var found []sample
	size := 0
	for _, s := range samples(b) {
		if s.want["kind"] == "ok" {
			found = append(found, s)
			size += len(s.text)
		}
	}
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(int64(size / len(found)))
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			s := found[i%len(found)]
			ParseWHOIS(s.domain, s.text)
		}
	})
	b.Run("whois-parser", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			whoisparser.Parse(string(found[i%len(found)].text))
		}
	})
}
