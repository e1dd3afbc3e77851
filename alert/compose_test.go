package alert_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	dc "domaincheck"
	"domaincheck/alert"
)

// plain are words for tests: they say what they are asked for.
type plain struct{}

func (plain) Finding(f dc.Finding, lang string) alert.Sentence {
	if lang == "en" {
		return alert.Sentence{Summary: "@ and www lead to Hong Kong 47.56.0.1", Fix: "point them back", Basis: []string{"001 §4"}}
	}
	return alert.Sentence{Summary: "www、@ 解析到香港 47.56.0.1（2 个解析器）", Fix: "把解析改回境内节点", Basis: []string{"001 §4", "接入商实践"}}
}

func (plain) Risk(r dc.Risk, lang string) alert.Consequence {
	if lang == "en" {
		return alert.Consequence{Outcome: "access cancelled", Chain: "access cancelled → empty shell", Deadline: r.Deadline.Day().String() + " (typical, not a legal date)", Fix: "file a change"}
	}
	return alert.Consequence{Outcome: "取消接入", Chain: "取消接入→空壳网站→注销备案", Deadline: r.Deadline.Day().String() + "（经验期限，非法定）", Fix: "向接入商说明", Basis: []string{"接入商实践"}}
}

func (plain) Provider(id, lang string) string {
	if lang == "en" {
		return "Aliyun"
	}
	return "阿里云"
}

func sample(kind alert.Kind) alert.Event {
	e := alert.Event{
		Key: "0123456789ABCDEF", Kind: kind, Domain: "example.cn", Unicode: "example.cn", Rule: "access.mainland", Level: dc.High,
		Since: at("2026-11-03T09:00:00+08:00"), At: at("2026-11-03T09:30:00+08:00"), Deadline: at("2026-11-13"), DeadlineKind: "typical", DaysLeft: dc.Known(10),
	}
	if kind != alert.Resolved && kind != alert.Test {
		e.Risks = dc.List[dc.Risk]{{Outcome: dc.RiskDeAccess, Signal: "S07", Expected: dc.High, Deadline: at("2026-11-13"), DeadlineKind: "typical", Provider: "aliyun"}}
	}
	return e
}

// TestWording holds every kind in both languages against a golden file.
func TestWording(t *testing.T) {
	var b strings.Builder
	for _, lang := range []string{"zh", "en"} {
		for _, kind := range []alert.Kind{alert.Opened, alert.Worse, alert.Reminder, alert.Deadline, alert.Resolved, alert.Summary, alert.Test} {
			e := sample(kind)
			if kind == alert.Deadline {
				e.DaysLeft = dc.Known(3)
			}
			fmt.Fprintf(&b, "--- %s %s\n", kind, lang)
			for _, p := range alert.Compose([]alert.Event{e}, alert.Options{Lang: lang, Words: plain{}}) {
				fmt.Fprintln(&b, p.Text())
			}
		}
		for _, outcome := range []dc.RiskOutcome{dc.RiskBlock, dc.RiskDeAccess, dc.RiskEmptyShell, dc.RiskDeregistration, dc.RiskFine, dc.RiskNotFileable, "new"} {
			e := sample(alert.Opened)
			e.Risks[0].Outcome = outcome
			fmt.Fprintln(&b, alert.Compose([]alert.Event{e}, alert.Options{Lang: lang, Words: plain{}})[0].Title())
		}
	}
	golden := filepath.Join("testdata", "wording.txt")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the wording changed (UPDATE_GOLDEN=1 takes it over):\n%s", b.String())
	}
	for _, never := range []string{"掉备案", "违法"} {
		if strings.Contains(b.String(), never) {
			t.Errorf("says %s", never)
		}
	}
}

func many(n int) []alert.Event {
	var events []alert.Event
	for i := range n {
		e := sample(alert.Opened)
		e.Domain, e.Unicode = dc.Text(fmt.Sprintf("site-%04d.cn", i)), dc.Text(fmt.Sprintf("site-%04d.cn", i))
		e.Key = alert.KeyOf(string(e.Domain), e.Rule, "", e.Since)
		events = append(events, e)
	}
	return events
}

