package inventory

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"domaincheck"
)

// maker fills nouns with hostile but legal values from a seed.
type maker struct {
	*rand.Rand
	w *words
}

func (m maker) text() string {
	pieces := []string{"示例", "a", " ", "\n", ",", "，", "、", "|", "/", "=1", "+", "-", "@", "'", `"`, "\\", ":", "#", "{", "}", "[", "]", "null", "是", "无", "2020-01-01", "1e3", "~", "%", "&", "*", "!", "?", "\t", "\u00a0", "\u2028", "\u0085", "\ufeff", "😀", "46082", "true", "<b>", "Co., Ltd."}
	var b strings.Builder
	for range 1 + m.IntN(4) {
		b.WriteString(pieces[m.IntN(len(pieces))])
	}
	return b.String()
}

// fill gives every fact a value, or with a third of the chance none.
func (m maker) fill(v reflect.Value, path string) {
	last := path[strings.LastIndexByte(path, '.')+1:]
	if m.IntN(3) == 0 && path != "" && last != "domain" && last != "domains" && !strings.HasSuffix(path, "access.provider") && !strings.HasSuffix(path, "papers.kind") && last != "category" {
		return
	}
	if date, ok := v.Addr().Interface().(*domaincheck.Date); ok {
		*date = domaincheck.DateOf(time.Unix(m.Int64N(4e9), 0))
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
		for _, f := range fields(v.Type()) {
			m.fill(v.FieldByIndex(f.Index), join(path, jsonName(f)))
		}
	case reflect.Slice:
		n := 1 + m.IntN(3)
		out := reflect.MakeSlice(v.Type(), n, n)
		for i := range n {
			m.fill(out.Index(i), path)
			if out.Index(i).IsZero() || path == "subject" {
				out = out.Slice(0, i)
				break
			}
		}
		if out.Len() > 0 {
			v.Set(out)
		}
	case reflect.String:
		v.SetString(m.word(v.Type(), path, last))
	case reflect.Bool:
		v.SetBool(m.IntN(2) == 0)
	case reflect.Int:
		v.SetInt(m.Int64N(1000))
	case reflect.Float64:
		v.SetFloat(float64(m.IntN(100000)) / 100)
	}
}

func (m maker) word(t reflect.Type, path, last string) string {
	for _, e := range enums() {
		if e.is(t, path) {
			all := m.w.meanings(e.section)
			return all[m.IntN(len(all))]
		}
	}
	switch {
	case last == "domain" || path == "order.domains":
		return fmt.Sprintf("a%d.cn", m.IntN(1e6))
	case last == "province" || strings.HasSuffix(last, "_province"):
		all := m.w.meanings("province")
		return all[m.IntN(len(all))]
	case last == "addresses":
		return fmt.Sprintf("47.1.%d.%d", m.IntN(256), m.IntN(256))
	case last == "hosts":
		return []string{"@", "www", "a.b"}[m.IntN(3)]
	case last == "home":
		return "https://a.cn/x?y=" + fmt.Sprint(m.IntN(100))
	case last == "email":
		return "a@example.com"
	case last == "mobile":
		return "13800138000"
	case last == "provider":
		return []string{"aliyun", "tencent", "某服务商"}[m.IntN(3)]
	case last == "id":
		return fmt.Sprintf("id%d", m.IntN(1e9))
	}
	return m.text()
}

// Whatever a ledger holds, yaml, xlsx and csv bring it back.
func TestLossless(t *testing.T) {
	w, err := loadWords(wordsFile)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(40) {
		m := maker{rand.New(rand.NewPCG(seed, 7)), w}
		var doc Document
		for range 1 + m.IntN(3) {
			var s domaincheck.Site
			m.fill(reflect.ValueOf(&s).Elem(), "")
			site, errs := settle(t, s)
			if errs != "" {
				t.Fatalf("seed %d: the made site is refused: %s", seed, errs)
			}
			doc.Sites = append(doc.Sites, site)
		}
		for _, format := range []string{"yaml", "xlsx", "csv"} {
			var b bytes.Buffer
			switch format {
			case "yaml":
				err = WriteYAML(&b, doc)
			case "xlsx":
				err = WriteXLSX(&b, doc)
			default:
				err = WriteCSV(&b, doc)
			}
			if err != nil {
				t.Fatal(err)
			}
			again, err := Read(bytes.NewReader(b.Bytes()), Options{Name: "x." + format})
			if err != nil {
				t.Fatalf("seed %d %s: %v", seed, format, err)
			}
			for _, r := range again.Refused() {
				t.Fatalf("seed %d %s: %v", seed, format, r.Err)
			}
			for i := range doc.Sites {
				if a, b := string(flow(tree(valueOf(doc.Sites[i])))), string(flow(tree(valueOf(again.Sites[i])))); a != b {
					t.Fatalf("seed %d %s:\n%s\n%s", seed, format, a, b)
				}
			}
		}
	}
}

// settle brings a made site into the form that reading gives: roles and hosts
// settled, empty objects gone.
func settle(t *testing.T, s domaincheck.Site) (domaincheck.Site, string) {
	t.Helper()
	s.Home = domaincheck.Text(s.Home)
	n := tree(valueOf(s))
	l := &loader{o: Options{Name: "made"}}
	d := l.decoder(false)
	site, _ := l.site(n)
	if e := d.take(); e != nil {
		return site, e.Error()
	}
	return site, ""
}

// BenchmarkRead reads a ledger of 10,000 full sites.
func BenchmarkRead(b *testing.B) {
	var doc Document
	for i := range 10_000 {
		name := domaincheck.Text(fmt.Sprintf("公司%d", i/10))
		doc.Sites = append(doc.Sites, domaincheck.Site{
			Domains: domaincheck.List[domaincheck.Domain]{{Domain: fmt.Sprintf("site%d.cn", i), Role: domaincheck.RoleMain}},
			Name:    "示例", Subject: &domaincheck.Subject{ID: name, Name: name, Kind: domaincheck.KindUnit, Province: "上海"}, State: domaincheck.StateFiled,
			RecordNumber: "沪ICP备12345678号-1", FiledOn: domaincheck.MustDate("2020-05-01"),
			Access: domaincheck.List[domaincheck.Access]{{Provider: "aliyun", State: domaincheck.AccessActive, Addresses: domaincheck.List[string]{"47.110.0.1"}}},
		})
	}
	for _, format := range []string{"yaml", "xlsx", "csv"} {
		var out bytes.Buffer
		write := map[string]func() error{"yaml": func() error { return WriteYAML(&out, doc) }, "xlsx": func() error { return WriteXLSX(&out, doc) }, "csv": func() error { return WriteCSV(&out, doc) }}[format]
		if err := write(); err != nil {
			b.Fatal(err)
		}
		b.Run(format, func(b *testing.B) {
			b.SetBytes(int64(out.Len()))
			b.ReportAllocs()
			for b.Loop() {
				got, err := Read(bytes.NewReader(out.Bytes()), Options{Format: format})
				if err != nil || len(got.Sites) != len(doc.Sites) {
					b.Fatal(len(got.Sites), err)
				}
			}
		})
	}
}
