package web_test

import (
	"archive/zip"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"domaincheck/web"
)

// pagePaths are all pages that are read.
func pagePaths() []string {
	return []string{"/", "/sites", "/sites?sort=deadline", "/sites?verdict=none&unchecked=any&min_risk=low&due=2030-01-01&rule=site.link&outcome=fine&subject=x&server=y&customer=z", "/sites/yunfan-shop.cn", "/sites/qingning.cn",
		"/sites/gudian-music.cn", "/sites/xn--fiqw6opmi68g.cn", "/sites/feiyu-tech.cn", "/sites.csv", "/subjects", "/servers", "/alerts", "/alerts?tab=history", "/deliveries", "/deliveries?state=dead", "/silences?all=1", "/channels", "/cases", "/cases?state=fixed", "/desk", "/desk?kind=empty_shell&q=x",
		"/rules", "/rules/广东", "/status"}
}

// ask sends a request as a browser does, with a session where there is one.
func ask(t *testing.T, c *http.Client, method, address string, form url.Values) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	req.Header.Set("Accept-Language", "zh-CN,zh;q=0.9")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Header
}

// TestPagesRender reads every page in both languages: whole, without a trace of
// a template that failed, without anything inline.
func TestPagesRender(t *testing.T) {
	d := openDashboard(t)
	c := &http.Client{}
	inline := regexp.MustCompile(`(?i)<script>|<script\s+[^s]|\sstyle=|\son[a-z]+=|<(?:img|iframe|object|embed)\b`)
	foreign := regexp.MustCompile(`(?i)\s(?:src|href|action)="(?:https?:|//|javascript:)[^"]*`)
	if status, body, header := ask(t, c, http.MethodGet, d.base+"/sites/probe-shop.cn/evidence.zip?lang=en", nil); status != http.StatusOK || header.Get("Content-Type") != "application/zip" {
		t.Errorf("evidence: %d %s", status, header)
	} else if z, err := zip.NewReader(strings.NewReader(body), int64(len(body))); err != nil {
		t.Error(err)
	} else if _, err := z.Open("SHA256SUMS"); err != nil {
		t.Error(err)
	}
	for _, path := range append(pagePaths(), "/import", "/audit", "/sites/probe-shop.cn/raw") {
		for _, lang := range []string{"zh", "en"} {
			address := d.base + path + map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "lang=" + lang
			status, body, header := ask(t, c, http.MethodGet, address, nil)
			if status != http.StatusOK {
				t.Errorf("%s: %d", address, status)
				continue
			}
			if strings.HasSuffix(path, ".csv") {
				continue
			}
			for _, bad := range []string{"<no value>", "%!", "ZgotmplZ", "&lt;nil&gt;"} {
				if strings.Contains(body, bad) {
					t.Errorf("%s shows %s", address, bad)
				}
			}
			if found := inline.FindString(withoutText(body)); found != "" {
				t.Errorf("%s has something inline: %q", address, found)
			}
			if found := foreign.FindString(body); found != "" {
				t.Errorf("%s leads elsewhere: %q", address, found)
			}
			if want := map[string]string{"zh": "zh-CN", "en": "en"}[lang]; !strings.Contains(body, `<html lang="`+want+`"`) || header.Get("Content-Language") != want {
				t.Errorf("%s is not said to be %s", address, want)
			}
			if csp := header.Get("Content-Security-Policy"); csp != web.PagePolicy {
				t.Errorf("%s has the policy %q", address, csp)
			}
			if strings.Count(body, "<h1") != 1 {
				t.Errorf("%s has %d main headings", address, strings.Count(body, "<h1"))
			}
		}
	}
}

// withoutText leaves the tags of a page, without the values of attributes.
func withoutText(body string) string {
	tags := strings.Join(regexp.MustCompile(`<[^>]*>`).FindAllString(body, -1), "\n")
	return regexp.MustCompile(`"[^"]*"`).ReplaceAllString(tags, `""`)
}

