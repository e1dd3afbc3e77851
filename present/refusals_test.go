package present

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"domaincheck"
)

func TestRefusalsSay(t *testing.T) {
	t.Parallel()
	r, err := NewRefusals()
	if err != nil {
		t.Fatal(err)
	}
	for english, want := range map[string]string{
		"there is no store here yet":                                                               "这里还没有存储",
		`"a b" is no resolver`:                                                                     `"a b" 不是解析服务器地址`,
		"limits.concurrency is a whole number, not the text \"abc\"":                               "limits.concurrency 应为整数，而不是文字 \"abc\"",
		"channels.ops.secret: the variable ${DT} is not set":                                       "channels.ops.secret: 环境变量 ${DT} 没有设置",
		"the store cannot be written: open /x: read-only file system":                              "存储不可写：打开 /x：文件系统只读",
		`schedule.access: "@every 0s" is not a schedule: once a second (@every 1s) is the fastest`: `schedule.access: "@every 0s" 不是有效的执行时间：最快每秒一次（@every 1s）`,
		`--lang: "fr" is not zh or en`:                                                             `--lang: "fr" 不符合要求：应为 zh 或 en`,
	} {
		if got, ok := r.Say(english); got != want || !ok {
			t.Errorf("%s\n%s, want\n%s", english, got, want)
		}
	}
	if got, ok := r.Say("a sentence that nobody wrote"); ok || got != "a sentence that nobody wrote" {
		t.Errorf("an unknown sentence: %q, %v", got, ok)
	}
	e, whole := r.Error(domaincheck.Errorf(domaincheck.CodeBadInput, "a.csv:3", "the row has no domain").WithHint("fill in the column of domains"))
	if !whole || e.Error() != "a.csv:3: 该行没有域名" || e.Hint != "请填写域名一列" || e.Code != domaincheck.CodeBadInput {
		t.Errorf("%+v", e)
	}
	for _, bad := range []string{"english only", " ⇒ x", "a ⇒ ", "a ⇒ b\na ⇒ c"} {
		if _, err := readRefusals(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// patched are put together from parts that the list holds as one, or are no
// refusals.
var patched = map[string]bool{
	"%s: %s cannot be read%s": true, "%s no key %s": true, "not valid yaml%s": true, "channel %s: %s %s": true,
	"leads to ": true, "still here ": true, "lab simulate": true,
}

var verb = regexp.MustCompile(`%[.0-9]*[a-zA-Z]`)

// TestRefusalsAreWhole: what the packages that people's input meets first say
// when they refuse is there in Chinese.
func TestRefusalsAreWhole(t *testing.T) {
	t.Parallel()
	r, err := NewRefusals()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, dir := range []string{"..", ".", "../check", "../config", "../inventory", "../app", "../desk", "../web", "../cmd/domaincheck"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for place, sentence := range sentences(t, file) {
				n++
				if _, ok := r.Say(strings.ReplaceAll(verb.ReplaceAllString(sentence, "X1"), "%%", "%")); !ok {
					t.Errorf("%s: %q has no line in refusals.zh.txt", place, sentence)
				}
			}
		}
	}
	if n < 300 {
		t.Errorf("%d sentences were found", n)
	}
}

// sentences are the messages and hints of a file's refusals, by place.
func sentences(t *testing.T, file string) map[string]string {
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	note := func(a ast.Expr) {
		if text, ok := literal(a); ok && strings.Contains(strings.TrimSpace(text), " ") && strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyz") && !strings.Contains(text, "\n") && text != "%s: %s" && text != "%s: %w" && !patched[text] {
			out[set.Position(a.Pos()).String()] = text
		}
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		if to, ok := n.(*ast.AssignStmt); ok { // hint = "…"
			for i, left := range to.Lhs {
				if name, ok := left.(*ast.Ident); ok && name.Name == "hint" && i < len(to.Rhs) {
					note(to.Rhs[i])
				}
			}
		}
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name := ""
		switch f := c.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
			if of, ok := f.X.(*ast.Ident); ok && of.Name == "fmt" {
				return true
			}
		}
		switch name {
		case "Errorf", "WithHint", "fail", "refuse", "badFlag", "add", "errText", "problem", "hint":
		default:
			return true
		}
		for _, a := range c.Args {
			note(a)
		}
		return true
	})
	return out
}

// literal is a text that stands in the source, with X1 for what does not.
func literal(e ast.Expr) (string, bool) {
	switch v := e.(type) {
	case *ast.BasicLit:
		if v.Kind == token.STRING {
			text, err := strconv.Unquote(v.Value)
			return text, err == nil
		}
	case *ast.BinaryExpr:
		left, l := literal(v.X)
		right, r := literal(v.Y)
		if !l && !r {
			return "", false
		}
		if !l {
			left = "X1"
		}
		if !r {
			right = "X1"
		}
		return left + right, true
	}
	return "", false
}