// TestSplit: however small the pieces, every domain has its own line and key,
// in order, and no piece is too large.
func TestSplit(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 50, 500} {
		for _, limits := range []alert.Limits{{}, {Bytes: 120}, {Bytes: 600}, {Bytes: 20000}, {Blocks: 1}, {Bytes: 2000, Blocks: 7}} {
			events := many(n)
			pieces := alert.Compose(events, alert.Options{Words: plain{}, Limits: limits})
			i := 0
			for _, p := range pieces {
				text := p.Text()
				if limits.Bytes > 0 && len(text) > limits.Bytes || limits.Blocks > 0 && len(p.Blocks) > limits.Blocks || !utf8.ValidString(text) {
					t.Fatalf("%d events, %+v: a piece of %d bytes, %d blocks", n, limits, len(text), len(p.Blocks))
				}
				if !strings.HasPrefix(text, "【高】"+string(events[i].Domain)) {
					t.Fatalf("a piece begins %q", text)
				}
				for _, b := range p.Blocks {
					lines := strings.Split(b.Text(), "\n")
					if !strings.HasPrefix(lines[0], "【高】") || !strings.Contains(lines[0], string(events[i].Domain)) || lines[len(lines)-1] != "单号 "+events[i].Key || b.Event.Key != events[i].Key {
						t.Fatalf("event %d: %q", i, b.Text())
					}
					i++
				}
			}
			if i != n {
				t.Errorf("%d of %d events are told", i, n)
			}
		}
	}
}

// hostile are words that a stranger wrote.
type hostile struct{ text string }

func (h hostile) Finding(dc.Finding, string) alert.Sentence {
	return alert.Sentence{Summary: h.text, Fix: h.text, Basis: []string{h.text}}
}

func (h hostile) Risk(dc.Risk, string) alert.Consequence {
	return alert.Consequence{Chain: h.text, Deadline: h.text, Fix: h.text + "2", Basis: []string{h.text}}
}
func (h hostile) Provider(string, string) string { return h.text }

// FuzzCompose: whatever a page says of itself, each event stays within its
// lines, its head and its key are its own, and the limit holds.
func FuzzCompose(f *testing.F) {
	for _, s := range []string{"", "单号 FFFF\n【恢复】other.cn", "\x00\u202e\r\n", strings.Repeat("长", 5000), "\xff\xfe", "<!channel> @all"} {
		f.Add(s, 400)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = 100 + (limit%5000+5000)%5000
		e := sample(alert.Opened)
		pieces := alert.Compose([]alert.Event{e, e}, alert.Options{Words: hostile{text}, Limits: alert.Limits{Bytes: limit}})
		refs := 0
		for _, p := range pieces {
			if len(p.Text()) > limit || !utf8.ValidString(p.Text()) {
				t.Fatalf("%d bytes of %d, valid %t", len(p.Text()), limit, utf8.ValidString(p.Text()))
			}
			for line := range strings.SplitSeq(p.Text(), "\n") {
				if strings.HasPrefix(line, "单号 ") {
					refs++
					if line != "单号 "+e.Key {
						t.Fatalf("a foreign key: %q", line)
					}
				}
			}
		}
		if refs != 2 {
			t.Fatalf("%d keys, want 2", refs)
		}
	})
}

func TestFuzzSeeds(t *testing.T) {
	seeds, err := filepath.Glob("testdata/fuzz/FuzzCompose/*")
	if err != nil || len(seeds) == 0 {
		t.Fatalf("no seeds are committed: %v", err)
	}
}

func TestIDN(t *testing.T) {
	e := sample(alert.Opened)
	e.Domain, e.Unicode, e.Target = "xn--fiq228c.cn", "中文.cn", "www.xn--fiq228c.cn"
	text := alert.Compose([]alert.Event{e}, alert.Options{Words: plain{}})[0].Text()
	for _, want := range []string{"【高】中文.cn（xn--fiq228c.cn）", "看到：www.中文.cn：www、@"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
}

func TestOnlyKnownKindsUpdate(t *testing.T) {
	var got []alert.Kind
	for _, k := range []alert.Kind{alert.Opened, alert.Worse, alert.Reminder, alert.Deadline, alert.Resolved, alert.Summary, alert.Test} {
		if k.Updated() {
			got = append(got, k)
		}
	}
	if !slices.Equal(got, []alert.Kind{alert.Worse, alert.Reminder, alert.Deadline, alert.Summary}) {
		t.Errorf("%v", got)
	}
}
