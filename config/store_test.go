package config

import (
	"strings"
	"testing"
)

// A relative file leads below the folder of the settings; nothing else does.
func TestStoreURL(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"", "", "sqlite:domaincheck.db"},
		{"/etc/dc/domaincheck.yaml", "", "sqlite:/etc/dc/domaincheck.db"},
		{"/etc/dc/domaincheck.yaml", "store: sqlite:data/x.db", "sqlite:/etc/dc/data/x.db"},
		{"/etc/dc/domaincheck.yaml", "store: sqlite:/var/x.db", "sqlite:/var/x.db"},
		{"/etc/dc/domaincheck.yaml", "store: postgres://a:b@db/dc", "postgres://a:b@db/dc"},
	} {
		s, err := Load(strings.NewReader(c.text), Options{Name: c.name})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.StoreURL(); got != c.want {
			t.Errorf("%s %q: %s, want %s", c.name, c.text, got, c.want)
		}
	}
}
