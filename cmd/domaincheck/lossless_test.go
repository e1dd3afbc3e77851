package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"domaincheck"
	"domaincheck/inventory"
)

// ledgerMaker makes ledgers in which every field of the format is used, with
// texts that spreadsheets and yaml like to break.
type ledgerMaker struct {
	*rand.Rand
	n    int
	used map[string]bool // fields that got a value
}

func (m *ledgerMaker) pick(words ...string) string { return words[m.IntN(len(words))] }

func (m *ledgerMaker) fill(v reflect.Value, path string) {
	last := path[strings.LastIndexByte(path, '.')+1:]
	needed := last == "domain" || last == "domains" || last == "kind" && strings.Contains(path, "papers") || last == "category" || strings.HasSuffix(path, "access.provider") || last == "id"
	if path != "" && !needed && m.IntN(5) == 0 {
		return
	}
	if date, ok := v.Addr().Interface().(*domaincheck.Date); ok {
		*date = domaincheck.DateOf(time.Unix(m.Int64N(4e9), 0))
		m.used[path] = true
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		m.fill(fresh.Elem(), path)
		if fresh.Elem().Kind() != reflect.Struct || !fresh.Elem().IsZero() {
			v.Set(fresh)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			m.fill(v.Field(i), strings.TrimPrefix(path+"."+name, "."))
		}
	case reflect.Slice:
		list := reflect.MakeSlice(v.Type(), 0, 3)
		for range 1 + m.IntN(3) {
			item := reflect.New(v.Type().Elem()).Elem()
			m.fill(item, path)
			if !item.IsZero() {
				list = reflect.Append(list, item)
			}
		}
		if list.Len() > 0 {
			v.Set(list)
		}
	case reflect.String:
		v.SetString(m.word(v.Type().Name(), path, last))
	case reflect.Bool:
		v.SetBool(m.IntN(2) == 0)
	case reflect.Int:
		v.SetInt(m.Int64N(1000))
	case reflect.Float64:
		v.SetFloat(float64(m.IntN(100000)) / 100)
	}
	m.used[path] = m.used[path] || !v.IsZero()
}

func (m *ledgerMaker) word(typ, path, last string) string {
	m.n++
	switch {
	case typ == "Kind":
		return m.pick("unit", "individual")
	case typ == "SiteState":
		return m.pick("unfiled", "not_required", "filing", "filed", "cancelled")
	case typ == "Role":
		return m.pick("alias", "redirect", "api", "static", "mail", "defensive")
	case typ == "AccessState":
		return m.pick("active", "pending", "notice", "cancelled")
	case typ == "OrderKind":
		return m.pick("first", "new_site", "access", "change", "cancel")
	case last == "billing":
		return m.pick("subscription", "pay_as_you_go")
	case path == "servers.type":
		return m.pick("ecs", "vhost", "swas", "nat", "ipv6", "ens", "iot", "market", "fc", "mall", "jushita", "chengxintong", "own", "other")
	case last == "domain" || path == "order.domains":
		return fmt.Sprintf("a%d.cn", m.n)
	case strings.HasSuffix(last, "province"):
		return m.pick("北京", "内蒙古", "广东")
	case last == "addresses":
		return fmt.Sprintf("47.1.%d.%d", m.IntN(256), m.IntN(256))
	case last == "hosts":
		return m.pick("@", "www", "a.b")
	case last == "record_number":
		return m.pick("京ICP备12345678号", "粤ICP备12345678号-3", "浙B2-20080224-1")
	case last == "home":
		return fmt.Sprintf("https://a.cn/x?y=%d", m.n)
	case last == "email":
		return "a@example.com"
	case last == "mobile":
		return "13800138000"
	case last == "provider":
		return m.pick("aliyun", "tencent", "某服务商")
	case last == "id":
		return fmt.Sprintf("id%d", m.n)
	}
	var b strings.Builder
	for range 1 + m.IntN(4) {
		b.WriteString(m.pick("示例", "a", " ", "\n", ",", "，", "、", "|", "/", "=1", "+", "-", "@", "'", `"`, ":", "#", "{", "[", "null", "是", "无", "2020-01-01", "1e3", "\t", "46082", "Co., Ltd."))
	}
	return b.String()
}

func (m *ledgerMaker) document(sites int) inventory.Document {
	var doc inventory.Document
	for range sites {
		var s domaincheck.Site
		m.fill(reflect.ValueOf(&s).Elem(), "")
		s.Domains[0].Role = domaincheck.RoleMain
		doc.Sites = append(doc.Sites, s)
	}
	return doc
}

// Whatever a ledger holds goes into a store and out again in yaml, xlsx and
// json: importing what was exported changes nothing, there or in a new store.
func TestExportImportLosesNothing(t *testing.T) {
	m := &ledgerMaker{Rand: rand.New(rand.NewPCG(1, 2)), used: map[string]bool{}}
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	do := func(db string, args ...string) string {
		t.Helper()
		t.Setenv("DOMAINCHECK_STORE", "sqlite:"+at(db))
		var out, problems bytes.Buffer
		if status := run(args, streams{strings.NewReader(""), &out, &problems}); status != 0 {
			t.Fatalf("%v: status %d\n%s%.2000s", args, status, problems.String(), out.String())
		}
		return out.String()
	}
	unchanged := func(db, file string, sites int) {
		t.Helper()
		var did imported
		if err := json.Unmarshal([]byte(do(db, "import", file, "--json")), &did); err != nil {
			t.Fatal(err)
		}
		if len(did.Unchanged) != sites || did.Subjects != 0 || did.Servers != 0 {
			t.Fatalf("%s changes %v, %d subjects, %d servers", file, did.Changed, did.Subjects, did.Servers)
		}
	}
	const sites = 50
	var b bytes.Buffer
	if err := inventory.WriteYAML(&b, m.document(sites)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at("made.yaml"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	do("first.db", "import", at("made.yaml"))
	do("first.db", "export", at("whole.yaml"))
	whole, err := os.ReadFile(at("whole.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"yaml", "xlsx", "json", "csv"} {
		file := at("out." + format)
		do("first.db", "export", file)
		unchanged("first.db", file, sites)
		if format == "csv" {
			continue // one table: subjects and servers that no site has are not in it
		}
		do(format+".db", "import", file)
		unchanged(format+".db", at("made.yaml"), sites)
		if again := do(format+".db", "export", "-"); again != string(whole) {
			t.Errorf("%s: another store exports\n%s\nthe first\n%s", format, again, whole)
		}
	}
	everyField(t, m)
}

// everyField fails if the ledgers made left out a field of the format.
func everyField(t *testing.T, m *ledgerMaker) {
	t.Helper()
	var walk func(typ reflect.Type, path string)
	walk = func(typ reflect.Type, path string) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[domaincheck.Date]() {
			if !m.used[path] {
				t.Errorf("%s was never given a value", path)
			}
			return
		}
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			walk(typ.Field(i).Type, strings.TrimPrefix(path+"."+name, "."))
		}
	}
	walk(reflect.TypeFor[domaincheck.Site](), "")
}