// TestFormsNeedTheirRole sends every form as a reader, as an operator without
// the session's token, and as nobody.
func TestFormsNeedTheirRole(t *testing.T) {
	d := openDashboard(t)
	base := d.serve(t, []web.Token{token("r", "read-secret", web.RoleRead), token("o", "operate-secret", web.RoleOperate)})
	reader, operator, nobody := browse(t, base, "read-secret"), browse(t, base, "operate-secret"), &http.Client{CheckRedirect: stay}
	for _, path := range []string{"/sites/bulk", "/sites/xueding.cn/check", "/sites/xueding.cn/suppress", "/sites/xueding.cn/acknowledge", "/deliveries/revive", "/silences", "/silences/end", "/channels/test", "/import", "/cases", "/cases/1"} {
		form := url.Values{"site": {"xueding.cn"}, "action": {"check"}, "reason": {"x"}, "hours": {"4"}, "channel": {"ops"}, "id": {"1"}}
		if status, _, _ := ask(t, nobody, http.MethodPost, base+path, form); status != http.StatusUnauthorized {
			t.Errorf("POST %s by nobody: %d", path, status)
		}
		if status, _, _ := ask(t, reader, http.MethodPost, base+path, form); status != http.StatusForbidden {
			t.Errorf("POST %s by a reader: %d", path, status)
		}
		if status, _, _ := ask(t, operator, http.MethodPost, base+path, form); status != http.StatusForbidden {
			t.Errorf("POST %s without the session's token: %d", path, status)
		}
	}
	for _, path := range pagePaths() {
		if status, _, header := ask(t, nobody, http.MethodGet, base+path, nil); status != http.StatusSeeOther || !strings.HasPrefix(header.Get("Location"), "/login?next=") {
			t.Errorf("GET %s by nobody: %d %s", path, status, header.Get("Location"))
		}
	}
	status, _, header := ask(t, nobody, http.MethodPost, base+"/preferences", url.Values{"lang": {"en"}, "next": {"//evil.example/x"}})
	if status != http.StatusSeeOther || header.Get("Location") != "/" {
		t.Errorf("preferences lead to %s", header.Get("Location"))
	}
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// browse is a browser that logged in.
func browse(t *testing.T, base, secret string) *http.Client {
	t.Helper()
	c := &http.Client{CheckRedirect: stay, Jar: newJar(t)}
	if status, _, _ := ask(t, c, http.MethodPost, base+"/login", url.Values{"token": {secret}, "next": {"/"}}); status != http.StatusSeeOther {
		t.Fatalf("login: %d", status)
	}
	return c
}

// TestContrast computes the contrast of every pair of colours that carry text,
// from the tokens of the style sheet, in both themes (WCAG 2.2 AA: 4.5:1; signs
// and borders of controls 3:1).
func TestContrast(t *testing.T) {
	css, err := os.ReadFile("static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile(`(?s)color-scheme: (light|dark);(.*?)\}`).FindAllStringSubmatch(string(css), -1)
	if len(blocks) != 3 || strings.Join(strings.Fields(blocks[1][2]), " ") != strings.Join(strings.Fields(blocks[2][2]), " ") {
		t.Fatal("there must be one light list of tokens and two equal dark ones")
	}
	for _, block := range blocks {
		colours := map[string][3]float64{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(block[2], -1) {
			n, err := strconv.ParseUint(m[2], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			colours[m[1]] = [3]float64{float64(n >> 16 & 255), float64(n >> 8 & 255), float64(n & 255)}
		}
		check := func(front, back string, least float64) {
			f, ok1 := colours[front]
			g, ok2 := colours[back]
			if ratio := contrast(f, g); !ok1 || !ok2 || ratio < least {
				t.Errorf("%s: %s on %s is %.2f:1, less than %.1f:1", block[1], front, back, ratio, least)
			}
		}
		for _, back := range []string{"bg", "surface", "sunken"} {
			check("ink", back, 4.5)
			check("muted", back, 4.5)
			check("accent", back, 4.5)
		}
		for _, level := range []string{"crit", "high", "med", "low", "pass", "unk"} {
			check(level, level+"-soft", 4.5)
			check(level, "surface", 4.5)
			check(level, "sunken", 4.5)
		}
		check("accent", "accent-soft", 4.5)
		check("on-accent", "accent", 4.5)
		check("edge", "surface", 3)
		for _, fill := range []string{"crit-fill", "high-fill", "low-fill", "pass-fill", "unk-fill"} {
			check(fill, "surface", 3)
		}
	}
}

// contrast is that of WCAG 2.2.
func contrast(a, b [3]float64) float64 {
	light := func(c [3]float64) float64 {
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			v := c[i] / 255
			if v <= 0.04045 {
				v /= 12.92
			} else {
				v = math.Pow((v+0.055)/1.055, 2.4)
			}
			sum += weight * v
		}
		return sum
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestListPages walks the list of sites forward and back by its links.
func TestListPages(t *testing.T) {
	d := openDashboard(t)
	var many strings.Builder
	for i := range 130 {
		fmt.Fprintf(&many, "more%03d.cn\n", i)
	}
	if err := d.add(t, many.String()); err != nil {
		t.Fatal(err)
	}
	c := &http.Client{}
	link := regexp.MustCompile(`rel="(next|prev)" href="([^"]+)"`)
	row := regexp.MustCompile(`class="site-name" href="/sites/([^"]+)"`)
	path, seen := "/sites?sort=domain&q=more", []string{}
	last := ""
	for path != "" {
		_, body, _ := ask(t, c, http.MethodGet, d.base+path, nil)
		for _, m := range row.FindAllStringSubmatch(body, -1) {
			seen = append(seen, m[1])
		}
		last, path = path, ""
		for _, m := range link.FindAllStringSubmatch(body, -1) {
			if m[1] == "next" {
				path = strings.ReplaceAll(m[2], "&amp;", "&")
			}
		}
	}
	if len(seen) != 130 || seen[0] != "more000.cn" || seen[129] != "more129.cn" {
		t.Fatalf("%d sites on all pages, from %v", len(seen), seen[:min(len(seen), 3)])
	}
	_, body, _ := ask(t, c, http.MethodGet, d.base+last, nil)
	for _, m := range link.FindAllStringSubmatch(body, -1) {
		if m[1] == "prev" {
			_, before, _ := ask(t, c, http.MethodGet, d.base+strings.ReplaceAll(m[2], "&amp;", "&"), nil)
			if rows := row.FindAllStringSubmatch(before, -1); len(rows) != 50 || rows[49][1] != "more099.cn" {
				t.Errorf("the page before the last ends with %v", rows[len(rows)-1])
			}
		}
	}
	if status, _, _ := ask(t, c, http.MethodGet, d.base+"/sites?after=nonsense", nil); status != http.StatusUnprocessableEntity {
		t.Errorf("a cursor of nowhere: %d", status)
	}
}
