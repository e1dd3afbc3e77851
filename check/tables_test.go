package check_test

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/check"
	"domaincheck/rules"
	"domaincheck/watch"
)

// write puts files into a fresh folder.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func province(t *testing.T, name string) string {
	t.Helper()
	data, err := fs.ReadFile(rules.Files(), "provinces/"+name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestPrefixes: the user's own networks precede what the tables know.
func TestPrefixes(t *testing.T) {
	dir := write(t, map[string]string{"p.csv": "prefix,provider,mainland\n203.0.113.0/24,机房甲,是\n47.110.0.1,tencent\n"})
	world, err := check.OpenTables(check.TableFiles{Prefixes: filepath.Join(dir, "p.csv")})
	if err != nil {
		t.Fatal(err)
	}
	for ip, want := range map[string]string{"203.0.113.9": "机房甲", "47.110.0.1": "tencent", "47.110.0.2": "aliyun"} {
		a := world.Attribute(netip.MustParseAddr(ip), nil)
		if string(a.Provider) != want || (a.By == "user") != (want != "aliyun") {
			t.Errorf("%s: %s by %s, want %s", ip, a.Provider, a.By, want)
		}
	}
	plain, err := check.OpenTables(check.TableFiles{})
	if err != nil {
		t.Fatal(err)
	}
	if plain.Tables["providers"] == world.Tables["providers"] {
		t.Error("the report does not tell that prefixes are in force")
	}
}

// TestProvinces: one file of the user's replaces one province, the others stay.
func TestProvinces(t *testing.T) {
	dir := write(t, map[string]string{"shanghai.yaml": province(t, "shanghai.yaml") + "\n# ours\n", "README.md": "not a province"})
	world, err := check.OpenTables(check.TableFiles{Provinces: dir})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := check.OpenTables(check.TableFiles{})
	if err != nil {
		t.Fatal(err)
	}
	if plain.Tables["rules"] == world.Tables["rules"] {
		t.Error("the report does not tell that another book is in force")
	}
	for _, name := range []string{"上海", "广东"} {
		if _, ok := world.Book.Province(name); !ok {
			t.Errorf("no book for %s", name)
		}
	}
	if got := world.Lists()[0]; string(got.File) != dir {
		t.Errorf("the list says %q, want %s", got.File, dir)
	}
}

// TestBadTables: a table that the user names is in force or an error with its
// place, never passed over.
func TestBadTables(t *testing.T) {
	dir := write(t, map[string]string{
		"bad.csv": "prefix,provider\n1.2.3.0/24,aliyun\n1.2.3.0/99,aliyun\n", "tlds.csv": "a,b\n", "shanghai.yaml": "province: 上海\nnope: 1\n",
	})
	empty := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	for name, row := range map[string]struct {
		files check.TableFiles
		code  domaincheck.Code
		place string
	}{
		"prefix":            {check.TableFiles{Prefixes: file("bad.csv")}, domaincheck.CodeBadTable, file("bad.csv") + ":3"},
		"no cnames":         {check.TableFiles{CNAMEs: file("missing.csv")}, domaincheck.CodeUnreadable, file("missing.csv")},
		"no prefixes":       {check.TableFiles{Prefixes: file("missing.csv")}, domaincheck.CodeUnreadable, file("missing.csv")},
		"tlds":              {check.TableFiles{TLDs: file("tlds.csv")}, domaincheck.CodeBadTable, file("tlds.csv")},
		"no tlds":           {check.TableFiles{TLDs: file("missing.csv")}, domaincheck.CodeUnreadable, file("missing.csv")},
		"no registrars":     {check.TableFiles{Registrars: file("missing.csv")}, domaincheck.CodeUnreadable, file("missing.csv")},
		"no providers":      {check.TableFiles{Providers: file("missing.csv")}, domaincheck.CodeUnreadable, file("missing.csv")},
		"province":          {check.TableFiles{Provinces: dir}, domaincheck.CodeBadTable, file("shanghai.yaml")},
		"no province":       {check.TableFiles{Provinces: empty}, domaincheck.CodeBadTable, empty},
		"no folder":         {check.TableFiles{Provinces: file("missing")}, domaincheck.CodeUnreadable, file("missing")},
		"named before dir":  {check.TableFiles{Dir: empty, TLDs: file("tlds.csv")}, domaincheck.CodeBadTable, file("tlds.csv")},
		"dir, table broken": {check.TableFiles{Dir: dir}, domaincheck.CodeBadTable, file("tlds.csv")},
	} {
		_, err := check.OpenTables(row.files)
		e, ok := domaincheck.ErrorIn(err)
		if !ok || !errors.Is(err, row.code) || !strings.HasPrefix(string(e.Place), row.place) {
			t.Errorf("%s: %v, want %s at %s", name, err, row.code, row.place)
		}
	}
}

// TestConfirm: the user's measure takes the place of every rule's own, but for
// those that count at once.
func TestConfirm(t *testing.T) {
	world, err := check.OpenTables(check.TableFiles{Confirm: watch.Override{Apart: new(time.Duration)}})
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := world.Book.Rule("access.resolves"); r.Confirm != (rules.Confirm{Looks: 1}) {
		t.Errorf("apart 0s gives %v", r.Confirm)
	}
	three := 3
	world, err = check.OpenTables(check.TableFiles{Confirm: watch.Override{Looks: &three}})
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := world.Book.Rule("access.resolves"); r.Confirm.Looks != 3 || r.Confirm.Apart != 6*time.Hour {
		t.Errorf("looks 3 gives %v", r.Confirm)
	}
	if r, _ := world.Book.Rule("domain.expiry"); r.Confirm.Looks != 1 {
		t.Errorf("an expiry date needs %d looks", r.Confirm.Looks)
	}
}
