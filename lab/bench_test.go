package lab

import "testing"

// BenchmarkFind is the work behind one answer: from a host name to all the
// facts of its site.
func BenchmarkFind(b *testing.B) {
	w, err := newWorld(Options{Sites: 10_000, Seed: 1, Now: testNow})
	if err != nil {
		b.Fatal(err)
	}
	label, tld := w.name(4711)
	host := "www." + label + "." + tld
	b.ReportAllocs()
	for b.Loop() {
		if p, _ := w.find(host); p == nil {
			b.Fatal(host)
		}
	}
}
