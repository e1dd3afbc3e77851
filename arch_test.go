package domaincheck_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The house rules of imports, as data: which of our packages each package may
// import. Arrows point down only; floors 0 to 2 are pure. A package that is not
// in the table fails the test: a new one gets its floor first.
var (
	words     = []string{""}
	tables    = []string{"icp", "tldlist", "registrars", "providers", "holder", "inventory"}
	judgement = []string{"rules", "watch", "risk", "alert", "desk"}
	observers = []string{"whoischeck", "dnscheck", "sitecheck", "recordcheck"}
)

func mayImport() map[string][]string {
	join := func(lists ...[]string) []string { return slices.Concat(lists...) }
	floor012 := join(words, tables, judgement, []string{"lab"})
	law := map[string][]string{
		"":          {},
		"rules":     join(words, tables),
		"watch":     words,
		"risk":      join(words, tables, []string{"watch"}),
		"alert":     join(words, []string{"watch"}),
		"desk":      join(words, tables),
		"lab":       join(words, tables),
		"netguard":  {},
		"heap":      {},
		"check":     join(floor012, observers, []string{"netguard"}),
		"store":     join(words, []string{"watch", "alert"}),
		"scheduler": join(floor012, []string{"store"}),
		"notify":    join(words, []string{"alert", "store"}),
		"cluster":   join(words, []string{"watch", "scheduler", "notify", "store"}),
		"config":    floor012,
		"present":   floor012,
		"web":       join(floor012, []string{"store", "present"}),
		"app":       nil, // everything
	}
	for _, p := range tables {
		law[p] = words
	}
	for _, p := range observers {
		law[p] = join(words, tables, []string{"netguard"})
	}
	return law
}

// pure lists the standard library that floors 0 to 2 may import.
var pure = []string{
	"bufio", "bytes", "cmp", "compress/flate", "compress/gzip", "crypto/sha256", "embed", "encoding", "encoding/base64",
	"encoding/binary", "encoding/csv", "encoding/gob", "encoding/hex", "encoding/json", "encoding/xml", "archive/zip", "errors", "fmt", "hash/fnv", "html",
	"io", "io/fs", "iter", "maps", "math", "math/big", "math/bits", "math/rand/v2", "net/netip", "net/url", "path", "reflect", "regexp",
	"slices", "sort", "strconv", "strings", "sync", "sync/atomic", "text/template", "time", "unicode", "unicode/utf16", "unicode/utf8", "unsafe",
}

// textLibraries are the third-party packages that floors 0 to 2 may import.
var textLibraries = []string{
	"golang.org/x/net/idna", "golang.org/x/net/publicsuffix", "golang.org/x/text/", "github.com/goccy/go-yaml",
	"github.com/xuri/excelize/v2", "github.com/mozillazg/go-pinyin", "github.com/longbridgeapp/opencc", "github.com/oschwald/maxminddb-golang/v2",
}

type pkg struct {
	ImportPath, Dir, Name string
	Imports, GoFiles      []string
	TestImports           []string
	XTestImports          []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,Name,Imports,GoFiles,TestImports,XTestImports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(p.ImportPath, "/zz_deps") {
			all = append(all, p)
		}
	}
	if len(all) < 10 {
		t.Fatalf("go list named only %d packages", len(all))
	}
	return all
}

// top is the house name of an import path of ours, or false for a foreign one.
func top(path string) (string, bool) {
	if path == "domaincheck" {
		return "", true
	}
	rest, ours := strings.CutPrefix(path, "domaincheck/")
	name, _, _ := strings.Cut(rest, "/")
	return name, ours
}

func isPure(name string) bool {
	return name == "" || slices.Contains(tables, name) || slices.Contains(judgement, name)
}

// TestImportLaw reads the real imports of every package and compares them with
// the table above.
func TestImportLaw(t *testing.T) {
	law := mayImport()
	for _, p := range packages(t) {
		name, _ := top(p.ImportPath)
		if name == "cmd" || name == "bench" || isCommand(p) {
			continue
		}
		allowed, known := law[name]
		if !known {
			t.Errorf("package %s stands on no floor: add it to the table", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if to, ours := top(imp); ours {
				if to != name && name != "app" && !slices.Contains(allowed, to) {
					t.Errorf("%s must not import %s", p.ImportPath, imp)
				}
				continue
			}
			if isPure(name) && !allowedInPure(imp) {
				t.Errorf("%s is pure and must not import %s", p.ImportPath, imp)
			}
		}
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			if to, ours := top(imp); ours && (to == "cmd" || to == "app") && name != to {
				t.Errorf("tests of %s must not import %s", p.ImportPath, imp)
			}
		}
	}
}

// isCommand tells a generator (package main below a package's folder): it runs
// by hand and ships in no binary.
func isCommand(p pkg) bool { return p.Name == "main" }

// isTestEquipment tells a package that only tests import (storetest, as httptest
// in the standard library).
func isTestEquipment(p pkg) bool { return strings.HasSuffix(p.Name, "test") }

