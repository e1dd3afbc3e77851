package store

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"domaincheck"
)

func openSmall(t *testing.T, sites int) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "s.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	addSites(t, s, 0, sites)
	return s
}

func addSites(t *testing.T, s *Store, from, to int) {
	t.Helper()
	var l Ledger
	for i := from; i < to; i++ {
		l.Sites = append(l.Sites, domaincheck.Site{Domains: []domaincheck.Domain{{Domain: fmt.Sprintf("s%04d.cn", i), Role: domaincheck.RoleMain}}, State: domaincheck.StateFiled})
	}
	if c, err := s.Import(t.Context(), l, ImportOptions{}); err != nil || len(c.Added) != to-from {
		t.Fatal(c, err)
	}
}

// TestViewSeesOneMoment: whichever connections a view reads over, and whatever
// is written meanwhile, it sees the store as of its beginning.
func TestViewSeesOneMoment(t *testing.T) {
	s := openSmall(t, 5)
	for round := range 3 {
		want := int64(5 + 2*round)
		v, end, err := s.view(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		counts := func() {
			t.Helper()
			var got [40]int64
			if err := v.spread(t.Context(), len(got), func(q querier, i int) error {
				return eachOf(t.Context(), q, `SELECT count(*) FROM sites`, nil, []any{&got[i]}, func() error { return nil })
			}); err != nil {
				t.Fatal(err)
			}
			for i, n := range got {
				if n != want {
					t.Fatalf("round %d, reading %d sees %d sites, not %d", round, i, n, want)
				}
			}
		}
		if round != 1 {
			counts() // some connections are there before the writing, or none
		}
		addSites(t, s, 5+2*round, 7+2*round)
		counts()
		counts()
		end()
		if n := len(s.spare); n != 0 {
			t.Fatalf("%d connections are still taken", n)
		}
	}
}

// TestViewsShareHelpers: more views than there are connections to help wait for
// none of them.
func TestViewsShareHelpers(t *testing.T) {
	s := openSmall(t, 3)
	var ends []func()
	for range readers {
		v, end, err := s.view(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, end)
		var n [20]int64
		if err := v.spread(t.Context(), len(n), func(q querier, i int) error {
			return eachOf(t.Context(), q, `SELECT count(*) FROM sites`, nil, []any{&n[i]}, func() error { return nil })
		}); err != nil {
			t.Fatal(err)
		}
		if slices.Min(n[:]) != 3 {
			t.Fatal(n)
		}
	}
	if n := len(s.spare); n > helpers {
		t.Fatal(n)
	}
	for _, end := range ends {
		end()
	}
	if n := len(s.spare); n != 0 {
		t.Fatalf("%d connections are still taken", n)
	}
	// An error of one reading is the error of all.
	v, end, err := s.view(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	if err := v.spread(t.Context(), 9, func(q querier, i int) error {
		if i == 4 {
			return errDry
		}
		return nil
	}); err == nil {
		t.Fatal("no error")
	}
}

// TestPieces: every id once, in order.
func TestPieces(t *testing.T) {
	for n := range 70 {
		var ids, got []int64
		for i := range n {
			ids = append(ids, int64(i))
		}
		parts := pieces(ids)
		for _, p := range parts {
			if len(p) == 0 {
				t.Fatalf("an empty piece of %d", n)
			}
			got = append(got, p...)
		}
		if !slices.Equal(got, ids) || n > 24 && len(parts) > helpersEach+1 {
			t.Fatalf("%d ids: %v", n, parts)
		}
	}
}

// TestStage: rows of several runs come in one order, each as it was.
func TestStage(t *testing.T) {
	g, err := newStage(filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := g.close(); err != nil {
			t.Error(err)
		}
	}()
	words := []string{"", "a", "a\n", "b:科", "科技"}
	var want []string
	for chunk := range int64(4) {
		g.run()
		for i, w := range words {
			if (int(chunk)+i)%3 == 0 {
				continue
			}
			ids := []byte(strings.Repeat(w, i*100))
			if err := g.add(stagedRow{w, chunk, int64(len(ids)) - 1, ids}); err != nil {
				t.Fatal(err)
			}
			want = append(want, fmt.Sprintf("%q %d %d %d", w, chunk, len(ids)-1, len(ids)))
		}
	}
	g.run() // an empty one
	slices.Sort(want)
	var got []string
	last := ""
	if err := g.rows(func(r *stagedRow) error {
		key := fmt.Sprintf("%s\x00%d", r.word, r.chunk)
		if key <= last {
			t.Errorf("%q comes after %q", key, last)
		}
		last = key
		got = append(got, fmt.Sprintf("%q %d %d %d", r.word, r.chunk, r.n, len(r.ids)))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
}

// TestGrams: a text that contains a word has all grams by which the word is
// sought, both ways in which a text's grams are taken agree, and of a word that
// is surely found by them a text without it lacks one.
func TestGrams(t *testing.T) {
	for _, c := range [][3]string{{"", "示例", "科技"}, {"www.", "a0.cn", "/x"}, {"a\nb", "47.11", "\n京icp备1号"}, {"aa", "aaa", "\u0301"}, {"", "-", "é"}, {"12-", "-", "-12"}} {
		checkGrams(t, c[0], c[1], c[2])
	}
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // texts for a test
	signs := []rune("ab.-1京备 é\nｆ")
	some := func() string {
		out := make([]rune, r.IntN(7))
		for i := range out {
			out[i] = signs[r.IntN(len(signs))]
		}
		return string(out)
	}
	for range 20000 {
		checkGrams(t, some(), some(), some())
	}
}

func checkGrams(t *testing.T, before, word, after string) {
	t.Helper()
	before, after = fold(before), fold(after)
	fields := strings.Fields(fold(word))
	if len(fields) != 1 {
		return
	}
	w := fields[0]
	text := before + w + after
	has := gramsOf(text)
	grams, sure := soughtGrams(w)
	for _, g := range grams {
		if !has[g] {
			t.Fatalf("%q contains %q, but has no %q", text, w, g)
		}
	}
	d := newDerived("")
	if err := d.site(1, listing{text: text}); err != nil {
		t.Fatal(err)
	}
	if len(d.pairs) != len(has) {
		t.Fatalf("%q: %d grams one way, %d the other", text, len(d.pairs), len(has))
	}
	for k := range d.pairs {
		if !has[gramOf(k)] {
			t.Fatalf("%q: %q is no gram of it", text, gramOf(k))
		}
	}
	if other := before + after; sure && len(grams) > 0 && !strings.Contains(other, w) {
		lacks := gramsOf(other)
		if !slices.ContainsFunc(grams, func(g string) bool { return !lacks[g] }) {
			t.Fatalf("%q has no %q, but all of its grams", other, w)
		}
	}
}
