package rules

import (
	"testing"

	"domaincheck"
)

func BenchmarkEvaluate(b *testing.B) {
	book, err := Default()
	if err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct {
		name string
		c    domaincheck.Case
	}{{"healthy", healthy()}, {"sick", sick()}, {"unfiled", unfiled()}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				book.Evaluate(bench.c)
			}
		})
	}
}