func allowedInPure(imp string) bool {
	if slices.Contains(pure, imp) {
		return true
	}
	for _, lib := range textLibraries {
		if imp == lib || strings.HasPrefix(imp, strings.TrimSuffix(lib, "/")+"/") {
			return true
		}
	}
	return false
}

// TestOnlyOneKnows holds the laws that name a single owner.
func TestOnlyOneKnows(t *testing.T) {
	owners := map[string][]string{
		"github.com/likexian/whois":                          {"whoischeck"},
		"github.com/likexian/whois-parser":                   {"whoischeck"},
		"github.com/miekg/dns":                               {"dnscheck", "lab"},
		"github.com/chromedp/chromedp":                       {"sitecheck"},
		"github.com/robfig/cron/v3":                          {"scheduler", "config", "cluster", "app"},
		"github.com/slack-go/slack":                          {"notify"},
		"modernc.org/sqlite":                                 {"store"},
		"github.com/jackc/pgx/v5":                            {"store", "cluster"},
		"github.com/riverqueue/river":                        {"cluster"},
		"database/sql":                                       {"store", "cluster"},
		"github.com/riverqueue/river/riverdriver/riverpgxv5": {"cluster"},
	}
	seen := map[string]bool{}
	for _, p := range packages(t) {
		name, _ := top(p.ImportPath)
		for _, imp := range p.Imports {
			seen[imp] = true
			if who, guarded := owners[imp]; guarded && name != "bench" && !slices.Contains(who, name) {
				t.Errorf("%s imports %s, which only %v may know", p.ImportPath, imp, who)
			}
		}
	}
	for _, prescribed := range []string{"github.com/likexian/whois", "github.com/likexian/whois-parser", "github.com/miekg/dns"} {
		if !seen[prescribed] {
			t.Errorf("%s is not on the production path", prescribed)
		}
	}
}

// TestNoGrabBags keeps packages named after what they are about.
func TestNoGrabBags(t *testing.T) {
	banned := []string{"util", "utils", "common", "types", "model", "models", "helper", "helpers", "core", "base", "misc"}
	for _, p := range packages(t) {
		if slices.Contains(banned, p.Name) {
			t.Errorf("%s: a package is named after its reason, not %q", p.ImportPath, p.Name)
		}
	}
}

// TestSource reads every production file: purity of floors 0 to 2, os.Exit in
// cmd only, and a package comment everywhere.
func TestSource(t *testing.T) {
	for _, p := range packages(t) {
		name, _ := top(p.ImportPath)
		commented := false
		for _, file := range p.GoFiles {
			path := filepath.Join(p.Dir, file)
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			commented = commented || f.Doc != nil
			at := func(n ast.Node) string {
				pos := fset.Position(n.Pos())
				return fmt.Sprintf("%s/%s:%d", p.ImportPath, file, pos.Line)
			}
			command := name == "cmd" || isCommand(p) || isTestEquipment(p)
			ast.Inspect(f, func(n ast.Node) bool {
				if call := selector(n); call != "" {
					switch {
					case !command && (call == "os.Exit" || strings.HasPrefix(call, "log.Fatal")):
						t.Errorf("%s: only cmd ends the process", at(n))
					case !command && (call == "context.Background" || call == "context.TODO"):
						t.Errorf("%s: a context comes from the caller", at(n))
					case isPure(name) && !isCommand(p) && slices.Contains([]string{"time.Now", "time.Since", "time.Until", "time.Local", "time.LoadLocation"}, call):
						t.Errorf("%s: pure packages are given their instant", at(n))
					}
				}
				if fn, ok := n.(*ast.FuncDecl); ok && fn.Name.Name == "init" && fn.Recv == nil && isPure(name) {
					t.Errorf("%s: no init in a pure package", at(n))
				}
				return true
			})
			if isPure(name) && !isCommand(p) {
				for _, table := range packageTables(f) {
					t.Errorf("%s: package variable %q holds a table; load it in a function that returns an error", at(table), table.Names[0].Name)
				}
			}
		}
		if !commented {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// selector gives "pkg.Name" for a selector expression on a plain identifier.
func selector(n ast.Node) string {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if id, ok := sel.X.(*ast.Ident); ok && id.Obj == nil {
		return id.Name + "." + sel.Sel.Name
	}
	return ""
}

// packageTables gives the package variables that are initialised with a map,
// slice or array literal, with regexp.MustCompile, or by a function of the
// package's own, which may make any of them.
func packageTables(f *ast.File) []*ast.ValueSpec {
	var found []*ast.ValueSpec
	for _, decl := range f.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			value := spec.(*ast.ValueSpec)
			for _, v := range value.Values {
				if lit, ok := v.(*ast.CompositeLit); ok {
					switch lit.Type.(type) {
					case *ast.MapType, *ast.ArrayType:
						found = append(found, value)
					}
				}
				call, ok := v.(*ast.CallExpr)
				if !ok {
					continue
				}
				switch call.Fun.(type) {
				case *ast.FuncLit, *ast.Ident:
					found = append(found, value)
				default:
					if strings.HasPrefix(selector(call.Fun), "regexp.MustCompile") {
						found = append(found, value)
					}
				}
			}
		}
	}
	return found
}
